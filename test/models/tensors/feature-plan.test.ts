import { expect, test } from 'vitest'
import { sourceWidth, widthOf } from '../../../src/models/tensors/feature-plan.ts'

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
