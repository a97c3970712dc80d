import { type CsvForm, csvMarks } from '../../core/csv-scan.ts'
import { MillraceError } from '../../core/errors.ts'
import { chunksOf } from '../lines.ts'
import type { World } from '../verb.ts'
import { guessDelimiter, markSize, readHeader } from './csv-header.ts'
import { RowChunks } from './row-chunks.ts'

const LF = 10
/** A first line that is longer is not looked at before the others. */
const MAX_PEEK_BYTES = 1024 * 1024

/** Files that are no UTF-8 text, by their first bytes. */
const foreignFiles = [
  { bytes: [0xff, 0xfe], reason: 'it is text in UTF-16, expected UTF-8' },
  { bytes: [0xfe, 0xff], reason: 'it is text in UTF-16, expected UTF-8' },
  { bytes: [0x1f, 0x8b], reason: 'it is compressed by gzip; unpack it, or pipe it through zcat' },
] as const

/** What the command line says about a file of records. */
export interface SourceChoice {
  readonly path: string
  /** Undefined = told by the first character: JSON lines begin with `{` or `[`. */
  readonly form: 'csv' | 'jsonl' | undefined
  /** Undefined = guessed from the header. */
  readonly delimiter: string | undefined
  readonly quote: string
  /** Names of the columns of a file without a header; empty = it has one. */
  readonly columns: readonly string[]
}

/** A file of records whose header has been read. */
export interface RecordSource {
  /** Null for JSON lines. */
  readonly csv: { readonly marks: CsvForm; readonly header: readonly string[] } | null
  /** Names of the fields of the first JSON line; null for CSV, and where it is no object. */
  readonly firstFields: readonly string[] | null
  /** Lines before the first chunk. */
  readonly linesBefore: number
  /** Chunks of whole rows, each with a buffer of its own. */
  readonly chunks: AsyncGenerator<Uint8Array>
}

/** Opens a file of records, or standard input (`-`), and reads its header. */
export async function openRecordSource(world: World, choice: SourceChoice): Promise<RecordSource> {
  const raw = chunksOf(world, choice.path)
  const start = await firstLines(raw)
  const foreign = foreignFiles.find(({ bytes }) => bytes.every((byte, i) => start[i] === byte))
  if (foreign) throw new MillraceError('CLI_INPUT_WRONG', { place: choice.path, reason: foreign.reason })
  if ((choice.form ?? formOf(start, choice.columns)) === 'jsonl') {
    const rows = new RowChunks(null)
    const text = start.subarray(markSize(start))
    return { csv: null, firstFields: fieldsOf(text), linesBefore: 0, chunks: cut(rows, text, raw, world.stop) }
  }
  const delimiter = choice.delimiter ?? (choice.columns.length > 0 ? ',' : guessDelimiter(start))
  const form = { delimiter, quote: choice.quote }
  const marks = csvMarks(form)
  if (marks === null) {
    const reason = `options "--delimiter" and "--quote" are ${JSON.stringify(delimiter)} and ${JSON.stringify(form.quote)}, expected two different texts, the quote one character`
    throw new MillraceError('CLI_OPTION_WRONG', { reason })
  }
  const rows = new RowChunks(marks)
  if (choice.columns.length > 0) {
    const chunks = cut(rows, start.subarray(markSize(start)), raw, world.stop)
    return { csv: { marks: form, header: choice.columns }, firstFields: null, linesBefore: 0, chunks }
  }
  const chunks = cut(rows, start, raw, world.stop)
  let linesBefore = 0
  for (;;) {
    const { value, done } = await chunks.next()
    if (done)
      throw new MillraceError('CLI_INPUT_WRONG', { place: choice.path, reason: 'it is empty, expected a header row' })
    const header = readHeader(value, form, marks)
    if (header === null) {
      linesBefore += Buffer.from(value).toString('latin1').split('\n').length - 1
      continue
    }
    linesBefore += header.lines
    return {
      csv: { marks: form, header: header.names },
      firstFields: null,
      linesBefore,
      chunks: after(value.subarray(header.end), chunks),
    }
  }
}

/** Fields of the first line that is not blank; it is read again with the others. */
function fieldsOf(text: Uint8Array): readonly string[] | null {
  const [line = ''] = Buffer.from(text.subarray(0, MAX_PEEK_BYTES)).toString('utf8').trimStart().split('\n')
  try {
    const record: unknown = JSON.parse(line)
    return typeof record === 'object' && record !== null && !Array.isArray(record) ? Object.keys(record) : null
  } catch {
    return null
  }
}

function formOf(start: Uint8Array, columns: readonly string[]): 'csv' | 'jsonl' {
  if (columns.length > 0) return 'csv'
  const first = start.subarray(markSize(start)).find((byte) => byte > 32)
  return first === undefined || first === 0x7b || first === 0x5b ? 'jsonl' : 'csv'
}

/** Bytes up to the end of the first line that is not blank, at least. */
async function firstLines(raw: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let hasText = false
  for (;;) {
    const { value, done } = await raw.next()
    if (done) return Buffer.concat(parts)
    parts.push(value)
    const text: number = hasText
      ? 0
      : value.findIndex((byte, i) => byte > 32 && (parts.length > 1 || i >= markSize(value)))
    hasText ||= text >= 0
    if (hasText && value.includes(LF, text)) return parts.length === 1 ? value : Buffer.concat(parts)
  }
}

async function* cut(
  rows: RowChunks,
  start: Uint8Array,
  raw: AsyncGenerator<Uint8Array>,
  stop: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const first = rows.push(start)
  if (first !== null) yield first
  for await (const chunk of raw) {
    const whole = rows.push(chunk)
    if (whole !== null) yield whole
  }
  // A row that was cut off by the stop is none.
  const last = stop.aborted ? null : rows.finish()
  if (last !== null) yield last
}

/** The rest of a chunk, in a buffer of its own, and the chunks after it. */
async function* after(rest: Uint8Array, chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (rest.length > 0) yield new Uint8Array(rest)
  yield* chunks
}
