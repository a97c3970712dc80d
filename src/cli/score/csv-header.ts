import { cellsOfRow } from '../../core/csv-row.ts'
import { blankAt, type CsvForm, type CsvMarks, walkRows } from '../../core/csv-scan.ts'
import { bufferOf } from '../../core/utf8.ts'

const MARK = [0xef, 0xbb, 0xbf] as const

/** The first row of a file. */
export interface CsvHeader {
  /** Names of the columns, spaces around them removed. */
  readonly names: readonly string[]
  /** Where the row after it begins. */
  readonly end: number
  /** Lines up to there. */
  readonly lines: number
}

/** Bytes of the byte order mark at the start of a file, or 0. */
export function markSize(bytes: Uint8Array): number {
  return MARK.every((byte, i) => bytes[i] === byte) ? MARK.length : 0
}

/** Reads the header of text that begins with it; null when there is no row. */
export function readHeader(bytes: Uint8Array, form: CsvForm, marks: CsvMarks): CsvHeader | null {
  let start = markSize(bytes)
  let lines = 0
  for (let size = blankAt(bytes, start, bytes.length); size > 0; size = blankAt(bytes, start, bytes.length)) {
    start += size
    lines++
  }
  if (start >= bytes.length) return null
  let end = -1
  for (let to = 4096; end < 0; to *= 2) {
    const limit = Math.min(bytes.length, to)
    walkRows(bytes, start, limit, marks, (_, rowEnd) => {
      if (end < 0) end = rowEnd
    })
    if (end < 0 && limit === bytes.length) end = limit
  }
  const text = bufferOf(bytes).utf8Slice(start, end).replace(/\r$/, '')
  const names = cellsOfRow(text, form).map((name) => name.trim())
  return { names, end: Math.min(end + 1, bytes.length), lines: lines + text.split('\n').length }
}

/** The delimiter that a header suggests: of comma, semicolon, tab and bar the one that it has most of, quoted names aside. */
export function guessDelimiter(bytes: Uint8Array): string {
  const first = bufferOf(bytes)
    .utf8Slice(markSize(bytes), Math.min(bytes.length, 65_536))
    .replace(/^[\r\n]+/, '')
    .split('\n')[0] as string
  const bare = first.replace(/"[^"]*"/g, '')
  const counted = [',', ';', '\t', '|'].map((delimiter) => ({ delimiter, count: bare.split(delimiter).length }))
  return counted.reduce((best, one) => (one.count > best.count ? one : best)).delimiter
}
