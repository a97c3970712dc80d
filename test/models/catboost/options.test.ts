import { expect, it } from 'vitest'
import { objectSchema } from '../../../src/config/option.ts'
import { catboostOptions } from '../../../src/models/catboost/options.ts'

it('takes features and labels, and none is needed', () => {
  const schema = objectSchema(catboostOptions)
  expect(schema.parse({})).toEqual({})
  expect(schema.parse({ features: ['a'], classes: ['x', 'y'] })).toEqual({ features: ['a'], classes: ['x', 'y'] })
})
