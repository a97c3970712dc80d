import { type BytesColumn, NO_VALUE } from '../../core/bytes.ts'
import { MillraceError } from '../../core/errors.ts'
import { bufferOf, type TextBuffer } from '../../core/utf8.ts'
import { type Check, compileCheck, mismatch } from '../../schema/check.ts'
import type { Schema } from '../../schema/schema.ts'
import type { Value } from '../../schema/value.ts'
import type { DecodedBatch, Decoder } from '../encoding.ts'
import { type Conform, compileConform } from './conform.ts'
import { JsonReader } from './reader.ts'
import { compileShape, isSameShape, learnShape, type Scan, type Shape } from './shape.ts'

/** Scanners kept side by side; the least recently useful one makes room. */
const maxScanners = 4
/** Scanners generated in a decoder's life: records without a common shape must not cost a compilation each. */
const maxCompilations = 32

const noBytes = bufferOf(new Uint8Array(0))
const noView = new DataView(new ArrayBuffer(0))

/**
 * Decodes records by the shape of those before them. A shape that was seen twice gets a generated scanner, which compares the
 * bytes around the values and reads the values in place; a record that no scanner knows is parsed in full. Both ways
 * give the same value (and that of JSON.parse where no schema changes it).
 */
export class JsonDecoder implements Decoder {
  readonly #reader: JsonReader
  readonly #plainReader = new JsonReader(false)
  readonly #schema: Schema | null
  readonly #conform: Conform | null
  readonly #check: Check | null
  readonly #scanners: { readonly shape: Shape; readonly scan: Scan }[] = []
  #scan: Scan | null = null
  #candidate: Shape | null = null
  #compilations = 0

  constructor(schema: Schema | null) {
    this.#schema = schema
    this.#reader = new JsonReader(schema !== null)
    this.#conform = schema && compileConform(schema)
    this.#check = schema && compileCheck(schema)
  }

  decode(frames: BytesColumn): DecodedBatch {
    const bytes = bufferOf(frames.bytes)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#reader.attach(bytes, view)
    this.#plainReader.attach(bytes, view)
    const values: (Value | undefined)[] = new Array(frames.length)
    let errors: Map<number, MillraceError> | null = null
    for (let i = 0; i < frames.length; i++) {
      const start = frames.starts[i] as number
      const end = frames.ends[i] as number
      const scan = this.#scan
      const value = scan === null || end === NO_VALUE ? undefined : scan(bytes, view, start, end)
      if (value !== undefined) {
        values[i] = value as Value
        continue
      }
      try {
        if (end === NO_VALUE) throw new MillraceError('ENCODING_NULL_RECORD', {})
        values[i] = this.#decodeOther(bytes, view, start, end) as Value
      } catch (thrown) {
        values[i] = undefined
        errors ??= new Map()
        errors.set(i, MillraceError.from(thrown, 'the json decoder'))
      }
    }
    // Values outlive the batch, the frames' buffer should not.
    this.#reader.attach(noBytes, noView)
    this.#plainReader.attach(noBytes, noView)
    return { values, errors }
  }

  /** A record that the scanner in use does not know. */
  #decodeOther(bytes: TextBuffer, view: DataView, start: number, end: number): unknown {
    for (const [i, entry] of this.#scanners.entries()) {
      if (entry.scan === this.#scan) continue
      const value = entry.scan(bytes, view, start, end)
      if (value === undefined) continue
      this.#scan = entry.scan
      this.#scanners.splice(i, 1)
      this.#scanners.unshift(entry)
      return value
    }
    const parsed = this.#reader.parse(bytes, start, end)
    const value = this.#conform === null ? parsed : this.#conform(parsed)
    const fault = this.#check === null ? null : this.#check(value)
    if (fault !== null) throw mismatch(fault)
    if (this.#compilations < maxCompilations) this.#learn(bytes, start, end)
    return value
  }

  #learn(bytes: TextBuffer, start: number, end: number): void {
    const shape = learnShape(bytes, start, end, this.#schema)
    if (shape === null) return
    // A known shape comes here when one of its values is unusual; a new scanner would not read it either.
    if (this.#scanners.some((s) => isSameShape(s.shape, shape))) return
    if (this.#candidate === null || !isSameShape(this.#candidate, shape)) {
      this.#candidate = shape
      return
    }
    this.#candidate = null
    this.#compilations++
    this.#scan = compileShape(shape, this.#reader, this.#plainReader)
    this.#scanners.unshift({ shape, scan: this.#scan })
    if (this.#scanners.length > maxScanners) this.#scanners.pop()
  }
}
