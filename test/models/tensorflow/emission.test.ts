import { expect, test } from 'vitest'
import { broadcast, filled, workingType } from '../../../src/models/tensorflow/emission.ts'

test('a type is computed in itself or in one that loses nothing', () => {
  expect(workingType('Add', 'float32')).toBe('float32')
  expect(workingType('Add', 'bfloat16')).toBe('float32')
  expect(workingType('CumSum', 'int8')).toBe('int32')
  expect(workingType('CumSum', 'uint32')).toBe('int64')
  expect(workingType('Conv', 'float64')).toBeNull()
  expect(workingType('MatMul', 'float64')).toBe('float64')
})

test('shapes are broadcast as far as they are known', () => {
  expect(broadcast([null, 1, 3], [4, 1])).toStrictEqual([null, 4, 3])
  expect(broadcast([2], null)).toBeNull()
  expect(broadcast([], [null])).toStrictEqual([null])
})

test('constants are of the type', () => {
  expect(filled('int64', 2, [2]).data).toStrictEqual(BigInt64Array.of(2n, 2n))
  expect(() => filled('complex64', 1, [])).toThrow('complex64')
})
