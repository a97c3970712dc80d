import { type BytesColumn, type BytesWriter, NO_VALUE } from '../../core/bytes.ts'
import { NULL_HEADER } from '../../core/headers.ts'
import { VarintReader, varintSize, writeVarint } from './record-batch-varint.ts'

/** Longest name that our form can hold (its length has 16 bits). */
const MAX_NAME_BYTES = 2 ** 16 - 1

/**
 * Turns the `count` headers of a record at `reader` into our form (core/headers.ts) and appends them as one entry. Repeated names and
 * null values stay; a header whose name is longer than 65,535 bytes is left out. Throws RecordFault.
 */
export function appendHeaders(reader: VarintReader, count: number, writer: BytesWriter): void {
  const { bytes } = reader
  // A header has at least two bytes; what does not fit is refused before anything is made for it.
  if (count < 0 || count * 2 > reader.end - reader.at) reader.skip(-1)
  let needed = 0
  const start = reader.at
  for (let i = 0; i < count; i++) {
    const nameSize = reader.varint()
    reader.skip(nameSize)
    const valueSize = reader.varint()
    if (valueSize > 0) reader.skip(valueSize)
    needed += 6 + nameSize + Math.max(0, valueSize)
  }
  let to = writer.reserve(needed)
  const target = writer.view
  const out = writer.bytes
  const again = new VarintReader(bytes, start, reader.end)
  for (let i = 0; i < count; i++) {
    const nameSize = again.varint()
    const name = again.at
    again.at += nameSize
    const valueSize = again.varint()
    const value = again.at
    const size = Math.max(0, valueSize)
    again.at += size
    if (nameSize > MAX_NAME_BYTES) continue
    target.setUint16(to, nameSize, true)
    out.set(bytes.subarray(name, name + nameSize), to + 2)
    to += 2 + nameSize
    target.setUint32(to, valueSize < 0 ? NULL_HEADER : valueSize, true)
    out.set(bytes.subarray(value, value + size), to + 4)
    to += 4 + size
  }
  writer.commit(to)
}

/** Bytes of a record's headers in Kafka's form, with their number in front. */
export function headersSize(column: BytesColumn | null, index: number): number {
  if (column === null || column.ends[index] === NO_VALUE) return 1
  let size = 0
  let count = 0
  const end = column.ends[index] as number
  for (let at = column.starts[index] as number; at < end; count++) {
    const { nameSize, valueSize, next } = entryAt(column.bytes, at, end)
    size += varintSize(nameSize) + nameSize + varintSize(valueSize) + Math.max(0, valueSize)
    at = next
  }
  return size + varintSize(count)
}

/** Writes a record's headers in Kafka's form; returns where they end. */
export function writeHeaders(column: BytesColumn | null, index: number, target: Uint8Array, start: number): number {
  if (column === null || column.ends[index] === NO_VALUE) return writeVarint(target, start, 0)
  const { bytes } = column
  const from = column.starts[index] as number
  const end = column.ends[index] as number
  let count = 0
  for (let at = from; at < end; count++) at = entryAt(bytes, at, end).next
  let to = writeVarint(target, start, count)
  for (let at = from; at < end; ) {
    const { nameSize, valueSize, next } = entryAt(bytes, at, end)
    to = writeVarint(target, to, nameSize)
    target.set(bytes.subarray(at + 2, at + 2 + nameSize), to)
    to = writeVarint(target, to + nameSize, valueSize)
    if (valueSize > 0) target.set(bytes.subarray(next - valueSize, next), to)
    to += Math.max(0, valueSize)
    at = next
  }
  return to
}

/** The entry of our form at `at`; `valueSize` is -1 for a null value. A damaged tail ends as an entry without a name. */
function entryAt(bytes: Uint8Array, at: number, end: number): { nameSize: number; valueSize: number; next: number } {
  const nameSize = at + 2 <= end ? (bytes[at] as number) | ((bytes[at + 1] as number) << 8) : 0
  const lengthAt = at + 2 + nameSize
  if (lengthAt + 4 > end) return { nameSize: 0, valueSize: -1, next: end }
  const length =
    ((bytes[lengthAt] as number) |
      ((bytes[lengthAt + 1] as number) << 8) |
      ((bytes[lengthAt + 2] as number) << 16) |
      ((bytes[lengthAt + 3] as number) << 24)) >>>
    0
  const valueSize = length === NULL_HEADER ? -1 : length
  const next = lengthAt + 4 + Math.max(0, valueSize)
  return next > end ? { nameSize: 0, valueSize: -1, next: end } : { nameSize, valueSize, next }
}
