import { MillraceError } from '../../core/errors.ts'
import { type FrameBatch, sliceFrames } from '../../core/frames.ts'
import { decodeBatch } from './batch-blob.ts'
import { concatFrames } from './concat.ts'
import type { LogFile } from './log-file.ts'
import { SQL } from './schema.ts'
import type { Tails } from './tails.ts'

/** What to do when retention has removed the position that is to be read. */
export type Gone = 'error' | 'earliest' | 'latest'

/** What a cursor reads. */
export interface CursorPlace {
  readonly topic: string
  readonly partition: number
  readonly partitionId: number
  readonly position: number
  readonly gone: Gone
}

type Row = [base: number, span: number, blob: Uint8Array]

const DEFAULT_MAX_BYTES = 16 * 1024 * 1024

/**
 * Reads one partition in order. A row that is read in parts is decoded once.
 *
 * Batches are cut where rows end if that makes them at least half as long as asked for: a batch inside one row shares the
 * row's bytes, one over several rows is a copy.
 */
export class LogCursor {
  readonly #file: LogFile
  readonly #tails: Tails
  readonly #place: CursorPlace
  #position: number
  /** Decoded but not yet given; its first frame is the next. */
  #rest: FrameBatch | null = null

  constructor(file: LogFile, tails: Tails, place: CursorPlace) {
    this.#file = file
    this.#tails = tails
    this.#place = place
    this.#position = place.position
  }

  /** Where the next read starts. */
  get position(): number {
    return this.#position
  }

  seek(position: number): void {
    this.#position = position
    this.#rest = null
  }

  /** True when a record at the cursor's position or after it may be there (compaction can have removed it). */
  hasMore(): boolean {
    return this.#rest !== null || this.#file.read(() => this.#tails.of(this.#place.partitionId).end) > this.#position
  }

  /**
   * The next records, at most `maxRecords` and about `maxBytes` of values (but always one record); an empty batch means
   * that the end is reached. Never blocks.
   */
  read(maxRecords: number, maxBytes = DEFAULT_MAX_BYTES): FrameBatch {
    const parts: FrameBatch[] = []
    const taken = { records: 0, bytes: 0 }
    const limits = { records: Math.max(1, maxRecords), bytes: maxBytes }
    if (this.#rest !== null) this.#take(this.#rest, parts, taken, limits)
    if (this.#rest === null && taken.records * 2 < limits.records && taken.bytes < limits.bytes) {
      this.#file.read(() => this.#readRows(parts, taken, limits))
    }
    const batch = parts.length === 1 ? (parts[0] as FrameBatch) : concatFrames(parts, this.#position)
    this.#position = batch.end
    return batch
  }

  #readRows(parts: FrameBatch[], taken: Amount, limits: Amount): void {
    const { topic, partition, partitionId } = this.#place
    const { start, end } = this.#tails.of(partitionId)
    let from = parts.at(-1)?.end ?? this.#position
    if (from >= end) return
    if (from < start) from = this.#afterGone(from, start, end)
    let isFirst = true
    const rows = this.#file.statement(SQL.batchesFrom).iterate(partitionId, from) as unknown as Iterable<Row>
    for (const [base, span, blob] of rows) {
      if (isFirst && base > from) this.#checkGap(from)
      isFirst = false
      const whole = decodeBatch(blob, base, span, `${topic}/${partition}@${base}`)
      const batch = base < from ? framesFrom(whole, from) : whole
      if (batch.length === 0) continue
      this.#take(batch, parts, taken, limits)
      if (this.#rest !== null || taken.records >= limits.records || taken.bytes >= limits.bytes) return
    }
    // Compaction may have removed the last records before the end: go there, or the cursor would never arrive.
    if (isFirst) this.#checkGap(from)
    if (parts.length === 0) this.#position = Math.max(from, end)
  }

  /** A gap at the first row is compaction's, unless retention ran between looking at the tail and at the rows. */
  #checkGap(from: number): void {
    const { start, end } = this.#tails.of(this.#place.partitionId)
    if (from < start && this.#place.gone === 'error') this.#afterGone(from, start, end)
  }

  /** Moves what fits of `batch` to `parts`; the remainder becomes the rest. */
  #take(batch: FrameBatch, parts: FrameBatch[], taken: Amount, limits: Amount): void {
    const isHalfDone = taken.records * 2 >= limits.records
    const room = Math.min(limits.records - taken.records, fitting(batch, limits.bytes - taken.bytes))
    const count = room >= batch.length ? batch.length : isHalfDone ? 0 : Math.max(room, taken.records === 0 ? 1 : 0)
    this.#rest = count === batch.length ? null : sliceFrames(batch, count, batch.length)
    if (count === 0) return
    parts.push(sliceFrames(batch, 0, count))
    taken.records += count
    taken.bytes += bytesBefore(batch, count)
  }

  #afterGone(position: number, start: number, end: number): number {
    const { topic, partition, gone } = this.#place
    if (gone === 'error') {
      throw new MillraceError('CLIENT_LOG_POSITION_GONE', { position, place: `${topic}/${partition}`, start })
    }
    this.#position = gone === 'earliest' ? start : end
    return this.#position
  }
}

interface Amount {
  records: number
  bytes: number
}

/** The frames at or after `position`. */
function framesFrom(batch: FrameBatch, position: number): FrameBatch {
  let low = 0
  let high = batch.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((batch.positions[middle] as number) < position) low = middle + 1
    else high = middle
  }
  return sliceFrames(batch, low, batch.length)
}

/** Value bytes of the first `count` frames; a decoded row keeps its values back to back, so starts are running sums. */
function bytesBefore({ values, length }: FrameBatch, count: number): number {
  if (count < length) return (values.starts[count] as number) - (values.starts[0] as number)
  const last = values.ends[count - 1] as number
  return Math.max(last, values.starts[count - 1] as number) - (values.starts[0] as number)
}

/** How many frames fit into `maxBytes` of values. */
function fitting(batch: FrameBatch, maxBytes: number): number {
  let low = 0
  let high = batch.length
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (bytesBefore(batch, middle) <= maxBytes) low = middle
    else high = middle - 1
  }
  return low
}
