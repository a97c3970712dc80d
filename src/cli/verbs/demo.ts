import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EmbeddedLog } from '../../clients/log/log.ts'
import { boolean, decimal, integer, text } from '../../config/option.ts'
import { MillraceError } from '../../core/errors.ts'
import { Engine, type EngineReport } from '../../engine/engine.ts'
import { planEngine } from '../../engine/read-engine.ts'
import { Auditor, type Tally } from '../demo/auditor.ts'
import { Feed } from '../demo/feed.ts'
import { readSpecies } from '../demo/flowers.ts'
import { Publisher } from '../demo/publisher.ts'
import { Screen, shareText } from '../demo/screen.ts'
import { defineVerb, type VerbContext, type World } from '../verb.ts'

const options = {
  seconds: decimal(
    { summary: 'End after this time; without it, at Ctrl-C', unit: 'seconds', isOptional: true, examples: [10] },
    { min: 0.1 },
  ),
  rate: integer({ summary: 'Records per second', unit: 'records', default: 2_000 }, { min: 1, max: 1_000_000 }),
  swapMs: integer({ summary: 'Time between two models', unit: 'milliseconds', default: 1_500 }, { min: 20 }),
  partitions: integer({ summary: 'Partitions of the data stream', default: 2 }, { min: 1, max: 64 }),
  folder: text({
    summary: 'Folder for the log and the artifacts, kept afterwards; by default a temporary one',
    isOptional: true,
  }),
  keep: boolean({ summary: 'Keep the temporary folder', default: false }),
} as const

const topics = {
  records: 'iris',
  predictions: 'iris.predictions',
  deadLetters: 'iris.dead-letters',
  activations: 'iris.activations',
  models: 'models',
} as const

const EXAMPLES = new URL('../../../examples/iris/', import.meta.url)
/** How often the view is renewed: on a terminal, and elsewhere. */
const LIVE_VIEW_MS = 250
const PLAIN_VIEW_MS = 1_000
/** How long the engine may take to finish what was sent. */
const DRAIN_MS = 30_000

/** `millrace demo`: live scoring of iris measurements while models change. */
export const demoVerb = defineVerb({
  name: 'demo',
  summary: 'Show live scoring with models that change while it runs',
  description:
    'Streams iris measurements through an engine on an embedded log. Every few seconds another model of the same task is published on the model stream: PMML trees, forests and regressions, boosted trees of XGBoost and LightGBM, networks as ONNX, frozen TensorFlow graph and SavedModel, a JavaScript function, and two that must never become active. One record in a thousand is malformed. An independent reader of the topics counts what became of every record.',
  options,
  endsInOrder: true,
  examples: [
    { command: 'millrace demo', summary: 'Run until Ctrl-C' },
    { command: 'millrace demo --seconds 10 --json', summary: 'End by itself; the last line is the tally as JSON' },
  ],
  run,
})

async function run(context: VerbContext<typeof options>): Promise<number> {
  const { world, print } = context
  const given = context.options.folder
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'millrace-demo-')))
  try {
    const tally = await play(context, folder)
    if (print.isJson) await print.json(tally)
    else await print.line(tallyText(tally))
    if (given || context.options.keep) await print.note(`kept ${folder}`)
    return isWhole(tally) ? 0 : 1
  } finally {
    if (!given && !context.options.keep && !world.stopNow.aborted) await rm(folder, { recursive: true, force: true })
  }
}

/** Runs the streams, the engine and the view; returns the tally after everything was drained. */
async function play({ world, options: chosen, print }: VerbContext<typeof options>, folder: string): Promise<Tally> {
  const { clock } = world
  const path = join(folder, 'millrace.db')
  const log = EmbeddedLog.open(path)
  const { records, predictions, deadLetters, activations, models } = topics
  for (const name of [records, predictions, deadLetters, activations])
    log.createTopic(name, { partitions: chosen.partitions })
  log.createTopic(models, { partitions: 1 })
  const publisher = await Publisher.open(log, models, new URL('models.jsonl', EXAMPLES))
  const flowers = new URL('iris.jsonl', EXAMPLES)
  const feed = await Feed.open(log, records, flowers, clock)
  const species = await readSpecies(flowers, new URL('iris-labelled.csv', EXAMPLES))
  publisher.next()
  const engine = await startEngine(world, folder, path)
  const ending = new AbortController()
  const end = () => ending.abort()
  world.stop.addEventListener('abort', end, { once: true })
  if (chosen.seconds !== undefined) void clock.sleep(chosen.seconds * 1_000, ending.signal).then(end)
  engine
    .done()
    .catch(() => {})
    .finally(end)
  const auditor = new Auditor(log, topics, species)
  try {
    await Promise.all([
      feed.run(chosen.rate, ending.signal),
      publisher.run(chosen.swapMs, clock, ending.signal),
      watch(
        {
          world,
          engine,
          auditor,
          feed,
          formats: publisher.formats,
          screen: new Screen(print),
          everyMs: print.hasLiveNotes ? LIVE_VIEW_MS : PLAIN_VIEW_MS,
        },
        ending.signal,
      ),
    ])
    await drained(world, engine, log)
    await engine.stop()
    auditor.step()
    return auditor.tally(true)
  } finally {
    await engine.stop()
    log.close()
  }
}

async function startEngine(world: World, folder: string, path: string): Promise<Engine> {
  const { registry, url } = await world.components()
  const stream = (topic: string) => ({ transport: { type: 'log', path, topic } })
  const document = {
    name: 'iris',
    slots: { 0: stream(topics.records), 1: stream(topics.predictions) },
    models: stream(topics.models),
    state: { type: 'log', path },
    versions: { allowCode: true },
  }
  const plan = planEngine(document, { document: null, source: 'demo', baseFolder: folder }, registry)
  const engine = new Engine({ plan, registry, registryUrl: url, clock: world.clock })
  await engine.start()
  return engine
}

interface Watched {
  readonly world: World
  readonly engine: Engine
  readonly auditor: Auditor
  readonly feed: Feed
  /** Formats by the name of the model. */
  readonly formats: ReadonlyMap<string, string>
  readonly screen: Screen
  readonly everyMs: number
}

/** Renews the view until the signal aborts. */
async function watch(watched: Watched, signal: AbortSignal): Promise<void> {
  const { world, engine, auditor, feed, formats, screen, everyMs } = watched
  const { clock } = world
  const startMs = clock.monotonicMs()
  const events: string[] = []
  const refusals = new Map<string, string>()
  let rejections = 0
  const stopListening = engine.telemetry.listen((name, payload) => {
    if (name !== 'versionMoved') return
    const { model, version, to, reason } = payload as { model: string; version: string; to: string; reason: string }
    const at = `${((clock.monotonicMs() - startMs) / 1_000).toFixed(1)} s`
    const named = `${model}@${version} (${formats.get(model)})`
    const isNews = (text: string) => !events.at(-1)?.endsWith(text) // every task tells of its own cut-over
    if (to === 'rejected') {
      rejections++
      if (!refusals.has(model)) refusals.set(model, reason)
      events.push(`${at}  ${named} rejected: ${reason}`)
    }
    if (to === 'active' && isNews(`${named} active`)) events.push(`${at}  ${named} active`)
    if (events.length > 50) events.splice(0, 25)
  })
  let last = { sent: 0, atMs: startMs }
  while (!signal.aborted) {
    await clock.sleep(everyMs, signal)
    auditor.step()
    const report: EngineReport = await engine.report()
    const now = clock.monotonicMs()
    const rate = ((feed.sent - last.sent) * 1_000) / Math.max(1, now - last.atMs)
    last = { sent: feed.sent, atMs: now }
    await screen.show({
      elapsedMs: now - startMs,
      sent: feed.sent,
      rate,
      tally: auditor.tally(false),
      rejections,
      refusals,
      report,
      events,
    })
  }
  stopListening()
}

/** Waits until the engine has done everything that is on its topics. */
async function drained(world: World, engine: Engine, log: EmbeddedLog): Promise<void> {
  const untilMs = world.clock.monotonicMs() + DRAIN_MS
  const ends = new Map<string, number>()
  const partitions = log.topic(topics.records)?.partitions ?? 1
  for (let partition = 0; partition < partitions; partition++)
    ends.set(`0/${partition}`, log.endPosition(topics.records, partition))
  const modelsEnd = log.endPosition(topics.models, 0)
  while (world.clock.monotonicMs() < untilMs && !world.stopNow.aborted) {
    const { tasks, state } = await engine.report()
    if (state === 'failed') return engine.done()
    const isDone =
      tasks.length === partitions &&
      tasks.every((t) => t.position >= (ends.get(t.task) ?? 0) && t.modelPosition >= modelsEnd)
    if (isDone) return
    await world.clock.sleep(20, world.stopNow)
  }
  throw new MillraceError('CLI_DEMO_STUCK', { seconds: DRAIN_MS / 1_000 })
}

function isWhole(tally: Tally): boolean {
  const { read, predicted, deadLettered, dropped, lost, repeated, reordered, misattributed } = tally
  return read === predicted + deadLettered + dropped && lost + repeated + reordered + misattributed === 0
}

function tallyText(tally: Tally): string {
  const { read, predicted, deadLettered, dropped, lost, repeated, reordered, misattributed, swaps, rejectedVersions } =
    tally
  const formats = Object.entries(tally.formats).map(([name, counts]) => `  ${name.padEnd(16)} ${shareText(counts)}`)
  const versions = Object.entries(tally.versions).map(([name, count]) => `  ${name.padEnd(16)} ${count}`)
  return [
    '',
    `records read     ${read} = ${predicted} predictions + ${deadLettered} dead letters + ${dropped} dropped${isWhole(tally) ? '' : '  (does not balance)'}`,
    `                 ${lost} lost, ${repeated} repeated, ${reordered} reordered, ${misattributed} by a wrong version`,
    `versions         ${swaps} swaps, ${rejectedVersions} rejected`,
    `latency          p50 ${tally.p50Ms} ms, p99 ${tally.p99Ms} ms`,
    'predictions by format, and how many name the right species',
    ...formats,
    'predictions by version',
    ...versions,
  ].join('\n')
}
