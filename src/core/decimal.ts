/** Powers of ten that are exact doubles: `10 ** 22` is the last. */
export const powersOfTen = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))

const splitter = 134217729 // 2^27 + 1

/**
 * The double nearest to `(high * 10^lowDigits + low) / 10^exponent`, or NaN when the cheap arithmetic cannot be sure.
 *
 * `high` is whole and below 2^53, `low` below 10^lowDigits, `lowDigits` at most 8, `exponent` from 0 to 22. Numbers of 16 or more digits (what
 * most languages print for a double) do not fit a double's 53 bits, so they are divided as unevaluated sums of two doubles
 * (Dekker 1971). The quotient's error is below 2^-100 of it; NaN is given when the rest lies that close to a rounding boundary.
 */
export function divideDecimal(high: number, low: number, lowDigits: number, exponent: number): number {
  const power = powersOfTen[exponent] as number
  const scale = powersOfTen[lowDigits] as number
  // high * scale, exactly, as product + error
  const product = high * scale
  const productError = errorOfProduct(high, scale, product)
  // + low
  const sum = product + low
  const shift = sum - product
  const rest = product - (sum - shift) + (low - shift) + productError
  // / power
  const quotient = sum / power
  const back = quotient * power
  const remainder = sum - back - errorOfProduct(quotient, power, back) + rest
  const correction = remainder / power
  const result = quotient + correction
  const residue = quotient - result + correction
  return result + residue * 1.0000000001 === result ? result : Number.NaN
}

/** `a * b - product`, exactly, where product is the rounded `a * b`. */
function errorOfProduct(a: number, b: number, product: number): number {
  const aBig = splitter * a
  const aHigh = aBig - (aBig - a)
  const aLow = a - aHigh
  const bBig = splitter * b
  const bHigh = bBig - (bBig - b)
  const bLow = b - bHigh
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow)
}
