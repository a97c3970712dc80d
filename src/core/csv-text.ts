import type { CsvForm } from './csv-scan.ts'

const LF = 10
const INITIAL_BYTES = 64 * 1024

/**
 * CSV text under construction, cell by cell. A cell is quoted when it holds the delimiter, a quote or a line break; an empty text
 * is quoted too, so that it differs from no value. Lists and objects are written as JSON.
 */
export class CsvText {
  bytes: Buffer = Buffer.allocUnsafe(INITIAL_BYTES)
  size = 0
  readonly #delimiter: Uint8Array
  readonly #delimiterText: string
  readonly #first: number
  readonly #quote: number
  readonly #quoteText: string

  constructor({ delimiter, quote }: CsvForm) {
    this.#delimiter = Buffer.from(delimiter)
    this.#delimiterText = delimiter
    this.#first = this.#delimiter[0] as number
    this.#quoteText = quote
    this.#quote = quote === '' ? -1 : quote.charCodeAt(0)
  }

  /** What stands between two cells. */
  delimiter(): void {
    this.#need(8 + this.#delimiter.length)
    if (this.#delimiter.length === 1) this.bytes[this.size++] = this.#first
    else for (const byte of this.#delimiter) this.bytes[this.size++] = byte
  }

  endRow(): void {
    this.#need(1)
    this.bytes[this.size++] = LF
  }

  /** A value as a cell; null and undefined are empty. */
  cell(value: unknown): void {
    if (typeof value === 'number') this.#number(value)
    else if (typeof value === 'string') this.#text(value)
    else if (value === null || value === undefined) return
    else if (typeof value === 'boolean' || typeof value === 'bigint') this.#ascii(String(value))
    else this.#text(jsonOf(value))
  }

  /** Text between quotes, whether it must be or not. */
  quoted(text: string): void {
    const quote = this.#quoteText
    const written = quote + text.replaceAll(quote, quote + quote) + quote
    this.#need(written.length * 3)
    this.size += this.bytes.write(written, this.size, 'utf8')
  }

  /** Bytes of `[start, end)` as they are. */
  raw(source: Buffer, start: number, end: number): void {
    const size = end - start
    this.#need(size)
    if (size > 32) source.copy(this.bytes, this.size, start, end)
    else for (let i = 0; i < size; i++) this.bytes[this.size + i] = source[start + i] as number
    this.size += size
  }

  /** A copy of what was written from `from` on. */
  since(from: number): Buffer {
    return Buffer.from(this.bytes.subarray(from, this.size))
  }

  /** What was written; the text is empty afterwards and does not touch those bytes again. */
  take(): Buffer {
    const taken = this.bytes.subarray(0, this.size)
    this.bytes = Buffer.allocUnsafe(Math.max(INITIAL_BYTES, this.size + (this.size >> 3)))
    this.size = 0
    return taken
  }

  #number(value: number): void {
    this.#need(32)
    if (value >= 0 && value < 10 && value === (value | 0) && !Object.is(value, -0)) {
      this.bytes[this.size++] = 48 + value
      return
    }
    // Four decimals are most of what people write; the shortest text of other doubles is the runtime's to find.
    const scaled = Math.round(value * 1e4)
    if (value > 0 && value < 1e7 && scaled / 1e4 === value && scaled > 0) this.#decimal(scaled)
    else this.#ascii(String(value))
  }

  /** Writes `scaled / 10^4` without trailing zeros. */
  #decimal(scaled: number): void {
    const { bytes } = this
    const whole = Math.floor(scaled / 1e4)
    let fraction = scaled - whole * 1e4
    let end = this.size + 1
    for (let power = 10; whole >= power; power *= 10) end++
    let rest = whole
    for (let at = end; ; ) {
      const next = Math.floor(rest / 10)
      bytes[--at] = 48 + rest - next * 10
      rest = next
      if (rest === 0) break
    }
    if (fraction > 0) {
      bytes[end++] = 46
      for (let power = 1000; fraction > 0; power /= 10) {
        const digit = (fraction / power) | 0
        bytes[end++] = 48 + digit
        fraction -= digit * power
      }
    }
    this.size = end
  }

  #text(text: string): void {
    const size = text.length
    this.#need(size + 2)
    const { bytes } = this
    const start = this.size
    let at = start
    if (size === 0 && this.#quote >= 0) {
      bytes[at++] = this.#quote
      bytes[at++] = this.#quote
    }
    for (let i = 0; i < size; i++) {
      const c = text.charCodeAt(i)
      if (c > 126 || c < 32 || c === this.#first || c === this.#quote) {
        this.#unusual(text)
        return
      }
      bytes[at++] = c
    }
    this.size = at
  }

  #unusual(text: string): void {
    const quote = this.#quoteText
    if (quote !== '' && (text.includes(this.#delimiterText) || /[\r\n]/.test(text) || text.includes(quote))) {
      this.quoted(text)
      return
    }
    this.#need(text.length * 3)
    this.size += this.bytes.write(text, this.size, 'utf8')
  }

  #ascii(text: string): void {
    this.#need(text.length)
    const { bytes } = this
    let at = this.size
    for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i)
    this.size = at
  }

  #need(size: number): void {
    if (this.size + size <= this.bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.size + size, this.bytes.length * 2))
    this.bytes.copy(grown, 0, 0, this.size)
    this.bytes = grown
  }
}

function jsonOf(value: unknown): string {
  const plain =
    ArrayBuffer.isView(value) && !(value instanceof DataView)
      ? Array.from(value as unknown as ArrayLike<unknown>)
      : value
  return JSON.stringify(plain, (_, part) => (typeof part === 'bigint' ? String(part) : part)) ?? ''
}
