import { expect, it } from 'vitest'
import { groupsOf, isBefore } from '../../../src/models/xgboost/booster.ts'

it('has a sum per class, or else per target, and one at least', () => {
  expect(groupsOf({ classes: 3, targets: 1 })).toBe(3)
  expect(groupsOf({ classes: 0, targets: 2 })).toBe(2)
  expect(groupsOf({ classes: 0, targets: 0 })).toBe(1)
})

it('compares versions by their parts, and takes files without one for the oldest', () => {
  expect(isBefore([1, 6, 2], [1, 10])).toBe(true)
  expect(isBefore([1, 10, 0], [1, 6])).toBe(false)
  expect(isBefore([1, 6], [1, 6])).toBe(false)
  expect(isBefore([1], [1, 1])).toBe(true)
  expect(isBefore(null, [0])).toBe(true)
})
