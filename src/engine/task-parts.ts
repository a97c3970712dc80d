import type { Clock } from '../core/clock.ts'
import type { Telemetry } from '../core/telemetry.ts'
import type { Scorer } from '../models/model.ts'
import type { CheckpointStore } from '../state/state.ts'
import type { StreamReader } from '../streams/stream-reader.ts'
import type { StreamWriter } from '../streams/stream-writer.ts'
import type { StampFactory } from './assemble.ts'
import type { KeySnapshot } from './join-state.ts'
import type { BatchScorer } from './score-batch.ts'
import type { StatsSnapshot, TaskStatistics } from './stats.ts'
import type { LoadedOutcome } from './update-intake.ts'

/** The ends of a task's streams and its store, opened by its host; the task closes none of them. */
export interface TaskParts {
  /** Name in messages and in the activation log: `<slot>/<partition>`. */
  readonly name: string
  /** Name of its checkpoint: `taskCheckpoint(engine, name, source)`. */
  readonly checkpoint: string
  readonly engine: string
  readonly reader: StreamReader
  /** Text before a position number of the data stream: `iris/0@`. */
  readonly positionPrefix: string
  readonly predictions: readonly StreamWriter[]
  readonly deadLetters: StreamWriter
  readonly activations: StreamWriter | null
  readonly store: CheckpointStore
  readonly scorer: BatchScorer
  readonly stamps: StampFactory
  /** Opens the scorer of a prepared version on this thread. */
  readonly open: (outcome: LoadedOutcome) => Promise<Scorer>
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/** How a task makes batches and predictions. */
export interface TaskSettings {
  /** Most records of a batch. */
  readonly maxRecords: number
  /** Longest time in ms that a record waits for a version of its key; 0 = records are not held. */
  readonly holdMs: number
  /** True when predictions also carry the fields of their record. */
  readonly echoesRecord: boolean
}

/** Everything that a task counts, exactly as committed. */
export interface TaskCounts {
  read: number
  predicted: number
  deadLettered: number
  dropped: number
}

/** What a task says about itself to queries. */
export interface TaskReport {
  readonly task: string
  readonly position: number
  readonly modelPosition: number
  readonly counts: TaskCounts
  readonly keys: readonly KeySnapshot[]
  readonly stats: readonly StatsSnapshot[]
  /** End-to-end latency in ms: from the record's time in its stream to the commit of its prediction. */
  readonly latency: Float64Array
}

/** A task's checkpoint as it was loaded. */
export interface SavedTask {
  readonly positions: Readonly<Record<string, number>>
  readonly state: TaskState | null
  readonly statistics: TaskStatistics | null
}

/** What a restored checkpoint holds besides positions. */
export interface TaskState {
  readonly keys: readonly KeySnapshot[]
}
