import { type BytesColumn, type BytesWriter, NO_VALUE } from '../../core/bytes.ts'
import { NULL_HEADER } from '../../core/headers.ts'
import { CopySource } from './record-batch-copy.ts'
import { RecordFault, type VarintReader, varintSize, writeVarint } from './record-batch-varint.ts'

/** Longest name that our form can hold (its length has 16 bits). */
const MAX_NAME_BYTES = 2 ** 16 - 1

/**
 * Turns the `count` headers of a record at `reader` into our form (core/headers.ts) and appends them as one entry. Repeated names and
 * null values stay; a header whose name is longer than 65,535 bytes is left out. Throws RecordFault.
 */
export function appendHeaders(reader: VarintReader, count: number, writer: BytesWriter): void {
  const start = reader.at
  const bytes = reader.end - start
  // A header has at least two bytes; what does not fit is refused before anything is made for it.
  if (count < 0 || count * 2 > bytes) throw new RecordFault(`a record claims ${count} headers in ${bytes} bytes`)
  let needed = 0
  for (let i = 0; i < count; i++) {
    const nameSize = reader.varint()
    reader.skip(nameSize)
    const valueSize = reader.varint()
    if (valueSize > 0) reader.skip(valueSize)
    needed += 6 + nameSize + Math.max(0, valueSize)
  }
  let to = writer.reserve(needed)
  const { view, bytes: out } = writer
  const { source } = reader
  reader.at = start
  for (let i = 0; i < count; i++) {
    const nameSize = reader.varint()
    const name = reader.at
    reader.at += nameSize
    const valueSize = reader.varint()
    const value = reader.at
    const size = Math.max(0, valueSize)
    reader.at += size
    if (nameSize > MAX_NAME_BYTES) continue
    view.setUint16(to, nameSize, true)
    to = source.copy(name, name + nameSize, out, view, to + 2)
    view.setUint32(to, valueSize < 0 ? NULL_HEADER : valueSize, true)
    to = source.copy(value, value + size, out, view, to + 4)
  }
  writer.commit(to)
}

/** Entries that a scan has room for at first. */
const FIRST_ENTRIES = 16
/** An entry is six numbers: where its name starts, its size, where its value starts, its size (-1 = null), and: */
const ENTRY = 6
/** where it ends in our form, counted from the record's first byte, */
const OUR_END = 4
/** and in Kafka's form, counted from the first entry. */
const KAFKA_END = 5
/** As `OUR_END` of a damaged tail, which may be none in a longer record. */
const NEVER = 2 ** 31 - 1

/**
 * Headers of one record after the other, from our form to Kafka's: `measure` looks where the entries are, `write` copies them. Objects for
 * each of them would cost more than all the rest of a record.
 *
 * Records that follow each other mostly begin with the same headers (those of a version's stamp): entries that are the same bytes as
 * in the record before are not looked at again, and are kept in Kafka's form, from which they are copied at once.
 */
export class HeaderWriter {
  readonly #column: BytesColumn
  readonly #source: CopySource
  #entries = new Int32Array(ENTRY * FIRST_ENTRIES)
  #count = 0
  /** The record that was measured last. */
  #start = 0
  #end = 0
  /** Kafka's form of its first `#keptCount` entries. */
  #kept: CopySource | null = null
  #keptCount = 0

  constructor(column: BytesColumn) {
    this.#column = column
    this.#source = new CopySource(column.bytes)
  }

  /** Bytes of the headers of record `index` in Kafka's form, with their number in front. */
  measure(index: number): number {
    const { starts, ends } = this.#column
    const start = starts[index] as number
    const end = ends[index] === NO_VALUE ? start : (ends[index] as number)
    this.#count = this.#sameEntries(start, end)
    this.#keep(this.#count)
    this.#start = start
    this.#end = end
    return this.#scan(start, end) + varintSize(this.#count)
  }

  /** Writes the headers that were measured last; returns where they end. */
  write(target: Uint8Array, view: DataView, start: number): number {
    let to = writeVarint(target, start, this.#count)
    if (this.#kept !== null) to = this.#kept.copy(0, this.#kafkaBytes(this.#keptCount), target, view, to)
    return this.#convert(this.#keptCount, this.#count, target, view, to)
  }

  /** Finds the entries behind those that are known; returns the bytes of all in Kafka's form. */
  #scan(start: number, end: number): number {
    const { bytes, view } = this.#source
    let size = this.#kafkaBytes(this.#count)
    let at = this.#count === 0 ? start : start + (this.#entries[ENTRY * (this.#count - 1) + OUR_END] as number)
    while (at < end) {
      // A damaged tail ends as an entry without a name.
      let nameSize = at + 2 <= end ? (bytes[at] as number) | ((bytes[at + 1] as number) << 8) : 0
      let value = at + 2 + nameSize + 4
      let valueSize = -1
      if (value <= end) {
        const length = view.getUint32(value - 4, true)
        if (length !== NULL_HEADER) valueSize = length
      }
      const isDamaged = value + Math.max(0, valueSize) > end
      if (isDamaged) {
        nameSize = 0
        valueSize = -1
        value = end
      }
      size += varintSize(nameSize) + nameSize + varintSize(valueSize) + Math.max(0, valueSize)
      const name = at + 2
      at = value + Math.max(0, valueSize)
      const entries = this.#room()
      const to = ENTRY * this.#count++
      entries[to] = name
      entries[to + 1] = nameSize
      entries[to + 2] = value
      entries[to + 3] = valueSize
      entries[to + OUR_END] = isDamaged ? NEVER : at - start
      entries[to + KAFKA_END] = size
    }
    return size
  }

  /** How many whole entries at the beginning of `[start, end)` are the same bytes as those of the record that was measured last. */
  #sameEntries(start: number, end: number): number {
    const { bytes, view } = this.#source
    const length = Math.min(end - start, this.#end - this.#start)
    const shift = this.#start - start
    const to = start + length
    let at = start
    // Machine words in optimised code, as in copyBytes.
    while (at + 8 <= to && view.getBigInt64(at, true) === view.getBigInt64(at + shift, true)) at += 8
    while (at < to && bytes[at] === bytes[at + shift]) at++
    const same = at - start
    let count = 0
    while (count < this.#count && (this.#entries[ENTRY * count + OUR_END] as number) <= same) count++
    return count
  }

  /** Sees to it that the first `count` entries, which the next record has as well, are kept, and no others. */
  #keep(count: number): void {
    if (count > this.#keptCount) {
      const bytes = this.#kafkaBytes(this.#keptCount)
      const needed = this.#kafkaBytes(count)
      if (this.#kept === null || needed > this.#kept.bytes.length) {
        const larger = new CopySource(Buffer.allocUnsafe(Math.max(512, 2 * needed)))
        this.#kept?.copy(0, bytes, larger.bytes, larger.view, 0)
        this.#kept = larger
      }
      this.#convert(this.#keptCount, count, this.#kept.bytes, this.#kept.view, bytes)
    }
    this.#keptCount = count
  }

  /** Writes entries `[from, to)` in Kafka's form; returns where they end. */
  #convert(from: number, to: number, target: Uint8Array, view: DataView, start: number): number {
    const entries = this.#entries
    let at = start
    for (let i = ENTRY * from; i < ENTRY * to; i += ENTRY) {
      const name = entries[i] as number
      const nameSize = entries[i + 1] as number
      const value = entries[i + 2] as number
      const valueSize = entries[i + 3] as number
      at = this.#source.copy(name, name + nameSize, target, view, writeVarint(target, at, nameSize))
      at = writeVarint(target, at, valueSize)
      if (valueSize > 0) at = this.#source.copy(value, value + valueSize, target, view, at)
    }
    return at
  }

  /** Bytes of the first `count` entries in Kafka's form. */
  #kafkaBytes(count: number): number {
    return count === 0 ? 0 : (this.#entries[ENTRY * (count - 1) + KAFKA_END] as number)
  }

  /** The entries, with room for one more. */
  #room(): Int32Array {
    const needed = ENTRY * (this.#count + 1)
    if (needed > this.#entries.length) {
      const wider = new Int32Array(2 * needed)
      wider.set(this.#entries)
      this.#entries = wider
    }
    return this.#entries
  }
}
