import type { ErrorCode } from '../core/errors.ts'
import type { EngineReport } from '../engine/engine.ts'

/**
 * Types of every JSON answer of the HTTP server: its interface file. Times are milliseconds since the Unix epoch, durations
 * milliseconds; a number that does not exist yet (a percentile before the first record) is null.
 */

/** Body of every answer that is an error; the status is that of the code in the catalogue. */
export interface ErrorAnswer {
  readonly error: { readonly code: ErrorCode; readonly message: string }
}

/** `GET /`: what can be asked. */
export interface IndexAnswer {
  readonly name: 'millrace'
  readonly engine: string
  readonly state: string
  readonly paths: readonly { readonly method: string; readonly path: string; readonly summary: string }[]
}

/** `GET /health`: the process runs. */
export interface HealthAnswer {
  readonly status: 'live'
}

/** `GET /ready`: the engine scores records; before and after it is an ErrorAnswer with status 503. */
export interface ReadyAnswer {
  readonly status: 'ready'
  readonly engine: string
}

/** `GET /processors`: the keys that have or had a model. */
export interface ProcessorsAnswer {
  readonly models: readonly string[]
}

/**
 * `GET /state/{dataType}`: statistics of the version that serves the key, with the members of the seeds' ModelToServeStats
 * and ours (version, mean and percentiles). Durations are milliseconds per record, `duration` is their sum.
 *
 * Example: `{"name":"tree","description":"generated from SparkML","modelType":"pmml","version":"3","since":1548715296000,
 * "usage":42,"duration":0.9,"min":0.01,"max":0.1,"mean":0.02,"p50":0.02,"p95":0.05,"p99":0.1}`.
 */
export interface ModelStatsAnswer {
  readonly name: string
  readonly description: string
  readonly modelType: string
  readonly version: string
  readonly since: number
  readonly usage: number
  readonly duration: number
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** `GET /stats` of an engine with several keys: statistics by key; with one key or none it is a ModelStatsAnswer. */
export type AllStatsAnswer = Readonly<Record<string, ModelStatsAnswer>>

/** One entry of `GET /state/instances`, in the form of the seed. An instance that told no address has an empty host and port 0. */
export interface StoreInstanceAnswer {
  readonly host: string
  readonly port: number
  readonly storeNames: readonly string[]
}

/** One entry of `GET /instances`. */
export interface InstanceAnswer {
  readonly host: string
  readonly port: number
  /** `<slot>/<partition>` of the tasks that it runs. */
  readonly tasks: readonly string[]
  /** Tasks of the instance that was asked which an error keeps from running; absent when there are none. */
  readonly failing?: readonly { readonly task: string; readonly code: string; readonly message: string }[]
}

/** Counts that are not 0, by bin. */
export type SparseCounts = readonly (readonly [bin: number, count: number])[]

/** `GET /engine/report`: what one instance tells another that answers for all; may change with any release. */
export interface InstanceReportAnswer {
  readonly form: number
  /** Tells the instance from others. */
  readonly instance: string
  readonly tasks: readonly (Omit<EngineReport['tasks'][number], 'stats' | 'latency'> & {
    readonly stats: readonly (Omit<EngineReport['tasks'][number]['stats'][number], 'histogram'> & {
      readonly histogram: SparseCounts
    })[]
    readonly latency: SparseCounts
  })[]
  readonly versions: EngineReport['versions']
}

/** `GET /state/{store}/value`. */
export interface StoreValueAnswer {
  readonly name: string
  readonly description: string
  readonly since: number
  readonly invocations: number
  readonly duration: number
  readonly min: number
  readonly max: number
}

/** Records by what became of them; `read` is the sum of the others. */
export interface CountsAnswer {
  readonly read: number
  readonly predicted: number
  readonly deadLettered: number
  readonly dropped: number
}

/** `GET /engine`. */
export interface EngineAnswer {
  readonly name: string
  readonly description: string
  readonly state: string
  readonly counts: CountsAnswer
  /** From a record entering its stream to the commit of its prediction. */
  readonly latency: { readonly p50: number | null; readonly p95: number | null; readonly p99: number | null }
  /** `model@version` of the active version by key. */
  readonly active: Readonly<Record<string, string>>
  readonly tasks: readonly {
    readonly task: string
    readonly position: number
    readonly modelPosition: number
    readonly counts: CountsAnswer
  }[]
  /** Records that wait at the HTTP ends of slots, by slot number. */
  readonly slots: Readonly<Record<string, { readonly direction: 'in' | 'out'; readonly records: number }>>
}

/** Where a version stands; `held` is loaded and waits (pinned key, event time, or published only). */
export type VersionStateAnswer = 'active' | 'shadow' | 'held' | 'retired' | 'rejected'

/** A version that the engine has seen. */
export interface VersionAnswer {
  readonly key: string
  readonly model: string
  readonly version: string
  readonly digest: string
  readonly format: string
  readonly description: string
  /** Position of its latest message on the model stream: `models/0@12`. */
  readonly position: string
  /** When that message was dealt with. */
  readonly at: number
  readonly state: VersionStateAnswer
  /** Tasks in which it has this state; fewer than all tasks while a swap is under way. */
  readonly tasks: number
  /** Why it was rejected, or null. */
  readonly rejection: { readonly code: string; readonly message: string } | null
}

/** `GET /models`. */
export interface ModelsAnswer {
  readonly models: readonly VersionAnswer[]
}

/** `GET /models/{key}`. */
export interface KeyAnswer {
  readonly key: string
  /** `model@version`, or null when no version scores. */
  readonly active: string | null
  readonly isPinned: boolean
  /** Versions that take over at an event time. */
  readonly scheduled: readonly { readonly version: string; readonly from: number }[]
  readonly stats: ModelStatsAnswer
  readonly versions: readonly VersionAnswer[]
}
