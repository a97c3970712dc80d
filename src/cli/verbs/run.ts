import { hostname } from 'node:os'
import { choice, integer, list, text } from '../../config/option.ts'
import { Telemetry } from '../../core/telemetry.ts'
import type { Engine } from '../../engine/engine.ts'
import { engineGuarantee } from '../../engine/engine-guarantee.ts'
import type { EnginePlan } from '../../engine/engine-plan.ts'
import { LiveCounters, type LiveSnapshot, logLevels, logTelemetry, openLog } from '../../monitor/monitor.ts'
import type { ComponentChoice } from '../../streams/descriptor.ts'
import { advertisedAddress } from '../advertised-address.ts'
import { readEngineFile } from '../engine-file.ts'
import type { Printer } from '../printer.ts'
import { defineVerb, type World } from '../verb.ts'

const options = {
  slot: list(text({ summary: 'A slot and its stream' }), {
    summary: 'Attach another stream to a slot than the file says: a literal, or the file of a descriptor',
    default: [],
    examples: [['0=log:iris', '1=out.yaml']],
  }),
  threads: integer(
    { summary: 'Scoring threads, instead of those of the file', isOptional: true },
    { min: 1, max: 1024 },
  ),
  http: text({
    summary: 'Serve HTTP at host:port, instead of where the file says',
    isOptional: true,
    examples: ['127.0.0.1:8090'],
  }),
  logLevel: choice(logLevels, { summary: 'Least important log lines that are printed', default: 'info' }),
}

/** Runs an engine until its inputs end or it is stopped. */
export const runVerb = defineVerb({
  name: 'run',
  summary: 'Run an engine: score its data streams with the versions of its model stream',
  description:
    'Ctrl-C or SIGTERM once: no more records are read, and what was read is scored, written and committed. A second time: stop at once; the next run goes on from the last commit. Log lines go to standard error, as JSON where that is no terminal. With MILLRACE_TOKEN set, the HTTP server asks for that token.',
  operands: [{ name: 'engine file', summary: 'YAML or JSON document that describes the engine' }],
  options,
  endsInOrder: true,
  examples: [
    { command: 'millrace run engine.yaml', summary: 'until the inputs end, or Ctrl-C' },
    { command: 'millrace run engine.yaml --slot 0=file:in.jsonl --slot 1=file:out.jsonl', summary: 'on other streams' },
    { command: 'millrace run engine.yaml --http 127.0.0.1:8090 --threads 2', summary: 'with an HTTP server' },
  ],
  run: async ({ world, options, operands, print }) => {
    const { Engine } = await import('../../engine/engine.ts')
    const { registry, url } = await world.components()
    const changes = { slots: options.slot, threads: options.threads, http: options.http }
    const { plan, warnings } = readEngineFile(world, operands[0] as string, registry, changes)
    for (const warning of warnings) await print.note(`${operands[0]}: warning: ${warning}`)
    const telemetry = new Telemetry()
    const isPlain = world.stderr.isTerminal && !print.isJson
    const destination = { write: (line: string) => void world.stderr.write(line).catch(() => {}) }
    const level = print.isQuiet ? 'error' : options.logLevel
    const log = openLog({ destination, level, form: isPlain ? 'plain' : 'json', clock: world.clock })
    logTelemetry(telemetry, log)
    const counters = new LiveCounters(telemetry, world.clock)
    const { level: promise, condition } = engineGuarantee(plan, registry)
    log.write('info', `engine "${plan.name}" gives ${promise}: ${condition}`)
    const engine = new Engine({ plan, registry, registryUrl: url, clock: world.clock, telemetry })
    const server = plan.http ? await openServer(engine, world) : null
    try {
      const isStoppedAtOnce = await finish(engine, world, (sentence) => log.write('info', sentence))
      await printTally(engine, counters.snapshot(), print)
      return isStoppedAtOnce ? 130 : 0
    } finally {
      await server?.close()
    }
  },
})

/** Time between two lines about a start or an end that is not over. */
const TELLING_MS = 10_000
/** How long a start, in which nothing was read, may take to end. */
const START_END_MS = 3_000

/** Runs to the end; true when the user would not wait for it. */
async function finish(engine: Engine, world: World, say: (sentence: string) => void): Promise<boolean> {
  const { promise: stoppedAtOnce, resolve } = Promise.withResolvers<boolean>()
  let hasStarted = false
  const starting = new AbortController()
  const ending = new AbortController()
  const cluster = clusterText(engine.plan)
  const drain = () => {
    say('draining; Ctrl-C once more stops at once')
    void engine.stop()
    void tellAgain(world, ending.signal, (seconds) =>
      say(
        `draining for ${seconds} s: what was read is not committed yet${cluster}; the next run goes on from the last commit`,
      ),
    )
    if (hasStarted) return
    void world.clock.sleep(START_END_MS).then(() => {
      if (!hasStarted) resolve(false)
    })
  }
  const abandon = () => {
    void engine.stop() // for a host that goes on; the process of the command line ends
    resolve(true)
  }
  world.stop.addEventListener('abort', drain, { once: true })
  world.stopNow.addEventListener('abort', abandon, { once: true })
  try {
    void tellAgain(world, starting.signal, (seconds) =>
      say(`starting for ${seconds} s: checkpoints, streams or models are not ready yet${cluster}`),
    )
    const ended = engine
      .start()
      .finally(() => starting.abort())
      .then(() => {
        hasStarted = true
        return engine.done()
      })
    if (world.stop.aborted) drain()
    if (world.stopNow.aborted) abandon()
    return (await Promise.race([ended, stoppedAtOnce])) === true
  } finally {
    ending.abort()
    world.stop.removeEventListener('abort', drain)
    world.stopNow.removeEventListener('abort', abandon)
  }
}

/** ` (kafka at 127.0.0.1:9092)`: whose silence may be the reason; it is tried for a minute. */
function clusterText({ inputs, outputs, state }: EnginePlan): string {
  const choices = [...[...inputs, ...outputs].map(({ descriptor }) => descriptor.transport), state as ComponentChoice]
  const servers = [...new Set(choices.flatMap((choice) => choice['bootstrapServers'] ?? []))]
  return servers.length === 0 ? '' : ` (kafka at ${servers.join(', ')})`
}

/** Tells every ten seconds how long it has been, until the signal aborts. */
async function tellAgain({ clock }: World, end: AbortSignal, tell: (seconds: number) => void): Promise<void> {
  for (let seconds = TELLING_MS / 1000; ; seconds += TELLING_MS / 1000) {
    await clock.sleep(TELLING_MS, end)
    if (end.aborted) return
    tell(seconds)
  }
}

/** What this run did; the engine's own counts go on from run to run. */
async function printTally({ plan, state }: Engine, counts: LiveSnapshot, print: Printer): Promise<void> {
  const { read, predicted, deadLettered, dropped, swaps, rejectedVersions, restarts } = counts
  const sentence = `${plan.name} ${state}: ${read} read = ${predicted} predicted + ${deadLettered} dead letters + ${dropped} dropped`
  const totals = { read, predicted, deadLettered, dropped, swaps, rejectedVersions, restarts }
  await print.result({ name: plan.name, state, ...totals }, sentence)
}

/** The HTTP server of the engine; its libraries are loaded only when it is wanted. */
async function openServer(engine: Engine, { clock, env }: World): Promise<{ close(): Promise<void> }> {
  const { startServer } = await import('../../server/server.ts')
  const http = engine.plan.http as NonNullable<typeof engine.plan.http>
  const { host, port } = http
  const token = env['MILLRACE_TOKEN']
  const server = await startServer({ engine, clock, host, port, ...(token ? { tokens: [token] } : {}) })
  // The group that the engine joins tells the others where this server is: it must listen by then.
  engine.advertise(advertisedAddress(http, new URL(server.url).port, hostname()))
  return server
}
