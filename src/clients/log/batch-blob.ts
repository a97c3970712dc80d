import { crc32 } from 'node:zlib'
import { type BytesColumn, NO_VALUE } from '../../core/bytes.ts'
import { MillraceError } from '../../core/errors.ts'
import type { FrameBatch } from '../../core/frames.ts'
import { prefixedBytes, sharedPrefixBytes, withPrefix } from './shared-prefix.ts'

/*
 * A batch of records as one blob. Appending is one copy per column, reading is one prefix sum per column.
 *
 *   blob     = header ints [pad] times bytes
 *   header   = magic u32 · checksum u32 · flags u32 · count u32 · valueBytes u32 · keyBytes u32 · headerBytes u32 · prefixBytes u32
 *   ints     = valueLength i32[count]
 *              keyLength i32[count]       when flags has KEYS
 *              headerLength i32[count]    when flags has HEADERS, without the prefix
 *              delta i32[count]           when flags has SPARSE: position minus the row's first position, rising from 0
 *   pad      = 4 zero bytes when header and ints are not a multiple of 8 bytes
 *   times    = f64[count], or f64 when flags has SAME_TIME: milliseconds since the epoch, with a fraction
 *   bytes    = values keys prefix headers, each back to back: valueBytes, keyBytes, prefixBytes, headerBytes long
 *
 * When flags has PREFIX, every record's headers (unless they are "no value") begin with the same prefixBytes bytes, which are
 * stored once; else prefixBytes is 0. Predictions of one version have the same stamp but for the position: most of their bytes.
 *
 * Numbers are little-endian. A length of -1 is "no value". Positions of a blob that is not SPARSE are consecutive. The
 * checksum is CRC-32 of everything after it. The magic's last byte is the version of this grammar.
 */
const MAGIC = 0x0142524d // "MRB" and version 1
const KEYS = 1
const HEADERS = 2
const SPARSE = 4
const SAME_TIME = 8
const PREFIX = 16
const KNOWN_FLAGS = KEYS | HEADERS | SPARSE | SAME_TIME | PREFIX

const HEADER_INTS = 8
const HEADER_BYTES = HEADER_INTS * 4
const CHECKSUM_AT = 4
const CHECKED_FROM = 8
/** Offsets of a BytesColumn are i32. */
const MAX_COLUMN_BYTES = 2 ** 31 - 1

/** A batch ready to become one row. */
export interface EncodedBatch {
  readonly blob: Uint8Array
  readonly count: number
  /** Highest timestamp of the batch in ms since the epoch. */
  readonly newestMs: number
}

/** Bytes of entries `[from, to)`, each without its first `skip` bytes, or -1 when all of them are null. */
export function columnBytes(column: BytesColumn, from: number, to: number, skip = 0): number {
  let total = 0
  let hasValue = false
  for (let i = from; i < to; i++) {
    const end = column.ends[i] as number
    if (end === NO_VALUE) continue
    hasValue = true
    total += end - (column.starts[i] as number) - skip
  }
  return hasValue ? total : NO_VALUE
}

/**
 * Encodes frames `[from, to)`, at least one. Frames without a timestamp get `nowMs`. With `base` the frames' own
 * positions are kept as distances from it (compaction); without, the row that takes the blob numbers them. What
 * `allocate` gives starts at a multiple of 8 bytes.
 */
export function encodeBatch(
  batch: FrameBatch,
  from: number,
  to: number,
  nowMs: number,
  base: number | null = null,
  allocate: (size: number) => Buffer = alignedBuffer,
): EncodedBatch {
  const count = to - from
  const valueBytes = Math.max(0, columnBytes(batch.values, from, to))
  const keyBytes = batch.keys ? columnBytes(batch.keys, from, to) : NO_VALUE
  const prefixBytes = batch.headers ? sharedPrefixBytes(batch.headers, from, to) : 0
  const headerBytes = batch.headers ? columnBytes(batch.headers, from, to, prefixBytes) : NO_VALUE
  const times = batch.timestampsMs
  const hasSameTime = times === null || count === 1 || isConstant(times, from, to)
  const flags =
    (keyBytes === NO_VALUE ? 0 : KEYS) |
    (headerBytes === NO_VALUE ? 0 : HEADERS) |
    (prefixBytes === 0 ? 0 : PREFIX) |
    (base === null ? 0 : SPARSE) |
    (hasSameTime ? SAME_TIME : 0)

  const timesAt = timesOffset(flags, count)
  const bytesAt = timesAt + (hasSameTime ? 1 : count) * 8
  const size = bytesAt + valueBytes + Math.max(0, keyBytes) + prefixBytes + Math.max(0, headerBytes)
  const blob = allocate(size)
  const ints = new Int32Array(blob.buffer, blob.byteOffset, timesAt >> 2)
  ints[0] = MAGIC
  ints[2] = flags
  ints[3] = count
  ints[4] = valueBytes
  ints[5] = Math.max(0, keyBytes)
  ints[6] = Math.max(0, headerBytes)
  ints[7] = prefixBytes
  ints[(timesAt >> 2) - 1] = 0 // the padding, or a length that is written below

  let column = HEADER_INTS
  let at = writeColumn(batch.values, from, to, 0, ints, column, blob, bytesAt)
  if (flags & KEYS) at = writeColumn(batch.keys as BytesColumn, from, to, 0, ints, (column += count), blob, at)
  if (flags & PREFIX) at = writePrefix(batch.headers as BytesColumn, from, prefixBytes, blob, at)
  if (flags & HEADERS)
    writeColumn(batch.headers as BytesColumn, from, to, prefixBytes, ints, (column += count), blob, at)
  if (base !== null) {
    column += count
    for (let i = 0; i < count; i++) ints[column + i] = (batch.positions[from + i] as number) - base
  }
  const newestMs = writeTimes(
    times,
    from,
    nowMs,
    new Float64Array(blob.buffer, blob.byteOffset + timesAt, hasSameTime ? 1 : count),
  )
  blob.writeUInt32LE(crc32(blob.subarray(CHECKED_FROM)), CHECKSUM_AT)
  return { blob, count, newestMs }
}

/**
 * Decodes a blob whose row starts at position `base` and spans `span` positions. The frames share the blob's bytes. Any
 * damage is an error that names `place`; nothing outside the blob is ever read.
 */
export function decodeBatch(bytes: Uint8Array, base: number, span: number, place: string): FrameBatch {
  const damaged = (reason: string): MillraceError => new MillraceError('CLIENT_LOG_BATCH_DAMAGED', { place, reason })
  if (bytes.length < HEADER_BYTES) throw damaged(`${bytes.length} bytes are fewer than a header`)
  const blob = bytes.byteOffset % 8 === 0 ? asBuffer(bytes) : aligned(bytes)
  const head = new Int32Array(blob.buffer, blob.byteOffset, HEADER_INTS)
  if (head[0] !== MAGIC) throw damaged(`it starts with 0x${((head[0] as number) >>> 0).toString(16)}`)
  if (blob.readUInt32LE(CHECKSUM_AT) !== crc32(blob.subarray(CHECKED_FROM))) throw damaged('the checksum differs')
  const flags = head[2] as number
  const count = head[3] as number
  const valueBytes = head[4] as number
  const keyBytes = head[5] as number
  const headerBytes = head[6] as number
  const prefixBytes = flags & PREFIX ? (head[7] as number) : 0
  if (flags & ~KNOWN_FLAGS) throw damaged(`flags are ${flags}`)
  if (count < 1 || valueBytes < 0 || keyBytes < 0 || headerBytes < 0 || prefixBytes < 0) {
    throw damaged(`it counts ${count} records`)
  }
  const timesAt = timesOffset(flags, count)
  const timeCount = flags & SAME_TIME ? 1 : count
  const bytesAt = timesAt + timeCount * 8
  const prefixAt = bytesAt + valueBytes + keyBytes
  if (prefixAt + prefixBytes + headerBytes !== blob.length) throw damaged(`it has ${blob.length} bytes`)

  const ints = new Int32Array(blob.buffer, blob.byteOffset, timesAt >> 2)
  let column = HEADER_INTS
  const read = (at: number, size: number): BytesColumn => {
    const entries = readColumn(ints, column, count, blob, at, at + size)
    if (entries === null) throw damaged(`lengths of column ${column} do not add up to ${size} bytes`)
    column += count
    return entries
  }
  const values = read(bytesAt, valueBytes)
  const keys = flags & KEYS ? read(bytesAt + valueBytes, keyBytes) : null
  const rests = flags & HEADERS ? read(prefixAt + prefixBytes, headerBytes) : null
  if (rests !== null && prefixedBytes(prefixBytes, rests) > MAX_COLUMN_BYTES) {
    throw damaged(`its prefix of ${prefixBytes} bytes makes its headers too large`)
  }
  const positions = new Float64Array(count)
  if (!(flags & SPARSE)) {
    if (count !== span) throw damaged(`it holds ${count} records where its row spans ${span}`)
    for (let i = 0; i < count; i++) positions[i] = base + i
  } else if (!readDeltas(ints, column, count, base, span, positions)) {
    throw damaged('its positions do not rise within its row')
  }
  const times = new Float64Array(blob.buffer, blob.byteOffset + timesAt, timeCount)
  const timestampsMs = flags & SAME_TIME ? new Float64Array(count).fill(times[0] as number) : times
  const batch = { length: count, values, keys, headers: rests, timestampsMs, positions, end: base + span }
  if (rests === null || prefixBytes === 0) return batch
  // Most readers never look at headers: they are put together for the first who does.
  let headers: BytesColumn | null = null
  return Object.defineProperty(batch, 'headers', {
    get: () => (headers ??= withPrefix(blob.subarray(prefixAt, prefixAt + prefixBytes), rests)),
    enumerable: true,
  })
}

/** Byte index of the timestamps: after header and ints, rounded up to 8. */
function timesOffset(flags: number, count: number): number {
  const columns = 1 + (flags & KEYS ? 1 : 0) + (flags & HEADERS ? 1 : 0) + (flags & SPARSE ? 1 : 0)
  return (HEADER_BYTES + columns * count * 4 + 7) & ~7
}

/** Copies the first bytes of the first value from entry `from` on; returns where they end. */
function writePrefix(
  { bytes, starts, ends }: BytesColumn,
  from: number,
  size: number,
  blob: Buffer,
  at: number,
): number {
  let first = from
  while (ends[first] === NO_VALUE) first++
  const start = starts[first] as number
  return copyRun(bytes, start, start + size, blob, at)
}

/** Writes lengths at `ints[at…]` and bytes at `blob[to…]`, leaving out the first `skip` bytes of each entry; returns where the bytes end. */
function writeColumn(
  column: BytesColumn,
  from: number,
  to: number,
  skip: number,
  ints: Int32Array,
  lengthsAt: number,
  blob: Buffer,
  bytesAt: number,
): number {
  const { bytes, starts, ends } = column
  let at = bytesAt
  let runStart = 0
  let runEnd = 0 // bytes [runStart, runEnd) lie back to back and are copied at once
  for (let i = from; i < to; i++) {
    const end = ends[i] as number
    if (end === NO_VALUE) {
      ints[lengthsAt + i - from] = NO_VALUE
      continue
    }
    const start = (starts[i] as number) + skip
    ints[lengthsAt + i - from] = end - start
    if (start === runEnd) {
      runEnd = end
      continue
    }
    at = copyRun(bytes, runStart, runEnd, blob, at)
    runStart = start
    runEnd = end
  }
  return copyRun(bytes, runStart, runEnd, blob, at)
}

function copyRun(bytes: Uint8Array, start: number, end: number, blob: Buffer, at: number): number {
  const size = end - start
  if (size > 32) blob.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), at)
  else for (let i = 0; i < size; i++) blob[at + i] = bytes[start + i] as number
  return at + size
}

function readColumn(
  ints: Int32Array,
  lengthsAt: number,
  count: number,
  blob: Buffer,
  from: number,
  to: number,
): BytesColumn | null {
  const starts = new Int32Array(count)
  const ends = new Int32Array(count)
  let at = from
  for (let i = 0; i < count; i++) {
    const length = ints[lengthsAt + i] as number
    starts[i] = at
    if (length >= 0) {
      at += length
      ends[i] = at
    } else if (length === NO_VALUE) ends[i] = NO_VALUE
    else return null
  }
  return at === to ? { bytes: blob, starts, ends, length: count } : null
}

function readDeltas(
  ints: Int32Array,
  deltasAt: number,
  count: number,
  base: number,
  span: number,
  positions: Float64Array,
): boolean {
  let previous = -1
  for (let i = 0; i < count; i++) {
    const delta = ints[deltasAt + i] as number
    if (delta <= previous) return false
    previous = delta
    positions[i] = base + delta
  }
  return previous < span
}

/** Fills `target` (one entry when all are equal) and returns the highest; NaN stands for `nowMs`. */
function writeTimes(times: Float64Array | null, from: number, nowMs: number, target: Float64Array): number {
  if (times === null) {
    target[0] = nowMs
    return nowMs
  }
  let newest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < target.length; i++) {
    const time = times[from + i] as number
    const stamped = Number.isNaN(time) ? nowMs : time
    target[i] = stamped
    if (stamped > newest) newest = stamped
  }
  return newest
}

function isConstant(times: Float64Array, from: number, to: number): boolean {
  const first = times[from] as number
  if (Number.isNaN(first)) return false
  for (let i = from + 1; i < to; i++) if (times[i] !== first) return false
  return true
}

/** A new buffer at a multiple of 8 bytes, so that typed arrays fit over it. */
export function alignedBuffer(size: number): Buffer {
  const buffer = Buffer.allocUnsafe(size)
  return buffer.byteOffset % 8 === 0 ? buffer : Buffer.allocUnsafeSlow(size)
}

function aligned(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  copy.set(bytes)
  return copy
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
