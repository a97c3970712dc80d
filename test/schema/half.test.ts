import { describe, expect, test } from 'vitest'
import { halfBits, halfValue } from '../../src/schema/half.ts'

describe('16-bit floats', () => {
  test('known values have their bits', () => {
    for (const [value, bits] of [
      [0, 0],
      [-0, 0x8000],
      [1, 0x3c00],
      [-2, 0xc000],
      [65504, 0x7bff],
      [65520, 0x7c00],
      [65519, 0x7bff],
      [2 ** -24, 1],
      [2 ** -25, 0],
      [2 ** -14, 0x400],
      [1 / 3, 0x3555],
      [2049, 0x6800],
      [2051, 0x6802],
    ] as const)
      expect(halfBits(value)).toBe(bits)
  })

  test('all bits come back', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = halfValue(bits)
      if (!Number.isNaN(value)) expect(halfBits(value)).toBe(bits)
    }
  })
})
