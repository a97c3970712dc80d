import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Clock, systemClock } from '../../core/clock.ts'
import { type ErrorReport, MillraceError } from '../../core/errors.ts'
import type { FrameBatch } from '../../core/frames.ts'
import { encodeRows, insertRows } from './appender.ts'
import { compactTopic } from './compaction.ts'
import { type Gone, LogCursor } from './cursor.ts'
import { type Fence, takeFence } from './fences.ts'
import { type GroupPosition, listPositions, positionOf } from './groups.ts'
import { borrow, domainOf, giveBack } from './handles.ts'
import type { Durability } from './log-file.ts'
import { type LogParts, LogTransaction } from './log-transaction.ts'
import { upkeep } from './maintenance.ts'
import { retainTopic } from './retention.ts'
import { stateKeys, stateOf } from './state-table.ts'
import { positionForTime } from './times.ts'
import type { Topic, TopicSettings } from './topics.ts'

export type { Gone, LogCursor } from './cursor.ts'
export type { Fence } from './fences.ts'
export type { GroupPosition } from './groups.ts'
export { type Durability, durabilities } from './log-file.ts'
export { LogTransaction } from './log-transaction.ts'
export type { Topic, TopicSettings } from './topics.ts'

/*
 * The embedded log is Millrace's own, yet it lives among the clients: the transport `log` and the state store `log` must meet
 * in one transaction, and `clients` is the room that both may import.
 */

/** How a log is opened; equal options share one connection per thread. */
export interface LogOptions {
  readonly clock?: Clock
  /** What commits survive; `process` by default. */
  readonly durability?: Durability
  /** How long a write waits for other writers; 30 s by default. */
  readonly busyTimeoutMs?: number
  /** False: retention and compaction only when called, and commits write the file back themselves. */
  readonly isMaintained?: boolean
}

/** A group's position against the end of a partition. */
export interface GroupLag extends GroupPosition {
  readonly end: number
  /** Records that are still to be done; after compaction some of them may not exist. */
  readonly lag: number
}

/** Sizes and counts for people. */
export interface LogStats {
  readonly path: string
  readonly fileBytes: number
  readonly walBytes: number
  readonly topics: number
  /** Of this connection since it was opened. */
  readonly commits: number
  readonly busyRetries: number
  readonly maintenanceError: ErrorReport | null
}

/**
 * Topics of partitions of records in one file, with consumer groups, keyed state and transactions over all of them. Any
 * number of threads and processes may have the same file open; a crash at any moment leaves whole transactions only.
 *
 * Positions count the records of a partition from 0. Calls are synchronous and short unless they return a promise; a write
 * may block while another thread or process writes, `begin().commit()` waits without blocking.
 */
export class EmbeddedLog {
  readonly path: string
  /** Name of the transaction domain: equal for everything in the same file. */
  readonly domain: string
  readonly #parts: LogParts
  #isClosed = false

  private constructor(parts: LogParts) {
    this.#parts = parts
    this.path = parts.file.path
    this.domain = parts.domain
  }

  /** Opens the file, or creates it with its folders. */
  static open(path: string, options: LogOptions = {}): EmbeddedLog {
    const { clock = systemClock, durability = 'process', busyTimeoutMs = 30_000, isMaintained = true } = options
    return new EmbeddedLog(borrow(resolve(path), { clock, durability, busyTimeoutMs, isMaintained }))
  }

  /** The domain of the log at `path`, without opening it. */
  static domainOf(path: string): string {
    return domainOf(resolve(path))
  }

  /** True when there is a file at `path`. */
  static exists(path: string): boolean {
    return existsSync(resolve(path))
  }

  /** Makes a topic, or changes the given settings of an existing one; another number of partitions is an error. Idempotent. */
  createTopic(name: string, settings: TopicSettings = {}): Topic {
    return this.#open().topics.create(name, settings)
  }

  /**
   * Removes a topic with its records and committed positions. Whoever still has it open reads nothing more, and what they append is lost: stop
   * them first.
   */
  deleteTopic(name: string): void {
    const { topics, tails } = this.#open()
    const { ids } = topics.ids(name)
    topics.delete(name)
    for (const id of ids) tails.forget(id)
  }

  /** All topics by name. */
  topics(): Topic[] {
    return this.#open().topics.list()
  }

  topic(name: string): Topic | null {
    return this.#open().topics.get(name)
  }

  /** Appends a batch as one commit; returns the position of its first record. Frames without a time get the clock's. */
  append(topic: string, partition: number, batch: FrameBatch): number {
    const { file, tails, topics, maintenance, blobs } = this.#open()
    const partitionId = topics.partitionId(topic, partition)
    const rows = encodeRows(batch, file.clock.now(), `${topic}/${partition}`, blobs.take)
    const first = file.write(() => insertRows(file, tails, partitionId, rows))
    const appendedBytes = rows.reduce((sum, row) => sum + row.blob.length, 0)
    for (const { blob } of rows) blobs.give(blob)
    maintenance.committed(appendedBytes, rows.length)
    return first
  }

  /** Reads once from a position; for reading on and on, take a cursor. */
  read(topic: string, partition: number, position: number, maxRecords: number, maxBytes?: number): FrameBatch {
    return this.cursor(topic, partition, position).read(maxRecords, maxBytes)
  }

  /** A place to read on from. `gone` says what to do when retention has removed what comes next: an error by default. */
  cursor(topic: string, partition: number, position: number, gone: Gone = 'error'): LogCursor {
    const { file, tails, topics } = this.#open()
    const partitionId = topics.partitionId(topic, partition)
    return new LogCursor(file, tails, { topic, partition, partitionId, position, gone })
  }

  /** Resolves true once the partition's end is beyond `position`, false after `waitMs` or when the signal aborts. */
  waitForAppend(
    topic: string,
    partition: number,
    position: number,
    waitMs: number,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const { file, tails, topics } = this.#open()
    const partitionId = topics.partitionId(topic, partition)
    return file.bell.wait(() => file.read(() => tails.of(partitionId).end) > position, waitMs, signal)
  }

  /** The position that the next record gets. */
  endPosition(topic: string, partition: number): number {
    return this.#tail(topic, partition).end
  }

  /** The first position that retention has left. */
  startPosition(topic: string, partition: number): number {
    return this.#tail(topic, partition).start
  }

  /** Position of the first record with a timestamp of at least `timeMs`, or the end. */
  positionForTime(topic: string, partition: number, timeMs: number): number {
    const { file, topics } = this.#open()
    const tail = { ...this.#tail(topic, partition) }
    const id = topics.partitionId(topic, partition)
    return file.read(() => positionForTime(file, id, tail, timeMs, `${topic}/${partition}`))
  }

  /** A group's committed position, or null when it has none. */
  committed(group: string, topic: string, partition: number): number | null {
    const { file, topics } = this.#open()
    const partitionId = topics.partitionId(topic, partition)
    return file.read(() => positionOf(file, group, partitionId))
  }

  /** All committed positions. */
  groups(): GroupPosition[] {
    const { file } = this.#open()
    return file.read(() => listPositions(file))
  }

  /** How far a group is behind, by topic and partition. */
  lag(group: string): GroupLag[] {
    const ofGroup = this.groups().filter((entry) => entry.group === group)
    return ofGroup.map((entry) => {
      const end = this.endPosition(entry.topic, entry.partition)
      return { ...entry, end, lag: Math.max(0, end - entry.position) }
    })
  }

  /** Takes over a name (see Fence): commits that require an older fence of the name do not happen any more. */
  acquire(name: string): Promise<Fence> {
    const { file } = this.#open()
    return file.writeSoon(() => takeFence(file, name))
  }

  begin(): LogTransaction {
    return new LogTransaction(this.#open())
  }

  /** A value of the keyed state, or null. */
  getState(namespace: string, key: string): Uint8Array | null {
    const { file } = this.#open()
    return file.read(() => stateOf(file, namespace, key))
  }

  /** The keys of a namespace, sorted. */
  stateKeys(namespace: string): string[] {
    const { file } = this.#open()
    return file.read(() => stateKeys(file, namespace))
  }

  /** Applies retention now, to one topic or all; returns the number of rows (batches as stored) removed. */
  retain(topic?: string): number {
    const { file, tails, topics } = this.#open()
    return this.#chosen(topic).reduce((sum, one) => sum + retainTopic(file, tails, topics, one, file.clock.now()), 0)
  }

  /** Compacts now, one topic or all compacted ones; returns the number of records removed. May take seconds of CPU. */
  compact(topic?: string): number {
    const { file, tails, topics } = this.#open()
    return this.#chosen(topic).reduce((sum, one) => sum + compactTopic(file, tails, topics, one, file.clock.now()), 0)
  }

  /** What the maintenance thread does by itself, done now: retention, and compaction where it is due. */
  maintain(): { rows: number; records: number } {
    const { file, tails, topics } = this.#open()
    return upkeep(file, tails, topics, file.clock.now())
  }

  /** Resolves when the maintenance thread has done what it was asked so far. */
  maintained(): Promise<void> {
    return this.#open().maintenance.settled()
  }

  stats(): LogStats {
    const { file, maintenance } = this.#open()
    return {
      path: this.path,
      fileBytes: sizeOf(this.path),
      walBytes: sizeOf(`${this.path}-wal`),
      topics: this.topics().length,
      commits: file.counts.commits,
      busyRetries: file.counts.busyRetries,
      maintenanceError: maintenance.error,
    }
  }

  /** Gives the connection back; pending waits of its last user end. Idempotent. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    giveBack(this.#parts)
  }

  #open(): LogParts {
    if (this.#isClosed) throw new MillraceError('CORE_CLOSED', { subject: `log ${this.path}` })
    return this.#parts
  }

  #tail(topic: string, partition: number) {
    const { file, tails, topics } = this.#open()
    const partitionId = topics.partitionId(topic, partition)
    return file.read(() => tails.of(partitionId))
  }

  #chosen(topic: string | undefined): Topic[] {
    if (topic === undefined) return this.topics()
    this.#open().topics.ids(topic) // an unknown topic is an error
    return [this.topic(topic) as Topic]
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
