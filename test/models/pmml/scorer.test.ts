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
