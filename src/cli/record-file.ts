import { MillraceError } from '../core/errors.ts'
import type { Feature } from '../schema/signature.ts'
import type { RecordValue } from '../schema/value.ts'
import { linesOf } from './lines.ts'
import { parsedJson } from './record-encoding.ts'
import { openRecordSource } from './score/record-source.ts'
import { CsvRows, columnsFor } from './score/row-reader.ts'
import type { World } from './verb.ts'

/** Forms of a file of records: JSON lines, or CSV under a row of names. */
export const recordFileForms = ['jsonl', 'csv'] as const
export type RecordFileForm = (typeof recordFileForms)[number]

/** The form that the ending of a name tells, undefined for other endings and standard input. */
export function formByEnding(path: string): RecordFileForm | undefined {
  if (/\.[ct]sv$/i.test(path)) return 'csv'
  return /\.(jsonl|ndjson|json)$/i.test(path) ? 'jsonl' : undefined
}

/** The form that the ending of a name suggests. */
export function recordFileForm(path: string): RecordFileForm {
  return formByEnding(path) ?? 'jsonl'
}

/** How CSV is read, where it matters. */
export interface CsvReading {
  /** By default what the header suggests. */
  readonly delimiter?: string | undefined
  /** Texts that mean no value; by default the usual ones in columns of numbers. */
  readonly missing?: readonly string[] | undefined
  /** Features that columns are read as; by default all is text. */
  readonly inputs?: readonly Feature[]
  /** True to have fields of cells without a value as null. */
  readonly keepsNulls?: boolean
}

/**
 * Records of a file in the batches in which they are read. Values of CSV are text unless `csv` types them, absent where a cell has none. A row that
 * cannot be read is an error with its line.
 */
export async function* recordsOf(
  world: World,
  path: string,
  form: RecordFileForm,
  csv: CsvReading = {},
): AsyncGenerator<RecordValue[]> {
  if (form === 'csv') {
    yield* csvRecordsOf(world, path, csv)
    return
  }
  let lineNumber = 0
  for await (const lines of linesOf(world, path)) {
    const records: RecordValue[] = []
    for (const line of lines) {
      lineNumber++
      if (line.length > 0) records.push(recordIn(line, `${path}:${lineNumber}`))
    }
    if (records.length > 0) yield records
  }
}

async function* csvRecordsOf(world: World, path: string, reading: CsvReading): AsyncGenerator<RecordValue[]> {
  const delimiter = reading.delimiter ?? (/\.tsv$/i.test(path) ? '\t' : undefined)
  const source = await openRecordSource(world, { path, form: 'csv', delimiter, quote: '"', columns: [] })
  const { csv, chunks, linesBefore } = source
  if (csv === null) return
  const input = { form: 'csv', ...csv, missing: reading.missing ?? null } as const
  const rows = new CsvRows(
    input,
    columnsFor(input, { inputs: reading.inputs ?? [] }, () => true),
  )
  let lines = linesBefore
  for await (const chunk of chunks) {
    rows.open(chunk)
    while (rows.next()) {
      const records = rows.records.map((record, row) => {
        const fault = rows.faultOf(row)
        if (record !== null && fault === null) return reading.keepsNulls ? record : withoutNulls(record)
        const place = `${path}:${lines + rows.lineOf(row) + 1}`
        throw new MillraceError('CLI_INPUT_WRONG', { place, reason: fault?.message ?? 'it cannot be read' }, fault)
      })
      if (records.length > 0) yield records
    }
    lines += rows.lines
  }
}

function withoutNulls(record: RecordValue): RecordValue {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null)) as RecordValue
}

function recordIn(line: Uint8Array, place: string): RecordValue {
  let value: unknown
  try {
    value = parsedJson(line)
  } catch (thrown) {
    const reason = MillraceError.from(thrown, place).message.replace(/^input: /, '')
    throw new MillraceError('CLI_INPUT_WRONG', { place, reason }, thrown)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as RecordValue
  throw new MillraceError('CLI_INPUT_WRONG', { place, reason: 'the line is JSON but not an object' })
}
