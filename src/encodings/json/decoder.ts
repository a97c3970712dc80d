import { type BytesColumn, NO_VALUE } from '../../core/bytes.ts'
import { MillraceError } from '../../core/errors.ts'
import { bufferOf, type TextBuffer } from '../../core/utf8.ts'
import { type Check, compileCheck, mismatch } from '../../schema/check.ts'
import type { Schema } from '../../schema/schema.ts'
import type { Value } from '../../schema/value.ts'
import type { DecodedBatch, Decoder } from '../encoding.ts'
import { type Changes, type Conform, compileConform } from './conform.ts'
import { JsonReader } from './reader.ts'
import { compileShape, isSameShape, learnShape, type Scan, type Scanner, type Shape } from './shape.ts'

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
  /** Set while a record is read whose bytes another record cannot take over. */
  readonly #changes: Changes = { hasChanged: false }
  readonly #reader: JsonReader
  readonly #plainReader = new JsonReader(false, this.#changes)
  readonly #schema: Schema | null
  readonly #conform: Conform | null
  readonly #check: Check | null
  readonly #scanners: (Scanner & { readonly shape: Shape })[] = []
  /** Records of the batch under way. */
  #batchRecords = 0
  #scan: Scan | null = null
  /** Whether records of the scanner in use are verbatim. */
  #isVerbatim = true
  #candidate: Shape | null = null
  #compilations = 0

  constructor(schema: Schema | null) {
    this.#schema = schema
    this.#reader = new JsonReader(schema !== null, this.#changes)
    this.#conform = schema && compileConform(schema, this.#changes)
    this.#check = schema && compileCheck(schema)
  }

  decode(frames: BytesColumn): DecodedBatch {
    const bytes = bufferOf(frames.bytes)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#reader.attach(bytes, view)
    this.#plainReader.attach(bytes, view)
    this.#beginLists(frames.length)
    const values: (Value | undefined)[] = new Array(frames.length)
    const changes = this.#changes
    changes.hasChanged = false
    let errors: Map<number, MillraceError> | null = null
    let changed: Set<number> | null = null
    for (let i = 0; i < frames.length; i++) {
      const start = frames.starts[i] as number
      const end = frames.ends[i] as number
      const scan = this.#scan
      const value = scan === null || end === NO_VALUE ? undefined : scan(bytes, view, start, end)
      if (value !== undefined) {
        values[i] = value as Value
        if (changes.hasChanged || !this.#isVerbatim) {
          changes.hasChanged = false
          changed ??= new Set()
          changed.add(i)
        }
        continue
      }
      changes.hasChanged = false // what a scanner noted that gave up
      try {
        if (end === NO_VALUE) throw new MillraceError('ENCODING_NULL_RECORD', {})
        values[i] = this.#decodeOther(bytes, view, start, end) as Value
        if (changes.hasChanged) {
          changed ??= new Set()
          changed.add(i)
        }
      } catch (thrown) {
        values[i] = undefined
        errors ??= new Map()
        errors.set(i, MillraceError.from(thrown, 'the json decoder'))
      }
      changes.hasChanged = false
    }
    // Values outlive the batch, the frames' buffer should not.
    this.#reader.attach(noBytes, noView)
    this.#plainReader.attach(noBytes, noView)
    this.#beginLists(0)
    return { values, errors, verbatim: { encoding: 'json', except: changed } }
  }

  #beginLists(records: number): void {
    this.#batchRecords = records
    for (const { lists } of this.#scanners) for (const list of lists) list.begin(records)
  }

  /** A record that the scanner in use does not know. */
  #decodeOther(bytes: TextBuffer, view: DataView, start: number, end: number): unknown {
    for (const [i, entry] of this.#scanners.entries()) {
      if (entry.scan === this.#scan) continue
      const value = entry.scan(bytes, view, start, end)
      if (value === undefined) {
        this.#changes.hasChanged = false
        continue
      }
      this.#use(entry)
      if (!entry.isVerbatim) this.#changes.hasChanged = true
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

  #use(scanner: Scanner): void {
    this.#scan = scanner.scan
    this.#isVerbatim = scanner.isVerbatim
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
    const scanner = compileShape(shape, this.#reader, this.#plainReader, this.#changes)
    for (const list of scanner.lists) list.begin(this.#batchRecords)
    this.#use(scanner)
    this.#scanners.unshift({ ...scanner, shape })
    if (this.#scanners.length > maxScanners) this.#scanners.pop()
  }
}
