import { BytesWriter } from '../../core/bytes.ts'
import { CellKind } from '../../core/csv-scan.ts'
import { CsvText } from '../../core/csv-text.ts'
import type { MillraceError } from '../../core/errors.ts'
import type { Encoder } from '../../encodings/encoding.ts'
import type { RecordValue, Value } from '../../schema/value.ts'
import { CsvRows, type RowReader } from './row-reader.ts'
import type { ScoreInput, ScoreOutput } from './score-job.ts'

const newline = Buffer.from('\n')
/** Predictions that come again and again (one per leaf of a tree) are kept as bytes, up to this many. */
const MAX_KNOWN = 4096
/** After this many in a row that did not come again, nothing more is kept. */
const MAX_STRANGERS = 2048

/** Writes what becomes of rows. */
export interface RowWriter {
  /** Row `row` of the batch with its prediction. May throw: a value that the form cannot express. */
  prediction(row: number, prediction: RecordValue): void
  /** Row `row` without a prediction. */
  fault(row: number, error: MillraceError): void
  /** What was written since the last call. */
  take(): Uint8Array
}

/** Names of all columns of a CSV output. */
export function csvColumns({ copied, outputs, prefix, errorColumn }: ScoreOutput, header: readonly string[]): string[] {
  return [
    ...(copied ?? header),
    ...outputs.map((name) => prefix + name),
    ...(errorColumn === null ? [] : [errorColumn]),
  ]
}

/** A writer of the job's output; `encoder` writes JSON. */
export function openRowWriter(
  output: ScoreOutput,
  input: ScoreInput,
  rows: RowReader,
  encoder: () => Encoder,
): RowWriter {
  if (output.form === 'jsonl') return new JsonWriter(output, rows, encoder())
  return new CsvWriter(output, input, rows)
}

class CsvWriter implements RowWriter {
  readonly #text: CsvText
  readonly #outputs: readonly string[]
  readonly #copy: ((row: number) => void) | null
  readonly #hasErrors: boolean
  readonly #known = new Map<RecordValue, Buffer>()
  #strangers = 0

  constructor({ marks, copied, outputs, errorColumn }: ScoreOutput, input: ScoreInput, rows: RowReader) {
    this.#text = new CsvText(marks)
    this.#outputs = outputs
    this.#hasErrors = errorColumn !== null
    const header = input.form === 'csv' ? input.header : []
    const names = copied ?? header
    const isSame =
      input.form === 'csv' && input.marks.delimiter === marks.delimiter && input.marks.quote === marks.quote
    if (names.length === 0) this.#copy = null
    else if (rows instanceof CsvRows)
      this.#copy = this.#cellCopy(
        rows,
        names.map((name) => header.indexOf(name)),
        isSame,
        marks.quote,
      )
    else this.#copy = this.#fieldCopy(rows, names)
  }

  prediction(row: number, prediction: RecordValue): void {
    const text = this.#text
    this.#copy?.(row)
    const known = this.#known.size === 0 ? undefined : this.#known.get(prediction)
    if (known !== undefined) {
      this.#strangers = 0
      text.raw(known, 0, known.length)
      return
    }
    const start = text.size
    const outputs = this.#outputs
    for (let i = 0; i < outputs.length; i++) {
      if (i > 0) text.delimiter()
      text.cell(prediction[outputs[i] as string])
    }
    if (this.#hasErrors) text.delimiter()
    text.endRow()
    if (this.#strangers >= MAX_STRANGERS || this.#known.size >= MAX_KNOWN) return
    this.#strangers++
    // Only what cannot change is worth keeping.
    if (Object.isFrozen(prediction)) this.#known.set(prediction, text.since(start))
  }

  fault(row: number, { message }: MillraceError): void {
    const text = this.#text
    this.#copy?.(row)
    for (let i = 1; i < this.#outputs.length; i++) text.delimiter()
    if (this.#hasErrors) {
      text.delimiter()
      text.cell(message)
    }
    text.endRow()
  }

  take(): Uint8Array {
    return this.#text.take()
  }

  /** Copies cells as they stand in the file; a file with other marks has them written anew. */
  #cellCopy(rows: CsvRows, columns: readonly number[], isSame: boolean, quote: string): (row: number) => void {
    const text = this.#text
    const { scan } = rows
    const doubled = quote + quote
    return (row) => {
      const base = row * scan.width
      const isSound = rows.faultOf(row) === null || rows.faultOf(row)?.code !== 'ENCODING_CSV_SYNTAX'
      for (const column of columns) {
        if (isSound) {
          const kind = scan.kinds[base + column] as number
          const start = scan.starts[base + column] as number
          const end = scan.ends[base + column] as number
          const edge = kind === CellKind.plain ? 0 : 1
          if (isSame) text.raw(rows.bytes, start - edge, end + edge)
          else if (start < end || kind !== CellKind.plain) {
            const cell = rows.bytes.utf8Slice(start, end)
            text.cell(kind === CellKind.escaped ? cell.replaceAll(doubled, quote) : cell)
          }
        }
        text.delimiter()
      }
    }
  }

  #fieldCopy(rows: RowReader, names: readonly string[]): (row: number) => void {
    const text = this.#text
    return (row) => {
      const record = rows.records[row]
      for (const name of names) {
        text.cell(record && Object.hasOwn(record, name) ? record[name] : null)
        text.delimiter()
      }
    }
  }
}

class JsonWriter implements RowWriter {
  readonly #writer = new BytesWriter(1024, 64)
  readonly #rows: RowReader
  readonly #encoder: Encoder
  readonly #copied: readonly string[] | null
  readonly #prefix: string

  constructor({ copied, prefix }: ScoreOutput, rows: RowReader, encoder: Encoder) {
    this.#rows = rows
    this.#encoder = encoder
    this.#copied = copied
    this.#prefix = prefix
  }

  prediction(row: number, prediction: RecordValue): void {
    const named = this.#prefix === '' ? prediction : prefixed(prediction, this.#prefix)
    this.#write(this.#copied?.length === 0 ? named : { ...this.#fieldsOf(row), ...named })
  }

  fault(row: number, { code, message }: MillraceError): void {
    this.#write({ ...this.#fieldsOf(row), error: { code, message } })
  }

  take(): Uint8Array {
    return this.#writer.finish().bytes
  }

  #write(value: Value): void {
    this.#encoder.encode(value, this.#writer)
    this.#writer.append(newline)
  }

  #fieldsOf(row: number): RecordValue {
    const record = this.#rows.records[row]
    const copied = this.#copied
    if (!record || copied?.length === 0) return {}
    if (copied === null) return record
    return Object.fromEntries(
      copied.map((name) => [name, Object.hasOwn(record, name) ? record[name] : null]),
    ) as RecordValue
  }
}

function prefixed(prediction: RecordValue, prefix: string): RecordValue {
  return Object.fromEntries(Object.entries(prediction).map(([name, value]) => [prefix + name, value])) as RecordValue
}
