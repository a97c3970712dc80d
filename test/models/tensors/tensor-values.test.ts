import { expect, test } from 'vitest'
import { greatest, showElement, showMap, showTensor } from '../../../src/models/tensors/tensor-values.ts'

test('elements are shown as people expect them', () => {
  expect(showElement.float32(Math.fround(0.1) as never)).toBe(0.1)
  expect(showElement.float64(Number.NaN as never)).toBeNull()
  expect(showElement.float16(0x3555 as never)).toBeCloseTo(1 / 3, 3)
  expect(showElement.uint64((2n ** 64n - 1n) as never)).toBe(2n ** 64n - 1n)
  expect(showElement.int64(-7n as never)).toBe(-7)
})

test('tensors of any rank are lists of lists', () => {
  const data = Int32Array.of(1, 2, 3, 4, 5, 6)
  expect(showTensor({ dtype: 'int32', shape: [3, 1, 2], data })).toEqual([[[1, 2]], [[3, 4]], [[5, 6]]])
  expect(showTensor({ dtype: 'int32', shape: [], data })).toBe(1)
  expect(showTensor({ dtype: 'int32', shape: [2, 0], data: new Int32Array() })).toEqual([[], []])
})

test('maps are objects, and a label is a member whatever it is', () => {
  const shown = showMap(
    new Map<string | number, number>([
      ['__proto__', 0.5],
      [3, 0.25],
    ]),
  )
  expect(Object.entries(shown as object)).toEqual([
    ['3', 0.25],
    ['__proto__', 0.5],
  ])
})

test('the greatest is the first of equals, and none beside NaN', () => {
  expect(greatest('float32', [1, 3, 3], 0, 3)).toBe(1)
  expect(greatest('float32', [1, Number.NaN], 0, 2)).toBe(-1)
  expect(greatest('float16', [0x3c00, 0x4000], 0, 2)).toBe(1)
})
