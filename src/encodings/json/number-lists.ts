import { powersOfTen } from '../../core/decimal.ts'
import type { TextBuffer } from '../../core/utf8.ts'
import { NumberKernel } from './number-kernel.ts'
import type { JsonReader } from './reader.ts'

/** Lists of the items that typed arrays hold. */
export type NumberList = Float32Array | Float64Array

/** Constructors by the Avro type of the items; a float is what the array makes of the nearest double. */
const arrays = { float: Float32Array, double: Float64Array } as const

/** Avro types whose lists become typed arrays. */
export type ListItem = keyof typeof arrays

/** Bytes that the fast way looks at: a digit, the point, three words of four digits. */
const FAST_BYTES = 14
const MIN_NUMBERS = 64
/** Shorter lists are not worth the way into WebAssembly. */
const KERNEL_NUMBERS = 24
/** Beyond the list before, the kernel gets this many bytes: it stops before the last. */
const MARGIN_BYTES = 96

/** Powers of ten for words of digits. */
const tens = Int32Array.of(1, 10, 100, 1_000, 10_000)

/**
 * Reads the lists of numbers that stand at one place of the records of a batch, straight from their text into one array: the
 * list of each record is a view behind that of the record before it, so that a tensor of the whole batch is there already.
 *
 * A batch's array is never used again: views stay good, and a record that is kept keeps the lists of its batch.
 */
export class NumberLists {
  /** Where the last list ended; -1 when it was anything else than a list of numbers in common spelling. */
  at = 0
  readonly #reader: JsonReader
  readonly #item: ListItem
  #out: NumberList
  #used = 0
  /** Numbers in the last record. */
  #perRecord = 0
  /** Bytes of text of the last long list. */
  #textBytes = 0
  /** Undefined until a list is long enough for it. */
  #kernel: NumberKernel | null | undefined
  /** Records of the batch that may still come. */
  #records = 1

  constructor(item: ListItem, reader: JsonReader) {
    this.#item = item
    this.#reader = reader
    this.#out = new arrays[item](0)
  }

  /** Starts a batch of `records`, or with 0 lets go of the last one's array. */
  begin(records: number): void {
    if (this.#out.length > 0) this.#out = new arrays[this.#item](0)
    this.#used = 0
    this.#records = records
  }

  /**
   * The list at `p` (its opening bracket), `depth` brackets deep: 1 gives an array, 2 a list of arrays. As the readers of
   * JsonReader, it does not look at the frame's end.
   */
  read(bytes: TextBuffer, view: DataView, p: number, depth: number): NumberList | unknown[] | null {
    const before = this.#used
    this.#makeRoom(this.#perRecord, view.byteLength - p)
    const start = this.#used
    const list = depth === 1 ? this.#list(bytes, view, p) : this.#lists(bytes, view, p, depth)
    if (this.at < 0) {
      this.#used = Math.min(before, this.#used)
      return null
    }
    this.#perRecord = this.#used - Math.min(start, this.#used)
    this.#records = Math.max(1, this.#records - 1)
    return list
  }

  #lists(bytes: TextBuffer, view: DataView, start: number, depth: number): unknown[] | null {
    this.at = -1
    if (bytes[start] !== 91) return null
    let p = skipSpaces(bytes, start + 1)
    const lists: unknown[] = []
    if (bytes[p] === 93) {
      this.at = p + 1
      return lists
    }
    for (;;) {
      lists.push(depth === 2 ? this.#list(bytes, view, p) : this.#lists(bytes, view, p, depth - 1))
      if (this.at < 0) return null
      p = this.at
      this.at = -1
      if (bytes[p] === 93) break
      if (bytes[p] !== 44) return null
      p = skipSpaces(bytes, p + 1)
    }
    this.at = p + 1
    return lists
  }

  /**
   * Numbers such as `0.49988249` (one digit, a point, up to eleven more) are read without a branch that depends on their
   * lengths, which differ at random; fifteen digits and a power of ten below 10^22 are rounded exactly by one division. All other
   * spellings are left to the reader.
   */
  #list(bytes: TextBuffer, view: DataView, start: number): NumberList | null {
    this.at = -1
    if (bytes[start] !== 91) return null
    let out = this.#out
    let first = this.#used
    let index = first
    const limit = view.byteLength - FAST_BYTES - 1
    let p = skipSpaces(bytes, start + 1)
    let c = bytes[p] as number
    if (this.#perRecord >= KERNEL_NUMBERS) {
      const kernel = this.#openKernel()
      if (kernel !== null) {
        kernel.read(bytes, p, Math.max(MARGIN_BYTES, this.#textBytes) + MARGIN_BYTES)
        if (index + kernel.count > out.length) {
          out = this.#grow(first, index, kernel.count, view.byteLength - p)
          index -= first
          first = 0
        }
        kernel.copyTo(out, index)
        index += kernel.count
        if (kernel.isClosed) return this.#finish(out, first, index, start, kernel.at)
        p = skipSpaces(bytes, kernel.at)
        c = bytes[p] as number
        if (c === 93 && kernel.count > 0) return null
      }
    }
    while (c !== 93) {
      if (index === out.length) {
        out = this.#grow(first, index, 0, view.byteLength - p)
        index -= first
        first = 0
      }
      const from = c === 45 ? p + 1 : p
      const whole = (bytes[from] as number) - 48
      let end = -1
      if (from <= limit && bytes[from + 1] === 46 && whole >= 0 && whole <= 9) {
        const a = view.getInt32(from + 2, true)
        const b = view.getInt32(from + 6, true)
        const d = view.getInt32(from + 10, true)
        const aDigits = digitsOf(a)
        const bDigits = digitsOf(b) * (aDigits >> 2)
        const dDigits = digitsOf(d) * (bDigits >> 2)
        const high = numberOf(a, aDigits) * (tens[bDigits] as number) + numberOf(b, bDigits)
        const digits = aDigits + bDigits + dDigits
        const power = powersOfTen[digits] as number
        const value = (whole * power + high * (tens[dDigits] as number) + numberOf(d, dDigits)) / power
        const after = from + 2 + digits
        c = bytes[after] as number
        if ((c === 44 || c === 93) && digits > 0) {
          end = after
          out[index++] = from === p ? value : -value
        }
      }
      if (end < 0) {
        end = this.#reader.store(bytes, p, out, index++)
        if (end < 0) return null
        c = bytes[end] as number
      }
      p = end
      if (c === 44) {
        c = bytes[++p] as number
        while (c === 32) c = bytes[++p] as number
        if (c === 93) return null
      } else if (c !== 93) return null
    }
    return this.#finish(out, first, index, start, p + 1)
  }

  #finish(out: NumberList, first: number, index: number, start: number, end: number): NumberList {
    this.at = end
    this.#used = index
    this.#textBytes = end - start
    return new arrays[this.#item](out.buffer as ArrayBuffer, first * out.BYTES_PER_ELEMENT, index - first)
  }

  #openKernel(): NumberKernel | null {
    if (this.#kernel === undefined) this.#kernel = NumberKernel.open(this.#item)
    return this.#kernel
  }

  /** Makes sure that a record of `numbers` fits, in an array for all records of the batch that may come. */
  #makeRoom(numbers: number, bytesLeft: number): void {
    if (this.#out.length - this.#used >= numbers && this.#out.length > 0) return
    this.#out = new arrays[this.#item](this.#capacity(numbers, bytesLeft))
    this.#used = 0
  }

  /** Moves numbers `[first, index)` to the start of an array with room for `more` and others. */
  #grow(first: number, index: number, more: number, bytesLeft: number): NumberList {
    const size = index - first
    const old = this.#out
    this.#out = new arrays[this.#item](size + more + this.#capacity(Math.max(size, more, MIN_NUMBERS), bytesLeft))
    this.#out.set(old.subarray(first, index))
    this.#used = 0
    return this.#out
  }

  /** Room for the rest of the batch, if its records have `numbers` each; a number takes two bytes of text at least. */
  #capacity(numbers: number, bytesLeft: number): number {
    return Math.min(numbers * this.#records, bytesLeft >> 1) + 1
  }
}

/** How many of the four bytes, from the lowest on, are digits before the first that is none. */
function digitsOf(word: number): number {
  // A digit's upper half is 3, also after adding 6; a carry can only reach bytes after one that is no digit.
  const others = ((word & 0xf0f0f0f0) ^ 0x30303030) | (((word + 0x06060606) & 0xf0f0f0f0) ^ 0x30303030)
  return (32 - Math.clz32((others & -others) - 1)) >>> 3
}

/** The number that the first `digits` of four bytes stand for. */
function numberOf(word: number, digits: number): number {
  // In two halves, because a shift by 32 is none.
  const half = 16 - digits * 4
  const aligned = (word << half) << half
  const pairs = (Math.imul(aligned & 0x0f0f0f0f, 2561) >>> 8) & 0x00ff00ff
  return Math.imul(pairs, 6553601) >>> 16
}

function skipSpaces(bytes: TextBuffer, from: number): number {
  let p = from
  while (bytes[p] === 32) p++
  return p
}
