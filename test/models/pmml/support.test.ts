import { expect, test } from 'vitest'
import { grammar } from '../../../src/models/pmml/grammar.ts'
import { type Exception, exceptions } from '../../../src/models/pmml/support.ts'
import { document, expressionDocument, refusal, schema } from './documents.ts'
import { array, timeSeries } from './series-documents.ts'

const fields = {
  x: 'double',
  s: 'string|<Value value="a"/><Value value="b"/>',
  y: 'double',
  c: 'string|<Value value="A"/><Value value="B"/>',
}
const of = (model: string) => document(fields, model)
const regression = (attributes: string, inner: string) =>
  of(`<RegressionModel functionName="regression"${attributes}>${schema(['x', 's'])}${inner}</RegressionModel>`)
const two = '<RegressionTable intercept="1" targetCategory="A"/><RegressionTable intercept="0" targetCategory="B"/>'
const classes = (attributes: string) =>
  of(`<RegressionModel functionName="classification"${attributes}>${schema(['x'], 'c')}${two}</RegressionModel>`)
const general = (
  type: string,
  cells: string,
  predictor = '<Predictor name="s"/>',
  target = 'y',
  functionName = 'regression',
) =>
  of(
    `<GeneralRegressionModel functionName="${functionName}" modelType="${type}">${schema(['x', 's'], target)}<ParameterList><Parameter name="p"/></ParameterList><FactorList>${predictor}</FactorList><PPMatrix>${cells}</PPMatrix><ParamMatrix><PCell parameterName="p" beta="1"/></ParamMatrix></GeneralRegressionModel>`,
  )
const neural = (outputs: string, functionName: string, targets: readonly string[]) =>
  document(
    { ...fields, d: 'string' },
    `<NeuralNetwork functionName="${functionName}" activationFunction="tanh"><MiningSchema><MiningField name="x"/>${targets.map((t) => `<MiningField name="${t}" usageType="target"/>`).join('')}</MiningSchema><NeuralInputs><NeuralInput id="0"><DerivedField optype="continuous" dataType="double"><FieldRef field="x"/></DerivedField></NeuralInput></NeuralInputs><NeuralLayer><Neuron id="1"><Con from="0" weight="1"/></Neuron></NeuralLayer><NeuralOutputs>${outputs}</NeuralOutputs></NeuralNetwork>`,
  )
const output = (inner: string) =>
  `<NeuralOutput outputNeuron="1"><DerivedField optype="continuous" dataType="double">${inner}</DerivedField></NeuralOutput>`
const vectors = (attributes: string, kernel: string, field: string) =>
  of(
    `<SupportVectorMachineModel functionName="regression"${attributes}>${schema(['x'])}<${kernel}/><VectorDictionary><VectorFields>${field}</VectorFields><VectorInstance id="v">${array(1)}</VectorInstance></VectorDictionary><SupportVectorMachine><SupportVectors><SupportVector vectorId="v"/></SupportVectors><Coefficients><Coefficient value="1"/></Coefficients></SupportVectorMachine></SupportVectorMachineModel>`,
  )
const bayes = (distribution: string) =>
  of(
    `<NaiveBayesModel functionName="classification" threshold="0.1">${schema(['x'], 'c')}<BayesInputs><BayesInput fieldName="x"><TargetValueStats><TargetValueStat value="A">${distribution}</TargetValueStat></TargetValueStats></BayesInput></BayesInputs><BayesOutput fieldName="c"><TargetValueCounts><TargetValueCount value="A" count="1"/></TargetValueCounts></BayesOutput></NaiveBayesModel>`,
  )
const clusters = (
  attributes = 'modelClass="centerBased"',
  measure = '<ComparisonMeasure kind="distance"><euclidean/></ComparisonMeasure>',
) =>
  of(
    `<ClusteringModel functionName="clustering" numberOfClusters="1" ${attributes}><MiningSchema><MiningField name="x"/></MiningSchema>${measure}<ClusteringField field="x"/><Cluster>${array(1)}</Cluster></ClusteringModel>`,
  )
const neighbors = (attributes: string, table: string, input: string) =>
  of(
    `<NearestNeighborModel functionName="regression" numberOfNeighbors="1">${schema(['x'])}<LocalTransformations><DerivedField name="d" optype="continuous" dataType="double"><FieldRef field="x"/></DerivedField></LocalTransformations><TrainingInstances ${attributes}><InstanceFields><InstanceField field="x"/><InstanceField field="d"/><InstanceField field="y"/></InstanceFields>${table}</TrainingInstances><ComparisonMeasure kind="distance"><euclidean/></ComparisonMeasure><KNNInputs>${input}</KNNInputs></NearestNeighborModel>`,
  )
const rows = '<InlineTable><row><x>1</x><d>1</d><y>2</y></row></InlineTable>'
const member = (functionName: string, score: string) =>
  `<Segment><True/><TreeModel functionName="${functionName}"><MiningSchema><MiningField name="x"/></MiningSchema><Node score="${score}"><True/></Node></TreeModel></Segment>`
const mining = (method: string, segments: string, before = '') =>
  of(
    `<MiningModel functionName="regression">${schema(['x'])}<Segmentation multipleModelMethod="${method}">${before}${segments}</Segmentation></MiningModel>`,
  )
const baseline = (attributes: string) =>
  of(
    `<BaselineModel functionName="regression">${schema(['x'])}<TestDistributions field="x" ${attributes}><Baseline><GaussianDistribution mean="0" variance="1"/></Baseline></TestDistributions></BaselineModel>`,
  )
const textIndex = (
  attributes: string,
  inner = '<InlineTable><row><string>a</string><stem>b</stem></row></InlineTable>',
) =>
  expressionDocument(
    `<TextIndex textField="s"><TextIndexNormalization ${attributes}>${inner}</TextIndexNormalization><Constant>a</Constant></TextIndex>`,
  )
const items = (attributes: string) =>
  document({ s: 'string', y: 'double' }, '')
    .replace('name="s"', `name="s" ${attributes}`)
    .replace(
      '</DataDictionary>',
      '</DataDictionary><AssociationModel functionName="associationRules" numberOfTransactions="1" minimumSupport="0" minimumConfidence="0" numberOfItems="1" numberOfItemsets="1" numberOfRules="0"><MiningSchema><MiningField name="s"/></MiningSchema><Item id="1" value="a"/><Itemset id="1"><ItemRef itemRef="1"/></Itemset></AssociationModel>',
    )
const matches = (pattern: string) =>
  expressionDocument(
    `<Apply function="matches"><FieldRef field="s"/><Constant dataType="string">${pattern}</Constant></Apply>`,
  )
const level = (attribute: string) =>
  timeSeries(
    'ExponentialSmoothing',
    `<ExponentialSmoothing><Level smoothedValue="1" ${attribute}="1"/></ExponentialSmoothing>`,
  )
const arima = (attributes: string, inner = '') =>
  timeSeries('ARIMA', `<ARIMA constantTerm="1"${attributes}>${inner}</ARIMA>`, [1, 2, 3])
const outputField = (feature: string) =>
  regression('', `<Output><OutputField name="o" feature="${feature}"/></Output><RegressionTable intercept="0"/>`)

/** Documents that use what is excepted, by element and the start of the row. */
const documents: Readonly<Record<string, string>> = {
  'PMML `version`': classes('').replace('version="4.4"', 'version="2.1"'),
  'DataField `isCyclic': clusters().replace('name="x" optype', 'name="x" isCyclic="1" optype'),
  'DataField `taxonomy`': items('taxonomy="t"'),
  'NormDiscrete `method`': expressionDocument('<NormDiscrete field="s" value="a" method="thermometer"/>'),
  'MapValues element `TableLocator`': expressionDocument(
    '<MapValues outputColumn="o"><FieldColumnPair field="s" column="k"/><TableLocator/></MapValues>',
  ),
  'TextIndexNormalization element `TableLocator`': textIndex('', '<TableLocator/>'),
  'TextIndexNormalization `maxLevenshteinDistance`': textIndex('maxLevenshteinDistance="1"'),
  'TextIndexNormalization `tokenize`': textIndex('tokenize="false"'),
  'Apply `function`': expressionDocument('<Apply function="nothing"><FieldRef field="x"/></Apply>'),
  'Apply `invalidValueTreatment': expressionDocument(
    '<Apply function="exp" invalidValueTreatment="asValue"><FieldRef field="x"/></Apply>',
  ),
  'Apply regular expressions without equivalent': matches('a++'),
  'Apply regular expressions that repeat': matches('(a+)+\\1'),
  'Aggregate `sqlWhere`': expressionDocument('<Aggregate field="x" function="sum" sqlWhere="x &gt; 1"/>'),
  'Lag inside': expressionDocument('<Apply function="f"><FieldRef field="x"/></Apply>').replace(
    '</DataDictionary>',
    '</DataDictionary><TransformationDictionary><DefineFunction name="f" optype="continuous"><ParameterField name="p"/><Lag field="x"/></DefineFunction></TransformationDictionary>',
  ),
  'OutputField `feature`': outputField('standardError'),
  'RegressionModel `normalizationMethod="exp"`': classes(' normalizationMethod="exp"'),
  'RegressionModel `normalizationMethod="simplemax"`': regression(
    ' normalizationMethod="simplemax"',
    '<RegressionTable intercept="0"/>',
  ),
  'GeneralRegressionModel `modelType': general('CoxRegression', '', '', 'c', 'classification'),
  'PPCell `targetCategory`': general(
    'generalLinear',
    '<PPCell value="1" predictorName="x" parameterName="p" targetCategory="A"/>',
  ),
  'PCell `targetCategory`': general('generalLinear', '').replace('beta="1"', 'beta="1" targetCategory="A"'),
  'Predictor a contrast Matrix': general(
    'generalLinear',
    '<PPCell value="a" predictorName="s" parameterName="p"/>',
    `<Predictor name="s"><Categories><Category value="a"/></Categories><Matrix kind="symmetric">${array(1)}</Matrix></Predictor>`,
  ),
  'NeuralNetwork several': neural(
    output('<NormDiscrete field="c" value="A"/>') + output('<NormDiscrete field="d" value="A"/>'),
    'classification',
    ['c', 'd'],
  ),
  'NeuralOutput another': neural(output('<FieldRef field="c"/>'), 'classification', ['c']),
  'SupportVectorMachineModel `svmRepresentation': vectors(
    ' svmRepresentation="Coefficients"',
    'RadialBasisKernelType',
    '<FieldRef field="x"/>',
  ),
  'TargetValueStat element `AnyDistribution`': bayes('<AnyDistribution mean="0" variance="1"/>'),
  'TargetValueStat element `UniformDistribution`': bayes('<UniformDistribution lower="0" upper="1"/>'),
  'ClusteringModel `modelClass': clusters('modelClass="distributionBased"'),
  'ComparisonMeasure `kind`': clusters(
    undefined,
    '<ComparisonMeasure kind="similarity"><euclidean/></ComparisonMeasure>',
  ),
  'KNNInput `compareFunction': neighbors('isTransformed="true"', rows, '<KNNInput field="x" compareFunction="table"/>'),
  'TrainingInstances element': neighbors('isTransformed="true"', '<TableLocator/>', '<KNNInput field="x"/>'),
  'TrainingInstances `isTransformed': neighbors('isTransformed="false"', rows, '<KNNInput field="d"/>'),
  'Segmentation element': mining('sum', member('regression', '1'), '<LocalTransformations/>'),
  'Segmentation `multipleModelMethod`': mining('majorityVote', member('regression', '1')),
  'Segmentation segments': mining('sum', member('regression', '1') + member('classification', 'A')),
  'TestDistributions `testStatistic`': baseline('testStatistic="scalarProduct"'),
  'TestDistributions `windowSize`': baseline('testStatistic="zValue" windowSize="3"'),
  'TimeSeriesModel `bestFit`': timeSeries('GARCH', '<GARCH/>'),
  'TimeSeriesModel element': timeSeries(
    'ExponentialSmoothing',
    '<ExponentialSmoothing><Level smoothedValue="1"/></ExponentialSmoothing>',
  ).replace('</MiningSchema>', '</MiningSchema><Targets><Target field="y" min="0"/></Targets>'),
  'ARIMA `predictionMethod': arima(' predictionMethod="exactLeastSquares"'),
  'ARIMA element `DynamicRegressor`': arima('', '<DynamicRegressor sourceField="h"/>'),
  'ARIMA element `OutlierEffect`': arima('', '<OutlierEffect type="x"/>'),
  'StateSpaceModel element': timeSeries('StateSpaceModel', '<StateSpaceModel><DynamicRegressor/></StateSpaceModel>'),
  'StateSpaceModel `period`': timeSeries('StateSpaceModel', '<StateSpaceModel period="12"/>'),
  'Level `quadraticSmoothedValue`': level('quadraticSmoothedValue'),
  'Level `cubicSmoothedValue`': level('cubicSmoothedValue'),
}

const textOf = ({ element, what }: Exception) => `${element} ${what}`

test.each(exceptions.map((exception) => [textOf(exception)]))('%s is refused with its place', async (text) => {
  const key = Object.keys(documents).find((start) => text.startsWith(start))
  expect(key).toBeDefined()
  const error = await refusal(documents[key as string] as string)
  expect(error.message).toMatch(/: element \S+ at line \d+, column \d+/)
  expect(['MODEL_PMML_UNSUPPORTED', 'MODEL_PMML_FAULT']).toContain(error.code)
})

test('every document stands for a row, and every refusal of the grammar has one', () => {
  const texts = exceptions.map(textOf)
  expect(Object.keys(documents).filter((start) => texts.filter((text) => text.startsWith(start)).length !== 1)).toEqual(
    [],
  )
  const refused = [...grammar.values()].flatMap((rule) => [
    ...[...rule.attributes.values()]
      .filter(({ effect }) => effect === 'refused')
      .map(({ name }) => `${rule.name} \`${name}\``),
    ...[...rule.children.values()]
      .filter(({ effect }) => effect === 'refused')
      .map(({ name }) => `${rule.name} element \`${name}\``),
  ])
  expect(refused.filter((start) => !texts.some((text) => text.startsWith(start)))).toEqual([])
})
