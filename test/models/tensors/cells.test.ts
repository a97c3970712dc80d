import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../../src/core/errors.ts'
import { castCell, readDecimal, shortestDecimal } from '../../../src/models/tensors/cells.ts'
import { seeded } from '../../random.ts'

const codeOf = (action: () => unknown): string => {
  try {
    return `value ${String(action())}`
  } catch (thrown) {
    return thrown instanceof MillraceError ? `${thrown.code}: ${thrown.message}` : String(thrown)
  }
}

describe('castCell', () => {
  test('reads text as the number that it is, and truth as 0 and 1', () => {
    expect(castCell(' 5.1 ', 'float32', 'a')).toBe(5.1)
    expect(castCell('-1e3', 'float64', 'a')).toBe(-1000)
    expect(castCell('7', 'int32', 'a')).toBe(7)
    expect(castCell(true, 'float32', 'a')).toBe(1)
    expect(castCell('TRUE', 'float32', 'a')).toBe(1)
    expect(castCell(' False', 'int64', 'a')).toBe(0n)
    expect(castCell(5n, 'float64', 'a')).toBe(5)
    expect(castCell('-inf', 'float32', 'a')).toBe(Number.NEGATIVE_INFINITY)
    expect(castCell('TRUE', 'boolean', 'a')).toBe(1)
  })

  test('refuses what is no number, with the field and the value', () => {
    for (const value of ['', 'abc', '0x10', 'NaN', '2026-11-21', [1], {}])
      expect(codeOf(() => castCell(value, 'float64', 'age'))).toMatch(/^MODEL_INPUT_INVALID: field "age" has the value/)
    expect(codeOf(() => castCell(2, 'boolean', 'b'))).toContain('expected true or false')
    expect(codeOf(() => castCell([1], 'string', 'b'))).toContain('expected text')
  })

  test('integers keep their range and wholeness', () => {
    expect(castCell(255, 'uint8', 'a')).toBe(255)
    expect(castCell('9223372036854775807', 'int64', 'a')).toBe(2n ** 63n - 1n)
    expect(castCell(3, 'int64', 'a')).toBe(3n)
    for (const [value, dtype] of [
      [256, 'uint8'],
      [-1, 'uint32'],
      [1.5, 'int32'],
      ['1.5', 'int64'],
      [2n ** 63n, 'int64'],
      [Infinity, 'int32'],
    ] as const)
      expect(codeOf(() => castCell(value, dtype, 'a'))).toMatch(/^MODEL_INPUT_INVALID.*whole number from/)
  })

  test('text inputs take text, numbers and bytes', () => {
    expect(castCell(5, 'string', 'a')).toBe('5')
    expect(castCell('x', 'string', 'a')).toBe('x')
    const bytes = new Uint8Array([1, 2])
    expect(castCell(bytes, 'string', 'a')).toBe(bytes)
  })
})

test('readDecimal reads decimal text only', () => {
  expect(readDecimal('.5')).toBe(0.5)
  expect(readDecimal('5.')).toBe(5)
  expect(['0', '0.2', '00', '0e5', '-0.5', ' 0.5'].map(readDecimal)).toEqual([0, 0.2, 0, 0, -0.5, 0.5])
  expect(['0x10', '0b1', '0o7', '0X1'].map(readDecimal)).toEqual([null, null, null, null])
  for (const text of ['', ' ', '.', '1e', '0b1', '1_000', 'Infinity5', 'e5']) expect(readDecimal(text)).toBeNull()
})

describe('shortestDecimal', () => {
  test('shows 32-bit floats as people wrote them', () => {
    for (const value of [0.1, 0.3, 5.1, -2.7, 1e-7, 3.4e38, 1e-40, 16777216, 1.17549435e-38, 123456.789])
      expect(String(shortestDecimal(Math.fround(value)))).toBe(String(shortestByDigits(Math.fround(value))))
    expect(shortestDecimal(Number.NaN)).toBeNaN()
    expect(shortestDecimal(Number.NEGATIVE_INFINITY)).toBe(Number.NEGATIVE_INFINITY)
  })

  test('loses nothing and has at most 9 digits, for any 32-bit float', () => {
    const next = seeded(7)
    const bits = new Uint32Array(1)
    const float = new Float32Array(bits.buffer)
    for (let i = 0; i < 20000; i++) {
      bits[0] = Math.floor(next() * 2 ** 32)
      const value = float[0] as number
      if (!Number.isFinite(value) || Number.isInteger(value)) continue
      const decimal = shortestDecimal(value)
      expect(Math.fround(decimal)).toBe(value)
      expect(decimal.toExponential().replace(/e.*|[-.]/g, '').length).toBeLessThanOrEqual(9)
    }
  })
})

function shortestByDigits(value: number): number {
  for (let digits = 1; digits <= 9; digits++)
    if (Math.fround(Number(value.toPrecision(digits))) === value) return Number(value.toPrecision(digits))
  return value
}
