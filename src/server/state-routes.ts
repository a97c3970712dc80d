import type { FastifyReply, FastifyRequest } from 'fastify'
import { closest } from '../config/closest.ts'
import { MillraceError } from '../core/errors.ts'
import { type EngineReport, emptyStats } from '../engine/engine.ts'
import type {
  AllStatsAnswer,
  InstanceAnswer,
  KeyAnswer,
  ModelStatsAnswer,
  ModelsAnswer,
  StoreInstanceAnswer,
  StoreValueAnswer,
} from './api.ts'
import { encodeReport } from './instance-report.ts'
import { instancesOf, REPORT_PATH, reportOfAll } from './instances.ts'
import { textParameter } from './query-parameter.ts'
import { pathParameter, query, type Route } from './route.ts'
import type { ServerContext } from './server-context.ts'
import { keyAnswer, keysOf, versionAnswers } from './version-answers.ts'

/** The one store of an engine, by the name that the seed's stream processor has for it. */
const STORE = 'modelStore'

/** Routes that tell about models and their statistics: those of the seeds, and ours. Any instance answers for all, or with `?local=true` for itself. */
export function stateRoutes(context: ServerContext): Route[] {
  const all = (request: FastifyRequest, reply: FastifyReply) => reportOfAll(context, request, reply)
  return [
    query('/processors', 'keys that have or had a model', async (request, reply) => ({
      models: keysOf(await all(request, reply)),
    })),
    query('/stats', 'statistics of the only key, or by key', async (request, reply) =>
      statsAnswer(await all(request, reply)),
    ),
    query('/instances', 'instances of the engine with their tasks', () => instances(context)),
    query('/state/instances', 'instances that hold state', () => storeInstances(context, STORE)),
    query('/state/instances/:store', 'instances that hold a store', (request) =>
      storeInstances(context, pathParameter(request, 'store')),
    ),
    query('/state/:dataType', 'statistics of the version that serves a key', async (request, reply) =>
      statsOf(await all(request, reply), pathParameter(request, 'dataType')),
    ),
    query('/state/:store/value', 'the value of a store, ?key= for one of several keys', (request, reply) => {
      const store = pathParameter(request, 'store')
      if (store !== STORE) throw new MillraceError('SERVER_STORE_UNKNOWN', { store, known: STORE })
      return all(request, reply).then((report) => storeValue(report, textParameter(request, 'key')))
    }),
    query('/models', 'every version that was published, with its state', async (request, reply) => {
      const answer: ModelsAnswer = { models: versionAnswers(await all(request, reply)) }
      return answer
    }),
    query('/models/:key', 'the versions of one key', async (request, reply) =>
      model(await all(request, reply), pathParameter(request, 'key')),
    ),
    query(REPORT_PATH, 'what this instance tells another that answers for all', async () =>
      encodeReport(context.id, await context.engine.report()),
    ),
  ]
}

/** Statistics of one key; those of an unknown key are empty. */
function statsOf(report: EngineReport, key: string): ModelStatsAnswer {
  return (Object.hasOwn(report.stats, key) ? report.stats[key] : undefined) ?? emptyStats
}

function statsAnswer(report: EngineReport): ModelStatsAnswer | AllStatsAnswer {
  const keys = keysOf(report)
  return keys.length <= 1 ? statsOf(report, keys[0] ?? '') : report.stats
}

async function instances(context: ServerContext): Promise<InstanceAnswer[]> {
  return (await instancesOf(context)).map(({ address, isSelf, tasks, failing = [] }) => {
    const { host, port } = address === null && isSelf ? context.address : placeOf(address ?? ':0')
    if (failing.length === 0) return { host, port, tasks }
    const errors = failing.map(({ task, error: { code, message } }) => ({ task, code, message }))
    return { host, port, tasks, failing: errors }
  })
}

async function storeInstances(context: ServerContext, store: string): Promise<StoreInstanceAnswer[]> {
  if (store !== STORE) return []
  return (await instances(context)).map(({ host, port }) => ({ host, port, storeNames: [STORE] }))
}

function placeOf(address: string): { readonly host: string; readonly port: number } {
  const end = address.lastIndexOf(':')
  return { host: address.slice(0, end).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(end + 1)) }
}

function storeValue(report: EngineReport, key: string | null): StoreValueAnswer {
  const { name, description, since, usage, duration, min, max } = statsOf(report, key ?? onlyKey(report))
  return { name, description, since, invocations: usage, duration, min, max }
}

/** The seed's store has one key; an engine with several must be told which. */
function onlyKey(report: EngineReport): string {
  const keys = keysOf(report)
  if (keys.length <= 1) return keys[0] ?? ''
  const parameters = { name: 'key', value: 'missing', expected: `one of: ${keys.join(', ')}` }
  throw new MillraceError('SERVER_PARAMETER_WRONG', parameters)
}

function model(report: EngineReport, key: string): KeyAnswer {
  const answer = keyAnswer(report, key)
  if (answer) return { ...answer, stats: statsOf(report, key) }
  throw new MillraceError('SERVER_KEY_UNKNOWN', { key, hint: closest(key.slice(0, 100), keysOf(report)) })
}
