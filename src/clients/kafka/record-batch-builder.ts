import { type BytesColumn, NO_VALUE, viewOf } from '../../core/bytes.ts'
import { crc32c } from '../../core/crc32c.ts'
import type { FrameBatch } from '../../core/frames.ts'
import { type Compression, compress, compressions } from './compression.ts'
import { CopySource } from './record-batch-copy.ts'
import { HeaderWriter } from './record-batch-headers.ts'
import { at, attribute, LENGTH_END } from './record-batch-layout.ts'
import { varintSize, varlongSize, writeVarint, writeVarlong } from './record-batch-varint.ts'

/** Who has produced a batch, as its header says it. */
export interface BatchProducer {
  /** -1 without idempotence. */
  readonly producerId: bigint
  readonly producerEpoch: number
  /** Number of the first record among those of the producer and partition; -1 without idempotence. */
  readonly baseSequence: number
  readonly isTransactional: boolean
}

/** Gives and takes back memory for batches. */
export interface BatchMemory {
  /** A buffer of at least `bytes`. */
  take(bytes: number): Buffer
  give(buffer: Buffer): void
}

/** Memory from the runtime, left to it afterwards. */
export const freshMemory: BatchMemory = { take: (bytes) => Buffer.allocUnsafeSlow(bytes), give: () => {} }

/** Length, attributes, timestamp and offset of a record at their longest. */
const RECORD_HEAD_BYTES = 5 + 1 + 10 + 5

/**
 * A record batch that grows while it waits: records are written as they come, straight from their columns and in their last form.
 * Times are whole milliseconds; the first record's is the base of the others.
 */
export class RecordBatchBuilder {
  readonly #memory: BatchMemory
  #bytes: Buffer
  #view: DataView
  #end: number = at.records
  #count = 0
  #baseMs = 0
  #maxMs = 0

  /** Room for about `bytes` bytes, which grows. */
  constructor(bytes: number, memory: BatchMemory = freshMemory) {
    this.#memory = memory
    this.#bytes = memory.take(Math.max(bytes, at.records + RECORD_HEAD_BYTES))
    this.#view = viewOf(this.#bytes)
  }

  /** Number of records. */
  get count(): number {
    return this.#count
  }

  /** Bytes of the batch without compression. */
  get size(): number {
    return this.#end
  }

  /**
   * Appends frames `[from, to)` while the batch stays within `maxBytes`; returns where it stopped. The first record of a batch is
   * taken whatever its size. `nowMs` is the time of records that have none.
   */
  append(frames: FrameBatch, from: number, to: number, maxBytes: number, nowMs: number): number {
    const { values, keys, headers, timestampsMs } = frames
    const valueSource = new FieldSource(values)
    const keySource = keys === null ? null : new FieldSource(keys)
    const header = headers === null ? null : new HeaderWriter(headers)
    const defaultMs = Math.floor(nowMs)
    for (let i = from; i < to; i++) {
      const timeMs = timestampsMs === null ? defaultMs : wholeMs(timestampsMs[i] as number, defaultMs)
      if (this.#count === 0) this.#baseMs = timeMs
      const delta = timeMs - this.#baseMs
      const body =
        1 +
        varlongSize(delta) +
        varintSize(this.#count) +
        (keySource === null ? 1 : keySource.size(i)) +
        valueSource.size(i) +
        (header === null ? 1 : header.measure(i))
      const size = varintSize(body) + body
      if (this.#count > 0 && this.#end + size > maxBytes) return i
      if (this.#end + size > this.#bytes.length) this.#grow(size)
      const out = this.#bytes
      let end = writeVarint(out, this.#end, body)
      out[end++] = 0
      end = writeVarlong(out, end, delta)
      end = writeVarint(out, end, this.#count)
      end = keySource === null ? writeVarint(out, end, -1) : keySource.write(i, out, this.#view, end)
      end = valueSource.write(i, out, this.#view, end)
      end = header === null ? writeVarint(out, end, 0) : header.write(out, this.#view, end)
      this.#end = end
      if (this.#count === 0 || timeMs > this.#maxMs) this.#maxMs = timeMs
      this.#count++
    }
    return to
  }

  /**
   * The batch, complete but for its producer (`stampProducer`). With compression it is a new buffer and the builder's memory is given
   * back; without, it is the builder's memory. The builder is of no use afterwards.
   */
  finish(compression: Compression): Buffer {
    const written = this.#bytes.subarray(0, this.#end)
    let batch = written
    if (compression !== 'none') {
      const packed = compress(compression, written.subarray(at.records))
      batch = this.#memory.take(at.records + packed.length).subarray(0, at.records + packed.length)
      batch.set(packed, at.records)
      this.#memory.give(this.#bytes)
    }
    const view = viewOf(batch)
    view.setBigInt64(at.baseOffset, 0n)
    view.setInt32(at.length, batch.length - LENGTH_END)
    view.setInt32(at.leaderEpoch, -1)
    view.setInt8(at.magic, 2)
    view.setInt16(at.attributes, compressions.indexOf(compression))
    view.setInt32(at.lastOffsetDelta, this.#count - 1)
    view.setBigInt64(at.baseTimestamp, BigInt(this.#baseMs))
    view.setBigInt64(at.maxTimestamp, BigInt(this.#maxMs))
    view.setInt32(at.count, this.#count)
    return batch
  }

  #grow(size: number): void {
    const larger = this.#memory.take(Math.max(this.#end + size, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#end)
    this.#memory.give(this.#bytes)
    this.#bytes = larger
    this.#view = viewOf(larger)
  }
}

/** Writes who has produced a finished batch, and the checksum over all of it; may be repeated. */
export function stampProducer(batch: Buffer, producer: BatchProducer): void {
  const view = viewOf(batch)
  const others = view.getInt16(at.attributes) & ~attribute.isTransactional
  view.setInt16(at.attributes, others | (producer.isTransactional ? attribute.isTransactional : 0))
  view.setBigInt64(at.producerId, producer.producerId)
  view.setInt16(at.producerEpoch, producer.producerEpoch)
  view.setInt32(at.baseSequence, producer.baseSequence)
  view.setUint32(at.crc, crc32c(batch.subarray(at.attributes)))
}

/** Differences of times have to stay within 2 ** 52 (`writeVarlong`); this is the year 73326. */
const MAX_MS = 2 ** 51

/** Also for what is not a number, or no time. */
function wholeMs(timeMs: number, defaultMs: number): number {
  return Math.abs(timeMs) <= MAX_MS ? Math.floor(timeMs) : defaultMs
}

/** Writes entries of a column with their lengths in front. */
class FieldSource {
  readonly #column: BytesColumn
  readonly #source: CopySource

  constructor(column: BytesColumn) {
    this.#column = column
    this.#source = new CopySource(column.bytes)
  }

  /** Bytes of an entry with its length. */
  size(index: number): number {
    const end = this.#column.ends[index] as number
    if (end === NO_VALUE) return 1
    const size = end - (this.#column.starts[index] as number)
    return varintSize(size) + size
  }

  /** Returns where the entry ends. */
  write(index: number, out: Buffer, view: DataView, at: number): number {
    const end = this.#column.ends[index] as number
    if (end === NO_VALUE) return writeVarint(out, at, -1)
    const start = this.#column.starts[index] as number
    return this.#source.copy(start, end, out, view, writeVarint(out, at, end - start))
  }
}
