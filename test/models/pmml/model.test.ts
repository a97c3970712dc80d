import { describe, expect, test } from 'vitest'
import type { MillraceError } from '../../../src/core/errors.ts'
import { document, schema, score } from './documents.ts'

const numbers = { x: 'double', z: 'double', y: 'double' }
const classes = { x: 'double', z: 'double', c: 'string', y: 'string|<Value value="A"/><Value value="B"/>' }
const near = (value: number) => expect.closeTo(value, 12)

describe('GeneralRegressionModel', () => {
  const glm = (attributes: string, fields = numbers as Record<string, string>) =>
    document(
      fields,
      `<GeneralRegressionModel ${attributes}>${schema(['x', 'z'])}<ParameterList><Parameter name="p0"/><Parameter name="p1"/></ParameterList><CovariateList><Predictor name="x"/></CovariateList><PPMatrix><PPCell value="2" predictorName="x" parameterName="p1"/></PPMatrix><ParamMatrix><PCell parameterName="p0" beta="0.5"/><PCell parameterName="p1" beta="0.25"/></ParamMatrix></GeneralRegressionModel>`,
    )
  test.each([
    ['identity', 1.5],
    ['log', Math.exp(1.5)],
    ['logit', 1 / (1 + Math.exp(-1.5))],
    ['cloglog', 1 - Math.exp(-Math.exp(1.5))],
  ])('with link %s', async (link, y) => {
    const xml = glm(`modelType="generalizedLinear" functionName="regression" linkFunction="${link}"`)
    expect(await score(xml, [{ x: 2 }, {}])).toEqual([{ y: near(y) }, { y: null }])
  })
})

test('NeuralNetwork: layers, activation and scaling back', async () => {
  const xml = document(
    numbers,
    `<NeuralNetwork functionName="regression" activationFunction="tanh">${schema(['x', 'z'])}<NeuralInputs><NeuralInput id="a"><DerivedField optype="continuous" dataType="double"><FieldRef field="x"/></DerivedField></NeuralInput></NeuralInputs><NeuralLayer><Neuron id="h" bias="0.5"><Con from="a" weight="2"/></Neuron></NeuralLayer><NeuralLayer activationFunction="identity"><Neuron id="o"><Con from="h" weight="3"/></Neuron></NeuralLayer><NeuralOutputs><NeuralOutput outputNeuron="o"><DerivedField optype="continuous" dataType="double"><NormContinuous field="y"><LinearNorm orig="10" norm="0"/><LinearNorm orig="20" norm="1"/></NormContinuous></DerivedField></NeuralOutput></NeuralOutputs></NeuralNetwork>`,
  )
  expect(await score(xml, [{ x: 1 }, {}])).toEqual([{ y: near(10 + 30 * Math.tanh(2.5)) }, { y: null }])
})

test('Scorecard: points, reasons by how far below the baseline, no attribute is a fault', async () => {
  const characteristic = (field: string, code: string, baseline: number) =>
    `<Characteristic name="${field}" reasonCode="${code}" baselineScore="${baseline}"><Attribute partialScore="1"><SimplePredicate field="${field}" operator="lessThan" value="0"/></Attribute><Attribute partialScore="8"><SimplePredicate field="${field}" operator="greaterOrEqual" value="0"/></Attribute></Characteristic>`
  const xml = document(
    numbers,
    `<Scorecard functionName="regression" initialScore="100">${schema(['x', 'z'])}<Output><OutputField name="r1" feature="reasonCode" rank="1"/><OutputField name="r2" feature="reasonCode" rank="2"/></Output><Characteristics>${characteristic('x', 'X', 3)}${characteristic('z', 'Z', 6)}</Characteristics></Scorecard>`,
  )
  const [both, one, none] = await score(xml, [{ x: -1, z: -1 }, { x: 1, z: -1 }, { x: 1 }])
  expect(both).toEqual({ y: 102, r1: 'Z', r2: 'X' })
  expect(one).toEqual({ y: 109, r1: 'Z', r2: null })
  expect((none as MillraceError).message).toBe('no result for "y": no attribute of characteristic "z" holds')
})

test('NaiveBayesModel: counts and densities, missing inputs left out', async () => {
  const counts = (a: number, b: number) =>
    `<TargetValueCounts><TargetValueCount value="A" count="${a}"/><TargetValueCount value="B" count="${b}"/></TargetValueCounts>`
  const xml = document(
    classes,
    `<NaiveBayesModel functionName="classification" threshold="0.001">${schema(['x', 'c'])}<Output><OutputField name="p" feature="probability" value="A"/></Output><BayesInputs><BayesInput fieldName="c"><PairCounts value="u">${counts(6, 1)}</PairCounts><PairCounts value="w">${counts(4, 9)}</PairCounts></BayesInput><BayesInput fieldName="x"><TargetValueStats><TargetValueStat value="A"><GaussianDistribution mean="0" variance="1"/></TargetValueStat><TargetValueStat value="B"><GaussianDistribution mean="2" variance="1"/></TargetValueStat></TargetValueStats></BayesInput></BayesInputs><BayesOutput fieldName="y">${counts(10, 30)}</BayesOutput></NaiveBayesModel>`,
  )
  const prior = 0.25
  const withC = (prior * 0.6) / (prior * 0.6 + 0.75 * 0.1)
  expect(await score(xml, [{}, { c: 'u' }, { x: 1 }])).toEqual([
    { y: 'B', p: near(prior) },
    { y: 'A', p: near(withC) },
    { y: 'B', p: near(prior) },
  ])
})

test('ClusteringModel: the nearest center, missing fields made up for', async () => {
  const xml = document(
    { x: 'double', z: 'double' },
    `<ClusteringModel functionName="clustering" modelClass="centerBased" numberOfClusters="2"><MiningSchema><MiningField name="x"/><MiningField name="z"/></MiningSchema><Output><OutputField name="id" feature="predictedValue"/><OutputField name="name" feature="predictedDisplayValue"/><OutputField name="near" feature="affinity"/></Output><ComparisonMeasure kind="distance"><squaredEuclidean/></ComparisonMeasure><ClusteringField field="x"/><ClusteringField field="z"/><Cluster name="low"><Array n="2" type="real">0 0</Array></Cluster><Cluster name="high"><Array n="2" type="real">10 10</Array></Cluster></ClusteringModel>`,
  )
  expect(await score(xml, [{ x: 1, z: 2 }, { x: 9 }, {}])).toEqual([
    { _target: '1', id: '1', name: 'low', near: 5 },
    { _target: '2', id: '2', name: 'high', near: 2 },
    { _target: null, id: null, name: null, near: null },
  ])
})

test('SupportVectorMachineModel: kernel sum, and votes of pairs', async () => {
  const machine = (attributes: string) =>
    `<SupportVectorMachine ${attributes}><SupportVectors><SupportVector vectorId="v1"/><SupportVector vectorId="v2"/></SupportVectors><Coefficients absoluteValue="0.5"><Coefficient value="1"/><Coefficient value="-1"/></Coefficients></SupportVectorMachine>`
  const vectors =
    '<VectorDictionary><VectorFields><FieldRef field="x"/><FieldRef field="z"/></VectorFields><VectorInstance id="v1"><REAL-SparseArray n="2"><Indices>1</Indices><REAL-Entries>2</REAL-Entries></REAL-SparseArray></VectorInstance><VectorInstance id="v2"><Array n="2" type="real">0 1</Array></VectorInstance></VectorDictionary>'
  const regression = document(
    numbers,
    `<SupportVectorMachineModel functionName="regression">${schema(['x', 'z'])}<LinearKernelType/>${vectors}${machine('')}</SupportVectorMachineModel>`,
  )
  expect(await score(regression, [{ x: 3, z: 4 }, { x: 1 }])).toEqual([{ y: 2.5 }, { y: null }])
  const pairs = document(
    classes,
    `<SupportVectorMachineModel functionName="classification" classificationMethod="OneAgainstOne">${schema(['x', 'z'])}<LinearKernelType/>${vectors}${machine('targetCategory="A" alternateTargetCategory="B"')}</SupportVectorMachineModel>`,
  )
  expect(
    await score(pairs, [
      { x: 3, z: 4 },
      { x: 0, z: 4 },
    ]),
  ).toEqual([{ y: 'B' }, { y: 'A' }])
})

const rules = (criterion: string) =>
  document(
    classes,
    `<RuleSetModel functionName="classification">${schema(['x', 'z'])}<Output><OutputField name="id" feature="entityId"/></Output><RuleSet defaultScore="B"><RuleSelectionMethod criterion="${criterion}"/><SimpleRule id="r1" score="A" weight="1"><SimplePredicate field="x" operator="greaterThan" value="0"/></SimpleRule><CompoundRule><SimplePredicate field="x" operator="greaterThan" value="1"/><SimpleRule id="r2" score="B" weight="3"><SimplePredicate field="z" operator="greaterThan" value="0"/></SimpleRule></CompoundRule></RuleSet></RuleSetModel>`,
  )

test.each([
  ['firstHit', 'A', 'r1'],
  ['weightedMax', 'B', 'r2'],
  ['weightedSum', 'B', 'r2'],
])('RuleSetModel by %s', async (criterion, y, id) => {
  expect(await score(rules(criterion), [{ x: 2, z: 1 }, { x: -1 }])).toEqual([
    { y, id },
    { y: 'B', id: null },
  ])
})

test('NearestNeighborModel: the nearest rows vote, ids by rank', async () => {
  const rows = [
    [0, 'A'],
    [1, 'A'],
    [5, 'B'],
    [6, 'B'],
  ].map(([x, y]) => `<row><x>${x}</x><y>${y}</y></row>`)
  const xml = document(
    { x: 'double', y: 'string' },
    `<NearestNeighborModel functionName="classification" numberOfNeighbors="3">${schema(['x'])}<Output><OutputField name="second" feature="entityId" rank="2"/></Output><TrainingInstances><InstanceFields><InstanceField field="x" column="x"/><InstanceField field="y" column="y"/></InstanceFields><InlineTable>${rows.join('')}</InlineTable></TrainingInstances><ComparisonMeasure kind="distance"><euclidean/></ComparisonMeasure><KNNInputs><KNNInput field="x"/></KNNInputs></NearestNeighborModel>`,
  )
  expect(await score(xml, [{ x: 0.2 }, { x: 7 }])).toEqual([
    { second: '2', y: 'A' },
    { second: '3', y: 'B' },
  ])
})

test('AssociationModel: rules whose antecedent the record holds, best first', async () => {
  const xml = document(
    { item: 'string' },
    `<AssociationModel functionName="associationRules" minimumSupport="0" minimumConfidence="0"><MiningSchema><MiningField name="item"/></MiningSchema><Output><OutputField name="ids" feature="ruleValue" ruleFeature="ruleId" algorithm="recommendation" rank="0" isMultiValued="1"/><OutputField name="new" feature="consequent" algorithm="exclusiveRecommendation"/></Output><Item id="1" value="a"/><Item id="2" value="b"/><Itemset id="s1"><ItemRef itemRef="1"/></Itemset><Itemset id="s2"><ItemRef itemRef="2"/></Itemset><AssociationRule id="r1" antecedent="s1" consequent="s2" support="1" confidence="0.5"/><AssociationRule id="r2" antecedent="s1" consequent="s1" support="1" confidence="0.9"/></AssociationModel>`,
  )
  expect(await score(xml, [{ item: ['a'] }, { item: ['b'] }])).toEqual([
    { ids: ['r2', 'r1'], new: ['b'] },
    { ids: [], new: null },
  ])
})

test('a record that is no object is a fault of its own', async () => {
  const xml = document(
    numbers,
    `<RegressionModel functionName="regression">${schema(['x'])}<RegressionTable intercept="1"/></RegressionModel>`,
  )
  const [fault, good] = await score(xml, [null, {}])
  expect((fault as MillraceError).code).toBe('MODEL_RECORD_ABSENT')
  expect(good).toEqual({ y: 1 })
})
