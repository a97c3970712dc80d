import { formatDate, formatDateTime, formatTime, parseDate, parseDateTime, parseTime } from './dates.ts'

/**
 * A value while a record is scored; `undefined` is missing.
 *
 * Dates are numbers by their data type: `date` in days and `dateTime` in seconds since 1970-01-01, `time` in seconds since
 * midnight, `dateDaysSince[1960]` and its like in their own unit since their own year.
 */
export type Cell = number | string | boolean | readonly Cell[] | undefined

/** Base data types; `date*Since` types carry their year beside (`TypeName`). */
export const dataTypes = [
  'string',
  'integer',
  'float',
  'double',
  'boolean',
  'date',
  'time',
  'dateTime',
  'timeSeconds',
  'dateDaysSince',
  'dateTimeSecondsSince',
] as const
export type DataType = (typeof dataTypes)[number]

export const optypes = ['continuous', 'categorical', 'ordinal'] as const
export type Optype = (typeof optypes)[number]

/** A data type with the year that `date*Since` types count from. */
export interface TypeName {
  readonly type: DataType
  readonly year: number
}

/** Reads a `dataType` attribute, or null when it is none. Example: `dateDaysSince[1960]`. */
export function typeNamed(text: string): TypeName | null {
  const since = /^(dateDaysSince|dateTimeSecondsSince)\[?(\d{1,4})\]?$/.exec(text)
  if (since) return { type: since[1] as DataType, year: Number(since[2]) }
  const found = dataTypes.find((type) => type === text) ?? dataTypes.find((t) => t.toLowerCase() === text.toLowerCase())
  return found ? { type: found, year: 1970 } : null
}

/** True for types whose cells are numbers. */
export function isNumeric(type: DataType): boolean {
  return type !== 'string' && type !== 'boolean'
}

/** Seconds or days from 1970 to the start of `year` (UTC). */
export function yearStart(year: number, unit: 'days' | 'seconds'): number {
  const date = new Date(0)
  date.setUTCFullYear(year, 0, 1)
  return date.getTime() / (unit === 'days' ? 86_400_000 : 1000)
}

/** Reads decimal text as PMML writes numbers (`1E-5`, `INF`, `-INF`, `NaN`); null when it is none. */
export function parseNumber(text: string): number | null {
  const value = Number(text)
  if (!Number.isNaN(value)) {
    if (value !== 0 || text.length > 1) {
      // Number() also reads blank text and 0x, 0b, 0o; none of them is decimal.
      const trimmed = text.trim()
      if (trimmed === '') return null
      const second = trimmed.charCodeAt(1)
      if (second === 120 || second === 88 || second === 98 || second === 66 || second === 111 || second === 79)
        return null
      return value
    }
    return text === '' || text === ' ' ? null : value
  }
  switch (text.trim()) {
    case 'INF':
    case '+INF':
      return Number.POSITIVE_INFINITY
    case '-INF':
      return Number.NEGATIVE_INFINITY
    case 'NaN':
      return Number.NaN
    default:
      return null
  }
}

/** Result of `cast` for a value that the type does not hold. */
export const NOT_CAST = Symbol('not cast')

/** Casts a present value to a type; NOT_CAST when it does not fit. */
export function cast(value: string | number | boolean, to: TypeName): Cell | typeof NOT_CAST {
  switch (to.type) {
    case 'string':
      return typeof value === 'string' ? value : String(value)
    case 'double':
      return numberOf(value)
    case 'float': {
      const number = numberOf(value)
      return number === NOT_CAST ? NOT_CAST : Math.fround(number as number)
    }
    case 'integer': {
      const number = numberOf(value)
      return number !== NOT_CAST && Number.isSafeInteger(number) ? number : NOT_CAST
    }
    case 'boolean':
      return booleanOf(value)
    case 'date':
      return momentOf(value, parseDate, 0)
    case 'time':
    case 'timeSeconds':
      return momentOf(value, parseTime, 0)
    case 'dateTime':
      return momentOf(value, parseDateTime, 0)
    case 'dateDaysSince':
      return momentOf(value, parseDate, yearStart(to.year, 'days'))
    case 'dateTimeSecondsSince':
      return momentOf(value, parseDateTime, yearStart(to.year, 'seconds'))
  }
}

/** Text is a calendar date or time of day, never a plain number; a number is one already. `start` is subtracted from text. */
function momentOf(
  value: string | number | boolean,
  parse: (text: string) => number | null,
  start: number,
): number | typeof NOT_CAST {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return NOT_CAST
  const moment = parse(value)
  return moment === null ? NOT_CAST : moment - start
}

function numberOf(value: string | number | boolean): number | typeof NOT_CAST {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  const number = parseNumber(value)
  if (number !== null) return number
  const word = value.toLowerCase()
  return word === 'true' ? 1 : word === 'false' ? 0 : NOT_CAST
}

function booleanOf(value: string | number | boolean): boolean | typeof NOT_CAST {
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return value === 1 ? true : value === 0 ? false : NOT_CAST
  const word = value.toLowerCase()
  if (word === 'true') return true
  if (word === 'false') return false
  const number = parseNumber(value)
  return number === 1 ? true : number === 0 ? false : NOT_CAST
}

/** Casts between values inside the model (derived and output fields): the static source type decides how dates convert. */
export function convert(value: Cell, from: TypeName | null, to: TypeName): Cell | typeof NOT_CAST {
  if (value === undefined || typeof value === 'object') return value
  if (from === null || from.type === to.type) {
    if (to.type === 'string' && typeof value !== 'string') return textOf(value, from)
    return cast(value, to)
  }
  if (to.type === 'string') return textOf(value, from)
  if (typeof value === 'number') {
    const days = from.type === 'date' ? value : from.type === 'dateTime' ? Math.floor(value / 86_400) : null
    const seconds = from.type === 'date' ? value * 86_400 : from.type === 'dateTime' ? value : null
    if (to.type === 'date' && days !== null) return days
    if (to.type === 'dateTime' && seconds !== null) return seconds
    if (to.type === 'dateDaysSince' && days !== null) return days - yearStart(to.year, 'days')
    if (to.type === 'dateTimeSecondsSince' && seconds !== null) return seconds - yearStart(to.year, 'seconds')
    if (to.type === 'time' && from.type === 'dateTime') return value - Math.floor(value / 86_400) * 86_400
    if (to.type === 'integer') return Number.isInteger(value) ? value : NOT_CAST
  }
  return cast(value, to)
}

/** Text of a value as PMML and Java write it: a double that is whole keeps its `.0`. */
export function textOf(value: number | string | boolean, type: TypeName | null): string {
  if (typeof value !== 'number') return String(value)
  switch (type?.type) {
    case 'double':
      return textOfReal(value, String(value))
    case 'float':
      return textOfReal(value, shortestFloat(value))
    case 'date':
      return formatDate(value)
    case 'dateTime':
      return formatDateTime(value)
    case 'time':
      return formatTime(value)
    default:
      return String(value)
  }
}

/** The fewest digits that give this 32-bit number back. */
function shortestFloat(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)))
    if (Math.fround(Number(text)) === value) return text
  }
  return String(value)
}

/** Java's spelling of a real number whose digits are `digits`: `2.0`, `1.0E-4`, `1.2345678E7`, `NaN`, `-Infinity`. */
function textOfReal(value: number, digits: string): string {
  const size = Math.abs(value)
  if (!Number.isFinite(value)) return String(value)
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  if (size >= 1e-3 && size < 1e7) return digits.includes('.') ? digits : `${digits}.0`
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(digits) ?? []
  const all = (whole + fraction).replace(/^0+/, '')
  const leading = (whole + fraction).length - all.length
  const exponent = whole.length - 1 - leading + Number(power)
  const rest = all.slice(1).replace(/0+$/, '')
  return `${sign}${all[0]}.${rest === '' ? '0' : rest}E${exponent}`
}
