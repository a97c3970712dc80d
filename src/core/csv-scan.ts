import { MillraceError } from './errors.ts'

/**
 * Grammar (RFC 4180, with what other programs write):
 *
 *     text  = { blank } { row ( LF | CR LF ) { blank } } [ row ]
 *     row   = cell { delimiter cell }
 *     cell  = quote { any byte but quote | quote quote } quote | { any byte but delimiter and LF }
 *     blank = LF | CR LF
 *
 * A quote inside a cell that does not begin with one stands for itself. A CR directly before the end of a row belongs to the line end.
 */

const LF = 10
const CR = 13

/** How cells are told apart. */
export interface CsvForm {
  /** At least one byte; not the quote, no line end. */
  readonly delimiter: string
  /** One ASCII character, or empty for files without quoting. */
  readonly quote: string
}

/** A delimiter and a quote as the scan compares them. */
export interface CsvMarks {
  readonly delimiter: Uint8Array
  /** -1 = nothing is quoted. */
  readonly quote: number
}

/** Bytes of a form; null when the form cannot be read back. */
export function csvMarks({ delimiter, quote }: CsvForm): CsvMarks | null {
  const bytes = Buffer.from(delimiter)
  const mark = quote === '' ? -1 : quote.length === 1 ? quote.charCodeAt(0) : 256
  const isTold = bytes.length > 0 && !bytes.includes(LF) && !bytes.includes(CR) && !bytes.includes(mark)
  return isTold && mark < 128 && mark !== LF && mark !== CR ? { delimiter: bytes, quote: mark } : null
}

/** How a cell is written: as it is, between quotes, or between quotes with doubled quotes inside. */
export const CellKind = { plain: 0, quoted: 1, escaped: 2 } as const

/**
 * Finds rows and cells of complete CSV text: no copies, no objects, positions in typed arrays that are used again.
 *
 * Cell `c` of row `r` is at `[starts[r * width + c], ends[r * width + c])`, without its quotes. Rows with a fault have no cells. After
 * a cell that is not closed reading goes on at the next line, after other faults at the next row.
 */
export class CsvScan {
  readonly width: number
  starts: Int32Array // [rows, width]
  ends: Int32Array // [rows, width], exclusive
  kinds: Uint8Array // [rows, width], of CellKind
  rowStarts: Int32Array // [rows]
  rowEnds: Int32Array // [rows], exclusive, without the line end
  rowLines: Int32Array // [rows], lines before the row since `scan` began
  rows = 0
  /** Lines passed by the last `scan`. */
  lines = 0
  /** By row, or null when all rows are sound. */
  faults: Map<number, MillraceError> | null = null
  readonly #delimiter: Uint8Array
  readonly #quote: number
  readonly #maxRows: number

  /** Rows of `width` cells, found at most `maxRows` at a time. */
  constructor({ delimiter, quote }: CsvMarks, width: number, maxRows: number) {
    this.#delimiter = delimiter
    this.#quote = quote
    this.#maxRows = maxRows
    this.width = width
    this.starts = new Int32Array(maxRows * width)
    this.ends = new Int32Array(maxRows * width)
    this.kinds = new Uint8Array(maxRows * width)
    this.rowStarts = new Int32Array(maxRows)
    this.rowEnds = new Int32Array(maxRows)
    this.rowLines = new Int32Array(maxRows)
  }

  /** Reads rows from `[from, to)`, which begins with a row; returns where the next row begins. The end of the text ends a row. */
  scan(bytes: Uint8Array, from: number, to: number): number {
    const { width, starts, ends, kinds } = this
    const quote = this.#quote
    const delimiter = this.#delimiter
    const first = delimiter[0] as number
    const step = delimiter.length
    this.faults = null
    let at = from
    let row = 0
    let line = 0
    while (at < to && row < this.#maxRows) {
      const blank = blankAt(bytes, at, to)
      if (blank > 0) {
        at += blank
        line++
        continue
      }
      const rowStart = at
      this.rowStarts[row] = rowStart
      this.rowLines[row] = line
      const base = row * width
      let column = 0
      let hasQuoted = false
      let isBroken = false
      for (;;) {
        let start = at
        let end: number
        let kind = 0
        if (bytes[at] === quote && at < to) {
          at = closingQuote(bytes, ++start, to, quote)
          if (at < 0) break
          kind = hasByte(bytes, start, at, quote) ? CellKind.escaped : CellKind.quoted
          hasQuoted = true
          end = at++
        } else {
          for (;;) {
            while (at < to) {
              const byte = bytes[at]
              if (byte === first || byte === LF) break
              at++
            }
            if (step === 1 || at >= to || bytes[at] === LF || startsWith(bytes, at, to, delimiter)) break
            at++
          }
          end = at
        }
        const isCell = at < to && bytes[at] === first && (step === 1 || startsWith(bytes, at, to, delimiter))
        if (isCell) {
          if (column < width) {
            starts[base + column] = start
            ends[base + column] = end
            kinds[base + column] = kind
          }
          column++
          at += step
          continue
        }
        // The row ends here, or the bytes after a closing quote are not part of any cell.
        let rowEnd = at
        if (kind === 0) {
          if (end > start && bytes[end - 1] === CR) rowEnd = --end
        } else {
          if (at < to && bytes[at] === CR && (at + 1 === to || bytes[at + 1] === LF)) at++
          if (at < to && bytes[at] !== LF) {
            const next = bytes.indexOf(LF, at)
            const shown = String.fromCharCode(bytes[at] as number)
            at = next < 0 || next >= to ? to : next
            rowEnd = at
            isBroken = true
            this.#fault(row, `cell ${column + 1} goes on with ${JSON.stringify(shown)} after its closing quote`)
          }
        }
        if (column < width) {
          starts[base + column] = start
          ends[base + column] = end
          kinds[base + column] = kind
        }
        column++
        this.rowEnds[row] = rowEnd
        if (column !== width && !isBroken) {
          const expected = `${width} as the header has`
          this.#fault(row, `it has ${column} ${column === 1 ? 'cell' : 'cells'}, expected ${expected}`)
        }
        break
      }
      if (at < 0) {
        const next = bytes.indexOf(LF, rowStart)
        at = next < 0 || next >= to ? to : next
        this.rowEnds[row] = at
        this.#fault(row, `the quote of cell ${column + 1} is not closed`)
      } else if (hasQuoted) line += breaksIn(bytes, rowStart, at)
      at++
      line++
      row++
    }
    this.rows = row
    this.lines = line
    return Math.min(at, to)
  }

  #fault(row: number, reason: string): void {
    this.faults ??= new Map()
    this.faults.set(row, new MillraceError('ENCODING_CSV_SYNTAX', { reason }))
  }
}

/** Bytes of the blank line at `at`, or 0. */
export function blankAt(bytes: Uint8Array, at: number, to: number): number {
  if (bytes[at] === LF) return 1
  if (bytes[at] !== CR) return 0
  if (at + 1 === to) return 1
  return bytes[at + 1] === LF ? 2 : 0
}

/** Where the last complete row of `[from, to)` ends, or -1; `from` begins a row. A row whose quote is still open is not complete. */
export function lastRowEnd(bytes: Buffer, from: number, to: number, marks: CsvMarks): number {
  const written = bytes.length === to ? bytes : bytes.subarray(0, to)
  const last = written.lastIndexOf(LF)
  if (last < from) return -1
  const quote = marks.quote < 0 ? -1 : written.indexOf(marks.quote, from)
  if (quote < 0) return last + 1
  // Rows before the first quote end where their lines end.
  const before = quote === 0 ? -1 : written.lastIndexOf(LF, quote - 1)
  const end = walkRows(written, Math.max(from, before + 1), to, marks, null)
  return end > from ? end : -1
}

/** Goes over complete rows from `from`, tells `found` of each, and returns where the last one ends (`from` = there is none). */
export function walkRows(
  bytes: Uint8Array,
  from: number,
  to: number,
  { delimiter, quote }: CsvMarks,
  found: ((start: number, end: number) => void) | null,
): number {
  const first = delimiter[0] as number
  const step = delimiter.length
  let rowStart = from
  let at = from
  let isCellStart = true
  while (at < to) {
    const byte = bytes[at]
    if (byte === LF) {
      found?.(rowStart, at)
      rowStart = ++at
      isCellStart = true
    } else if (isCellStart && byte === quote) {
      at = closingQuote(bytes, at + 1, to, quote)
      // A quote at the end of what is there may be the first of two.
      if (at < 0 || ++at >= to) return rowStart
      isCellStart = false
      // Anything but a delimiter makes the row a fault that ends with its line.
      const isCell = bytes[at] === first && (step === 1 || startsWith(bytes, at, to, delimiter))
      if (!isCell && bytes[at] !== LF) {
        at = bytes.indexOf(LF, at)
        if (at < 0 || at >= to) return rowStart
      }
    } else {
      isCellStart = byte === first && (step === 1 || startsWith(bytes, at, to, delimiter))
      at += isCellStart ? step : 1
    }
  }
  return rowStart
}

/** Where the quoted text from `at` closes, or -1. */
function closingQuote(bytes: Uint8Array, from: number, to: number, quote: number): number {
  for (let at = from; ; at += 2) {
    while (at < to && bytes[at] !== quote) at++
    if (at >= to) return -1
    if (at + 1 >= to || bytes[at + 1] !== quote) return at
  }
}

function hasByte(bytes: Uint8Array, from: number, to: number, byte: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] === byte) return true
  return false
}

function breaksIn(bytes: Uint8Array, from: number, to: number): number {
  let count = 0
  for (let at = bytes.indexOf(LF, from); at >= 0 && at < to; at = bytes.indexOf(LF, at + 1)) count++
  return count
}

function startsWith(bytes: Uint8Array, at: number, to: number, part: Uint8Array): boolean {
  if (at + part.length > to) return false
  for (let i = 0; i < part.length; i++) if (bytes[at + i] !== part[i]) return false
  return true
}
