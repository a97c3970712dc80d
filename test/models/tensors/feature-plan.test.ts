import { expect, test } from 'vitest'
import { filledShape, sourceWidth, widthOf } from '../../../src/models/tensors/feature-plan.ts'

test('a width is the product of the sizes, unknown when one is', () => {
  expect([widthOf([]), widthOf([3, 4]), widthOf([null, 4])]).toEqual([1, 12, null])
})

test('a one-hot feature is as wide as its categories', () => {
  const source = { name: 'f', field: 'f', expression: null, missing: { kind: 'error' }, shape: [] } as const
  const keys = ['a', 'b', 'c']
  expect(sourceWidth({ ...source, categories: { kind: 'one-hot', keys, numbers: [0, 1, 2], unknown: 'error' } })).toBe(
    3,
  )
  expect(sourceWidth({ ...source, categories: { kind: 'number', keys, numbers: [0, 1, 2], unknown: 'error' } })).toBe(1)
})

test('an open size is found from the number of columns, where there is one', () => {
  expect([filledShape([null, 4], 12), filledShape([3], 3), filledShape([], 1)]).toEqual([[3, 4], [3], []])
  expect([filledShape([null, 4], 6), filledShape([null, null], 4), filledShape([3], 4)]).toEqual([null, null, null])
})
