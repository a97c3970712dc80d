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
