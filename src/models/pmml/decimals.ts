import { parseNumber } from './types.ts'
import { valueText } from './xml.ts'

/** 10 to the power of the index, exact as doubles. */
const powers = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))

/** Below this a mantissa is exact as a double, and stays so with one more digit. */
const maxMantissa = 900_719_925_474_098

/**
 * The number that an attribute's bytes from `start` to `end` (exclusive) write, as parseNumber reads their text; null when it is none.
 *
 * Plain decimals of up to 15 digits are read without making a text: their digits as an integer and the power of ten to divide it by are
 * both exact doubles then, so that the quotient is the nearest double (Clinger 1990).
 */
export function decimalAt(bytes: Uint8Array, start: number, end: number): number | null {
  let at = start
  const isNegative = bytes[at] === 45
  if (isNegative) at++
  let mantissa = 0
  let digits = 0
  let point = -1
  for (; at < end; at++) {
    const byte = bytes[at] as number
    if (byte >= 48 && byte <= 57) {
      if (mantissa > maxMantissa) return slowly(bytes, start, end)
      mantissa = mantissa * 10 + (byte - 48)
      digits++
    } else if (byte === 46 && point < 0) point = at
    else return slowly(bytes, start, end)
  }
  const decimals = point < 0 ? 0 : end - point - 1
  if (digits === 0 || decimals > 22) return slowly(bytes, start, end)
  const value = decimals === 0 ? mantissa : mantissa / (powers[decimals] as number)
  return isNegative ? -value : value
}

function slowly(bytes: Uint8Array, start: number, end: number): number | null {
  return parseNumber(valueText(bytes, start, end))
}
