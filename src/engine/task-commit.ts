import type { MillraceError } from '../core/errors.ts'
import { type FrameBatch, framesOf } from '../core/frames.ts'
import type { Transaction } from '../core/transaction.ts'
import { deadLetters } from '../streams/dead-letter.ts'
import { bytesIn } from '../streams/gather.ts'
import type { DecodedBatch } from '../streams/stream-reader.ts'
import type { StreamWriter } from '../streams/stream-writer.ts'
import { activationRecord, encodeActivations } from './activation.ts'
import { assembleOutputs, echoOf } from './assemble.ts'
import type { CutOver } from './join-state.ts'
import type { ScoredBatch } from './score-batch.ts'
import type { TaskStatistics } from './stats.ts'
import type { TaskCounts, TaskParts, TaskState } from './task-parts.ts'
import { versionName } from './versions.ts'

/** Names under which a task's checkpoint keeps its positions. */
export const positionNames = { data: 'data', models: 'models' } as const

/** A scored batch on its way out. */
export interface ScoredWork {
  readonly batch: FrameBatch
  readonly scored: ScoredBatch
  readonly decoded: DecodedBatch
}

/** What becomes durable together, and never a part of it. */
export interface CommitWork {
  /** Null when only versions changed. */
  readonly work: ScoredWork | null
  readonly cutOvers: readonly { readonly change: CutOver; readonly position: number }[]
  readonly position: number
  readonly modelPosition: number
  /** The versions, or null when they are as in the last commit. */
  readonly state: TaskState | null
  /** What is known about the keys, or null when it is not to be saved now. */
  readonly statistics: TaskStatistics | null
}

/** A batch whose outcome is in a transaction. */
export interface CountedBatch {
  readonly records: number
  readonly predictions: number
  readonly deadLetters: number
  readonly dropped: number
  /** Event times of its records, or null. */
  readonly timestampsMs: Float64Array | null // [records]
}

/** A transaction that is added to: everything that was added so far, as the commit will have it. */
interface OpenCommit {
  readonly transaction: Transaction
  /** On the monotonic clock. */
  readonly dueMs: number
  bytes: number
  readonly batches: CountedBatch[]
  readonly rejects: { readonly position: number; readonly error: MillraceError }[]
  /** Streams of other domains that were written to. */
  readonly unflushed: Set<StreamWriter>
  positions: Readonly<Record<string, number>>
  counts: TaskCounts
  /** Position behind the last batch; null when only versions changed. */
  end: number | null
}

/** What the task is told. */
export interface CommitEvents {
  /** Called for each batch that is durable, in order. */
  committed?(batch: CountedBatch): void
  /** A commit that was on its way has failed: `check` throws its error. */
  failed?(): void
}

/** A transaction that holds so many bytes of outputs is committed before its time. */
const MAX_TRANSACTION_BYTES = 32 * 1024 * 1024

/**
 * Makes the effects of batches durable: predictions, dead letters, cut-overs, versions, positions and counts, all in one commit.
 *
 * `add` writes what belongs to a batch, `commit` makes everything that was added durable. Each `add` is a cut of its own: a
 * commit may come after any of them, whatever the task has begun meanwhile. Streams of the checkpoint's transaction domain take
 * part in its transaction, which is what makes exactly-once. The others are flushed before it, so that a crash in between
 * repeats them and loses nothing.
 */
export class TaskCommitter {
  readonly #parts: TaskParts
  readonly #echoesRecord: boolean
  readonly #counts: TaskCounts
  readonly #events: CommitEvents
  #open: OpenCommit | null = null
  /** The commit that is on its way while batches are scored; it never rejects, see `#failure`. */
  #inFlight: Promise<void> | null = null
  #failure: { readonly thrown: unknown } | null = null

  /** `counts` is brought up to date with each commit. */
  constructor(parts: TaskParts, echoesRecord: boolean, counts: TaskCounts, events: CommitEvents) {
    this.#parts = parts
    this.#echoesRecord = echoesRecord
    this.#counts = counts
    this.#events = events
  }

  /** True when something was added that is not being committed yet. */
  get hasOpen(): boolean {
    return this.#open !== null
  }

  /** True when what was added is to be committed now. */
  get isDue(): boolean {
    const open = this.#open
    if (open === null) return false
    return open.bytes >= MAX_TRANSACTION_BYTES || this.leftMs <= 0
  }

  /** How long the commit of what was added may wait; infinite when nothing was. */
  get leftMs(): number {
    if (this.#open === null) return Number.POSITIVE_INFINITY
    return this.#parts.store.commitIntervalMs === 0 ? 0 : this.#open.dueMs - this.#parts.clock.monotonicMs()
  }

  /** Writes a batch or a change of versions, behind the commit that is on its way. After an error nothing can be added any more. */
  async add({ work, cutOvers, position, modelPosition, state, statistics }: CommitWork): Promise<void> {
    const { store, checkpoint } = this.#parts
    if (this.#inFlight) await this.#settle()
    this.check()
    this.#open ??= this.#begin()
    const open = this.#open
    const { transaction } = open
    try {
      if (work) await this.#write(work, open)
      await this.#writeCutOvers(cutOvers, open)
      if (state) store.saveState(checkpoint, state, transaction)
      if (statistics) store.saveStatistics(checkpoint, statistics, transaction)
    } catch (thrown) {
      this.abort()
      throw thrown
    }
    if (work) this.#count(work, open)
    open.positions = { [positionNames.data]: position, [positionNames.models]: modelPosition, ...open.counts }
  }

  /** Commits what was added; after an error nothing of it is durable but what streams of other domains have flushed. */
  async commit(): Promise<void> {
    if (this.#inFlight) await this.#settle()
    this.check()
    const open = this.#open
    this.#open = null
    if (open) await this.#commit(open)
  }

  /** Starts a commit, which `add` and `commit` wait for; an error interrupts the reader and is thrown by whatever is called next. */
  async commitMeanwhile(): Promise<void> {
    if (this.#inFlight) await this.#settle()
    this.check()
    const open = this.#open
    this.#open = null
    if (!open) return
    this.#inFlight = this.#commit(open).catch((thrown: unknown) => {
      this.#failure = { thrown }
      this.#parts.reader.interrupt()
      this.#events.failed?.()
    })
  }

  /** Throws the error of a commit that was started. */
  check(): void {
    if (this.#failure) throw this.#failure.thrown
  }

  /** Drops what was added and not committed; resolves when the commit on its way is over too. Idempotent. */
  async drop(): Promise<void> {
    this.abort()
    await this.#settle()
  }

  /** Drops what was added and not committed. Idempotent. */
  abort(): void {
    const open = this.#open
    this.#open = null
    open?.transaction.abort()
  }

  /** Waits for the commit on its way, whatever becomes of it. */
  async #settle(): Promise<void> {
    await this.#inFlight
    this.#inFlight = null
  }

  #begin(): OpenCommit {
    const { store, checkpoint, clock } = this.#parts
    return {
      transaction: store.begin(checkpoint),
      dueMs: store.commitIntervalMs === 0 ? 0 : clock.monotonicMs() + store.commitIntervalMs,
      bytes: 0,
      batches: [],
      rejects: [],
      unflushed: new Set(),
      positions: {},
      counts: this.#counts,
      end: null,
    }
  }

  #count({ batch, scored }: ScoredWork, open: OpenCommit): void {
    const { dropped, faults } = scored
    const deadLetters = faults.length
    const predictions = batch.length - deadLetters - dropped
    const { read, predicted, deadLettered, dropped: droppedBefore } = open.counts
    open.counts = {
      read: read + batch.length,
      predicted: predicted + predictions,
      deadLettered: deadLettered + deadLetters,
      dropped: droppedBefore + dropped,
    }
    open.batches.push({ records: batch.length, predictions, deadLetters, dropped, timestampsMs: batch.timestampsMs })
    open.end = batch.end
  }

  async #commit({ transaction, positions, counts, end, batches, rejects, unflushed }: OpenCommit): Promise<void> {
    const { store, reader, checkpoint } = this.#parts
    try {
      for (const writer of unflushed) await writer.flush()
      store.savePositions(checkpoint, positions, transaction)
      const takesPart = reader.domain === transaction.domain
      if (end !== null && takesPart) await reader.commit(end, transaction)
      await transaction.commit()
      Object.assign(this.#counts, counts)
      for (const { position, error } of rejects) reader.reject(position, error)
      if (end !== null && !takesPart) await reader.commit(end, null)
    } catch (thrown) {
      transaction.abort()
      throw thrown
    }
    for (const batch of batches) this.#events.committed?.(batch)
  }

  async #write(work: ScoredWork, open: OpenCommit): Promise<void> {
    const { predictions, stamps, clock } = this.#parts
    const { batch, scored, decoded } = work
    const echo = this.#echoesRecord ? echoOf(batch, decoded) : null
    const outputs = assembleOutputs(batch, scored, echo, predictions, stamps, clock.now())
    for (const [n, frames] of outputs.entries())
      if (frames.length > 0) await this.#writeTo(predictions[n] as StreamWriter, frames, open)
    // Only now are the faults complete: a prediction that cannot be encoded is one too.
    if (scored.faults.length === 0) return
    await this.#writeTo(this.#parts.deadLetters, this.#lettersOf(batch, scored), open)
    for (const { index, error } of scored.faults)
      open.rejects.push({ position: batch.positions[index] as number, error })
  }

  #lettersOf(batch: FrameBatch, scored: ScoredBatch): FrameBatch {
    const { reader, deadLetters: writer, clock } = this.#parts
    const errors = new Map(scored.faults.map((fault) => [fault.index, fault.error]))
    const versions = new Map(scored.faults.map((fault) => [fault.index, fault.version]))
    const modelOf = (index: number) => {
      const version = versions.get(index)
      return version ? versionName(version.reference) : null
    }
    const origin = { stream: reader.name, partition: reader.partition, modelOf }
    return deadLetters(batch, errors, origin, clock.now(), writer)
  }

  async #writeCutOvers(cutOvers: CommitWork['cutOvers'], open: OpenCommit): Promise<void> {
    const { activations, clock, telemetry, engine, name: task } = this.#parts
    if (!activations || cutOvers.length === 0) return
    const records = cutOvers.map(({ change, position }) => activationRecord(this.#parts, change, position))
    const values = encodeActivations(records, activations, (error) =>
      telemetry.emit('activationError', { engine, task, error: error.toReport() }),
    )
    if (values.length === 0) return
    const timestampsMs = new Float64Array(values.length).fill(clock.now())
    await this.#writeTo(activations, { ...framesOf(values), timestampsMs }, open)
  }

  /** Writes in the transaction where the stream can take part; else the frames are flushed before the commit. */
  async #writeTo(writer: StreamWriter, frames: FrameBatch, open: OpenCommit): Promise<void> {
    const { transaction } = open
    if (this.#parts.store.commitIntervalMs > 0) open.bytes += bytesIn(frames.values)
    const takesPart = writer.domain === transaction.domain
    if (!takesPart) open.unflushed.add(writer)
    await writer.write(frames, takesPart ? transaction : null)
  }
}
