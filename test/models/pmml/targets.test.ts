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

  test('adjust the default as any result', async () => {
    const xml = target('max="5" rescaleFactor="2"', '<TargetValue defaultValue="7"/>')
    expect(await score(xml, [{}])).toMatchObject([{ y: 10 }])
  })

  test('are not applied by a chain to what its last member has adjusted', async () => {
    const own = '<Targets><Target field="y" rescaleFactor="2"/></Targets>'
    const xml = (method: string) =>
      document(
        { x: 'double', y: 'double' },
        `<MiningModel functionName="regression">${schema(['x'])}${own}<Segmentation multipleModelMethod="${method}"><Segment><True/><RegressionModel functionName="regression">${schema(['x'])}${own}<RegressionTable intercept="1"/></RegressionModel></Segment></Segmentation></MiningModel>`,
      )
    expect(await score(xml('modelChain'), [{}])).toEqual([{ y: 2 }])
    expect(await score(xml('selectFirst'), [{}])).toEqual([{ y: 2 }])
    expect(await score(xml('sum'), [{}])).toEqual([{ y: 4 }])
  })

  test('of a chain are for records that reach no member', async () => {
    const own = '<Targets><Target field="y" rescaleFactor="2"><TargetValue defaultValue="3"/></Target></Targets>'
    const xml = document(
      { x: 'double', y: 'double' },
      `<MiningModel functionName="regression">${schema(['x'])}${own}<Segmentation multipleModelMethod="selectFirst"><Segment><SimplePredicate field="x" operator="greaterThan" value="0"/><RegressionModel functionName="regression">${schema(['x'])}<RegressionTable intercept="1"/></RegressionModel></Segment></Segmentation></MiningModel>`,
    )
    expect(await score(xml, [{ x: 1 }, { x: -1 }, {}])).toEqual([{ y: 1 }, { y: 6 }, { y: 6 }])
  })

  test('give a missing class the shares of the priors, also of a class that no member has', async () => {
    const priors =
      '<Targets><Target field="y"><TargetValue value="A" priorProbability="0.1"/><TargetValue value="C" priorProbability="0.4"/></Target></Targets>'
    const tree =
      '<Segment><True/><TreeModel functionName="classification"><MiningSchema><MiningField name="x"/></MiningSchema><Node><SimplePredicate field="x" operator="greaterThan" value="0"/><ScoreDistribution value="A" recordCount="1"/></Node></TreeModel></Segment>'
    const xml = document(
      { x: 'double', y: 'string' },
      `<MiningModel functionName="classification">${schema(['x'])}<Output><OutputField name="a" feature="probability" value="A"/></Output>${priors}<Segmentation multipleModelMethod="average">${tree}</Segmentation></MiningModel>`,
    )
    expect(await score(xml, [{}, { x: 1 }])).toEqual([
      { y: 'C', a: 0.2 },
      { y: 'A', a: 1 },
    ])
  })
})
