import type { Component } from '../config/component.ts'
import type { OptionTable, OptionValues } from '../config/option.ts'
import type { Guarantee } from '../core/guarantee.ts'
import type { Transaction } from '../core/transaction.ts'

/**
 * Where a task stands: enough to resume it.
 *
 * Example: `{ positions: { data: 1042, models: 7 }, state: { keys: [["iris", { active: "tree@2" }]] }, statistics: null }`.
 */
export interface Checkpoint {
  /** Position by name, for example of a stream: what comes next. Empty when none were saved. */
  readonly positions: Readonly<Record<string, number>>
  /** Any JSON value, or null when none was saved. */
  readonly state: unknown
  /** Any JSON value, or null when none was saved. */
  readonly statistics: unknown
}

/** What a store is told about a task that it takes over. */
export interface TaskPlace {
  /** Partition of the data stream that the task reads, from 0: where a partitioned store keeps its checkpoint. */
  readonly partition: number
}

/**
 * Keeps a checkpoint per task. Its parts are saved apart: positions change with every commit, statistics about once a second and
 * state hardly ever. A store belongs to one thread; saving is synchronous and is durable when the transaction commits.
 */
export interface CheckpointStore {
  /** Domain of the transactions that `begin` makes; streams of the same domain take part in them. */
  readonly domain: string
  /**
   * How long a task goes on adding to one transaction before it commits, from the transaction's first write on; 0 = it commits
   * after every batch.
   */
  readonly commitIntervalMs: number
  /** True when what is saved of tasks that nobody has acquired ends with the store, or before it does. */
  readonly forgetsUnacquired?: boolean
  /** A transaction of this task. A store may allow one at a time: the next one begins when the last has ended. */
  begin(task: string): Transaction
  /**
   * Takes a task over from whoever had it: from now on, transactions of the former owner that save its checkpoint do not
   * commit. Call it before `load`. Saving a task that was not acquired is not fenced. After a commit that was rejected, acquire
   * the task again before its next transaction. It may take long (a broker that is away): aborting `signal` has it reject.
   */
  acquire(task: string, place: TaskPlace, signal?: AbortSignal): Promise<void>
  /** Lets go of a task whose last transaction has ended, so that nothing is kept open for it. Passed over when it was not acquired. */
  release?(task: string): Promise<void>
  /**
   * Standby: from now on keeps the checkpoints of all tasks at hand, as anyone commits them, so that `load` answers without
   * reading them first. `onState` is called with each state, the latest per task, as it comes to be known; null when it was removed. Without it
   * states are not read. Resolves when everything committed before the call is known. Called at most once; ends with `close`. Absent where
   * `load` is always short.
   */
  follow?(onState: ((task: string, state: unknown) => void) | null): Promise<void>
  /** The task's checkpoint as last committed, or null when it has none. Aborting `signal` has it reject. */
  load(task: string, signal?: AbortSignal): Promise<Checkpoint | null>
  /** Replaces the task's positions; cheap enough for every commit. */
  savePositions(task: string, positions: Readonly<Record<string, number>>, transaction: Transaction): void
  /** Replaces the task's state. The value is written down now. */
  saveState(task: string, state: unknown, transaction: Transaction): void
  /** Replaces the task's statistics. The value is written down now. */
  saveStatistics(task: string, statistics: unknown, transaction: Transaction): void
  /** Names of the tasks that have a checkpoint, sorted. */
  tasks(): Promise<string[]>
  /** Removes the task's checkpoint. */
  remove(task: string, transaction: Transaction): void
  /** Idempotent. */
  close(): Promise<void>
}

/** Artifacts by the SHA-256 of their bytes (lower-case hex). What is in it never changes. */
export interface ArtifactStore {
  /** Keeps the bytes and returns their digest; durable when it resolves, whole or not at all. Idempotent. */
  put(bytes: Uint8Array): Promise<string>
  /** The bytes, checked against the digest, or null when there are none. */
  get(digest: string): Promise<Uint8Array | null>
  has(digest: string): Promise<boolean>
  /** Digests of all artifacts, sorted. */
  list(): Promise<string[]>
  /** Removes an artifact; passed over when there is none. */
  delete(digest: string): Promise<void>
}

/** Where relative paths start, and where the options stand, for messages. */
export interface StateContext {
  readonly baseFolder: string
  readonly place: string
}

/** A place for checkpoints and artifacts. */
export interface StateComponent<T extends OptionTable = OptionTable> extends Component<'state', T> {
  /** What commits promise with these options, where that is not exactly-once within the domain. */
  promise?(options: OptionValues<T>): Guarantee
  /** Domain of the checkpoint store's transactions, or null when no stream can share it: what `lint` judges exactly-once by. */
  domain(options: OptionValues<T>, context: Pick<StateContext, 'baseFolder'>): string | null
  /** Transport, with its options, of a stream under this name that is kept where the checkpoints are; absent when there is none. */
  beside?(options: OptionValues<T>, topic: string): { readonly type: string } & Readonly<Record<string, unknown>>
  open(options: OptionValues<T>, context: StateContext): Promise<CheckpointStore>
  openArtifacts(options: OptionValues<T>, context: StateContext): Promise<ArtifactStore>
}
