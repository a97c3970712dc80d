import type { StreamDescriptor } from '../streams/descriptor.ts'
import type { FeatureFields } from './features.ts'
import type { LoadSettings } from './load-version.ts'
import type { KeySource } from './route.ts'
import type { StampPlace } from './stamp.ts'

/** A stream of an engine and where its descriptor stands in the engine file. */
export interface PlannedStream {
  readonly descriptor: StreamDescriptor
  /** For messages: `engine.yaml: slots.0`. */
  readonly place: string
}

/** A stream at a slot. */
export interface PlannedSlot extends PlannedStream {
  readonly slot: number
}

/** An engine file, checked and normalised: plain data that threads are started with. */
export interface EnginePlan {
  readonly name: string
  readonly description: string
  /** Consumer group of the data streams. */
  readonly group: string
  /** Folder of the engine file: relative paths start there. */
  readonly baseFolder: string
  readonly inputs: readonly PlannedSlot[]
  readonly outputs: readonly PlannedSlot[]
  readonly models:
    | (PlannedStream & {
        /** True for a list in the engine file: it is read from its start at every start of the engine. */
        readonly isList: boolean
        /** `either`: messages are protobuf or JSON, told apart by their first byte; `stated`: the descriptor's encoding. */
        readonly encoding: 'either' | 'stated'
      })
    | null
  readonly deadLetters: PlannedStream
  /** Cut-overs, for replay; null when the checkpoints are kept in memory. */
  readonly activations: PlannedStream | null
  readonly join: {
    /** `partitioned`: the model stream has one partition, and every task uses all of it; `keyed`: task p uses partition p. */
    readonly type: 'partitioned' | 'keyed'
    readonly source: KeySource
    readonly unserved: 'drop' | 'deadLetter'
    /** Longest time a record is held for a version; 0 = not held. */
    readonly holdMs: number
    /** Fields that features are read from, where the names differ. */
    readonly features: FeatureFields
  }
  readonly predictions: { readonly stamp: 'auto' | StampPlace; readonly echo: boolean }
  readonly versions: Omit<LoadSettings, 'features'> & { readonly loadTimeoutMs: number }
  readonly state: { readonly type: string }
  /** True when this instance keeps what every task needs at hand, whoever has the task. */
  readonly standby: boolean
  readonly threads: number | null
  readonly http: {
    readonly host: string
    readonly port: number
    /** `host` or `host:port` under which other instances reach the server, where that is not where it listens. */
    readonly advertised?: string | undefined
  } | null
}

/** One task of a plan: the work for one partition of one input slot. */
export interface PlannedTask {
  /** `<slot>/<partition>`: its name in checkpoints and messages. */
  readonly name: string
  readonly slot: number
  readonly partition: number
  /** Rank among the tasks of all instances, from 0: the partition of the activation log that it writes. */
  readonly rank: number
}
