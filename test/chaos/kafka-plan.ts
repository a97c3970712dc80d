import { registry } from '../../src/components.ts'
import type { EnginePlan } from '../../src/engine/engine-plan.ts'
import { planEngine } from '../../src/engine/read-engine.ts'

/** What the engine of a chaos run is made from; every instance gets the same. */
export interface ChaosEngine {
  readonly bootstrapServers: readonly string[]
  /** Folder of the artifacts. */
  readonly folder: string
  readonly topics: ChaosTopics
  readonly guarantee: 'exactly-once' | 'at-least-once'
  readonly hasStandby: boolean
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
  const { bootstrapServers, folder, topics, guarantee, hasStandby } = engine
  const cluster = { type: 'kafka', bootstrapServers, requestTimeoutMs: REQUEST_MS }
  const stream = (topic: string) => ({ transport: { ...cluster, topic } })
  const records = { transport: { ...cluster, topic: topics.records, sessionTimeoutMs: SESSION_MS } }
  const document = {
    name: ENGINE,
    slots: { 0: { ...records, batching: { maxRecords: 50 } }, 1: stream(topics.predictions) },
    models: { ...stream(topics.models), encoding: 'json' },
    deadLetters: stream(topics.deadLetters),
    state: { ...cluster, topic: topics.state, guarantee, partitions: PARTITIONS, artifacts: 'artifacts' },
    versions: { allowCode: true },
    standby: hasStandby,
    threads: 1,
  }
  return planEngine(document, { document: null, source: 'chaos', baseFolder: folder }, registry)
}
