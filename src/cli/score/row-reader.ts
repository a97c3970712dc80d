import type { CsvColumn, ReadCsvRecord } from '../../core/csv-record.ts'
import { compileCsvRecord } from '../../core/csv-record.ts'
import { CsvScan, csvMarks } from '../../core/csv-scan.ts'
import { MillraceError } from '../../core/errors.ts'
import { bufferOf, type TextBuffer } from '../../core/utf8.ts'
import type { Decoder } from '../../encodings/encoding.ts'
import { otherNames } from '../../engine/features.ts'
import type { Dtype, Signature } from '../../schema/signature.ts'
import type { RecordValue } from '../../schema/value.ts'
import type { ScoreInput, ScoreJob } from './score-job.ts'

const LF = 10
/** Records that are read, scored and written at a time: they are gone before the garbage collector looks. */
export const BATCH_RECORDS = 512

/** In columns of numbers these mean no value, unless marks are given. */
const numericMarks: ReadonlySet<string> = new Set(['NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', '\\N'])

/** Rows of a chunk in batches of `BATCH_RECORDS`. */
export interface RowReader {
  /** Begins a chunk of whole rows. */
  open(bytes: Uint8Array): void
  /** Reads the next rows; false at the end of the chunk. */
  next(): boolean
  readonly length: number
  /** Row `i` as a record; null where `fault` tells why not. */
  readonly records: (RecordValue | null)[]
  faultOf(row: number): MillraceError | null
  /** Lines of the chunk before row `i`. */
  lineOf(row: number): number
  textOf(row: number): string
  /** Lines of the chunk that were passed. */
  readonly lines: number
}

/** A reader of the job's input; `decoder` reads JSON. */
export function openRowReader(job: ScoreJob, signature: Signature, decoder: () => Decoder): RowReader {
  const { input } = job
  return input.form === 'csv' ? new CsvRows(input, columnsOf(input, job, signature)) : new JsonRows(decoder())
}

const wholeNumber = /^u?int/
const fraction = /^float/

function kindOf(dtype: Dtype | undefined): CsvColumn['kind'] {
  if (dtype === undefined) return 'text'
  return fraction.test(dtype) ? 'number' : wholeNumber.test(dtype) ? 'integer' : 'text'
}

/** Columns of a file, of those with one name the first, as the model types them; `isWanted` says which. */
export function columnsFor(
  { header, missing }: Pick<Extract<ScoreInput, { form: 'csv' }>, 'header' | 'missing'>,
  { inputs }: Pick<Signature, 'inputs'>,
  isWanted: (name: string, isInput: boolean) => boolean,
): CsvColumn[] {
  const dtypes = new Map<string, Dtype>()
  for (const input of inputs) for (const other of otherNames(input)) dtypes.set(other, input.dtype)
  for (const { name, dtype } of inputs) dtypes.set(name, dtype)
  return header.flatMap((name, index): CsvColumn[] => {
    if (header.indexOf(name) !== index || !isWanted(name, dtypes.has(name))) return []
    const kind = kindOf(dtypes.get(name))
    return [{ name, index, kind, missing: missing ? new Set(missing) : kind === 'text' ? new Set() : numericMarks }]
  })
}

/** Columns that the model reads or the output shows. */
function columnsOf(
  input: Extract<ScoreInput, { form: 'csv' }>,
  { output, readsAnything }: ScoreJob,
  signature: Signature,
): CsvColumn[] {
  // CSV copies the cells as they stand.
  const copied = output.form === 'csv' ? [] : output.copied
  return columnsFor(
    input,
    signature,
    (name, isInput) => readsAnything || isInput || copied === null || copied.includes(name),
  )
}

/** Rows of CSV. The scan is there for whoever copies cells. */
export class CsvRows implements RowReader {
  readonly scan: CsvScan
  readonly records: (RecordValue | null)[] = []
  bytes: TextBuffer = bufferOf(new Uint8Array(0))
  lines = 0
  readonly #read: ReadCsvRecord
  #at = 0
  #linesBefore = 0
  #faults: Map<number, MillraceError> | null = null

  constructor({ marks, header }: Extract<ScoreInput, { form: 'csv' }>, columns: readonly CsvColumn[]) {
    const bytes = csvMarks(marks)
    if (bytes === null)
      throw new MillraceError('CLI_OPTION_WRONG', { reason: 'option "--delimiter" cannot be read back' })
    this.scan = new CsvScan(bytes, header.length, BATCH_RECORDS)
    this.#read = compileCsvRecord(columns, marks.quote)
  }

  get length(): number {
    return this.scan.rows
  }

  open(bytes: Uint8Array): void {
    this.bytes = bufferOf(bytes)
    this.#at = 0
    this.lines = 0
  }

  next(): boolean {
    const { scan, bytes, records } = this
    if (this.#at >= bytes.length) return false
    this.#linesBefore = this.lines
    this.#at = scan.scan(bytes, this.#at, bytes.length)
    this.lines += scan.lines
    this.#faults = scan.faults
    const read = this.#read
    records.length = scan.rows
    for (let row = 0; row < scan.rows; row++) {
      if (this.#faults?.has(row)) records[row] = null
      else records[row] = this.#recordAt(read, row)
    }
    return true
  }

  faultOf(row: number): MillraceError | null {
    return this.#faults?.get(row) ?? null
  }

  lineOf(row: number): number {
    return this.#linesBefore + (this.scan.rowLines[row] as number)
  }

  textOf(row: number): string {
    return this.bytes.utf8Slice(this.scan.rowStarts[row] as number, this.scan.rowEnds[row] as number)
  }

  #recordAt(read: ReadCsvRecord, row: number): RecordValue | null {
    try {
      return read(this.bytes, this.scan, row) as RecordValue
    } catch (thrown) {
      this.#faults ??= new Map()
      this.#faults.set(row, MillraceError.from(thrown, 'the csv reader'))
      return null
    }
  }
}

/** Lines of JSON. */
class JsonRows implements RowReader {
  readonly records: (RecordValue | null)[] = []
  lines = 0
  length = 0
  readonly #decoder: Decoder
  readonly #starts = new Int32Array(BATCH_RECORDS)
  readonly #ends = new Int32Array(BATCH_RECORDS)
  readonly #lines = new Int32Array(BATCH_RECORDS)
  #bytes: TextBuffer = bufferOf(new Uint8Array(0))
  #at = 0
  #faults = new Map<number, MillraceError>()

  constructor(decoder: Decoder) {
    this.#decoder = decoder
  }

  open(bytes: Uint8Array): void {
    this.#bytes = bufferOf(bytes)
    this.#at = 0
    this.lines = 0
  }

  next(): boolean {
    const bytes = this.#bytes
    let count = 0
    while (count < BATCH_RECORDS && this.#at < bytes.length) {
      const found = bytes.indexOf(LF, this.#at)
      const next = found < 0 ? bytes.length : found
      const end = next > this.#at && bytes[next - 1] === 13 ? next - 1 : next
      if (end > this.#at) {
        this.#starts[count] = this.#at
        this.#ends[count] = end
        this.#lines[count++] = this.lines
      }
      this.#at = next + 1
      this.lines++
    }
    this.length = count
    if (count === 0) return false
    const { values, errors } = this.#decoder.decode({ bytes, starts: this.#starts, ends: this.#ends, length: count })
    this.#faults = new Map(errors)
    for (let row = 0; row < count; row++) {
      const value = values[row]
      const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value)
      this.records[row] = isRecord ? (value as RecordValue) : null
      if (isRecord || this.#faults.has(row)) continue
      const actual = Array.isArray(value) ? 'a list' : value === null ? 'null' : `a ${typeof value}`
      this.#faults.set(row, new MillraceError('MODEL_RECORD_ABSENT', { value: actual }))
    }
    this.records.length = count
    return true
  }

  faultOf(row: number): MillraceError | null {
    return this.#faults.get(row) ?? null
  }

  lineOf(row: number): number {
    return this.#lines[row] as number
  }

  textOf(row: number): string {
    return this.#bytes.utf8Slice(this.#starts[row] as number, this.#ends[row] as number)
  }
}
