import { type BytesColumn, BytesWriter, NO_VALUE, viewOf } from '../../core/bytes.ts'
import { crc32c } from '../../core/crc32c.ts'
import { MillraceError, reasonOf } from '../../core/errors.ts'
import type { FrameBatch } from '../../core/frames.ts'
import { compressionOf, decompress } from './compression.ts'
import { appendHeaders } from './record-batch-headers.ts'
import { at, attribute, LEAST_RECORD_BYTES, LENGTH_END } from './record-batch-layout.ts'
import { RecordFault, VarintReader } from './record-batch-varint.ts'

/** A transaction that did not happen: its records, from `firstOffset` up to its abort marker, are not for readers. */
export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: number
}

/** What a record set is read with. */
export interface RecordSetOptions {
  /** First wanted offset; a set may begin before it, with the batch that holds it. */
  readonly from: number
  /** As the fetch response tells them; null when uncommitted records are wanted too. */
  readonly abortedTransactions: readonly AbortedTransaction[] | null
  /** Where the set is from, for messages: `orders/3`. */
  readonly place: string
  /** Most bytes that one compressed batch may become; 128 MiB by default. */
  readonly maxBatchBytes?: number
}

const MAX_BATCH_BYTES = 128 * 2 ** 20
/** Small compressed batches become one FrameBatch until they have this many bytes together. */
const RUN_BYTES = 2 ** 20

/** A batch as its header describes it. */
interface Batch {
  readonly start: number
  /** Exclusive. */
  readonly end: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly attributes: number
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly producerId: bigint
  readonly count: number
}

/** Where the records of a batch lie. */
interface Segment {
  readonly batch: Batch
  readonly from: number
  readonly to: number // exclusive
}

/** Everything that `readRecordSet` gives. */
export function decodeRecordSet(bytes: Buffer, options: RecordSetOptions): FrameBatch[] {
  return [...readRecordSet(bytes, options)]
}

/** A batch whose records are wanted. */
interface Part {
  readonly batch: Batch
  /** Its records where they were compressed; null where they lie open. */
  readonly bytes: Buffer | null
}

/**
 * The records of a set from `options.from` on, in batches as large as can be made without copying: views of `bytes` where they are
 * uncompressed. Control batches and aborted transactions are left out; a batch's `end` is beyond what was left out behind it, and a set
 * of which everything is left out gives one empty batch. A cut last batch is passed over. A damaged batch is an error once what is
 * before it has been given.
 */
export function* readRecordSet(bytes: Buffer, options: RecordSetOptions): Generator<FrameBatch> {
  const aborted = new AbortedProducers(options.abortedTransactions)
  let parts: Part[] = []
  let runBytes = 0
  let end = options.from
  let given = options.from
  const flush = (): Generator<FrameBatch> => {
    const run = parts
    parts = []
    runBytes = 0
    given = end
    return framesOfRun(bytes, run, options, end)
  }
  try {
    for (const batch of batchesOf(bytes, options.place)) {
      checkCrc(batch, bytes, options.place)
      const isLeftOut = aborted.leavesOut(batch, bytes, options.place)
      if (batch.lastOffset < options.from) continue
      if (!isLeftOut && batch.count > 0) {
        const unpacked = unpackedRecords(batch, bytes, options)
        const before = parts.at(-1)
        if (before && ((before.bytes === null) !== (unpacked === null) || runBytes >= RUN_BYTES)) yield* flush()
        parts.push({ batch, bytes: unpacked })
        runBytes += unpacked?.length ?? 0
      }
      end = batch.lastOffset + 1
    }
  } catch (thrown) {
    if (parts.length > 0 || end > given) yield* flush()
    throw thrown
  }
  if (parts.length > 0 || end > given) yield* flush()
}

/** The offset behind the last whole batch of a set, or behind those that lie before a damaged one; 0 when there is none. */
export function endOfRecordSet(bytes: Buffer, place: string): number {
  let end = 0
  try {
    for (const { lastOffset } of batchesOf(bytes, place)) end = lastOffset + 1
  } catch (thrown) {
    if (end === 0) throw thrown
  }
  return end
}

function* batchesOf(bytes: Buffer, place: string): Generator<Batch> {
  const view = viewOf(bytes)
  let start = 0
  let least = 0
  while (start + LENGTH_END <= bytes.length) {
    const length = view.getInt32(start + at.length)
    const end = start + LENGTH_END + length
    if (length >= at.crc - LENGTH_END && start + at.magic < bytes.length) checkMagic(view, start, place)
    if (length < at.records - LENGTH_END) throw damaged(longAt(view, start), place, `its length is ${length}`)
    if (end > bytes.length) return
    const baseOffset = longAt(view, start + at.baseOffset)
    const lastOffsetDelta = view.getInt32(start + at.lastOffsetDelta)
    if (baseOffset < least || lastOffsetDelta < 0 || !Number.isSafeInteger(baseOffset + lastOffsetDelta + 1)) {
      throw damaged(baseOffset, place, `it has ${lastOffsetDelta} offsets more, and what is before it ends at ${least}`)
    }
    const count = view.getInt32(start + at.count)
    if (count < 0) throw damaged(baseOffset, place, `it claims ${count} records`)
    yield {
      start,
      end,
      baseOffset,
      lastOffset: baseOffset + lastOffsetDelta,
      attributes: view.getInt16(start + at.attributes),
      baseTimestamp: longAt(view, start + at.baseTimestamp),
      maxTimestamp: longAt(view, start + at.maxTimestamp),
      producerId: view.getBigInt64(start + at.producerId),
      count,
    }
    least = baseOffset + lastOffsetDelta + 1
    start = end
  }
}

function checkMagic(view: DataView, start: number, place: string): void {
  const magic = view.getInt8(start + at.magic)
  if (magic === 2) return
  const offset = longAt(view, start)
  if (magic === 0 || magic === 1) throw new MillraceError('CLIENT_KAFKA_FORMAT_OLD', { place, offset, magic })
  throw damaged(offset, place, `its format is ${magic}, expected 2`)
}

function checkCrc({ start, end, baseOffset }: Batch, bytes: Buffer, place: string): void {
  const expected = bytes.readUInt32BE(start + at.crc)
  const actual = crc32c(bytes.subarray(start + at.attributes, end))
  if (actual !== expected) throw damaged(baseOffset, place, `its checksum is ${actual}, its bytes have ${expected}`)
}

/** The records of a compressed batch, or null when they lie open. */
function unpackedRecords(batch: Batch, bytes: Buffer, options: RecordSetOptions): Buffer | null {
  const { baseOffset, start, end } = batch
  const { place, maxBatchBytes = MAX_BATCH_BYTES } = options
  const number = batch.attributes & attribute.compression
  const compression = compressionOf(number)
  if (compression === null) throw damaged(baseOffset, place, `its compression is ${number}, which is none of 0 to 4`)
  if (compression === 'none') return null
  try {
    return decompress(compression, bytes.subarray(start + at.records, end), maxBatchBytes)
  } catch (thrown) {
    throw damaged(baseOffset, place, `its ${compression} piece cannot be read: ${reasonOf(thrown)}`, thrown)
  }
}

/** Which batches belong to aborted transactions (class CompletedFetch of the Java client). */
class AbortedProducers {
  readonly #isOff: boolean
  readonly #transactions: AbortedTransaction[]
  #next = 0
  readonly #producers = new Set<bigint>()

  constructor(transactions: readonly AbortedTransaction[] | null) {
    this.#isOff = transactions === null
    this.#transactions = [...(transactions ?? [])].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /** Called once per batch, in order; a marker may be the first that a set has of its transaction. */
  leavesOut(batch: Batch, bytes: Buffer, place: string): boolean {
    const isControl = (batch.attributes & attribute.isControl) !== 0
    if (this.#isOff) return isControl
    for (; this.#next < this.#transactions.length; this.#next++) {
      const { producerId, firstOffset } = this.#transactions[this.#next] as AbortedTransaction
      if (firstOffset > batch.lastOffset) break
      this.#producers.add(producerId)
    }
    const isTransactional = (batch.attributes & attribute.isTransactional) !== 0
    if (!isControl) return isTransactional && this.#producers.has(batch.producerId)
    if (isAbortMarker(batch, bytes, place)) this.#producers.delete(batch.producerId)
    return true
  }
}

/** The key of a control record is a version (i16) and a type (i16): 0 = abort, 1 = commit. */
function isAbortMarker(batch: Batch, bytes: Buffer, place: string): boolean {
  if (batch.count === 0) return false
  const reader = new VarintReader(bytes, batch.start + at.records, batch.end)
  try {
    reader.record()
    reader.at++ // attributes
    reader.varlong()
    reader.varint()
    const size = reader.varint()
    reader.skip(size)
    return size >= 4 && bytes.readInt16BE(reader.at - size + 2) === 0
  } catch (thrown) {
    throw damaged(batch.baseOffset, place, reasonOf(thrown), thrown)
  }
}

/** One FrameBatch of batches that all lie open, or were all compressed; where one of them is damaged, those before it by themselves. */
function* framesOfRun(
  bytes: Buffer,
  parts: readonly Part[],
  options: RecordSetOptions,
  end: number,
): Generator<FrameBatch> {
  try {
    yield framesOfParts(bytes, parts, options, end)
  } catch (thrown) {
    if (parts.length < 2) throw thrown
    for (const part of parts) yield framesOfParts(bytes, [part], options, part.batch.lastOffset + 1)
  }
}

function framesOfParts(bytes: Buffer, parts: readonly Part[], options: RecordSetOptions, end: number): FrameBatch {
  const isOpen = parts[0]?.bytes === null
  const unpacked = isOpen ? [] : parts.map((part) => part.bytes as Buffer)
  const all = isOpen ? bytes : unpacked.length === 1 ? (unpacked[0] as Buffer) : Buffer.concat(unpacked)
  let from = 0
  const segments = parts.map(({ batch, bytes: own }): Segment => {
    if (own === null) return { batch, from: batch.start + at.records, to: batch.end }
    from += own.length
    return { batch, from: from - own.length, to: from }
  })
  return new FrameBuilder(all, segments, options).build(end)
}

/** Fills the columns of a FrameBatch, with no object per record. */
class FrameBuilder {
  readonly #bytes: Buffer
  readonly #segments: readonly Segment[]
  readonly #options: RecordSetOptions
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  readonly #positions: Float64Array
  readonly #timestampsMs: Float64Array
  #keyStarts: Int32Array | null = null
  #keyEnds: Int32Array | null = null
  #headers: BytesWriter | null = null
  #length = 0

  constructor(bytes: Buffer, segments: readonly Segment[], options: RecordSetOptions) {
    this.#bytes = bytes
    this.#segments = segments
    this.#options = options
    let count = 0
    for (const { batch, from, to } of segments) {
      // Checked before anything is allocated for so many records.
      if (batch.count > (to - from) / LEAST_RECORD_BYTES) {
        throw damaged(batch.baseOffset, options.place, `it claims ${batch.count} records in ${to - from} bytes`)
      }
      count += batch.count
    }
    this.#starts = new Int32Array(count)
    this.#ends = new Int32Array(count)
    this.#positions = new Float64Array(count)
    this.#timestampsMs = new Float64Array(count)
  }

  build(end: number): FrameBatch {
    for (const segment of this.#segments) {
      try {
        this.#read(segment)
      } catch (thrown) {
        if (!(thrown instanceof RecordFault)) throw thrown
        throw damaged(segment.batch.baseOffset, this.#options.place, thrown.message, thrown)
      }
    }
    const length = this.#length
    const column = (starts: Int32Array, ends: Int32Array): BytesColumn => ({
      bytes: this.#bytes,
      starts: starts.subarray(0, length),
      ends: ends.subarray(0, length),
      length,
    })
    return {
      length,
      values: column(this.#starts, this.#ends),
      keys: this.#keyStarts && this.#keyEnds ? column(this.#keyStarts, this.#keyEnds) : null,
      headers: this.#headers?.finish() ?? null,
      timestampsMs: this.#timestampsMs.subarray(0, length),
      positions: this.#positions.subarray(0, length),
      end,
    }
  }

  #read({ batch, from, to }: Segment): void {
    const { baseOffset, lastOffset, baseTimestamp, maxTimestamp, attributes, count } = batch
    const wanted = this.#options.from
    const isAppendTime = (attributes & attribute.isLogAppendTime) !== 0
    const reader = new VarintReader(this.#bytes, from, to)
    let least = baseOffset
    for (let i = 0; i < count; i++) {
      const end = reader.record()
      reader.at++ // attributes: none are defined
      const timestamp = baseTimestamp + reader.varlong()
      const offset = baseOffset + reader.varint()
      if (offset < least || offset > lastOffset) throw new RecordFault(`record ${i} has offset ${offset}`)
      least = offset + 1
      const keySize = reader.varint()
      const keyStart = reader.at
      if (keySize > 0) reader.skip(keySize)
      const valueSize = reader.varint()
      const valueStart = reader.at
      if (valueSize > 0) reader.skip(valueSize)
      const headers = reader.varint()
      if (offset < wanted) {
        reader.at = end
        continue
      }
      const at = this.#length++
      this.#starts[at] = valueStart
      this.#ends[at] = valueSize < 0 ? NO_VALUE : valueStart + valueSize
      this.#positions[at] = offset
      this.#timestampsMs[at] = isAppendTime ? maxTimestamp : timestamp
      if (keySize >= 0) this.#key(at, keyStart, keyStart + keySize)
      if (headers !== 0) this.#header(at, reader, headers)
      else this.#headers?.append(null)
      if (reader.at !== end) throw new RecordFault(`record ${i} ends at ${reader.at}, its length says ${end}`)
    }
    if (reader.at !== to) throw new RecordFault(`${to - reader.at} bytes follow its last record`)
  }

  #key(at: number, start: number, end: number): void {
    if (this.#keyStarts === null || this.#keyEnds === null) {
      this.#keyStarts = new Int32Array(this.#starts.length)
      this.#keyEnds = new Int32Array(this.#starts.length).fill(NO_VALUE)
    }
    this.#keyStarts[at] = start
    this.#keyEnds[at] = end
  }

  #header(at: number, reader: VarintReader, count: number): void {
    if (this.#headers === null) {
      this.#headers = new BytesWriter(this.#starts.length, 64)
      for (let i = 0; i < at; i++) this.#headers.append(null)
    }
    appendHeaders(reader, count, this.#headers)
  }
}

/** A signed number of 64 bits; beyond 2 ** 53 it loses its lowest bits, which callers check where it counts. */
function longAt(view: DataView, at: number): number {
  return view.getInt32(at) * 2 ** 32 + view.getUint32(at + 4)
}

function damaged(offset: number, place: string, reason: string, cause?: unknown): MillraceError {
  return new MillraceError('CLIENT_KAFKA_BATCH_DAMAGED', { offset, place, reason }, cause)
}
