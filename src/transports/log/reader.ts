import { type EmbeddedLog, type Fence, type LogCursor, LogTransaction } from '../../clients/log/log.ts'
import { MillraceError } from '../../core/errors.ts'
import type { FrameBatch } from '../../core/frames.ts'
import type { Transaction } from '../../core/transaction.ts'
import type { FrameReader } from '../transport.ts'

/** Which partition a reader reads, and under which group it commits. */
export interface LogReaderPlace {
  readonly topic: string
  readonly partition: number
  /** Empty: commits nothing. */
  readonly group: string
  /** Taken by the reader that opened last; null without a group. */
  readonly fence: Fence | null
  readonly place: string
}

/** Reads one partition of a topic. */
export class LogReader implements FrameReader {
  readonly delivers = 'frames'
  readonly domain: string
  readonly #log: EmbeddedLog
  readonly #place: LogReaderPlace
  readonly #cursor: LogCursor
  #interruption = new AbortController()

  constructor(log: EmbeddedLog, cursor: LogCursor, place: LogReaderPlace) {
    this.domain = log.domain
    this.#log = log
    this.#cursor = cursor
    this.#place = place
  }

  get position(): number {
    return this.#cursor.position
  }

  async next(maxRecords: number, waitMs: number): Promise<FrameBatch | null> {
    const batch = this.#cursor.read(maxRecords)
    if (batch.length > 0 || waitMs <= 0) return batch
    const { topic, partition } = this.#place
    const { signal } = this.#interruption
    const hasMore = await this.#log.waitForAppend(topic, partition, this.#cursor.position, waitMs, signal)
    if (signal.aborted && this.#interruption.signal === signal) this.#interruption = new AbortController()
    return hasMore ? this.#cursor.read(maxRecords) : batch
  }

  async seek(position: number): Promise<void> {
    this.#cursor.seek(position)
  }

  async commit(end: number, transaction: Transaction | null): Promise<void> {
    const { topic, partition, group, fence } = this.#place
    if (fence === null) return
    const own = transaction === null ? this.#log.begin() : ownTransaction(transaction, this.domain, this.#place.place)
    own.require(fence)
    own.commitPosition(group, topic, partition, end)
    if (transaction === null) await own.commit()
  }

  /** Also makes the next wait return early when none is going on: an interrupt just before it is not lost. */
  interrupt(): void {
    this.#interruption.abort()
  }

  async close(): Promise<void> {
    this.interrupt()
    this.#log.close()
  }
}

/** The transaction as one of this log; another is an error, as its effects would not be part of it. */
export function ownTransaction(transaction: Transaction, domain: string, place: string): LogTransaction {
  if (transaction instanceof LogTransaction && transaction.domain === domain) return transaction
  throw new MillraceError('TRANSPORT_FOREIGN_TRANSACTION', { place, actual: transaction.domain, expected: domain })
}
