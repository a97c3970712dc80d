import { expect, it } from 'vitest'
import { objectSchema } from '../../../src/config/option.ts'
import { xgboostOptions } from '../../../src/models/xgboost/options.ts'

it('takes features, labels, targets and the number for missing values, and none is needed', () => {
  const schema = objectSchema(xgboostOptions)
  expect(schema.parse({})).toEqual({})
  const given = {
    features: ['a', { field: 'b' }],
    classes: ['x', 'y'],
    targets: ['t', 'u'],
    missing: -999,
    iterations: 3,
  }
  expect(schema.parse(given)).toEqual(given)
  expect(schema.safeParse({ missing: 'none' }).success).toBe(false)
})
