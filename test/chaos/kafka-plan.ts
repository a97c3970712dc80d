import { registry } from '../../src/components.ts'
import type { EnginePlan, PlannedStream } from '../../src/engine/engine-plan.ts'
import { planEngine } from '../../src/engine/read-engine.ts'
import type { Protection } from './kafka-missing.ts'

/** What the engine of a chaos run is made from; every instance gets the same. */
export interface ChaosEngine {
  readonly bootstrapServers: readonly string[]
  /** Folder of the artifacts. */
  readonly folder: string
  readonly topics: ChaosTopics
  readonly guarantee: 'exactly-once' | 'at-least-once'
  readonly hasStandby: boolean
  readonly commitIntervalMs: number
  /** True: records of transactions that were aborted are scored too. */
  readonly readsUncommitted: boolean
  /** True: cut-overs are written outside of the tasks' transactions. */
  readonly hasCutOversApart: boolean
  /** A protection that is taken out of the engine, or null. */
  readonly missing: Protection | null
}

/** Names of its topics. */
export interface ChaosTopics {
  readonly records: string
  readonly predictions: string
  readonly deadLetters: string
  readonly models: string
  readonly state: string
}

/** Group and name of the engine. */
export const ENGINE = 'numbers'
/** A member that is not heard of for so long loses its partitions. */
export const SESSION_MS = 3_000
/** A request without an answer for so long ends its connection. */
export const REQUEST_MS = 5_000
export const PARTITIONS = 6

/** The plan of the engine. */
export function chaosPlan(engine: ChaosEngine): EnginePlan {
  const { bootstrapServers, folder, topics, guarantee, hasStandby, commitIntervalMs, readsUncommitted } = engine
  const cluster = { type: 'kafka', bootstrapServers, requestTimeoutMs: REQUEST_MS }
  const stream = (topic: string) => ({ transport: { ...cluster, topic } })
  const isolation = readsUncommitted ? 'uncommitted' : 'committed'
  const records = { transport: { ...cluster, topic: topics.records, sessionTimeoutMs: SESSION_MS, isolation } }
  const state = { ...cluster, topic: topics.state, guarantee, partitions: PARTITIONS, commitIntervalMs }
  const document = {
    name: ENGINE,
    slots: { 0: { ...records, batching: { maxRecords: 50 } }, 1: stream(topics.predictions) },
    models: { ...stream(topics.models), encoding: 'json' },
    deadLetters: stream(topics.deadLetters),
    state: { ...state, artifacts: 'artifacts' },
    versions: { allowCode: true },
    standby: hasStandby,
    threads: 1,
  }
  const plan = planEngine(document, { document: null, source: 'chaos', baseFolder: folder }, registry)
  return engine.hasCutOversApart ? withCutOversApart(plan) : plan
}

/** The same servers under another name are another domain of transactions. */
function withCutOversApart(plan: EnginePlan): EnginePlan {
  const { descriptor, place } = plan.activations as PlannedStream
  const servers = descriptor.transport['bootstrapServers'] as readonly string[]
  const bootstrapServers = servers.map((server) => server.replace('127.0.0.1', 'localhost'))
  return {
    ...plan,
    activations: { place, descriptor: { ...descriptor, transport: { ...descriptor.transport, bootstrapServers } } },
  }
}
