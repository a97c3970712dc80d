import { expect, test } from 'vitest'
import { document, refusal, schema, score } from './documents.ts'

const fields = { age: 'double', sex: 'string|<Value value="f"/><Value value="m"/>', y: 'double' }
const mining = (inner: string, output = '') =>
  document(
    fields,
    `<MiningModel functionName="regression">${schema(['age', 'sex'])}<Output>${output}</Output>${inner}</MiningModel>`,
    '3.2',
  )
const table = (intercept: number, name: string, coefficient: number) =>
  `<RegressionTable intercept="${intercept}"><NumericPredictor name="${name}" coefficient="${coefficient}"/></RegressionTable>`

test('embedded models in sequence: each reads the results of those before it, the last one is the result', async () => {
  const xml = mining(
    `<Regression modelName="one" functionName="regression"><ResultField name="first" optype="continuous" dataType="double" feature="predictedValue"/>${table(1, 'age', 2)}</Regression>` +
      `<DecisionTree modelName="two" functionName="classification"><ResultField name="size" feature="predictedValue"/><ResultField name="sure" feature="probability"/><Node><True/><Node score="small"><SimplePredicate field="first" operator="lessThan" value="50"/><ScoreDistribution value="small" recordCount="3"/><ScoreDistribution value="large" recordCount="1"/></Node><Node score="large"><SimplePredicate field="first" operator="greaterOrEqual" value="50"/></Node></Node></DecisionTree>` +
      `<Regression modelName="three" functionName="regression"><LocalTransformations><DerivedField name="isSmall" optype="continuous" dataType="double"><NormDiscrete field="size" value="small"/></DerivedField></LocalTransformations><RegressionTable intercept="10"><NumericPredictor name="first" coefficient="1"/><NumericPredictor name="isSmall" coefficient="100"/></RegressionTable></Regression>`,
    '<OutputField name="twice" feature="transformedValue"><Apply function="*"><FieldRef field="y"/><Constant>2</Constant></Apply></OutputField>',
  )
  expect(await score(xml, [{ age: 20 }, { age: 30 }, {}])).toEqual([
    { first: 41, size: 'small', sure: 0.75, y: 151, twice: 302 },
    { first: 61, size: 'large', sure: null, y: 71, twice: 142 },
    { first: null, size: null, sure: null, y: null, twice: null },
  ])
})

test.each([
  [
    'a Segmentation beside',
    mining('<Segmentation multipleModelMethod="sum"/><Regression functionName="regression"/>'),
    'an embedded model beside a Segmentation',
  ],
  [
    'a fault inside keeps its place',
    mining('<Regression functionName="regression"><RegressionTable intercept="one"/></Regression>'),
    /element RegressionTable .*line 2.*"one"/,
  ],
])('refused: %s', async (_, xml, reason) => {
  const { message } = await refusal(xml)
  if (typeof reason === 'string') expect(message).toContain(reason)
  else expect(message).toMatch(reason)
})
