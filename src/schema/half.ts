const scratchDouble = new Float64Array(1)
const scratchDoubleBits = new BigUint64Array(scratchDouble.buffer)

/** Bits of the nearest 16-bit float, ties to even; beyond 65504 infinity. */
export function halfBits(value: number): number {
  scratchDouble[0] = value
  const bits = scratchDoubleBits[0] as bigint
  const sign = Number(bits >> 63n) << 15
  const size = Math.abs(value)
  if (Number.isNaN(value)) return 0x7e00
  if (size >= 65520) return sign | 0x7c00
  // Below the smallest normal number the spacing is 2^-24; above it 2^(exponent - 10).
  if (size < 2 ** -14) return sign | roundToEven(size * 2 ** 24)
  const exponent = Number((bits >> 52n) & 0x7ffn) - 1023
  // A mantissa that rounds up to 2^11 carries into the exponent by itself.
  return sign | (((exponent + 14) << 10) + roundToEven(size * 2 ** (10 - exponent)))
}

/** The number whose 16-bit float has these bits. */
export function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const mantissa = bits & 1023
  if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25))
}

function roundToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return rest > 0.5 ? floor + 1 : floor
  return floor % 2 === 0 ? floor : floor + 1
}
