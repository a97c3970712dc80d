import { text } from '../config/option.ts'
import type { Registry } from '../config/registry.ts'
import { MillraceError, reasonOf } from '../core/errors.ts'
import { checkpointName, KNOWN_VERSIONS, taskCheckpoint, taskOfCheckpoint } from '../engine/checkpoint-names.ts'
import type { EngineReport } from '../engine/engine.ts'
import type { EnginePlan } from '../engine/engine-plan.ts'
import type { KnownVersion } from '../engine/keeper.ts'
import type { TaskReport, TaskState } from '../engine/task.ts'
import type {
  EngineAnswer,
  ErrorAnswer,
  ModelStatsAnswer,
  ModelsAnswer,
  ProcessorsAnswer,
  VersionAnswer,
} from '../server/api.ts'
import { activeVersions, versionAnswers } from '../server/version-answers.ts'
import type { StateComponent } from '../state/state.ts'
import { streamSource } from '../streams/stream-context.ts'
import { readEngineFile } from './engine-file.ts'
import type { World } from './verb.ts'

/** Server that is asked when the command line names none. */
export const DEFAULT_URL = 'http://127.0.0.1:8090'

/** Options of verbs that look at an engine: over HTTP while it runs, or into its checkpoints. */
export const engineViewOptions = {
  url: text({
    summary: `Server of the running engine; ${DEFAULT_URL} when nothing is said. MILLRACE_TOKEN is its token`,
    isOptional: true,
    examples: [DEFAULT_URL],
  }),
  engine: text({ summary: 'Engine file: look at its last commit instead of at a server', isOptional: true }),
} as const

/** Where to look. */
export interface EngineViewChoice {
  readonly url?: string | undefined
  readonly engine?: string | undefined
}

/** What `GET /engine` says; `committed` is the state of what was read from checkpoints. */
export type EngineSummary = Pick<EngineAnswer, 'name' | 'state' | 'counts' | 'latency' | 'active' | 'tasks'>

/** An engine that can be asked. */
export interface EngineView {
  summary(): Promise<EngineSummary>
  /** Versions, the one with the latest message first. */
  versions(): Promise<readonly VersionAnswer[]>
  /** Statistics by key; none where only commits are read. */
  stats(): Promise<Readonly<Record<string, ModelStatsAnswer>>>
}

const POLL_MS = 100
const ANSWER_MS = 10_000
const NONE = { p50: null, p95: null, p99: null }

/** The engine that the options mean. */
export function engineView(world: World, { url, engine }: EngineViewChoice): EngineView {
  if (url === undefined && engine !== undefined) return committedView(world, engine)
  return servedView(world, url ?? DEFAULT_URL)
}

/** Asks a server for one of its JSON answers. */
export async function askServer(world: World, base: string, path: string): Promise<unknown> {
  const url = `${base.replace(/\/+$/, '')}${path}`
  const token = world.env['MILLRACE_TOKEN']
  let status: number
  let content: string
  try {
    const response = await world.fetch(url, {
      headers: { accept: 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      signal: AbortSignal.any([world.stop, AbortSignal.timeout(ANSWER_MS)]),
    })
    status = response.status
    content = await response.text()
  } catch (thrown) {
    throw new MillraceError('CLI_SERVER_AWAY', { url, reason: networkReason(thrown) }, thrown)
  }
  const answer = parsed(content)
  if (status === 200 && answer !== undefined) return answer
  const reason = (answer as ErrorAnswer | undefined)?.error?.message ?? (content.slice(0, 200) || 'nothing')
  throw new MillraceError('CLI_SERVER_REFUSED', { url, status, reason })
}

/** What a published version is waited for. */
export interface AwaitedVersion {
  readonly key: string
  readonly model: string
  readonly version: string
  readonly digest: string
  /** Position of its message, or null where the model stream has none. */
  readonly position: string | null
  readonly states: readonly VersionAnswer['state'][]
}

/** Waits until the engine has a version in one of the states; a rejection is an error. */
export async function waitForVersion(
  world: World,
  view: EngineView,
  awaited: AwaitedVersion,
  waitMs: number,
): Promise<VersionAnswer> {
  const untilMs = world.clock.monotonicMs() + waitMs
  const name = `${awaited.model}@${awaited.version}`
  while (!world.stop.aborted) {
    const found = (await view.versions()).find((version) => isAwaited(version, awaited))
    if (found?.rejection) {
      throw new MillraceError('CLI_VERSION_REJECTED', { version: name, reason: found.rejection.message })
    }
    if (found && awaited.states.includes(found.state)) return found
    if (world.clock.monotonicMs() >= untilMs) {
      throw new MillraceError('CLI_WAIT_EXPIRED', {
        subject: `${name} becoming ${awaited.states.join(' or ')}`,
        waitMs,
      })
    }
    await world.clock.sleep(POLL_MS, world.stop)
  }
  throw new MillraceError('CLI_STOPPED', { done: 'the message is on the model stream' })
}

function isAwaited(version: VersionAnswer, { key, model, version: name, digest, position }: AwaitedVersion): boolean {
  const isSame = version.key === key && version.model === model && version.version === name
  // A rejected version whose bytes could not be had has the digest of its message, or none.
  const isDigest = version.digest === digest || version.digest === ''
  return isSame && isDigest && (position === null || placeIn(version.position) === placeIn(position))
}

/** Partition and number of a position: the engine calls its model stream by the name of the stream, not of the topic. */
function placeIn(position: string): string {
  return position.slice(position.lastIndexOf('/'))
}

function servedView(world: World, url: string): EngineView {
  const ask = (path: string) => askServer(world, url, path)
  return {
    summary: async () => (await ask('/engine')) as EngineAnswer,
    versions: async () => ((await ask('/models')) as ModelsAnswer).models,
    stats: async () => {
      const { models } = (await ask('/processors')) as ProcessorsAnswer
      const answers = await Promise.all(models.map((key) => ask(`/state/${encodeURIComponent(key)}`)))
      return Object.fromEntries(models.map((key, i) => [key, answers[i] as ModelStatsAnswer]))
    },
  }
}

/** What the engine's last commits say; nothing is changed, and the engine may be running. */
function committedView(world: World, path: string): EngineView {
  const report = () => committedReport(world, path)
  return {
    summary: async () => {
      const committed = await report()
      const { name, counts, tasks } = committed
      return { name, state: 'committed', counts, latency: NONE, active: activeVersions(committed), tasks }
    },
    versions: async () => versionAnswers(await report()),
    stats: async () => ({}),
  }
}

async function committedReport(world: World, path: string): Promise<EngineReport> {
  const { registry } = await world.components()
  const { plan } = readEngineFile(world, path, registry)
  const component = registry.get<StateComponent>('state', plan.state.type, 'state')
  const store = await component.open(plan.state as never, { baseFolder: plan.baseFolder, place: 'state' })
  try {
    const known = (await store.load(checkpointName(plan.name, KNOWN_VERSIONS)))?.state as {
      readonly known?: readonly KnownVersion[]
    } | null
    const tasks: TaskReport[] = []
    for (const checkpoint of await store.tasks()) {
      const task = taskOfCheckpoint(plan.name, checkpoint)
      if (task === null || !isOfSource(plan, registry, task, checkpoint)) continue
      const saved = await store.load(checkpoint)
      const { data = 0, models = 0, read = 0, predicted = 0, deadLettered = 0, dropped = 0 } = saved?.positions ?? {}
      const keys = (saved?.state as TaskState | null)?.keys ?? []
      const counts = { read, predicted, deadLettered, dropped }
      tasks.push({ task, position: data, modelPosition: models, counts, keys, stats: [], latency: new Float64Array(0) })
    }
    const counts = { read: 0, predicted: 0, deadLettered: 0, dropped: 0 }
    for (const task of tasks) {
      for (const name of Object.keys(counts) as (keyof typeof counts)[]) counts[name] += task.counts[name]
    }
    const latency = { p50: Number.NaN, p95: Number.NaN, p99: Number.NaN }
    return { name: plan.name, state: 'stopped', counts, stats: {}, latency, tasks, versions: known?.known ?? [] }
  } finally {
    await store.close()
  }
}

/** True for a checkpoint of the stream that the slot has now; earlier streams of the slot have theirs beside it. */
function isOfSource(plan: EnginePlan, registry: Registry, task: string, checkpoint: string): boolean {
  const input = plan.inputs.find(({ slot }) => slot === Number.parseInt(task, 10))
  if (!input) return false
  return checkpoint === taskCheckpoint(plan.name, task, streamSource(input.descriptor, registry, input.place))
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content) as unknown
  } catch {
    return undefined
  }
}

/** `fetch failed` says nothing; its cause does. */
function networkReason(thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown.cause : undefined
  const code = (cause as { readonly code?: string } | undefined)?.code
  return code ?? (cause === undefined ? reasonOf(thrown) : reasonOf(cause))
}
