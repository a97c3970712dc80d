import type { BytesColumn, BytesWriter } from '../../core/bytes.ts'
import { MillraceError } from '../../core/errors.ts'
import { type Check, compileCheck, describeValue, mismatch } from '../../schema/check.ts'
import type { Schema } from '../../schema/schema.ts'
import type { RecordValue, Value } from '../../schema/value.ts'
import type { Encoder } from '../encoding.ts'
import { Constants, Fragment } from './fragment.ts'
import { maxDepth } from './reader.ts'

/** What is remembered of the objects that stood at one place of earlier records. */
class Layout {
  readonly keys: string[] = []
  /** `{"a":` for the first key, `,"b":` for the others. */
  readonly fragments: Fragment[] = []
  readonly children: Layout[] = []
  readonly constants = new Constants()
  /** False until `constants` knows an object. */
  hasConstants = false

  /** Makes `key` the field number `index`. */
  learn(index: number, key: string): void {
    this.keys[index] = key
    this.fragments[index] = new Fragment(Buffer.from(`${index === 0 ? '{' : ','}${JSON.stringify(key)}:`))
    this.children[index] = new Layout()
  }
}

const SPACE = 32
const COMMA = 44
const OPENING_BRACE = 123
const CLOSING_BRACE = 125

/** Thrown inside the encoder; `encode` then looks for the value that cannot be written. */
class Unwritable extends Error {}

/**
 * Writes records as JSON straight into the writer's buffer. Field names are written as bytes kept from earlier records, and a
 * frozen flat object that comes again (a stamp, a leaf's prediction) is copied whole. Fields that are undefined are left out; typed arrays are
 * lists; Uint8Array is bytes, written as Avro JSON does: text with one character U+0000 to U+00FF per byte; a bigint is its
 * digits. Numbers that are not finite are errors: null is how a missing value is written.
 */
export class JsonEncoder implements Encoder {
  readonly #check: Check | null
  readonly #layout = new Layout()
  /** Of the fields that extend frames. */
  readonly #extension = new Layout()
  #writer: BytesWriter | null = null
  #bytes: Buffer = Buffer.alloc(0)
  #view: DataView = new DataView(new ArrayBuffer(0))
  #start = 0
  #at = 0
  #room = 0

  constructor(schema: Schema | null) {
    this.#check = schema && compileCheck(schema)
  }

  encode(value: Value, writer: BytesWriter): void {
    this.#begin(writer)
    const layout = this.#layout
    // What is known here was checked when it came first.
    const known =
      layout.hasConstants && typeof value === 'object' && value !== null ? layout.constants.find(value) : null
    if (known !== null) {
      this.#copy(known)
      writer.commit(this.#at)
      return
    }
    const fault = this.#check === null ? null : this.#check(value)
    if (fault !== null) throw mismatch(fault)
    this.#checked(value, layout)
    writer.commit(this.#at)
  }

  /** Copies the frame up to its closing brace and writes the fields there. */
  extend(frames: BytesColumn, index: number, record: RecordValue, added: RecordValue, writer: BytesWriter): boolean {
    const { bytes } = frames
    const start = frames.starts[index] as number
    let end = endOfFields(bytes, start, frames.ends[index] as number)
    if (end < 0) return false
    for (const key in added) if (Object.hasOwn(record, key)) return false
    const fault = this.#check === null ? null : this.#check({ ...record, ...added })
    if (fault !== null) throw mismatch(fault)
    this.#begin(writer)
    const isEmpty = bytes[end - 1] === OPENING_BRACE
    if (isEmpty) end--
    this.#need(end - start + 64)
    this.#bytes.set(bytes.subarray(start, end), this.#at)
    this.#at += end - start
    const from = this.#at
    this.#checked(added, this.#extension)
    if (!isEmpty) {
      // The fields were written as an object of their own; its brace becomes the comma before them.
      const hasFields = this.#at > from + 2
      this.#bytes[from] = hasFields ? COMMA : CLOSING_BRACE
      if (!hasFields) this.#at = from + 1
    }
    writer.commit(this.#at)
    return true
  }

  #begin(writer: BytesWriter): void {
    this.#writer = writer
    this.#start = writer.reserve(64)
    this.#at = this.#start
    if (this.#bytes !== writer.bytes) this.#use(writer.bytes)
  }

  #checked(value: Value, layout: Layout): void {
    try {
      this.#value(value, layout, 0)
    } catch (thrown) {
      if (thrown instanceof Unwritable) throw faultIn(value, '', 0) ?? thrown
      throw thrown
    }
  }

  #value(value: unknown, layout: Layout, depth: number): void {
    if (typeof value === 'number') this.#number(value)
    else if (typeof value === 'string') this.#text(value)
    else if (value === null || value === undefined) this.#ascii('null')
    else if (typeof value === 'boolean') this.#ascii(value ? 'true' : 'false')
    else if (typeof value === 'bigint') this.#ascii(String(value))
    else if (typeof value === 'object') this.#parts(value, layout, depth)
    else throw new Unwritable()
  }

  #parts(value: object, layout: Layout, depth: number): void {
    if (depth >= maxDepth) throw new Unwritable()
    if (Array.isArray(value)) this.#list(value, layout, depth)
    else if (value instanceof Uint8Array) {
      this.#text(Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1'))
    } else if (ArrayBuffer.isView(value)) {
      if (value instanceof DataView) throw new Unwritable()
      this.#numbers(value as unknown as ArrayLike<number | bigint>)
    } else {
      const known = layout.hasConstants ? layout.constants.find(value) : null
      if (known !== null) this.#copy(known)
      else this.#record(value as Readonly<Record<string, unknown>>, layout, depth)
    }
  }

  #record(value: Readonly<Record<string, unknown>>, layout: Layout, depth: number): void {
    const from = this.#at
    let count = 0
    for (const key in value) {
      const part = value[key]
      if (part === undefined) continue
      if (layout.keys[count] !== key) layout.learn(count, key)
      this.#copy(layout.fragments[count] as Fragment)
      this.#value(part, layout.children[count] as Layout, depth + 1)
      count++
    }
    this.#ascii(count === 0 ? '{}' : '}')
    const { constants } = layout
    if (constants.isCurious && constants.learn(value, this.#bytes, from, this.#at)) layout.hasConstants = true
  }

  #list(value: readonly unknown[], layout: Layout, depth: number): void {
    if (layout.children[0] === undefined) layout.learn(0, '')
    const items = layout.children[0] as Layout
    this.#ascii('[')
    for (let i = 0; i < value.length; i++) {
      if (i > 0) this.#ascii(',')
      this.#value(value[i], items, depth + 1)
    }
    this.#ascii(']')
  }

  #numbers(value: ArrayLike<number | bigint>): void {
    this.#ascii('[')
    for (let i = 0; i < value.length; i++) {
      if (i > 0) this.#ascii(',')
      const number = value[i] as number | bigint
      if (typeof number === 'number') this.#number(number)
      else this.#ascii(String(number))
    }
    this.#ascii(']')
  }

  #number(value: number): void {
    if (value >= 0 && value < 10 && value === (value | 0)) {
      this.#need(1)
      this.#bytes[this.#at++] = 48 + value
      return
    }
    if (value >= 1e-6 && value < 1e7) {
      this.#need(20)
      // A decimal of at most 15 digits that reads back as the value is the shortest one once its zeros are gone.
      const tenThousandths = Math.round(value * 1e4)
      if (tenThousandths / 1e4 === value) {
        this.#decimal(tenThousandths, 1e4, 4)
        return
      }
      const small = Math.round(value * 1e8)
      if (small / 1e8 === value) {
        this.#decimal(small, 1e8, 8)
        return
      }
    } else if (value < 0 && value > -1e7) {
      this.#need(1)
      this.#bytes[this.#at++] = 45
      this.#number(-value)
      return
    } else if (value - value !== 0) throw new Unwritable()
    this.#ascii(String(value))
  }

  /** Writes `scaled / scale` without trailing zeros; `places` zeros are in the scale. */
  #decimal(scaled: number, scale: number, places: number): void {
    const whole = Math.floor(scaled / scale)
    let fraction = (scaled - whole * scale) | 0
    this.#digits(whole)
    if (fraction === 0) return
    const bytes = this.#bytes
    const at = this.#at
    let end = at
    bytes[at] = 46
    for (let i = at + places; i > at; i--) {
      const rest = (fraction / 10) | 0
      const digit = fraction - rest * 10
      if (digit !== 0 && end === at) end = i
      bytes[i] = 48 + digit
      fraction = rest
    }
    this.#at = end + 1
  }

  /** Writes a whole number below 10^7. */
  #digits(value: number): void {
    const bytes = this.#bytes
    let end = this.#at + 1
    for (let power = 10; value >= power; power *= 10) end++
    this.#at = end
    let rest = value | 0
    do {
      const next = (rest / 10) | 0
      bytes[--end] = 48 + (rest - next * 10)
      rest = next
    } while (rest > 0)
  }

  #text(text: string): void {
    const size = text.length
    this.#need(size + 2)
    const bytes = this.#bytes
    let at = this.#at
    bytes[at++] = 34
    for (let i = 0; i < size; i++) {
      const c = text.charCodeAt(i)
      if (c < 32 || c === 34 || c === 92 || c > 126) {
        this.#escapedText(text)
        return
      }
      bytes[at++] = c
    }
    bytes[at++] = 34
    this.#at = at
  }

  /** JSON.stringify escapes what must be, lone surrogates too. */
  #escapedText(text: string): void {
    const escaped = JSON.stringify(text)
    this.#need(escaped.length * 3)
    this.#at += this.#bytes.write(escaped, this.#at, 'utf8')
  }

  #ascii(text: string): void {
    const size = text.length
    this.#need(size)
    const bytes = this.#bytes
    let at = this.#at
    for (let i = 0; i < size; i++) bytes[at++] = text.charCodeAt(i)
    this.#at = at
  }

  #copy({ size, words }: Fragment): void {
    this.#need(size + 8)
    const view = this.#view
    const at = this.#at
    // Loads and stores are machine words in optimised code: no BigInt is made.
    for (let i = 0; i < words.length; i++) view.setBigInt64(at + i * 8, words[i] as bigint, true)
    this.#at = at + size
  }

  /** Makes room for `size` more bytes. The writer keeps only finished entries when it grows, so the one under way is moved here. */
  #need(size: number): void {
    if (this.#at + size <= this.#room) return
    const writer = this.#writer as BytesWriter
    const old = this.#bytes
    writer.reserve((this.#at - this.#start + size) * 2)
    if (writer.bytes === old) return
    this.#use(writer.bytes)
    old.copy(this.#bytes, this.#start, this.#start, this.#at)
  }

  #use(bytes: Buffer): void {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#room = bytes.length
  }
}

/** Where the fields of an object's text end, without the space before its closing brace; -1 when it does not end in one. */
function endOfFields(bytes: Uint8Array, start: number, frameEnd: number): number {
  let end = frameEnd
  while (end > start && bytes[end - 1] === SPACE) end--
  if (end - start < 2 || bytes[--end] !== CLOSING_BRACE) return -1
  while (bytes[end - 1] === SPACE) end--
  return end
}

/** The error for the first part of a value that JSON cannot express, or null. */
function faultIn(value: unknown, path: string, depth: number): MillraceError | null {
  const where = path === '' ? 'record' : `field "${path}"`
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return new MillraceError('ENCODING_NUMBER_NOT_FINITE', { where, value, encoding: 'json' })
  }
  if (typeof value === 'function' || typeof value === 'symbol' || value instanceof DataView) {
    const actual = describeValue(value)
    return new MillraceError('ENCODING_VALUE_WRONG', { where, encoding: 'json', expected: 'a value', actual })
  }
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return null
  if (depth >= maxDepth) {
    return new MillraceError('ENCODING_TOO_DEEP', { limit: maxDepth, where: `field "${path.slice(0, 60)}"` })
  }
  const isList = Array.isArray(value) || ArrayBuffer.isView(value)
  for (const [key, part] of Object.entries(value)) {
    const fault = faultIn(part, isList ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`, depth + 1)
    if (fault !== null) return fault
  }
  return null
}
