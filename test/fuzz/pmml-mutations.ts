import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readXml, type XmlElement } from '../../src/models/pmml/xml.ts'
import type { Signature } from '../../src/schema/signature.ts'
import type { RecordValue, Value } from '../../src/schema/value.ts'
import { document, escapeXml, expressionDocument, schema } from '../models/pmml/documents.ts'
import { timeSeries } from '../models/pmml/series-documents.ts'

/** A document as a tree that can be changed and written again. */
export interface Tree {
  name: string
  attributes: Record<string, string>
  children: Tree[]
  text: string
}

type Random = () => number
const pick = <T>(rnd: Random, list: readonly T[]): T => list[Math.floor(rnd() * list.length)] as T

export function treeOf(element: XmlElement): Tree {
  return {
    name: element.name,
    attributes: Object.fromEntries(Object.entries(element.attributes).map(([k, v]) => [k, v ?? ''])),
    children: element.children.map(treeOf),
    text: element.text,
  }
}

export function xmlOf({ name, attributes, children, text }: Tree): string {
  const written = Object.entries(attributes).map(([k, v]) => ` ${k}="${escapeXml(v)}"`)
  return `<${name}${written.join('')}>${escapeXml(text)}${children.map(xmlOf).join('')}</${name}>`
}

const numbers = [
  '0',
  '-0',
  '1',
  '-1',
  '0.5',
  '2',
  '1e308',
  '-1e308',
  '5e-324',
  'NaN',
  'INF',
  '-INF',
  '1e-9',
  '3.0000001',
  '9007199254740993',
  '0.1',
]

/** Words that attributes may have, by attribute. */
const words: Readonly<Record<string, readonly string[]>> = {
  operator: [
    'equal',
    'notEqual',
    'lessThan',
    'lessOrEqual',
    'greaterThan',
    'greaterOrEqual',
    'isMissing',
    'isNotMissing',
  ],
  booleanOperator: ['and', 'or', 'xor', 'surrogate', 'isIn', 'isNotIn'],
  missingValueStrategy: [
    'none',
    'nullPrediction',
    'lastPrediction',
    'defaultChild',
    'weightedConfidence',
    'aggregateNodes',
  ],
  noTrueChildStrategy: ['returnNullPrediction', 'returnLastPrediction'],
  missingValuePenalty: ['1', '0.5'],
  multipleModelMethod: [
    'majorityVote',
    'weightedMajorityVote',
    'average',
    'weightedAverage',
    'median',
    'x-weightedMedian',
    'max',
    'sum',
    'x-weightedSum',
    'selectFirst',
    'selectAll',
    'modelChain',
    'x-multiModelChain',
  ],
  missingPredictionTreatment: ['continue', 'skipSegment', 'returnMissing'],
  missingThreshold: ['0', '0.3', '1'],
  normalizationMethod: ['none', 'simplemax', 'softmax', 'logit', 'probit', 'cloglog', 'exp', 'loglog', 'cauchit'],
  functionName: ['regression', 'classification', 'clustering'],
  outliers: ['asIs', 'asMissingValues', 'asExtremeValues'],
  invalidValueTreatment: ['returnInvalid', 'asIs', 'asMissing', 'asValue'],
  missingValueTreatment: ['asIs', 'asMean', 'returnInvalid'],
  dataType: ['string', 'integer', 'float', 'double', 'boolean', 'date', 'dateTime'],
  optype: ['continuous', 'categorical', 'ordinal'],
  closure: ['openOpen', 'openClosed', 'closedOpen', 'closedClosed'],
  property: ['valid', 'invalid', 'missing'],
  'x-mathContext': ['float', 'double'],
  activationFunction: ['logistic', 'tanh', 'identity', 'rectifier', 'threshold', 'radialBasis', 'Elliott'],
  compareFunction: ['absDiff', 'gaussSim', 'delta', 'equal'],
  feature: [
    'predictedValue',
    'probability',
    'confidence',
    'transformedValue',
    'entityId',
    'affinity',
    'reasonCode',
    'residual',
    'warning',
    'predictedDisplayValue',
    'decision',
  ],
  castInteger: ['round', 'ceiling', 'floor'],
  usageType: ['active', 'target', 'predicted', 'supplementary', 'group'],
  linkFunction: ['cloglog', 'identity', 'log', 'logit', 'probit', 'power', 'cauchit'],
  svmRepresentation: ['SupportVectors', 'Coefficients'],
  classificationMethod: ['OneAgainstAll', 'OneAgainstOne'],
  maxWins: ['true', 'false'],
  criterion: ['firstHit', 'weightedSum', 'weightedMax'],
  function: [
    '+',
    '-',
    '*',
    '/',
    'min',
    'max',
    'if',
    'equal',
    'lessThan',
    'and',
    'or',
    'not',
    'isMissing',
    'concat',
    'substring',
    'matches',
    'replace',
    'formatNumber',
    'exp',
    'pow',
    'round',
    'modulo',
    'isIn',
    'uppercase',
    'dateDaysSinceYear',
  ],
  isFinalResult: ['true', 'false'],
  continuousScoringMethod: ['average', 'median', 'weightedAverage'],
  categoricalScoringMethod: ['majorityVote', 'weightedMajorityVote'],
}
/** Attributes that elements may be given. */
const additions: Readonly<Record<string, readonly string[]>> = {
  MiningField: [
    'missingValueReplacement',
    'missingValueTreatment',
    'invalidValueTreatment',
    'outliers',
    'lowValue',
    'highValue',
    'optype',
    'invalidValueReplacement',
  ],
  TreeModel: ['missingValueStrategy', 'noTrueChildStrategy', 'missingValuePenalty', 'x-mathContext'],
  MiningModel: ['x-mathContext'],
  RegressionModel: ['x-mathContext', 'normalizationMethod'],
  Segmentation: ['missingPredictionTreatment', 'missingThreshold'],
  Segment: ['weight'],
  Node: ['defaultChild', 'score', 'recordCount'],
  OutputField: ['rank', 'value', 'segmentId', 'dataType', 'feature'],
  Target: ['min', 'max', 'rescaleConstant', 'rescaleFactor', 'castInteger'],
  Apply: ['mapMissingTo', 'defaultValue', 'invalidValueTreatment'],
  FieldRef: ['mapMissingTo'],
  NumericPredictor: ['exponent'],
}

/** Changes a tree in one place, as a producer's mistake or an attacker would. */
export function mutate(rnd: Random, root: Tree, texts: readonly string[]): void {
  const all: { parent: Tree | null; node: Tree }[] = []
  const visit = (node: Tree, parent: Tree | null): void => {
    all.push({ parent, node })
    for (const child of node.children) visit(child, node)
  }
  visit(root, null)
  const { parent, node } = pick(rnd, all)
  const names = Object.keys(node.attributes)
  const kind = rnd()
  if (kind < 0.4 && names.length > 0) {
    const name = pick(rnd, names)
    node.attributes[name] = changed(rnd, name, node.attributes[name] as string, all, texts)
  } else if (kind < 0.6) {
    const name = pick(rnd, additions[node.name] ?? Object.keys(words))
    node.attributes[name] = changed(rnd, name, '1', all, texts)
  } else if (kind < 0.65 && names.length > 0) delete node.attributes[pick(rnd, names)]
  else if (kind < 0.72 && parent) parent.children.splice(parent.children.indexOf(node), 1)
  else if (kind < 0.8 && parent)
    parent.children.splice(Math.floor(rnd() * (parent.children.length + 1)), 0, structuredClone(node))
  else if (kind < 0.86 && node.children.length > 1) node.children.reverse()
  else if (kind < 0.92) {
    const other = pick(rnd, all).node
    ;[node.attributes, other.attributes] = [other.attributes, node.attributes]
  } else if (node.text !== '')
    node.text = rnd() < 0.5 ? node.text.replace(/[-\d.]+/, pick(rnd, numbers)) : pick(rnd, texts)
  else
    node.children.push(
      structuredClone(
        pick(
          rnd,
          all.filter((entry) => entry.node.children.length < 4),
        ).node,
      ),
    )
}

function changed(
  rnd: Random,
  name: string,
  value: string,
  all: readonly { node: Tree }[],
  texts: readonly string[],
): string {
  const known = words[name]
  if (known && rnd() < 0.8) return pick(rnd, known)
  const kind = rnd()
  if (kind < 0.4) return pick(rnd, numbers)
  if (kind < 0.6 && value !== '' && !Number.isNaN(Number(value))) return String(Number(value) + (rnd() - 0.5) * 4)
  if (kind < 0.8) return Object.values(pick(rnd, all).node.attributes)[0] ?? pick(rnd, numbers)
  return pick(rnd, texts)
}

/** Keeps a few segments and rows of a large document, so that a mutation is seen. */
export function shrink(rnd: Random, node: Tree): void {
  for (const name of ['Segment', 'row', 'VectorInstance', 'TimeValue']) {
    const found = node.children.filter((child) => child.name === name)
    const kept = found.length > 12 ? new Set(Array.from({ length: 10 }, () => pick(rnd, found))) : null
    if (kept && name !== 'VectorInstance' && name !== 'TimeValue')
      node.children = node.children.filter((child) => child.name !== name || kept.has(child))
  }
  for (const child of node.children) shrink(rnd, child)
}

const extremes: readonly Value[] = [
  null,
  0,
  -0,
  1,
  -1,
  0.1,
  1e308,
  -1e308,
  5e-324,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  2 ** 53 + 2,
  10n,
  '',
  ' ',
  'unseen',
  '1e400',
  'NaN',
  '-0',
  'true',
  '2020-02-30',
  '2020-02-03',
  true,
  false,
]

/** A record of the model's inputs: near a real one, with missing, unseen and extreme values and such of other types. */
export function recordFor(rnd: Random, signature: Signature, bases: readonly RecordValue[]): RecordValue {
  const record: Record<string, Value | undefined> = { ...(bases.length > 0 ? pick(rnd, bases) : {}) }
  for (const input of signature.inputs) {
    const kind = rnd()
    if (kind < 0.12) record[input.name] = pick(rnd, extremes)
    else if (kind < 0.2) delete record[input.name]
    else if (kind < 0.35 || !(input.name in record)) {
      const values = input.domain && 'values' in input.domain ? input.domain.values : null
      record[input.name] =
        values && values.length > 0
          ? pick(rnd, values)
          : input.dtype === 'string'
            ? pick(rnd, ['a', 'b', 'c'])
            : (rnd() - 0.3) * pick(rnd, [1, 10, 1000])
    }
  }
  return record as RecordValue
}

const golden = join(import.meta.dirname, '../golden/pmml')

/** Documents to start from: the golden ones up to a size, and small ones of every model element. */
export function baseDocuments(maxBytes: number): { name: string; xml: string }[] {
  const stored = readdirSync(golden, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => ({ name: entry.name, xml: readFileSync(join(golden, entry.name, 'model.pmml'), 'utf8') }))
  return [
    ...stored.filter(({ xml }) => xml.length <= maxBytes),
    ...Object.entries(small).map(([name, xml]) => ({ name, xml })),
  ]
}

export function parse(xml: string): Tree {
  return treeOf(readXml(Buffer.from(xml), 'base'))
}

const fields = {
  x: 'double',
  z: 'float',
  i: 'integer',
  s: 'string|<Value value="a"/><Value value="b"/>',
  y: 'double',
  c: 'string|<Value value="A"/><Value value="B"/>',
}
const inputs = ['x', 'z', 'i', 's']
const of = (model: string) => document(fields, model)
const counts =
  '<TargetValueCounts><TargetValueCount value="A" count="3"/><TargetValueCount value="B" count="5"/></TargetValueCounts>'
const outputs =
  '<Output><OutputField name="o" feature="predictedValue"/><OutputField name="p" feature="probability" value="A"/><OutputField name="e" feature="entityId"/></Output>'
const array = (items: string) => `<Array n="${items.split(' ').length}" type="real">${items}</Array>`
const table =
  '<TrainingInstances isTransformed="true"><InstanceFields><InstanceField field="x"/><InstanceField field="s"/><InstanceField field="y"/></InstanceFields><InlineTable><row><x>1</x><s>a</s><y>1</y></row><row><x>2</x><s>b</s><y>5</y></row><row><x>4</x><s>a</s><y>9</y></row></InlineTable></TrainingInstances>'
const expressions = [
  '<Apply function="if"><Apply function="greaterThan"><FieldRef field="x"/><Constant>3</Constant></Apply><Apply function="substring"><FieldRef field="s"/><Constant>1</Constant><Constant>2</Constant></Apply><FieldRef field="t"/></Apply>',
  '<Apply function="replace"><FieldRef field="s"/><Constant dataType="string">(a+)b*</Constant><Constant dataType="string">$1$1</Constant></Apply>',
  '<Discretize field="x" defaultValue="d" mapMissingTo="m"><DiscretizeBin binValue="1"><Interval closure="openClosed" leftMargin="0" rightMargin="2"/></DiscretizeBin></Discretize>',
  '<NormContinuous field="x" outliers="asExtremeValues"><LinearNorm orig="0" norm="1"/><LinearNorm orig="4" norm="3"/><LinearNorm orig="5" norm="0"/></NormContinuous>',
  '<MapValues outputColumn="o" defaultValue="d" mapMissingTo="m"><FieldColumnPair field="s" column="k"/><FieldColumnPair field="i" column="n"/><InlineTable><row><k>a</k><n>1</n><o>A</o></row><row><k>b</k><n>2</n><o>B</o></row></InlineTable></MapValues>',
  '<TextIndex textField="s" localTermWeights="augmentedNormalizedTermFrequency" maxLevenshteinDistance="1"><TextIndexNormalization><InlineTable><row><string>aa</string><stem>a</stem><regex>true</regex></row></InlineTable></TextIndexNormalization><Constant dataType="string">a b</Constant></TextIndex>',
  '<Apply function="formatNumber"><Apply function="/"><FieldRef field="i"/><FieldRef field="j"/></Apply><Constant dataType="string">%,8.3f</Constant></Apply>',
  '<Apply function="dateDaysSinceYear"><FieldRef field="d"/><Constant>1960</Constant></Apply>',
]
const small: Readonly<Record<string, string>> = {
  tree: of(
    `<TreeModel functionName="classification" missingValueStrategy="defaultChild">${schema(inputs, 'c')}${outputs}<Node id="0" score="A" defaultChild="1"><True/><ScoreDistribution value="A" recordCount="4"/><ScoreDistribution value="B" recordCount="2"/><Node id="1" score="A" recordCount="3"><CompoundPredicate booleanOperator="surrogate"><SimplePredicate field="x" operator="lessThan" value="1"/><SimpleSetPredicate field="s" booleanOperator="isIn"><Array type="string">a</Array></SimpleSetPredicate></CompoundPredicate><ScoreDistribution value="A" recordCount="2"/><ScoreDistribution value="B" recordCount="1"/></Node><Node id="2" score="B" recordCount="5"><SimplePredicate field="x" operator="greaterOrEqual" value="1"/><ScoreDistribution value="A" recordCount="1" confidence="0.2"/><ScoreDistribution value="B" recordCount="4" confidence="0.7"/></Node></Node></TreeModel>`,
  ),
  ensemble: of(
    `<MiningModel functionName="regression">${schema(inputs)}<Segmentation multipleModelMethod="sum">${[1, 2, 3].map((n) => `<Segment id="${n}" weight="${n}"><True/><TreeModel functionName="regression" noTrueChildStrategy="returnLastPrediction"><MiningSchema><MiningField name="x"/><MiningField name="z"/></MiningSchema><Node score="0.${n}"><True/><Node score="${n}"><SimplePredicate field="x" operator="lessOrEqual" value="${n}"/></Node><Node score="-${n}"><SimplePredicate field="z" operator="greaterThan" value="${n}.5"/></Node></Node></TreeModel></Segment>`).join('')}</Segmentation></MiningModel>`,
  ),
  regression: of(
    `<RegressionModel functionName="classification" normalizationMethod="softmax">${schema(inputs, 'c')}${outputs}<RegressionTable intercept="1" targetCategory="A"><NumericPredictor name="x" coefficient="2"/><CategoricalPredictor name="s" value="a" coefficient="3"/><PredictorTerm coefficient="0.1"><FieldRef field="x"/><FieldRef field="z"/></PredictorTerm></RegressionTable><RegressionTable intercept="0" targetCategory="B"/></RegressionModel>`,
  ),
  general: of(
    `<GeneralRegressionModel functionName="regression" modelType="generalizedLinear" linkFunction="log">${schema(inputs)}<ParameterList><Parameter name="p0"/><Parameter name="p1"/><Parameter name="p2"/></ParameterList><FactorList><Predictor name="s"/></FactorList><CovariateList><Predictor name="x"/></CovariateList><PPMatrix><PPCell value="2" predictorName="x" parameterName="p1"/><PPCell value="a" predictorName="s" parameterName="p2"/></PPMatrix><ParamMatrix><PCell parameterName="p0" beta="0.1"/><PCell parameterName="p1" beta="0.01"/><PCell parameterName="p2" beta="-0.3"/></ParamMatrix></GeneralRegressionModel>`,
  ),
  neural: of(
    `<NeuralNetwork functionName="regression" activationFunction="tanh">${schema(inputs)}<NeuralInputs><NeuralInput id="0"><DerivedField optype="continuous" dataType="double"><FieldRef field="x"/></DerivedField></NeuralInput><NeuralInput id="1"><DerivedField optype="continuous" dataType="double"><NormDiscrete field="s" value="a"/></DerivedField></NeuralInput></NeuralInputs><NeuralLayer><Neuron id="2" bias="0.1"><Con from="0" weight="0.3"/><Con from="1" weight="-1"/></Neuron></NeuralLayer><NeuralLayer activationFunction="identity"><Neuron id="3"><Con from="2" weight="2"/></Neuron></NeuralLayer><NeuralOutputs><NeuralOutput outputNeuron="3"><DerivedField optype="continuous" dataType="double"><FieldRef field="y"/></DerivedField></NeuralOutput></NeuralOutputs></NeuralNetwork>`,
  ),
  vectors: of(
    `<SupportVectorMachineModel functionName="classification">${schema(inputs, 'c')}<RadialBasisKernelType gamma="0.5"/><VectorDictionary><VectorFields><FieldRef field="x"/><CategoricalPredictor name="s" value="a" coefficient="1"/></VectorFields><VectorInstance id="v1">${array('1 0')}</VectorInstance><VectorInstance id="v2">${array('3 1')}</VectorInstance></VectorDictionary><SupportVectorMachine targetCategory="A" alternateTargetCategory="B"><SupportVectors><SupportVector vectorId="v1"/><SupportVector vectorId="v2"/></SupportVectors><Coefficients absoluteValue="0.1"><Coefficient value="1"/><Coefficient value="-1"/></Coefficients></SupportVectorMachine></SupportVectorMachineModel>`,
  ),
  bayes: of(
    `<NaiveBayesModel functionName="classification" threshold="0.001">${schema(inputs, 'c')}${outputs}<BayesInputs><BayesInput fieldName="s"><PairCounts value="a">${counts}</PairCounts><PairCounts value="b">${counts}</PairCounts></BayesInput><BayesInput fieldName="x"><TargetValueStats><TargetValueStat value="A"><GaussianDistribution mean="0" variance="1"/></TargetValueStat><TargetValueStat value="B"><GaussianDistribution mean="2" variance="1"/></TargetValueStat></TargetValueStats></BayesInput></BayesInputs><BayesOutput fieldName="c">${counts}</BayesOutput></NaiveBayesModel>`,
  ),
  clustering: of(
    `<ClusteringModel functionName="clustering" modelClass="centerBased" numberOfClusters="2"><MiningSchema><MiningField name="x"/><MiningField name="z"/></MiningSchema><Output><OutputField name="k" feature="predictedValue"/><OutputField name="a" feature="affinity" value="1"/></Output><ComparisonMeasure kind="distance"><euclidean/></ComparisonMeasure><ClusteringField field="x"/><ClusteringField field="z" fieldWeight="2"/><Cluster id="1">${array('0 1')}</Cluster><Cluster id="2">${array('3 -1')}</Cluster></ClusteringModel>`,
  ),
  neighbors: of(
    `<NearestNeighborModel functionName="regression" numberOfNeighbors="2">${schema(['x', 's'])}<Output><OutputField name="n" feature="entityId" rank="2"/></Output>${table}<ComparisonMeasure kind="distance"><squaredEuclidean/></ComparisonMeasure><KNNInputs><KNNInput field="x"/><KNNInput field="s" compareFunction="delta"/></KNNInputs></NearestNeighborModel>`,
  ),
  scorecard: of(
    `<Scorecard functionName="regression" initialScore="10" baselineScore="5">${schema(inputs)}<Output><OutputField name="r" feature="reasonCode" rank="1"/></Output><Characteristics><Characteristic name="one" reasonCode="R1"><Attribute partialScore="3"><SimplePredicate field="x" operator="lessThan" value="2"/></Attribute><Attribute partialScore="8"><True/></Attribute></Characteristic><Characteristic name="two" reasonCode="R2"><Attribute><SimpleSetPredicate field="s" booleanOperator="isIn"><Array type="string">a b</Array></SimpleSetPredicate><ComplexPartialScore><Apply function="*"><FieldRef field="x"/><Constant>2</Constant></Apply></ComplexPartialScore></Attribute><Attribute partialScore="1"><True/></Attribute></Characteristic></Characteristics></Scorecard>`,
  ),
  rules: of(
    `<RuleSetModel functionName="classification">${schema(inputs, 'c')}${outputs}<RuleSet defaultScore="A" defaultConfidence="0.3"><RuleSelectionMethod criterion="weightedSum"/><CompoundRule><SimplePredicate field="x" operator="greaterThan" value="1"/><SimpleRule id="r1" score="A" weight="0.4" confidence="0.9"><SimplePredicate field="s" operator="equal" value="a"/></SimpleRule></CompoundRule><SimpleRule id="r2" score="B" weight="0.7"><SimplePredicate field="z" operator="lessThan" value="3"/></SimpleRule></RuleSet></RuleSetModel>`,
  ),
  association: document(
    { s: 'string' },
    '<AssociationModel functionName="associationRules" numberOfTransactions="4" minimumSupport="0.1" minimumConfidence="0.1" numberOfItems="2" numberOfItemsets="2" numberOfRules="1"><MiningSchema><MiningField name="s"/></MiningSchema><Output><OutputField name="r" feature="ruleValue" ruleFeature="consequent" isMultiValued="1" rank="0"/><OutputField name="q" feature="confidence" rank="1"/></Output><Item id="1" value="a"/><Item id="2" value="b"/><Itemset id="1"><ItemRef itemRef="1"/></Itemset><Itemset id="2"><ItemRef itemRef="2"/></Itemset><AssociationRule id="7" antecedent="1" consequent="2" support="0.3" confidence="0.8" lift="1.2"/></AssociationModel>',
  ),
  chain: of(
    `<MiningModel functionName="regression">${schema(inputs)}<LocalTransformations><DerivedField name="d" optype="continuous" dataType="double"><Apply function="+"><FieldRef field="x"/><FieldRef field="z"/></Apply></DerivedField></LocalTransformations><Segmentation multipleModelMethod="modelChain"><Segment id="1"><SimplePredicate field="x" operator="lessThan" value="9"/><RegressionModel functionName="regression"><MiningSchema><MiningField name="d"/></MiningSchema><Output><OutputField name="f" dataType="double" feature="predictedValue"/></Output><RegressionTable intercept="1"><NumericPredictor name="d" coefficient="2"/></RegressionTable></RegressionModel></Segment><Segment id="2"><True/><RegressionModel functionName="regression" normalizationMethod="logit">${schema(['f'])}<RegressionTable intercept="0"><NumericPredictor name="f" coefficient="-0.1"/></RegressionTable></RegressionModel></Segment></Segmentation></MiningModel>`,
  ),
  anomaly: of(
    `<AnomalyDetectionModel functionName="regression" algorithmType="iforest" sampleDataSize="256"><MiningSchema><MiningField name="x"/></MiningSchema><Output><OutputField name="score" feature="predictedValue"/></Output><TreeModel functionName="regression"><MiningSchema><MiningField name="x"/></MiningSchema><Node><True/><Node score="1"><SimplePredicate field="x" operator="lessThan" value="0"/></Node><Node score="9"><SimplePredicate field="x" operator="greaterOrEqual" value="0"/></Node></Node></TreeModel></AnomalyDetectionModel>`,
  ),
  baseline: of(
    `<BaselineModel functionName="regression">${schema(['x'])}<TestDistributions field="x" testStatistic="zValue"><Baseline><GaussianDistribution mean="1" variance="4"/></Baseline></TestDistributions></BaselineModel>`,
  ),
  gaussian: of(
    `<GaussianProcessModel functionName="regression">${schema(['x', 'z'])}<Output><OutputField name="e" feature="standardError"/></Output><RadialBasisKernel gamma="1" noiseVariance="0.1" lambda="1"/><TrainingInstances isTransformed="true"><InstanceFields><InstanceField field="x"/><InstanceField field="z"/><InstanceField field="y"/></InstanceFields><InlineTable><row><x>1</x><z>3</z><y>1</y></row><row><x>2</x><z>6</z><y>2</y></row></InlineTable></TrainingInstances></GaussianProcessModel>`,
  ),
  series: timeSeries(
    'ExponentialSmoothing',
    '<ExponentialSmoothing><Level smoothedValue="10"/><Trend_ExpoSmooth smoothedValue="1"/></ExponentialSmoothing>',
    [],
    {},
  ),
  ...Object.fromEntries(expressions.map((text, i) => [`expression ${i}`, expressionDocument(text)])),
}
