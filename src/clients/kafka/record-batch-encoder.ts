import { type BytesColumn, copyBytes, NO_VALUE, viewOf } from '../../core/bytes.ts'
import { crc32c } from '../../core/crc32c.ts'
import type { FrameBatch } from '../../core/frames.ts'
import { type Compression, compress, compressions } from './compression.ts'
import { HeaderWriter } from './record-batch-headers.ts'
import { at, attribute, LENGTH_END } from './record-batch-layout.ts'
import { varintSize, varlongSize, writeVarint, writeVarlong } from './record-batch-varint.ts'

/** What a batch is written with besides its records. */
export interface RecordBatchSettings {
  readonly compression: Compression
  /** -1 without idempotence. */
  readonly producerId: bigint
  readonly producerEpoch: number
  /** Number of the first record among those of the producer and partition; -1 without idempotence. */
  readonly baseSequence: number
  readonly isTransactional: boolean
  /** Time of the records that have none, in ms since the epoch. */
  readonly nowMs: number
}

/** Frames `[from, to)` as one batch, whose first offset is 0 as in every produce request. The bytes are copied. */
export function encodeRecordBatch(frames: FrameBatch, from: number, to: number, settings: RecordBatchSettings): Buffer {
  const { compression } = settings
  const times = new RecordTimes(frames, from, to, settings.nowMs)
  const sizes = recordSizes(frames, from, to, times)
  if (compression === 'none') {
    const batch = Buffer.allocUnsafeSlow(at.records + sizes.total)
    writeRecords(frames, from, to, times, sizes.bodies, batch, at.records)
    return sealed(batch, to - from, times, settings)
  }
  const records = Buffer.allocUnsafeSlow(sizes.total)
  writeRecords(frames, from, to, times, sizes.bodies, records, 0)
  const packed = compress(compression, records)
  const batch = Buffer.allocUnsafeSlow(at.records + packed.length)
  batch.set(packed, at.records)
  return sealed(batch, to - from, times, settings)
}

/**
 * The exclusive end of the frames from `from` on whose batch has at most `maxBytes` uncompressed; at least one frame, which may be
 * larger by itself.
 */
export function fittingFrames(frames: FrameBatch, from: number, maxBytes: number): number {
  let total: number = at.records
  const headers = frames.headers === null ? null : new HeaderWriter(frames.headers)
  for (let i = from; i < frames.length; i++) {
    // Length, timestamp and offset take 20 bytes at the most, attributes one.
    total += 21 + sizeOf(frames.keys, i) + sizeOf(frames.values, i) + (headers?.measure(i) ?? 1) + 10
    if (total > maxBytes) return Math.max(i, from + 1)
  }
  return frames.length
}

function sizeOf(column: BytesColumn | null, index: number): number {
  if (column === null) return 0
  const end = column.ends[index] as number
  return end === NO_VALUE ? 0 : end - (column.starts[index] as number)
}

/** Whole milliseconds of each record of a range. */
class RecordTimes {
  readonly base: number
  readonly max: number
  readonly #times: Float64Array | null
  readonly #from: number
  readonly #now: number

  constructor({ timestampsMs }: FrameBatch, from: number, to: number, nowMs: number) {
    this.#times = timestampsMs
    this.#from = from
    this.#now = Math.floor(nowMs)
    this.base = this.at(0)
    let max = this.base
    if (timestampsMs !== null) for (let i = 1; i < to - from; i++) max = Math.max(max, this.at(i))
    this.max = max
  }

  /** Of the `index`th record of the range; NaN stands for no time. */
  at(index: number): number {
    if (this.#times === null) return this.#now
    const time = Math.floor(this.#times[this.#from + index] as number)
    return Number.isNaN(time) ? this.#now : time
  }
}

/** Bytes of each record after its length, and of all with their lengths. */
function recordSizes(
  { values, keys, headers }: FrameBatch,
  from: number,
  to: number,
  times: RecordTimes,
): { readonly bodies: Int32Array; readonly total: number } {
  const bodies = new Int32Array(to - from)
  const header = headers === null ? null : new HeaderWriter(headers)
  let total = 0
  for (let i = from; i < to; i++) {
    const index = i - from
    const value = fieldSize(values, i)
    const key = keys === null ? 1 : fieldSize(keys, i)
    const body =
      1 +
      varlongSize(times.at(index) - times.base) +
      varintSize(index) +
      key +
      value +
      (header === null ? 1 : header.measure(i))
    bodies[index] = body
    total += varintSize(body) + body
  }
  return { bodies, total }
}

/** Bytes of an entry with its length in front. */
function fieldSize(column: BytesColumn, index: number): number {
  const end = column.ends[index] as number
  if (end === NO_VALUE) return 1
  const size = end - (column.starts[index] as number)
  return varintSize(size) + size
}

function writeRecords(
  { values, keys, headers }: FrameBatch,
  from: number,
  to: number,
  times: RecordTimes,
  bodies: Int32Array,
  out: Buffer,
  start: number,
): void {
  const target = viewOf(out)
  const valueView = viewOf(values.bytes)
  const keyView = keys && viewOf(keys.bytes)
  const header = headers === null ? null : new HeaderWriter(headers)
  let end = start
  for (let i = from; i < to; i++) {
    const index = i - from
    end = writeVarint(out, end, bodies[index] as number)
    out[end++] = 0
    end = writeVarlong(out, end, times.at(index) - times.base)
    end = writeVarint(out, end, index)
    end = keys === null ? writeVarint(out, end, -1) : writeField(keys, i, keyView as DataView, out, target, end)
    end = writeField(values, i, valueView, out, target, end)
    if (header === null) end = writeVarint(out, end, 0)
    else {
      header.measure(i)
      end = header.write(out, target, end)
    }
  }
}

function writeField(
  column: BytesColumn,
  index: number,
  source: DataView,
  out: Buffer,
  target: DataView,
  at: number,
): number {
  const end = column.ends[index] as number
  if (end === NO_VALUE) return writeVarint(out, at, -1)
  const start = column.starts[index] as number
  return copyBytes(source, start, end, target, writeVarint(out, at, end - start))
}

/** Fills the header around the records; the checksum comes last. */
function sealed(batch: Buffer, count: number, times: RecordTimes, settings: RecordBatchSettings): Buffer {
  const view = viewOf(batch)
  view.setBigInt64(at.baseOffset, 0n)
  view.setInt32(at.length, batch.length - LENGTH_END)
  view.setInt32(at.leaderEpoch, -1)
  view.setInt8(at.magic, 2)
  const number = compressions.indexOf(settings.compression)
  view.setInt16(at.attributes, number | (settings.isTransactional ? attribute.isTransactional : 0))
  view.setInt32(at.lastOffsetDelta, count - 1)
  view.setBigInt64(at.baseTimestamp, BigInt(times.base))
  view.setBigInt64(at.maxTimestamp, BigInt(times.max))
  view.setBigInt64(at.producerId, settings.producerId)
  view.setInt16(at.producerEpoch, settings.producerEpoch)
  view.setInt32(at.baseSequence, settings.baseSequence)
  view.setInt32(at.count, count)
  view.setUint32(at.crc, crc32c(batch.subarray(at.attributes)))
  return batch
}
