import { closest } from '../config/closest.ts'
import { MillraceError } from '../core/errors.ts'
import type {
  AllStatsAnswer,
  InstanceAnswer,
  KeyAnswer,
  ModelStatsAnswer,
  ModelsAnswer,
  StoreValueAnswer,
} from './api.ts'
import { textParameter } from './query-parameter.ts'
import { pathParameter, query, type Route } from './route.ts'
import type { ServerContext } from './server-context.ts'
import { keyAnswer, keysOf, versionAnswers } from './version-answers.ts'

/** The one store of an engine, by the name that the seed's stream processor has for it. */
const STORE = 'modelStore'

/** Routes that tell about models and their statistics: those of the seeds, and ours. */
export function stateRoutes(context: ServerContext): Route[] {
  const { engine } = context
  return [
    query('/processors', 'keys that have or had a model', async () => ({ models: keysOf(await engine.report()) })),
    query('/stats', 'statistics of the only key, or by key', () => stats(context)),
    query('/state/instances', 'instances that hold state', () => instances(context, STORE)),
    query('/state/instances/:store', 'instances that hold a store', (request) =>
      instances(context, pathParameter(request, 'store')),
    ),
    query('/state/:dataType', 'statistics of the version that serves a key', (request) =>
      engine.stats(pathParameter(request, 'dataType')),
    ),
    query('/state/:store/value', 'the value of a store, ?key= for one of several keys', (request) =>
      storeValue(context, pathParameter(request, 'store'), textParameter(request, 'key')),
    ),
    query('/models', 'every version that was published, with its state', () => models(context)),
    query('/models/:key', 'the versions of one key', (request) => model(context, pathParameter(request, 'key'))),
  ]
}

async function stats({ engine }: ServerContext): Promise<ModelStatsAnswer | AllStatsAnswer> {
  const report = await engine.report()
  const keys = keysOf(report)
  const [only] = keys
  if (keys.length <= 1) return (only === undefined ? undefined : report.stats[only]) ?? engine.stats(only ?? '')
  return report.stats
}

function instances({ address }: ServerContext, store: string): InstanceAnswer[] {
  return store === STORE ? [{ ...address, storeNames: [STORE] }] : []
}

async function storeValue({ engine }: ServerContext, store: string, key: string | null): Promise<StoreValueAnswer> {
  if (store !== STORE) throw new MillraceError('SERVER_STORE_UNKNOWN', { store, known: STORE })
  const { name, description, since, usage, duration, min, max } = await engine.stats(key ?? (await onlyKey(engine)))
  return { name, description, since, invocations: usage, duration, min, max }
}

/** The seed's store has one key; an engine with several must be told which. */
async function onlyKey(engine: ServerContext['engine']): Promise<string> {
  const keys = keysOf(await engine.report())
  if (keys.length <= 1) return keys[0] ?? ''
  const parameters = { name: 'key', value: 'missing', expected: `one of: ${keys.join(', ')}` }
  throw new MillraceError('SERVER_PARAMETER_WRONG', parameters)
}

async function models({ engine }: ServerContext): Promise<ModelsAnswer> {
  return { models: versionAnswers(await engine.report()) }
}

async function model({ engine }: ServerContext, key: string): Promise<KeyAnswer> {
  const report = await engine.report()
  const answer = keyAnswer(report, key)
  if (answer) return { ...answer, stats: report.stats[key] ?? (await engine.stats(key)) }
  throw new MillraceError('SERVER_KEY_UNKNOWN', { key, hint: closest(key.slice(0, 100), keysOf(report)) })
}
