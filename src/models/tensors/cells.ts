import { MillraceError } from '../../core/errors.ts'
import { halfBits } from '../../schema/half.ts'
import type { TensorDtype } from '../../schema/tensor.ts'

/** What a record's field becomes in a tensor: a number, a bigint (int64, uint64), text, or bytes in a text tensor. */
export type Cell = number | bigint | string | Uint8Array

/** Whole numbers that each integer dtype holds, both ends inclusive. */
const integerRanges = {
  int8: [-128n, 127n],
  int16: [-32768n, 32767n],
  int32: [-2147483648n, 2147483647n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint8: [0n, 255n],
  uint16: [0n, 65535n],
  uint32: [0n, 4294967295n],
  uint64: [0n, 2n ** 64n - 1n],
} as const satisfies Partial<Record<TensorDtype, readonly [bigint, bigint]>>

/** True for dtypes whose elements are whole numbers. */
function isIntegerDtype(dtype: TensorDtype): dtype is keyof typeof integerRanges {
  return Object.hasOwn(integerRanges, dtype)
}

/** True for dtypes that can hold NaN. */
export function isFloatDtype(dtype: TensorDtype): boolean {
  return dtype === 'float64' || dtype === 'float32' || dtype === 'float16'
}

/** True for what counts as no value: null, an absent field, NaN. */
export function isMissing(value: unknown): value is null | undefined | number {
  return value === null || value === undefined || Number.isNaN(value)
}

/**
 * A present value as an element of the dtype: text is read as the decimal number that it is, truths and the words for them are 0 and 1,
 * float16 becomes its bits. Throws MODEL_INPUT_INVALID with the field.
 */
export function castCell(value: unknown, dtype: TensorDtype, field: string): Cell {
  if (dtype === 'string') return textOf(value, field)
  if (dtype === 'boolean') return booleanOf(value, field)
  if (isIntegerDtype(dtype)) return integerOf(value, dtype, field)
  const number = numberOf(value)
  if (number === null) throw refused(field, value, expectations(dtype))
  return dtype === 'float16' ? halfBits(number) : number
}

/** The number that a present value stands for, or null when it stands for none. */
export function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value
  if (typeof value === 'string') return readDecimal(value) ?? readTruth(value)
  if (typeof value === 'boolean') return value ? 1 : 0
  return typeof value === 'bigint' ? Number(value) : null
}

/** 1 and 0 for `true` and `false`, which files of text write in any case; null for all else. */
function readTruth(text: string): number | null {
  const word = text.length < maxTruthLength ? text.trim().toLowerCase() : ''
  return word === 'true' ? 1 : word === 'false' ? 0 : null
}

/** Words with some blanks around; longer text is not looked at. */
const maxTruthLength = 16

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const infinity = /^([+-]?)inf(?:inity)?$/i

/** Decimal text, `inf` and `-Infinity`, with blanks around; null for all else, hexadecimal and NaN among it. */
export function readDecimal(text: string): number | null {
  const number = Number(text)
  if (number - number === 0) {
    // Number() also reads blank text and 0x, 0b, 0o: what begins with a digit, and not with 0 and a letter, is none of them.
    const first = text.charCodeAt(0)
    if (first >= 48 && first <= 57 && !(first === 48 && text.charCodeAt(1) > 57)) return number
    return decimal.test(text.trim()) ? number : null
  }
  const trimmed = text.trim()
  // Decimal text beyond the range of doubles.
  if (decimal.test(trimmed)) return number
  const word = infinity.exec(trimmed)
  if (word) return word[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return null
}

/** MODEL_INPUT_INVALID with the value as a person wrote it. */
export function refused(field: string, value: unknown, expected: string): MillraceError {
  return new MillraceError('MODEL_INPUT_INVALID', { field, value: shown(value), expected })
}

const maxShown = 200

/** A value for a message. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, maxShown)
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${(value as Uint8Array).length}`
  if (Array.isArray(value)) return `list of ${value.length}`
  if (typeof value === 'object' && value !== null) return '[object]'
  return String(value)
}

/** A value of an option for a message, as JSON. */
export function quoted(value: unknown): string {
  const text =
    JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? Number(member) : member)) ?? String(value)
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text
}

function expectations(dtype: TensorDtype): string {
  return dtype === 'boolean' ? 'true or false' : 'a number'
}

function textOf(value: unknown, field: string): string | Uint8Array {
  if (typeof value === 'string' || value instanceof Uint8Array) return value
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  throw refused(field, value, 'text')
}

function booleanOf(value: unknown, field: string): number {
  if (value === true || value === 1 || value === 1n) return 1
  if (value === false || value === 0 || value === 0n) return 0
  if (typeof value === 'string') {
    const word = value.trim()
    const truth = word === '1' ? 1 : word === '0' ? 0 : readTruth(word)
    if (truth !== null) return truth
  }
  throw refused(field, value, 'true or false')
}

function integerOf(value: unknown, dtype: keyof typeof integerRanges, field: string): number | bigint {
  const [min, max] = integerRanges[dtype]
  const whole = wholeOf(value)
  if (whole === null || whole < min || whole > max)
    throw refused(field, value, `a whole number from ${min} to ${max}, as the model's ${dtype} holds`)
  return dtype === 'int64' || dtype === 'uint64' ? whole : Number(whole)
}

/** Digits of text are kept beyond 2^53; a number above it counts as the whole number that it is. */
function wholeOf(value: unknown): bigint | null {
  if (typeof value === 'bigint') return value
  if (typeof value === 'string' && /^\s*[+-]?\d{1,40}\s*$/.test(value)) return BigInt(value.trim().replace(/^\+/, ''))
  const number = numberOf(value)
  return number !== null && Number.isInteger(number) ? BigInt(number) : null
}

const scratchFloat = new Float32Array(1)
const scratchBits = new Uint32Array(scratchFloat.buffer)

/**
 * The decimal number with the fewest digits that is this 32-bit number: 0.1 and not 0.10000000149011612. Lossless, as rounding it to
 * 32 bits gives the number back.
 */
export function shortestDecimal(value: number): number {
  // Whole numbers that a double holds exactly are as short as they get.
  if (value === (value | 0)) return value
  scratchFloat[0] = value
  const exponent = ((scratchBits[0] as number) >>> 23) & 255
  if (exponent === 255 || exponent === 0) return exponent === 255 ? value : shortestByText(value)
  const size = Math.abs(value)
  // Digits before the point, from the power of two; one too few or too many only moves the first attempt.
  const magnitude = Math.ceil((exponent - 126) * 0.30103)
  for (let digits = 7; digits <= 10; digits++) {
    const places = digits - magnitude
    if (places < 0 || places > 22) return shortestByText(value)
    const scale = powers[places] as number
    const near = Math.round(size * scale) / scale
    if (Math.fround(near) === size) return value < 0 ? -near : near
  }
  return value
}

const powers: readonly number[] = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))

function shortestByText(value: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    const near = Number(value.toPrecision(digits))
    if (Math.fround(near) === value) return near
  }
  return value
}
