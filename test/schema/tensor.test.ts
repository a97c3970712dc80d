import { expect, test } from 'vitest'
import { elementCount, tensorArrays } from '../../src/schema/tensor.ts'

test('a scalar has one element, an empty dimension none', () => {
  expect(elementCount([])).toBe(1)
  expect(elementCount([2, 3, 4])).toBe(24)
  expect(elementCount([2, 0, 4])).toBe(0)
})

test('arrays have the width that their dtype names', () => {
  for (const [dtype, array] of Object.entries(tensorArrays)) {
    const bits = Number(/\d+$/.exec(dtype)?.[0] ?? 8)
    expect(array.BYTES_PER_ELEMENT * 8, dtype).toBe(bits)
  }
})
