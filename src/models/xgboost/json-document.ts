import { powersOfTen } from '../../core/decimal.ts'
import { Deferred, type DocumentObject, DocumentReader, type DocumentValue, maxDepth } from './tree-document.ts'

/**
 * Reads a JSON document from its bytes, without a text of the whole and without an object per number: lists of numbers become typed
 * arrays, lists under a key of `deferred` are passed over until they are asked for. Besides JSON it reads `NaN`, `Infinity` and
 * `-Infinity`, which XGBoost writes for numbers that are none. Keeps `bytes` as long as something is deferred.
 */
export function readJson(bytes: Uint8Array, source: string, deferred: ReadonlySet<string>): DocumentObject {
  const reader = new JsonReader(bytes, new DocumentReader(source, 'JSON of XGBoost'), deferred)
  return reader.document()
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const MINUS = 0x2d
const DOT = 0x2e
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d

/** Digits of which a double holds every whole number. */
const EXACT_DIGITS = 15
const EXACT_POWER = 22

class JsonReader {
  readonly #bytes: Buffer
  readonly #reader: DocumentReader
  readonly #deferred: ReadonlySet<string>
  #at = 0
  /** Numbers of the lists that are being read, one behind the other. */
  #numbers = new Float64Array(256)
  #count = 0

  constructor(bytes: Uint8Array, reader: DocumentReader, deferred: ReadonlySet<string>) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#reader = reader
    this.#deferred = deferred
  }

  document(): DocumentObject {
    // a byte order mark
    if (this.#bytes[0] === 0xef && this.#bytes[1] === 0xbb && this.#bytes[2] === 0xbf) this.#at = 3
    this.#space()
    if (this.#bytes[this.#at] !== OPEN_OBJECT) this.#fault('expected an object')
    const value = this.#object(0)
    this.#space()
    if (this.#at < this.#bytes.length) this.#fault('expected the end of the document')
    return value
  }

  #fault(reason: string, at = this.#at): never {
    const byte = this.#bytes[at]
    const found = byte === undefined ? 'the end of the document' : JSON.stringify(String.fromCharCode(byte))
    return this.#reader.fault(`byte ${at}`, `found ${found}, ${reason}`)
  }

  #space(): void {
    const bytes = this.#bytes
    let at = this.#at
    for (;;) {
      const byte = bytes[at]
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break
      at++
    }
    this.#at = at
  }

  #value(depth: number): DocumentValue {
    switch (this.#bytes[this.#at]) {
      case OPEN_OBJECT:
        return this.#object(depth)
      case OPEN_LIST:
        return this.#list(depth)
      case QUOTE:
        return this.#text()
      case 0x74:
        return this.#word('true', true)
      case 0x66:
        return this.#word('false', false)
      case 0x6e:
        return this.#word('null', null)
      default:
        return this.#number()
    }
  }

  #word<T>(word: string, value: T): T {
    for (let i = 0; i < word.length; i++) {
      if (this.#bytes[this.#at + i] !== word.charCodeAt(i)) this.#fault(`expected a value`)
    }
    this.#at += word.length
    return value
  }

  #object(depth: number): DocumentObject {
    if (depth >= maxDepth) this.#fault(`expected at most ${maxDepth} levels of nesting`)
    const object = new Map<string, DocumentValue>()
    this.#at++
    this.#space()
    if (this.#bytes[this.#at] === CLOSE_OBJECT) {
      this.#at++
      return object
    }
    for (;;) {
      if (this.#bytes[this.#at] !== QUOTE) this.#fault('expected the name of a member')
      const name = this.#text()
      this.#space()
      if (this.#bytes[this.#at] !== COLON) this.#fault('expected a colon')
      this.#at++
      this.#space()
      const isDeferred = this.#bytes[this.#at] === OPEN_LIST && this.#deferred.has(name)
      object.set(name, isDeferred ? this.#defer(depth + 1) : this.#value(depth + 1))
      this.#space()
      const byte = this.#bytes[this.#at]
      if (byte !== COMMA && byte !== CLOSE_OBJECT) this.#fault('expected a comma or the end of the object')
      this.#at++
      if (byte === CLOSE_OBJECT) return object
      this.#space()
    }
  }

  /** Passes over a list of numbers: it ends at the next bracket. */
  #defer(depth: number): Deferred {
    const start = this.#at
    const end = this.#bytes.indexOf(CLOSE_LIST, start)
    if (end < 0) {
      this.#at = this.#bytes.length
      this.#fault('expected the end of a list')
    }
    this.#at = end + 1
    return new Deferred(() => {
      this.#at = start
      const value = this.#list(depth)
      if (this.#at !== end + 1) this.#fault('expected a number', start)
      return value
    })
  }

  #list(depth: number): DocumentValue {
    if (depth >= maxDepth) this.#fault(`expected at most ${maxDepth} levels of nesting`)
    this.#at++
    this.#space()
    if (this.#bytes[this.#at] === CLOSE_LIST) {
      this.#at++
      return []
    }
    const first = this.#count
    let list: DocumentValue[] | null = null
    for (;;) {
      const value = this.#value(depth + 1)
      if (list !== null) list.push(value)
      else if (typeof value === 'number') this.#push(value)
      else if (typeof value === 'boolean') this.#push(value ? 1 : 0)
      else {
        list = [...this.#numbers.subarray(first, this.#count), value]
        this.#count = first
      }
      this.#space()
      const byte = this.#bytes[this.#at]
      if (byte !== COMMA && byte !== CLOSE_LIST) this.#fault('expected a comma or the end of the list')
      this.#at++
      if (byte === CLOSE_LIST) break
      this.#space()
    }
    if (list !== null) return list
    const numbers = this.#numbers.slice(first, this.#count)
    this.#count = first
    return numbers
  }

  #push(value: number): void {
    if (this.#count === this.#numbers.length) {
      const larger = new Float64Array(this.#count * 2)
      larger.set(this.#numbers)
      this.#numbers = larger
    }
    this.#numbers[this.#count++] = value
  }

  #text(): string {
    const start = this.#at + 1
    const bytes = this.#bytes
    let end = start
    let isPlain = true
    for (;;) {
      const byte = bytes[end]
      if (byte === QUOTE) break
      if (byte === undefined) this.#fault('expected the end of a text', bytes.length)
      if (byte === BACKSLASH) {
        isPlain = false
        end++
      } else if (byte >= 0x80) isPlain = false
      end++
    }
    this.#at = end + 1
    if (isPlain) return bytes.toString('latin1', start, end)
    try {
      return JSON.parse(`"${bytes.toString('utf8', start, end).replaceAll(/[\n\r\t]/g, ' ')}"`) as string
    } catch {
      return this.#fault('expected text with valid escapes', start)
    }
  }

  /** `-?digits(.digits)?([eE][+-]?digits)?`, NaN or Infinity. */
  #number(): number {
    const bytes = this.#bytes
    const start = this.#at
    let at = start
    const isNegative = bytes[at] === MINUS
    if (isNegative) at++
    if (bytes[at] === 0x49) return (this.#at = at) && this.#word('Infinity', isNegative ? -Infinity : Infinity)
    if (bytes[at] === 0x4e) return (this.#at = at) && this.#word('NaN', Number.NaN)
    let mantissa = 0
    let digits = 0 // without leading zeros
    let power = 0
    const firstDigit = at
    for (let byte = bytes[at] as number; byte >= 0x30 && byte <= 0x39; byte = bytes[++at] as number) {
      mantissa = mantissa * 10 + (byte - 0x30)
      if (mantissa > 0) digits++
    }
    if (at === firstDigit) this.#fault('expected a value', at)
    if (bytes[at] === DOT) {
      const firstDecimal = ++at
      for (let byte = bytes[at] as number; byte >= 0x30 && byte <= 0x39; byte = bytes[++at] as number) {
        mantissa = mantissa * 10 + (byte - 0x30)
        if (mantissa > 0) digits++
      }
      if (at === firstDecimal) this.#fault('expected a digit', at)
      power = firstDecimal - at
    }
    if (bytes[at] === 0x65 || bytes[at] === 0x45) {
      at++
      const isSmall = bytes[at] === MINUS
      if (isSmall || bytes[at] === 0x2b) at++
      const first = at
      let exponent = 0
      for (let byte = bytes[at] as number; byte >= 0x30 && byte <= 0x39; byte = bytes[++at] as number)
        exponent = Math.min(exponent * 10 + (byte - 0x30), 100_000)
      if (at === first) this.#fault('expected a digit', at)
      power += isSmall ? -exponent : exponent
    }
    this.#at = at
    if (digits <= EXACT_DIGITS && power >= -EXACT_POWER && power <= EXACT_POWER) {
      const size = power < 0 ? mantissa / (powersOfTen[-power] as number) : mantissa * (powersOfTen[power] as number)
      return isNegative ? -size : size
    }
    return Number(bytes.toString('latin1', start, at))
  }
}
