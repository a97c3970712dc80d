import { type BytesColumn, NO_VALUE } from '../../core/bytes.ts'
import { type CsvColumn, compileCsvRecord, type ReadCsvRecord } from '../../core/csv-record.ts'
import { type CsvForm, type CsvMarks, CsvScan, csvMarks } from '../../core/csv-scan.ts'
import { MillraceError } from '../../core/errors.ts'
import { bufferOf } from '../../core/utf8.ts'
import { type Check, compileCheck, mismatch } from '../../schema/check.ts'
import type { Schema } from '../../schema/schema.ts'
import type { Value } from '../../schema/value.ts'
import type { DecodedBatch, Decoder } from '../encoding.ts'
import type { CsvField } from './fields.ts'

const kinds: Partial<Record<Schema['type'], CsvColumn['kind']>> = {
  double: 'number',
  float: 'number',
  int: 'integer',
  long: 'integer',
}

/** Changes a field after the row was read. */
type Fix = (record: Record<string, unknown>) => void

/** Reads one row per frame, with the types of the schema; without one, values are text or null. */
export class CsvDecoder implements Decoder {
  readonly #scan: CsvScan
  readonly #read: ReadCsvRecord
  readonly #fixes: readonly Fix[]
  readonly #check: Check | null

  constructor(fields: readonly CsvField[], form: CsvForm, missing: readonly string[], schema: Schema | null) {
    this.#scan = new CsvScan(csvMarks(form) as CsvMarks, fields.length, 1)
    const marks = new Set(missing)
    const columns = fields.map(({ name, type }, index): CsvColumn => {
      return { name, index, kind: (type && kinds[type]) ?? 'text', missing: marks, keepsEmpty: true }
    })
    this.#read = compileCsvRecord(columns, form.quote)
    this.#fixes = fields.flatMap(fixesOf)
    this.#check = schema && compileCheck(schema)
  }

  decode(frames: BytesColumn): DecodedBatch {
    const bytes = bufferOf(frames.bytes)
    const values: (Value | undefined)[] = new Array(frames.length)
    let errors: Map<number, MillraceError> | null = null
    for (let i = 0; i < frames.length; i++) {
      try {
        values[i] = this.#decodeOne(bytes, frames.starts[i] as number, frames.ends[i] as number)
      } catch (thrown) {
        values[i] = undefined
        errors ??= new Map()
        errors.set(i, MillraceError.from(thrown, 'the csv decoder'))
      }
    }
    return { values, errors }
  }

  #decodeOne(bytes: ReturnType<typeof bufferOf>, start: number, end: number): Value {
    if (end === NO_VALUE) throw new MillraceError('ENCODING_NULL_RECORD', {})
    const scan = this.#scan
    const next = scan.scan(bytes, start, end)
    const fault = scan.faults?.get(0)
    if (fault) throw fault
    if (scan.rows === 0) throw new MillraceError('ENCODING_CSV_SYNTAX', { reason: 'it is empty' })
    if (next < end) throw new MillraceError('ENCODING_CSV_SYNTAX', { reason: 'it goes on after a line end' })
    const record = this.#read(bytes, scan, 0) as Record<string, unknown>
    for (const fix of this.#fixes) fix(record)
    const wrong = this.#check === null ? null : this.#check(record)
    if (wrong !== null) throw mismatch(wrong)
    return record as Value
  }
}

function fixesOf(field: CsvField): Fix[] {
  const { name, type, default: fallback } = field
  const fixes: Fix[] = []
  const set = (record: Record<string, unknown>, value: unknown) =>
    Object.defineProperty(record, name, { value, enumerable: true, writable: true, configurable: true })
  if (type !== null && !field.isNullable && (fallback !== undefined || type === 'string')) {
    const empty = fallback ?? ''
    fixes.push((record) => void (record[name] === null && set(record, empty)))
  }
  if (type === 'boolean') {
    fixes.push((record) => {
      const word = typeof record[name] === 'string' ? (record[name] as string).toLowerCase() : null
      if (word === 'true' || word === 'false') set(record, word === 'true')
    })
  }
  // More than 15 digits: whole numbers as the schema has them, exactly.
  if (type === 'long') {
    fixes.push((record) => {
      const digits = record[name]
      if (typeof digits !== 'string' || !/^-?\d{1,19}$/.test(digits)) return
      const whole = BigInt(digits)
      set(record, Number.isSafeInteger(Number(whole)) ? Number(whole) : whole)
    })
  }
  return fixes
}
