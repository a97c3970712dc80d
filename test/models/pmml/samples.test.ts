import { expect, test } from 'vitest'
import { document, open, prepare, schema } from './documents.ts'

test('made-up records are valid and reach both sides of a split', async () => {
  const xml = document(
    {
      x: 'double|<Interval closure="closedClosed" leftMargin="0" rightMargin="10"/>',
      c: 'string|<Value value="u"/><Value value="w"/>',
      y: 'double',
    },
    `<TreeModel functionName="regression">${schema(['x', 'c'])}<Node score="0"><True/><Node score="1"><SimplePredicate field="x" operator="lessThan" value="5"/></Node><Node score="2"><SimplePredicate field="x" operator="greaterOrEqual" value="5"/></Node></Node></TreeModel>`,
  )
  const { samples } = await prepare(xml)
  const { predictions, errors } = await (await open(xml)).score(samples)
  expect(errors).toBe(null)
  expect(new Set(predictions.map((prediction) => prediction?.['y']))).toEqual(new Set([1, 2]))
})

test('documents of thousands of fields have fewer samples', async () => {
  const names = Array.from({ length: 2000 }, (_, i) => `x${i}`)
  const fields = Object.fromEntries(names.map((name) => [name, 'double']))
  const model = `<RegressionModel functionName="regression">${schema(names)}<RegressionTable intercept="1"/></RegressionModel>`
  const { samples } = await prepare(document({ ...fields, y: 'double' }, model))
  expect(samples).toHaveLength(10)
  expect(Object.keys(samples[0] ?? {})).toHaveLength(2000)
})
