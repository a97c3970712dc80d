import { expect, test } from 'vitest'
import { jsonSchemaOf } from '../../../src/config/option.ts'
import { lightgbmOptions } from '../../../src/models/lightgbm/options.ts'

test('options are those of features and predictions, and its own', () => {
  const { properties } = jsonSchemaOf(lightgbmOptions) as { properties: object }
  expect(Object.keys(properties).sort()).toEqual(
    ['classes', 'features', 'iterations', 'missing', 'objective', 'startIteration', 'targets'].sort(),
  )
})
