import { expect, it } from 'vitest'
import { groupsOf } from '../../../src/models/xgboost/booster.ts'

it('has a sum per class, or else per target, and one at least', () => {
  expect(groupsOf({ classes: 3, targets: 1 })).toBe(3)
  expect(groupsOf({ classes: 0, targets: 2 })).toBe(2)
  expect(groupsOf({ classes: 0, targets: 0 })).toBe(1)
})
