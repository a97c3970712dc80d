import { CellKind, type CsvScan } from './csv-scan.ts'
import { divideDecimal, powersOfTen } from './decimal.ts'
import { MillraceError } from './errors.ts'
import { type TextBuffer, TextReader, utf8FaultAt } from './utf8.ts'

/** A column of a CSV file as a field of a record. */
export interface CsvColumn {
  readonly name: string
  /** Place in the row, from 0. */
  readonly index: number
  /**
   * What a cell becomes: its text; or the number that it writes, whole numbers only for `integer`. A cell that is no such number
   * stays text, for whoever reads the field to judge.
   */
  readonly kind: 'text' | 'number' | 'integer'
  /** Texts that mean no value; an empty cell always does. */
  readonly missing: ReadonlySet<string>
  /** True when only a cell without quotes can be no value: `""` is an empty text. */
  readonly keepsEmpty?: boolean
}

/** From a row of a scan to a record; throws the fault of a cell that is not UTF-8. */
export type ReadCsvRecord = (bytes: TextBuffer, scan: CsvScan, row: number) => Readonly<Record<string, unknown>>

type ReadCell = (bytes: TextBuffer, start: number, end: number, kind: number) => string | number | null

/** Makes the function from rows to records. Its text holds names as JSON strings and numbers of columns only. */
export function compileCsvRecord(columns: readonly CsvColumn[], quote: string): ReadCsvRecord {
  const texts = new TextReader()
  const readers = columns.map((column) => cellReader(column, quote, texts))
  const members = columns.map(({ name, index }, i) => {
    const key = name === '__proto__' ? '["__proto__"]' : JSON.stringify(name)
    return `${key}: c${i}(b, s[o + ${index}], e[o + ${index}], k[o + ${index}])`
  })
  const text = `${readers.map((_, i) => `const c${i} = c[${i}]`).join('\n')}
return (b, scan, row) => { const o = row * scan.width, s = scan.starts, e = scan.ends, k = scan.kinds
return { ${members.join(',\n')} } }`
  return new Function('c', text)(readers) as ReadCsvRecord
}

function cellReader({ kind, name, missing, keepsEmpty }: CsvColumn, quote: string, texts: TextReader): ReadCell {
  const doubled = quote + quote
  const mayBeMissing = missing.size > 0
  const keeps = keepsEmpty === true
  const text: ReadCell = (bytes, start, end, cell) => {
    if (start === end) return keeps && cell !== CellKind.plain ? '' : null
    const found = texts.utf8(bytes, start, end)
    if (found === null) throw notUtf8(bytes, start, end, name)
    const whole = cell === CellKind.escaped ? found.replaceAll(doubled, quote) : found
    return mayBeMissing && (!keeps || cell === CellKind.plain) && missing.has(whole) ? null : whole
  }
  if (kind === 'text') return text
  const read = kind === 'number' ? decimalAt : integerAt
  // The mark of a missing value may be a number: -999.
  const isMarkedByNumber = [...missing].some((mark) => decimalText.test(mark.trim()))
  return (bytes, start, end, cell) => {
    const number = read(bytes, start, end)
    return !Number.isNaN(number) && !isMarkedByNumber ? number : orText(text(bytes, start, end, cell), number)
  }
}

function orText(text: string | number | null, number: number): string | number | null {
  return text === null || Number.isNaN(number) ? text : number
}

function notUtf8(bytes: TextBuffer, start: number, end: number, name: string): MillraceError {
  const at = utf8FaultAt(bytes, start, end)
  const byte = `0x${(bytes[at] as number).toString(16).padStart(2, '0')}`
  return new MillraceError('ENCODING_CSV_TEXT', { column: name, byte })
}

/** The whole number of at most 15 digits that `[start, end)` writes, or NaN. */
export function integerAt(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  const isNegative = bytes[at] === 45
  if (isNegative) at++
  const size = end - at
  if (size < 1 || size > 15) return Number.NaN
  let value = 0
  for (; at < end; at++) {
    const digit = (bytes[at] as number) - 48
    if (digit >>> 0 > 9) return Number.NaN
    value = value * 10 + digit
  }
  return isNegative ? -value : value
}

/** Decimals that the cheap way does not read. */
const decimalText = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/** The finite double nearest to the decimal that `[start, end)` writes, spaces around it aside; NaN when it writes none. */
export function decimalAt(bytes: TextBuffer, start: number, end: number): number {
  let at = start
  const isNegative = bytes[at] === 45
  if (isNegative) at++
  let high = 0
  let low = 0
  let highDigits = 0
  let lowDigits = 0
  let point = -1
  for (; at < end; at++) {
    const digit = (bytes[at] as number) - 48
    if (digit >>> 0 > 9) {
      if (digit !== -2 || point >= 0) return slowDecimal(bytes, start, end)
      point = at
    } else if (highDigits < 15) {
      high = high * 10 + digit
      // Zeros in front are no digits.
      if (high !== 0) highDigits++
    } else if (lowDigits < 8) {
      low = low * 10 + digit
      lowDigits++
    } else return slowDecimal(bytes, start, end)
  }
  const exponent = point < 0 ? 0 : end - point - 1
  if (end - start - (isNegative ? 1 : 0) - (point < 0 ? 0 : 1) < 1 || exponent > 22)
    return slowDecimal(bytes, start, end)
  const value =
    lowDigits === 0 ? high / (powersOfTen[exponent] as number) : divideDecimal(high, low, lowDigits, exponent)
  if (Number.isNaN(value)) return slowDecimal(bytes, start, end)
  return isNegative ? -value : value
}

function slowDecimal(bytes: TextBuffer, start: number, end: number): number {
  if (end - start > 400) return Number.NaN
  const text = bytes.latin1Slice(start, end).trim()
  if (!decimalText.test(text)) return Number.NaN
  const value = Number(text)
  return Number.isFinite(value) ? value : Number.NaN
}
