// Longer than 200 lines: the fast readers and the tolerant parser share one cursor and one idea of each token.

import { divideDecimal, powersOfTen } from '../../core/decimal.ts'
import { MillraceError } from '../../core/errors.ts'
import { bufferOf, type TextBuffer, TextReader, utf8FaultAt } from '../../core/utf8.ts'
import type { Changes } from './conform.ts'
import { numberFault, syntaxFault, textFault } from './fault.ts'

/** Deepest nesting of arrays and objects that is read. */
export const maxDepth = 200

/** Deepest nesting of records that a generated scanner reads in place. */
export const maxNesting = 8

/** A parsed value before a schema gives it its type. Integers beyond 2^53 are bigints if the reader was told to keep them. */
export type Json = null | boolean | number | bigint | string | Json[] | { [key: string]: Json }

/**
 * Reads JSON (RFC 8259) from bytes. Two kinds of methods share the cursor `at`:
 *
 * - `number`, `store`, `string`, `value` are for the generated scanners: they read the common forms and set `at` to where the
 *   token ends, or to -1 when it is anything else. They do not look at the frame's end, so the caller makes sure that the
 *   byte before it ends every token (`}`, `]`).
 * - `parse` reads any record and says precisely what is wrong with one that it cannot read.
 */
export class JsonReader {
  /** Where the last token ended; -1 when a fast reader gave up. */
  at = 0
  /** Told of texts that another record cannot take over: line breaks and tabs between tokens, a field that is there twice. */
  readonly #changes: Changes
  /** True when integers beyond 2^53 are given as bigint. */
  readonly #keepsBigIntegers: boolean
  readonly #texts = new TextReader()
  #bytes: TextBuffer = bufferOf(new Uint8Array(0))
  #view: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0))
  /** Last index at which four bytes can be read. */
  #limit = -4
  #start = 0
  #end = 0
  readonly #one = new Float64Array(1)
  #numbers: Float64Array = new Float64Array(1024)

  constructor(keepsBigIntegers: boolean, changes: Changes = { hasChanged: false }) {
    this.#keepsBigIntegers = keepsBigIntegers
    this.#changes = changes
  }

  /** The buffer that the readers will read from next. */
  attach(bytes: TextBuffer, view: DataView<ArrayBufferLike>): void {
    this.#bytes = bytes
    this.#view = view
    this.#limit = view.byteLength - 4
  }

  /** A number at `p`. */
  number(bytes: TextBuffer, p: number): number {
    const one = this.#one
    this.at = this.store(bytes, p, one, 0)
    return one[0] as number
  }

  /**
   * Stores the number at `p` in `out[index]` and returns where it ends, or -1. Fractions are read four digits at a time. Up to
   * 15 digits are rounded exactly by one division; up to 23 by `divideDecimal`; the rest is left to Number.
   */
  store(bytes: TextBuffer, start: number, out: Float32Array | Float64Array, index: number): number {
    const view = this.#view
    const limit = this.#limit
    let p = start
    let c = bytes[p] as number
    if (c === 45) c = bytes[++p] as number
    let whole = c - 48
    if (whole < 0 || whole > 9) return -1
    let digits = 1
    c = bytes[++p] as number
    if (whole === 0) {
      if (c >= 48 && c <= 57) return -1
    } else {
      while (c >= 48 && c <= 57) {
        if (digits === 15) return this.#slowNumber(bytes, start, out, index)
        whole = whole * 10 + (c - 48)
        digits++
        c = bytes[++p] as number
      }
    }
    let exponent = 0
    let rest = 0
    let restDigits = 0
    if (c === 46) {
      const first = ++p
      while (digits <= 11 && p <= limit) {
        const four = fourDigits(view.getInt32(p, true))
        if (four < 0) break
        whole = whole * 10000 + four
        digits += 4
        p += 4
      }
      c = bytes[p] as number
      while (digits < 15 && c >= 48 && c <= 57) {
        whole = whole * 10 + (c - 48)
        digits++
        c = bytes[++p] as number
      }
      while (c >= 48 && c <= 57) {
        if (restDigits === 8) return this.#slowNumber(bytes, start, out, index)
        rest = rest * 10 + (c - 48)
        restDigits++
        c = bytes[++p] as number
      }
      if (p === first) return -1
      exponent = first - p
    }
    if (c === 101 || c === 69) {
      c = bytes[++p] as number
      const isNegative = c === 45
      if (isNegative || c === 43) c = bytes[++p] as number
      if (c < 48 || c > 57) return -1
      let power = 0
      do {
        power = power * 10 + (c - 48)
        if (power > 9999) return this.#slowNumber(bytes, start, out, index)
        c = bytes[++p] as number
      } while (c >= 48 && c <= 57)
      exponent += isNegative ? -power : power
    }
    if (exponent < -22) return this.#slowNumber(bytes, start, out, index)
    let value = whole
    if (restDigits > 0) {
      if (exponent > 0) return this.#slowNumber(bytes, start, out, index)
      value = divideDecimal(whole, rest, restDigits, -exponent)
      if (Number.isNaN(value)) return this.#slowNumber(bytes, start, out, index)
    } else if (exponent < 0) value = whole / (powersOfTen[-exponent] as number)
    else if (exponent > 0) {
      if (exponent > 22) return this.#slowNumber(bytes, start, out, index)
      value = whole * (powersOfTen[exponent] as number)
    }
    out[index] = bytes[start] === 45 ? -value : value
    return p
  }

  /** Text at `p` (its opening quote), if it closes before `end`. */
  string(bytes: TextBuffer, p: number, end: number): string {
    if (bytes[p] !== 34) {
      this.at = -1
      return ''
    }
    let i = p + 1
    let hash = 0
    while (i < end) {
      const c = bytes[i] as number
      if (c === 34) {
        this.at = i + 1
        return this.#texts.ascii(bytes, p + 1, i, hash)
      }
      if (c < 32 || c === 92 || c >= 128) break
      hash = (hash * 31 + c) | 0
      i++
    }
    return this.#escapedString(bytes, p, end)
  }

  /** Whatever value is at `p`; numbers are doubles. */
  value(bytes: TextBuffer, p: number, end: number): Json {
    const c = bytes[p] as number
    if (c === 34) return this.string(bytes, p, end)
    if ((c >= 48 && c <= 57) || c === 45) return this.number(bytes, p)
    if (c === 91) {
      const count = this.#list(bytes, p)
      if (count > 0) {
        // Array.from goes through the iterator, which is five times slower.
        const items: Json[] = []
        for (let i = 0; i < count; i++) items.push(this.#numbers[i] as number)
        return items
      }
    }
    return this.any(bytes, p, end)
  }

  /** Whatever value is at `p`, however unusual; the nesting around it is counted as the deepest that a shape has. */
  any(bytes: TextBuffer, p: number, end: number): Json {
    this.#bytes = bytes
    this.#start = p
    this.#end = end
    this.at = p
    try {
      return this.#value(maxNesting + 1)
    } catch {
      this.at = -1
      return null
    }
  }

  /** Reads a list of numbers into `#numbers` and answers how many there are; -1, as `at` is then, when it is no such list. */
  #list(bytes: TextBuffer, start: number): number {
    this.at = -1
    let p = start
    let count = 0
    if (bytes[p] !== 91) return -1
    let c = bytes[++p] as number
    while (c === 32) c = bytes[++p] as number
    while (c !== 93) {
      if (count === this.#numbers.length) this.#grow()
      p = this.store(bytes, p, this.#numbers, count++)
      if (p < 0) return -1
      c = bytes[p] as number
      if (c === 44) {
        c = bytes[++p] as number
        while (c === 32) c = bytes[++p] as number
        if (c === 93) return -1
      } else if (c !== 93) return -1
    }
    this.at = p + 1
    return count
  }

  /** Reads the whole frame `[start, end)` of the attached buffer; throws the record error that says where and why it is not JSON. */
  parse(bytes: TextBuffer, start: number, end: number): Json {
    const last = bytes[end - 1] as number
    if (end > start && last !== 125 && last !== 93 && last !== 34) {
      // A number may not end with the frame, because the fast readers look at the byte behind it.
      const copy = bufferOf(new Uint8Array(end - start + 1))
      copy.set(bytes.subarray(start, end))
      copy[end - start] = 32
      const view = this.#view
      this.attach(copy, new DataView(copy.buffer, copy.byteOffset, copy.length))
      try {
        return this.#parse(copy, 0, end - start)
      } finally {
        this.attach(bytes, view)
      }
    }
    return this.#parse(bytes, start, end)
  }

  #parse(bytes: TextBuffer, start: number, end: number): Json {
    this.#bytes = bytes
    this.#start = start
    this.#end = end
    this.at = start
    if (bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf && start + 2 < end) {
      throw this.#syntax(start, 'a JSON value', 'a byte order mark')
    }
    this.#skipSpace()
    const value = this.#value(0)
    this.#skipSpace()
    if (this.at !== end) throw this.#syntax(this.at, 'the end of the record')
    return value
  }

  #value(depth: number): Json {
    const p = this.at
    const c = p < this.#end ? (this.#bytes[p] as number) : -1
    switch (c) {
      case 123:
        return this.#object(depth + 1)
      case 91:
        return this.#array(depth + 1)
      case 34: {
        const text = this.string(this.#bytes, p, this.#end)
        if (this.at < 0) throw textFault({ bytes: this.#bytes, start: this.#start, end: this.#end }, p)
        return text
      }
      case 116:
        return this.#word('true', true)
      case 102:
        return this.#word('false', false)
      case 110:
        return this.#word('null', null)
      default:
        if (c === 45 || (c >= 48 && c <= 57)) return this.#numberValue(p)
        throw this.#syntax(p, 'a JSON value')
    }
  }

  #object(depth: number): Json {
    if (depth > maxDepth) throw this.#tooDeep()
    const object: { [key: string]: Json } = {}
    this.at++
    this.#skipSpace()
    if (this.#peek() === 125) {
      this.at++
      return object
    }
    for (;;) {
      const p = this.at
      if (this.#peek() !== 34) throw this.#syntax(p, 'a field name in double quotes')
      const key = this.string(this.#bytes, p, this.#end)
      if (this.at < 0) throw textFault({ bytes: this.#bytes, start: this.#start, end: this.#end }, p)
      this.#skipSpace()
      if (this.#peek() !== 58) throw this.#syntax(this.at, '":"')
      this.at++
      this.#skipSpace()
      const value = this.#value(depth)
      if (key in object && Object.hasOwn(object, key)) this.#changes.hasChanged = true
      // Assigning to `__proto__` would set the prototype.
      if (key === '__proto__') {
        Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true })
      } else object[key] = value
      this.#skipSpace()
      const c = this.#peek()
      if (c === 125) break
      if (c !== 44) throw this.#syntax(this.at, '"," or "}"')
      this.at++
      this.#skipSpace()
    }
    this.at++
    return object
  }

  #array(depth: number): Json {
    if (depth > maxDepth) throw this.#tooDeep()
    const items: Json[] = []
    this.at++
    this.#skipSpace()
    if (this.#peek() === 93) {
      this.at++
      return items
    }
    for (;;) {
      items.push(this.#value(depth))
      this.#skipSpace()
      const c = this.#peek()
      if (c === 93) break
      if (c !== 44) throw this.#syntax(this.at, '"," or "]"')
      this.at++
      this.#skipSpace()
    }
    this.at++
    return items
  }

  #numberValue(p: number): Json {
    const number = this.number(this.#bytes, p)
    if (this.at < 0) throw numberFault({ bytes: this.#bytes, start: this.#start, end: this.#end }, p)
    if (!this.#keepsBigIntegers || Number.isSafeInteger(number) || !Number.isInteger(number)) return number
    const text = this.#bytes.latin1Slice(p, this.at)
    // An exponent or a fraction makes it a double that happens to be whole. BigInt is quadratic, so length is bounded.
    return text.length <= 24 && !/[.eE]/.test(text) ? BigInt(text) : number
  }

  /** Digits beyond what the fast ways handle; as `store`. */
  #slowNumber(bytes: TextBuffer, start: number, out: Float32Array | Float64Array, index: number): number {
    let p = start
    if (bytes[p] === 45) p++
    if (bytes[p] === 48) p++
    else p = skipDigits(bytes, p)
    if (bytes[p] === 46) {
      const first = p + 1
      p = skipDigits(bytes, first)
      if (p === first) return -1
    }
    if (bytes[p] === 101 || bytes[p] === 69) {
      p++
      if (bytes[p] === 45 || bytes[p] === 43) p++
      const first = p
      p = skipDigits(bytes, first)
      if (p === first) return -1
    }
    const value = Number(bytes.latin1Slice(start, p))
    if (!Number.isFinite(value)) return -1
    out[index] = value
    return p
  }

  #escapedString(bytes: TextBuffer, p: number, end: number): string {
    this.at = -1
    let i = p + 1
    let hasEscape = false
    let isAscii = true
    for (; i < end; i++) {
      const c = bytes[i] as number
      if (c === 34) break
      if (c < 32) return ''
      if (c >= 128) isAscii = false
      else if (c === 92) {
        hasEscape = true
        i++
      }
    }
    if (i >= end) return ''
    if (!isAscii && utf8FaultAt(bytes, p + 1, i) >= 0) return ''
    if (!hasEscape) {
      this.at = i + 1
      return isAscii ? bytes.latin1Slice(p + 1, i) : bytes.utf8Slice(p + 1, i)
    }
    try {
      const text = JSON.parse(bytes.utf8Slice(p, i + 1)) as string
      this.at = i + 1
      return text
    } catch {
      return ''
    }
  }

  #word(word: string, value: boolean | null): Json {
    const p = this.at
    for (let i = 0; i < word.length; i++) {
      if (p + i >= this.#end || this.#bytes[p + i] !== word.charCodeAt(i)) throw this.#syntax(p, `"${word}"`)
    }
    this.at = p + word.length
    return value
  }

  #skipSpace(): void {
    const bytes = this.#bytes
    let p = this.at
    while (p < this.#end) {
      const c = bytes[p] as number
      if (c !== 32) {
        if (c !== 10 && c !== 13 && c !== 9) break
        this.#changes.hasChanged = true
      }
      p++
    }
    this.at = p
  }

  #peek(): number {
    return this.at < this.#end ? (this.#bytes[this.at] as number) : -1
  }

  #grow(): void {
    const grown = new Float64Array(this.#numbers.length * 2)
    grown.set(this.#numbers)
    this.#numbers = grown
  }

  #tooDeep(): MillraceError {
    return new MillraceError('ENCODING_TOO_DEEP', { limit: maxDepth, where: `byte ${this.at - this.#start}` })
  }

  #syntax(at: number, expected: string, actual?: string): MillraceError {
    return syntaxFault({ bytes: this.#bytes, start: this.#start, end: this.#end }, at, expected, actual)
  }
}

/** The number that four ASCII digits stand for (the first in the lowest byte), or -1. */
function fourDigits(word: number): number {
  // Every byte must be 0x30 to 0x39: its upper half is 3, also after adding 6.
  if (((word & 0xf0f0f0f0) | (((word + 0x06060606) & 0xf0f0f0f0) >>> 4)) !== 0x33333333) return -1
  const pairs = (Math.imul(word & 0x0f0f0f0f, 2561) >>> 8) & 0x00ff00ff
  return Math.imul(pairs, 6553601) >>> 16
}

function skipDigits(bytes: TextBuffer, from: number): number {
  let p = from
  while ((bytes[p] as number) >= 48 && (bytes[p] as number) <= 57) p++
  return p
}
