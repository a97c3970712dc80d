import { expect, test } from 'vitest'
import type { MillraceError } from '../../../src/core/errors.ts'
import { document, schema, score } from './documents.ts'

const numbers = { x: 'double', z: 'double', y: 'double' }

test('a record that is no object is a fault of its own', async () => {
  const xml = document(
    numbers,
    `<RegressionModel functionName="regression">${schema(['x'])}<RegressionTable intercept="1"/></RegressionModel>`,
  )
  const [fault, good] = await score(xml, [null, {}])
  expect((fault as MillraceError).code).toBe('MODEL_RECORD_ABSENT')
  expect(good).toEqual({ y: 1 })
})

test('a float field is rounded to single precision, whatever way its number comes', async () => {
  const xml = document(
    { x: 'float', y: 'double' },
    `<RegressionModel functionName="regression">${schema(['x'])}<RegressionTable intercept="0">
      <NumericPredictor name="x" coefficient="1"/></RegressionTable></RegressionModel>`,
  )
  const values = [0.1, '0.1', 2 ** 24 + 1, -1e300]
  const found = await score(
    xml,
    values.map((x) => ({ x })),
  )
  expect(found).toEqual(values.map((x) => ({ y: Math.fround(Number(x)) })))
})
