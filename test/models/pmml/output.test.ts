import { describe, expect, test } from 'vitest'
import { document, schema, score } from './documents.ts'

const target = (attributes: string, values = '') =>
  document(
    { x: 'double', y: 'double' },
    `<RegressionModel functionName="regression">${schema(['x'])}<Targets><Target field="y" ${attributes}>${values}</Target></Targets><Output><OutputField name="left" feature="residual"/><OutputField name="twice" dataType="double" feature="transformedValue"><Apply function="*"><FieldRef field="y"/><Constant>2</Constant></Apply></OutputField></Output><RegressionTable intercept="0"><NumericPredictor name="x" coefficient="1"/></RegressionTable></RegressionModel>`,
  )

describe('Targets', () => {
  test('clip first, then rescale, then cast', async () => {
    const xml = target('min="0" max="10" rescaleFactor="2" rescaleConstant="0.5" castInteger="floor"')
    expect(await score(xml, [{ x: 100 }, { x: -3 }])).toMatchObject([{ y: 20 }, { y: 0 }])
  })

  test.each([
    ['round', 3],
    ['ceiling', 3],
    ['floor', 2],
  ])('cast by %s', async (cast, y) => {
    expect(await score(target(`castInteger="${cast}"`), [{ x: 2.5 }])).toMatchObject([{ y }])
  })

  test('give a missing result its default', async () => {
    expect(await score(target('', '<TargetValue defaultValue="7"/>'), [{}])).toMatchObject([{ y: 7 }])
  })
})

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
