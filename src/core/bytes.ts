/** `end` of an entry that holds no value (null), as opposed to an empty one. */
export const NO_VALUE = -1

/**
 * Byte strings of a batch, kept in one buffer: no object per record on the hot path.
 *
 * Entry `i` is `bytes.subarray(starts[i], ends[i])`; `ends[i] === NO_VALUE` marks null. Entries may lie anywhere in
 * `bytes`, in any order, with gaps (a delimited file keeps its separators between them).
 *
 * Example: the values `{"a":1}` and `{}` of a file chunk: bytes = `{"a":1}\n{}\n`, starts = [0, 8], ends = [7, 10].
 */
export interface BytesColumn {
  readonly bytes: Uint8Array
  readonly starts: Int32Array // [length]
  readonly ends: Int32Array // [length], exclusive; NO_VALUE = null
  readonly length: number
}

/** Entry `index` as a view (no copy), or null. */
export function bytesAt(column: BytesColumn, index: number): Uint8Array | null {
  const end = column.ends[index] as number
  return end === NO_VALUE ? null : column.bytes.subarray(column.starts[index], end)
}

/** Bytes of entry `index`; 0 for null. */
export function sizeAt({ starts, ends }: BytesColumn, index: number): number {
  return Math.max(0, (ends[index] as number) - (starts[index] as number))
}

/** A view of bytes, for `copyBytes`. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** From this size on a copy by the runtime is faster than one eight bytes at a time, which needs no object of its own. */
const LONG_COPY_BYTES = 128

/** Copies bytes `[start, end)` to `target` at `at`, which must not overlap them; returns where the copy ends. */
export function copyBytes(source: DataView, start: number, end: number, target: DataView, at: number): number {
  const shift = at - start
  if (end - start >= LONG_COPY_BYTES) {
    const from = new Uint8Array(source.buffer, source.byteOffset + start, end - start)
    new Uint8Array(target.buffer, target.byteOffset + at, end - start).set(from)
    return end + shift
  }
  let i = start
  // Loads and stores are machine words in optimised code: no BigInt is made.
  for (; i + 8 <= end; i += 8) target.setBigInt64(i + shift, source.getBigInt64(i, true), true)
  for (; i < end; i++) target.setUint8(i + shift, source.getUint8(i))
  return end + shift
}

/** A column over separate byte strings; they are copied into one buffer. */
export function columnOf(values: readonly (Uint8Array | null)[]): BytesColumn {
  const writer = new BytesWriter(values.length, 64)
  for (const value of values) writer.append(value)
  return writer.finish()
}

/** Entries `[from, to)` of a column, sharing its bytes. */
export function sliceColumn(column: BytesColumn, from: number, to: number): BytesColumn {
  return {
    bytes: column.bytes,
    starts: column.starts.subarray(from, to),
    ends: column.ends.subarray(from, to),
    length: to - from,
  }
}

/** Entries of `column` at `indexes`, in that order, sharing its bytes. */
export function pickColumn(column: BytesColumn, indexes: ArrayLike<number>): BytesColumn {
  const starts = new Int32Array(indexes.length)
  const ends = new Int32Array(indexes.length)
  for (let i = 0; i < indexes.length; i++) {
    const at = indexes[i] as number
    starts[i] = column.starts[at] as number
    ends[i] = column.ends[at] as number
  }
  return { bytes: column.bytes, starts, ends, length: indexes.length }
}

const NO_BYTES = Buffer.alloc(0)
const NO_ENTRIES = new Int32Array(0)

/**
 * Builds a BytesColumn by appending. The buffer grows by doubling; `finish` hands it over and the writer starts anew.
 *
 * Encoders write in place: `const at = writer.reserve(n)`, fill `writer.bytes` from `at`, then `writer.commit(end)`.
 */
export class BytesWriter {
  bytes: Buffer
  /** Where the next entry starts. */
  #at = 0
  #starts: Int32Array
  #ends: Int32Array
  #length = 0
  /** Room that the first entry after `finish` makes: what the last column took, and an eighth more bytes. */
  #nextBytes = 256
  #nextEntries = 1

  /** What the last `finish` handed over. */
  #handed: { readonly bytes: Buffer; readonly starts: Int32Array; readonly ends: Int32Array } | null = null

  #viewed: Buffer = NO_BYTES
  #view: DataView = viewOf(NO_BYTES)

  /** Room for `entries` entries of about `entryBytes` bytes; both grow when exceeded. */
  constructor(entries: number, entryBytes: number) {
    this.bytes = Buffer.allocUnsafe(Math.max(256, entries * entryBytes))
    this.#starts = new Int32Array(Math.max(1, entries))
    this.#ends = new Int32Array(Math.max(1, entries))
  }

  get length(): number {
    return this.#length
  }

  /** Bytes used so far. */
  get size(): number {
    return this.#at
  }

  /** View of `bytes`; good until the next `reserve`. */
  get view(): DataView {
    if (this.#viewed !== this.bytes) {
      this.#viewed = this.bytes
      this.#view = viewOf(this.bytes)
    }
    return this.#view
  }

  /** Makes sure that `size` more bytes fit and returns where they go. `bytes` may be a new buffer afterwards. */
  reserve(size: number): number {
    const needed = this.#at + size
    if (needed > this.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2, this.#nextBytes))
      this.bytes.copy(grown, 0, 0, this.#at)
      this.bytes = grown
    }
    return this.#at
  }

  /** Ends the entry that was written in place at the reserved position. */
  commit(end: number): void {
    this.#entry(this.#at, end)
    this.#at = end
  }

  /** Appends a copy of `value`, or a null entry. */
  append(value: Uint8Array | null): void {
    if (value === null) {
      this.#entry(this.#at, NO_VALUE)
      return
    }
    const at = this.reserve(value.length)
    this.bytes.set(value, at)
    this.commit(at + value.length)
  }

  /** Appends `text` as UTF-8. */
  appendText(text: string): void {
    const at = this.reserve(text.length * 3)
    this.commit(at + this.bytes.write(text, at, 'utf8'))
  }

  /** Drops what was appended after the first `length` entries, of which the last ended at `size`. */
  rewind(length: number, size: number): void {
    this.#length = length
    this.#at = size
  }

  finish(): BytesColumn {
    const column: BytesColumn = {
      bytes: this.bytes.subarray(0, this.#at),
      starts: this.#starts.subarray(0, this.#length),
      ends: this.#ends.subarray(0, this.#length),
      length: this.#length,
    }
    this.#nextBytes = Math.max(256, this.#at + (this.#at >> 3))
    this.#nextEntries = Math.max(1, this.#length)
    this.#handed = { bytes: this.bytes, starts: this.#starts, ends: this.#ends }
    this.bytes = NO_BYTES
    this.#starts = NO_ENTRIES
    this.#ends = NO_ENTRIES
    this.#length = 0
    this.#at = 0
    return column
  }

  /**
   * Takes the memory of a finished column back, for the entries to come: a large buffer costs a page fault for every 4 KB. The caller
   * says that nobody reads the column any more. Other columns than the last one, and a writer that has begun anew, are left alone.
   */
  takeBack(column: BytesColumn): void {
    const handed = this.#handed
    if (handed === null || this.#length > 0 || this.bytes !== NO_BYTES) return
    if (column.bytes.buffer !== handed.bytes.buffer || column.bytes.byteOffset !== handed.bytes.byteOffset) return
    this.bytes = handed.bytes
    this.#starts = handed.starts
    this.#ends = handed.ends
    this.#handed = null
  }

  #entry(start: number, end: number): void {
    if (this.#length === this.#starts.length) {
      const room = Math.max(this.#length * 2, this.#nextEntries)
      const starts = new Int32Array(room)
      const ends = new Int32Array(room)
      starts.set(this.#starts)
      ends.set(this.#ends)
      this.#starts = starts
      this.#ends = ends
    }
    this.#starts[this.#length] = start
    this.#ends[this.#length] = end
    this.#length++
  }
}
