import { type BytesColumn, type BytesWriter, copyBytes, NO_VALUE, viewOf } from '../../core/bytes.ts'
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

/** Entries that a scan has room for at first. */
const FIRST_ENTRIES = 16

/**
 * Headers of one record after the other, from our form to Kafka's: `measure` looks where the entries are, `write` copies them. Objects for
 * each of them would cost more than all the rest of a record.
 */
export class HeaderWriter {
  readonly #column: BytesColumn
  readonly #source: DataView
  /** Where a name starts, its size, where its value starts, its size (-1 = null), for each entry. */
  #entries = new Int32Array(4 * FIRST_ENTRIES)
  #count = 0

  constructor(column: BytesColumn) {
    this.#column = column
    this.#source = viewOf(column.bytes)
  }

  /** Bytes of the headers of record `index` in Kafka's form, with their number in front. */
  measure(index: number): number {
    const { bytes, starts, ends } = this.#column
    const end = ends[index] as number
    this.#count = 0
    if (end === NO_VALUE) return 1
    let size = 0
    for (let at = starts[index] as number; at < end; ) {
      // A damaged tail ends as an entry without a name.
      let nameSize = at + 2 <= end ? (bytes[at] as number) | ((bytes[at + 1] as number) << 8) : 0
      let value = at + 2 + nameSize + 4
      let valueSize = -1
      if (value <= end) {
        const length = this.#source.getUint32(value - 4, true)
        if (length !== NULL_HEADER) valueSize = length
      }
      if (value + Math.max(0, valueSize) > end) {
        nameSize = 0
        valueSize = -1
        value = end
      }
      size += varintSize(nameSize) + nameSize + varintSize(valueSize) + Math.max(0, valueSize)
      this.#add(at + 2, nameSize, value, valueSize)
      at = value + Math.max(0, valueSize)
    }
    return size + varintSize(this.#count)
  }

  /** Writes the headers that were measured last; returns where they end. */
  write(target: Uint8Array, view: DataView, start: number): number {
    const entries = this.#entries
    let to = writeVarint(target, start, this.#count)
    for (let i = 0; i < 4 * this.#count; i += 4) {
      const name = entries[i] as number
      const nameSize = entries[i + 1] as number
      const value = entries[i + 2] as number
      const valueSize = entries[i + 3] as number
      to = copyBytes(this.#source, name, name + nameSize, view, writeVarint(target, to, nameSize))
      to = writeVarint(target, to, valueSize)
      if (valueSize > 0) to = copyBytes(this.#source, value, value + valueSize, view, to)
    }
    return to
  }

  #add(name: number, nameSize: number, value: number, valueSize: number): void {
    const at = 4 * this.#count++
    if (at === this.#entries.length) {
      const wider = new Int32Array(2 * at)
      wider.set(this.#entries)
      this.#entries = wider
    }
    const entries = this.#entries
    entries[at] = name
    entries[at + 1] = nameSize
    entries[at + 2] = value
    entries[at + 3] = valueSize
  }
}
