import { describe, expect, test } from 'vitest'
import { document, schema, score } from './documents.ts'

const target = (attributes: string, values = '') =>
  document(
    { x: 'double', y: 'double' },
    `<RegressionModel functionName="regression">${schema(['x'])}<Targets><Target field="y" ${attributes}>${values}</Target></Targets><Output><OutputField name="left" feature="residual"/><OutputField name="twice" dataType="double" feature="transformedValue"><Apply function="*"><FieldRef field="y"/><Constant>2</Constant></Apply></OutputField></Output><RegressionTable intercept="0"><NumericPredictor name="x" coefficient="1"/></RegressionTable></RegressionModel>`,
  )

describe('Output', () => {
  test('the residual needs the true value, which never refuses a record', async () => {
    expect(await score(target(''), [{ x: 2, y: 5 }, { x: 2 }, { x: 2, y: 'abc' }])).toEqual([
      { y: 2, left: 3, twice: 4 },
      { y: 2, left: null, twice: 4 },
      { y: 2, left: null, twice: 4 },
    ])
  })

  test("a probability without a value is the winner's", async () => {
    const xml = document(
      { x: 'double', y: 'string|<Value value="A" displayValue="first"/><Value value="B"/>' },
      `<TreeModel functionName="classification">${schema(['x'])}<Output><OutputField name="p" feature="probability"/><OutputField name="shown" feature="predictedDisplayValue"/></Output><Node score="A"><True/><ScoreDistribution value="A" recordCount="3"/><ScoreDistribution value="B" recordCount="1"/></Node></TreeModel>`,
    )
    expect(await score(xml, [{}])).toEqual([{ y: 'A', p: 0.75, shown: 'first' }])
  })
})
