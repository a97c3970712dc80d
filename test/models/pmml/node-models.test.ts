import { expect, test } from 'vitest'
import { document, refusal, schema, score } from './documents.ts'

const fields = { age: 'double', sex: 'string|<Value value="f"/><Value value="m"/>', y: 'double' }
const mining = (inner: string) =>
  document(fields, `<MiningModel functionName="regression">${schema(['age', 'sex'])}${inner}</MiningModel>`, '3.2')
const table = (intercept: number, name: string, coefficient: number) =>
  `<RegressionTable intercept="${intercept}"><NumericPredictor name="${name}" coefficient="${coefficient}"/></RegressionTable>`
const equal = (value: string) => `<SimplePredicate field="sex" operator="equal" value="${value}"/>`

test('models embedded in nodes: the node that a record reaches chooses the model or the score', async () => {
  const tree = (attributes: string) =>
    `<DecisionTree functionName="regression" ${attributes}><Node><True/>` +
    `<Node id="women">${equal('f')}<Regression functionName="regression">${table(5, 'age', 1)}</Regression></Node>` +
    `<Node id="men" score="7">${equal('m')}<Node><SimplePredicate field="age" operator="greaterThan" value="60"/><DecisionTree functionName="regression"><Node score="1"><True/><Node score="2"><SimplePredicate field="age" operator="greaterThan" value="80"/></Node></Node></DecisionTree></Node><Node score="3"><SimplePredicate field="age" operator="lessThan" value="18"/></Node></Node>` +
    '</Node></DecisionTree>'
  const records = [
    { sex: 'f', age: 30 },
    { sex: 'm', age: 70 },
    { sex: 'm', age: 90 },
    { sex: 'm', age: 10 },
    { sex: 'm', age: 40 },
    { age: 40 },
  ]
  const results = async (xml: string) =>
    (await score(xml, records)).map((result) => (result as Record<string, unknown>)['y'])
  // The inner tree of a man over 60 but not over 80 has no true child, the outer one of a man of 40 neither.
  expect(await results(mining(tree('')))).toEqual([35, null, 2, 3, null, null])
  expect(await results(mining(tree('noTrueChildStrategy="returnLastPrediction"')))).toEqual([35, null, 2, 3, 7, null])
})

test('a TreeModel may embed models too; its own targets and outputs stay', async () => {
  const xml = document(
    fields,
    `<TreeModel functionName="regression">${schema(['age', 'sex'])}<Output><OutputField name="node" feature="entityId"/></Output><Targets><Target field="y" rescaleFactor="10"/></Targets><Node id="all"><True/><Node id="women">${equal('f')}<Regression functionName="regression">${table(5, 'age', 1)}</Regression></Node><Node id="men" score="7">${equal('m')}</Node></Node></TreeModel>`,
  )
  expect(await score(xml, [{ sex: 'f', age: 30 }, { sex: 'm' }])).toEqual([
    { y: 350, node: 'women' },
    { y: 70, node: 'men' },
  ])
})

test('a node without score and model has the model above it, one with a score has the score', async () => {
  const young = '<SimplePredicate field="age" operator="lessThan" value="10"/>'
  const old = '<SimplePredicate field="age" operator="greaterOrEqual" value="50"/>'
  const xml = mining(
    `<DecisionTree functionName="regression"><Node><True/><Regression functionName="regression">${table(5, 'age', 1)}</Regression><Node>${young}</Node><Node score="2">${old}</Node></Node></DecisionTree>`,
  )
  expect(await score(xml, [{ age: 4 }, { age: 60 }])).toEqual([{ y: 9 }, { y: 2 }])
})

test('a classification: labels of the tree, of an embedded tree and of an embedded regression are one list', async () => {
  const share = (value: string, count: number) => `<ScoreDistribution value="${value}" recordCount="${count}"/>`
  const xml = document(
    { age: 'double', sex: 'string', y: 'string' },
    `<TreeModel functionName="classification">${schema(['age', 'sex'])}<Output>${['a', 'b', 'c', 'd'].map((v) => `<OutputField name="${v}" feature="probability" value="${v}"/>`).join('')}</Output><Node><True/>` +
      `<Node>${equal('f')}<Regression functionName="classification" normalizationMethod="none"><RegressionTable intercept="0.25" targetCategory="d"/><RegressionTable intercept="0.75" targetCategory="b"/></Regression></Node>` +
      `<Node>${equal('m')}<DecisionTree functionName="classification"><Node score="c"><True/>${share('c', 4)}${share('a', 1)}</Node></DecisionTree></Node>` +
      `<Node score="a"><SimplePredicate field="age" operator="greaterThan" value="1"/>${share('a', 3)}${share('b', 1)}</Node></Node></TreeModel>`,
  )
  expect(await score(xml, [{ sex: 'f' }, { sex: 'm' }, { sex: 'x', age: 2 }])).toEqual([
    { y: 'b', a: 0, b: 0.75, c: 0, d: 0.25 },
    { y: 'c', a: 0.2, b: 0, c: 0.8, d: 0 },
    { y: 'a', a: 0.75, b: 0.25, c: 0, d: 0 },
  ])
})

test.each([
  [
    'two models in a node',
    mining(
      '<DecisionTree functionName="regression"><Node><True/><Regression functionName="regression"/><Regression functionName="regression"/></Node></DecisionTree>',
    ),
    /second embedded model|one too many/,
  ],
  [
    'a strategy that mixes nodes',
    mining(
      '<DecisionTree functionName="regression" missingValueStrategy="aggregateNodes"><Node><True/><Regression functionName="regression"/></Node></DecisionTree>',
    ),
    'missingValueStrategy="aggregateNodes" of a tree with embedded models',
  ],
  [
    'a number in a tree of labels',
    mining(
      '<DecisionTree functionName="classification"><Node><True/><Regression functionName="regression"><RegressionTable intercept="1"/></Regression></Node></DecisionTree>',
    ),
    'an embedded model that predicts a number in a tree that predicts a category',
  ],
])('refused: %s', async (_, xml, reason) => {
  const { message } = await refusal(xml)
  if (typeof reason === 'string') expect(message).toContain(reason)
  else expect(message).toMatch(reason)
})
