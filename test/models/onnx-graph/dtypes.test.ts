import { expect, test } from 'vitest'
import { elementBits, elementNumbers, elementTypeOf, elementTypes } from '../../../src/models/onnx-graph/dtypes.ts'
import { isTensorDtype, tensorArrays } from '../../../src/schema/tensor.ts'

test('numbers and names of element types lead to each other, and other numbers to nothing', () => {
  for (const [number, type] of Object.entries(elementTypes)) {
    expect(elementTypeOf(Number(number))).toBe(type)
    expect(elementNumbers[type]).toBe(Number(number))
  }
  expect([0, -1, 999].map(elementTypeOf)).toEqual([null, null, null])
})

test('types that tensors have take as many bits as their arrays', () => {
  for (const [dtype, array] of Object.entries(tensorArrays)) {
    expect(isTensorDtype(dtype as keyof typeof tensorArrays)).toBe(true)
    expect(elementBits[dtype as keyof typeof tensorArrays]).toBe(array.BYTES_PER_ELEMENT * 8)
  }
  expect(isTensorDtype('bfloat16')).toBe(false)
})
