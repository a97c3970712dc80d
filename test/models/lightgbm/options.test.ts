import { expect, test } from 'vitest'
import { jsonSchemaOf } from '../../../src/config/option.ts'
import { lightgbmOptions } from '../../../src/models/lightgbm/options.ts'

test('options are those of features and predictions, and its own', () => {
  const { properties } = jsonSchemaOf(lightgbmOptions) as { properties: object }
  const names = ['classes', 'features', 'iterations', 'missing', 'objective', 'startIteration', 'targets']
  expect(Object.keys(properties)).toEqual(expect.arrayContaining(names))
})
