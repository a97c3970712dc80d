// The grammar is one table: cut in two, neither half could be read.

/**
 * The elements of PMML 3.0 to 4.4: attributes and children, and what becomes of each when a document is scored.
 *
 * One line per element: `Name: attributes | children`. A bare name is honoured, `~name` has no effect on a score and is passed over,
 * `!name` would change scores, is not implemented and refuses the document (`!name=default`: unless it has its default). A child
 * with `*` may occur any number of times, others once. `@group` stands for one of a group's elements. An element whose
 * children are `...` may hold anything.
 */
const table = `
PMML: version | ~Header ~MiningBuildTask DataDictionary TransformationDictionary @model*
DataDictionary: ~numberOfFields | DataField* ~Taxonomy*
DataField: name ~displayName optype dataType ~taxonomy isCyclic | Interval* Value*
Value: value displayValue property
Interval: closure leftMargin rightMargin
TransformationDictionary: | DefineFunction* DerivedField*
LocalTransformations: | DerivedField*
DefineFunction: name ~optype dataType | ParameterField* @expression
ParameterField: name ~displayName ~optype dataType
DerivedField: name ~displayName optype dataType | Value* ~Interval* @expression
Constant: dataType missing
FieldRef: field mapMissingTo
NormContinuous: field mapMissingTo outliers | LinearNorm*
LinearNorm: orig norm
NormDiscrete: field value mapMissingTo !method=indicator
Discretize: field mapMissingTo defaultValue dataType | DiscretizeBin*
DiscretizeBin: binValue | Interval
MapValues: mapMissingTo defaultValue outputColumn dataType | FieldColumnPair* InlineTable !TableLocator
FieldColumnPair: field column
InlineTable: | row*
TextIndex: textField localTermWeights isCaseSensitive maxLevenshteinDistance countHits wordSeparatorCharacterRE tokenize wordRE | TextIndexNormalization* @expression
TextIndexNormalization: inField outField regexField recursive isCaseSensitive !maxLevenshteinDistance=0 wordSeparatorCharacterRE tokenize | InlineTable !TableLocator
Apply: function mapMissingTo defaultValue invalidValueTreatment | @expression*
Aggregate: field function groupField sqlWhere
Lag: field n aggregate | BlockIndicator*
BlockIndicator: field
MiningSchema: | MiningField*
MiningField: name usageType optype ~importance outliers lowValue highValue missingValueReplacement missingValueTreatment invalidValueTreatment invalidValueReplacement
Output: | OutputField*
OutputField: name ~displayName ~optype dataType targetField feature value ruleFeature algorithm rankBasis rankOrder isMultiValued rank segmentId isFinalResult | ~Decisions ~Value* @expression
Targets: | Target*
Target: field ~optype castInteger min max rescaleConstant rescaleFactor | TargetValue*
TargetValue: value displayValue priorProbability defaultValue ~rawDataValue | ~Partition
ModelVerification: ~recordCount ~fieldCount | VerificationFields InlineTable
VerificationFields: | VerificationField*
VerificationField: field column precision zeroThreshold
ResultField: name ~displayName ~optype dataType feature value
Array: n type
INT-SparseArray: n defaultValue | Indices INT-Entries
REAL-SparseArray: n defaultValue | Indices REAL-Entries
Matrix: kind nbRows nbCols diagDefault offDiagDefault | @array* MatCell*
MatCell: row col
CompoundPredicate: booleanOperator | @predicate*
SimplePredicate: field operator value
SimpleSetPredicate: field booleanOperator | Array
TreeModel: @common missingValueStrategy missingValuePenalty noTrueChildStrategy ~splitCharacteristic | @body Node
Node: id score recordCount defaultChild | @predicate ~Partition ScoreDistribution* Node* @embedded
ScoreDistribution: value recordCount confidence probability
DecisionTree: @common missingValueStrategy missingValuePenalty noTrueChildStrategy ~splitCharacteristic | Output ~ModelStats Targets LocalTransformations ResultField* Node
Regression: @common normalizationMethod | Output ~ModelStats Targets LocalTransformations ResultField* RegressionTable*
RegressionModel: @common ~modelType ~targetFieldName normalizationMethod | @body RegressionTable*
RegressionTable: intercept targetCategory | NumericPredictor* CategoricalPredictor* PredictorTerm*
NumericPredictor: name field exponent coefficient ~mean
CategoricalPredictor: name field value coefficient
PredictorTerm: ~name coefficient | FieldRef*
GeneralRegressionModel: @common modelType linkFunction linkParameter cumulativeLink ~distribution distParameter targetReferenceCategory ~targetVariableName offsetVariable offsetValue trialsVariable trialsValue ~modelDF endTimeVariable ~startTimeVariable ~subjectIDVariable ~statusVariable baselineStrataVariable | @body ParameterList FactorList ~CovariateList PPMatrix ~PCovMatrix ParamMatrix ~EventValues BaseCumHazardTables
ParameterList: | Parameter*
Parameter: name ~label referencePoint
FactorList: | Predictor*
Predictor: name ~contrastMatrixType | Categories Matrix
Categories: | Category*
Category: value
PPMatrix: | PPCell*
PPCell: predictorName parameterName value targetCategory
ParamMatrix: | PCell*
PCell: targetCategory parameterName beta ~df
BaseCumHazardTables: maxTime | BaselineStratum* BaselineCell*
BaselineStratum: value ~label maxTime | BaselineCell*
BaselineCell: time cumHazard
NeuralNetwork: @common activationFunction normalizationMethod threshold width altitude ~numberOfLayers | @body NeuralInputs NeuralLayer* NeuralOutputs
NeuralInputs: ~numberOfInputs | NeuralInput*
NeuralInput: id | DerivedField
NeuralLayer: ~numberOfNeurons activationFunction normalizationMethod threshold width altitude | Neuron*
Neuron: id bias width altitude | Con*
Con: from weight
NeuralOutputs: ~numberOfOutputs | NeuralOutput*
NeuralOutput: outputNeuron | DerivedField
SupportVectorMachineModel: @common threshold svmRepresentation alternateBinaryTargetCategory classificationMethod maxWins | @body LinearKernelType PolynomialKernelType RadialBasisKernelType SigmoidKernelType VectorDictionary SupportVectorMachine*
LinearKernelType: ~description
PolynomialKernelType: ~description gamma coef0 degree
RadialBasisKernelType: ~description gamma
SigmoidKernelType: ~description gamma coef0
VectorDictionary: ~numberOfVectors | VectorFields VectorInstance*
VectorFields: ~numberOfFields | FieldRef* CategoricalPredictor*
VectorInstance: id | @array
SupportVectorMachine: targetCategory alternateTargetCategory threshold | SupportVectors Coefficients
SupportVectors: ~numberOfSupportVectors ~numberOfAttributes | SupportVector*
SupportVector: vectorId
Coefficients: ~numberOfCoefficients absoluteValue | Coefficient*
Coefficient: value
NaiveBayesModel: @common threshold | @body BayesInputs BayesOutput
BayesInputs: | BayesInput*
BayesInput: fieldName | DerivedField TargetValueStats PairCounts*
BayesOutput: ~fieldName | TargetValueCounts
PairCounts: value | TargetValueCounts
TargetValueCounts: | TargetValueCount*
TargetValueCount: value count
TargetValueStats: | TargetValueStat*
TargetValueStat: value | GaussianDistribution PoissonDistribution !AnyDistribution !UniformDistribution
AnyDistribution: mean variance
GaussianDistribution: mean variance
PoissonDistribution: mean
UniformDistribution: lower upper
ClusteringModel: @common modelClass ~numberOfClusters | @body ComparisonMeasure ClusteringField* MissingValueWeights Cluster* ~CenterFields
ClusteringField: field isCenterField fieldWeight similarityScale compareFunction | Comparisons
MissingValueWeights: | @array
Cluster: id name ~size | ~KohonenMap @array ~Partition ~Covariances
ComparisonMeasure: kind compareFunction ~minimum ~maximum | @measure
minkowski: p-parameter
binarySimilarity: c00-parameter c01-parameter c10-parameter c11-parameter d00-parameter d01-parameter d10-parameter d11-parameter
NearestNeighborModel: @common numberOfNeighbors continuousScoringMethod categoricalScoringMethod instanceIdVariable threshold | @body TrainingInstances ComparisonMeasure KNNInputs
TrainingInstances: isTransformed ~recordCount ~fieldCount | InstanceFields InlineTable !TableLocator
InstanceFields: | InstanceField*
InstanceField: field column
KNNInputs: | KNNInput*
KNNInput: field fieldWeight compareFunction
Scorecard: @common initialScore useReasonCodes reasonCodeAlgorithm baselineScore ~baselineMethod | @body Characteristics
Characteristics: | Characteristic*
Characteristic: name reasonCode baselineScore | Attribute*
Attribute: reasonCode partialScore | @predicate ComplexPartialScore
ComplexPartialScore: | @expression
RuleSetModel: @common | @body RuleSet
RuleSet: ~recordCount ~nbCorrect defaultScore defaultConfidence | RuleSelectionMethod* ~ScoreDistribution* SimpleRule* CompoundRule*
RuleSelectionMethod: criterion
SimpleRule: id score ~recordCount ~nbCorrect confidence weight | @predicate ~ScoreDistribution*
CompoundRule: | @predicate SimpleRule* CompoundRule*
AssociationModel: @common ~numberOfTransactions ~maxNumberOfItemsPerTA ~avgNumberOfItemsPerTA ~minimumSupport ~minimumConfidence ~lengthLimit ~numberOfItems ~numberOfItemsets ~numberOfRules | @body Item* Itemset* AssociationRule*
Item: id value ~mappedValue ~weight field category
Itemset: id ~support ~numberOfItems | ItemRef*
ItemRef: itemRef
AssociationRule: id antecedent consequent support confidence lift leverage affinity
MiningModel: @common | @body Segmentation @embedded*
Segmentation: multipleModelMethod missingPredictionTreatment missingThreshold | !LocalTransformations Segment*
Segment: id weight | @predicate @model VariableWeight
VariableWeight: field
AnomalyDetectionModel: @common algorithmType sampleDataSize | @body @model MeanClusterDistances
MeanClusterDistances: | Array
BaselineModel: @common | @body TestDistributions
TestDistributions: field testStatistic resetValue windowSize weightField normalizationScheme | Baseline Alternate
Baseline: | AnyDistribution GaussianDistribution PoissonDistribution UniformDistribution CountTable NormalizedCountTable FieldRef*
Alternate: | AnyDistribution GaussianDistribution PoissonDistribution UniformDistribution
CountTable: sample | FieldValue* FieldValueCount*
NormalizedCountTable: sample | FieldValue* FieldValueCount*
FieldValue: field value | FieldValue* FieldValueCount*
FieldValueCount: field value count
BayesianNetworkModel: @common modelType ~inferenceMethod | @body BayesianNetworkNodes
BayesianNetworkNodes: | DiscreteNode* ContinuousNode*
DiscreteNode: name ~count | DerivedField* DiscreteConditionalProbability* ValueProbability*
DiscreteConditionalProbability: ~count | ParentValue* ValueProbability*
ParentValue: parent value
ValueProbability: value probability
ContinuousNode: name ~count | DerivedField* ContinuousConditionalProbability* ContinuousDistribution*
ContinuousConditionalProbability: ~count | ParentValue* ContinuousDistribution*
ContinuousDistribution: | TriangularDistributionForBN NormalDistributionForBN LognormalDistributionForBN UniformDistributionForBN
TriangularDistributionForBN: | Mean Lower Upper
NormalDistributionForBN: | Mean Variance
LognormalDistributionForBN: | Mean Variance
UniformDistributionForBN: | Lower Upper
Mean: | @expression
Variance: | @expression
Lower: | @expression
Upper: | @expression
GaussianProcessModel: @common ~optimizer | @body RadialBasisKernel ARDSquaredExponentialKernel AbsoluteExponentialKernel GeneralizedExponentialKernel TrainingInstances
RadialBasisKernel: ~description gamma noiseVariance lambda
ARDSquaredExponentialKernel: ~description gamma noiseVariance | Lambda*
AbsoluteExponentialKernel: ~description gamma noiseVariance | Lambda*
GeneralizedExponentialKernel: ~description gamma noiseVariance degree | Lambda*
Lambda: | Array
TextModel: @common ~numberOfTerms ~numberOfDocuments | @body TextDictionary TextCorpus DocumentTermMatrix TextModelNormalization TextModelSimiliarity TextModelSimilarity
TextDictionary: | ~Taxonomy Array
TextCorpus: | TextDocument*
TextDocument: id name ~length ~file
DocumentTermMatrix: | Matrix
TextModelNormalization: localTermWeights globalTermWeights documentNormalization
TextModelSimiliarity: similarityType
TextModelSimilarity: similarityType
TimeSeriesModel: @common bestFit | @body TimeSeries* ~SpectralAnalysis ARIMA ExponentialSmoothing SeasonalTrendDecomposition StateSpaceModel GARCH
TimeSeries: usage ~startTime endTime ~interpolationMethod ~field | ~TimeAnchor TimeValue*
TimeAnchor: ~type ~offset ~stepsize ~displayName | ~TimeCycle* ~TimeException*
TimeValue: index ~time value ~standardError | ~Timestamp
ExponentialSmoothing: ~RMSE transformation | Level Trend Trend_ExpoSmooth Seasonality Seasonality_ExpoSmooth ~TimeValue*
Level: ~alpha !quadraticSmoothedValue !cubicSmoothedValue smoothedValue
Trend: trend ~gamma phi smoothedValue | @array
Trend_ExpoSmooth: trend ~gamma phi smoothedValue | @array
Seasonality: type period ~unit phase ~delta | @array
Seasonality_ExpoSmooth: type period ~unit phase ~delta | @array
ARIMA: RMSE transformation constantTerm predictionMethod | NonseasonalComponent SeasonalComponent !DynamicRegressor* ~MaximumLikelihoodStat !OutlierEffect*
NonseasonalComponent: p d q | AR MA
SeasonalComponent: P D Q period | AR MA
AR: | Array
MA: | MACoefficients Residuals
MACoefficients: | Array
Residuals: | Array
OutlierEffect: type startTime magnitude dampingCoefficient
DynamicRegressor: sourceField targetField transformation delay trend futureValuesMethod | Numerator Denominator RegressorValues
Numerator: | NonseasonalFactor SeasonalFactor
Denominator: | NonseasonalFactor SeasonalFactor
NonseasonalFactor: difference maximumOrder | Array
SeasonalFactor: difference maximumOrder | Array
RegressorValues: | TimeSeries TrendCoefficients TransferFunctionValues
TrendCoefficients: | @array
TransferFunctionValues: | Array
MaximumLikelihoodStat: method periodDeficit | KalmanState ThetaRecursionState
KalmanState: | FinalOmega FinalStateVector HVector
FinalOmega: | Matrix
FinalStateVector: | Array
HVector: | Array
ThetaRecursionState: | FinalNoise FinalPredictedNoise FinalTheta FinalNu
FinalNoise: | Array
FinalPredictedNoise: | Array
FinalTheta: | Theta*
Theta: i j theta
FinalNu: | Array
StateSpaceModel: ~RMSE variance !period=none intercept | StateVector TransitionMatrix MeasurementMatrix InterceptVector PredictedStateCovarianceMatrix SelectedStateCovarianceMatrix ObservationVarianceMatrix ~PsiVector !DynamicRegressor*
StateVector: | Array
TransitionMatrix: | Matrix
MeasurementMatrix: | Matrix
InterceptVector: type | Array
PredictedStateCovarianceMatrix: | Matrix
SelectedStateCovarianceMatrix: | Matrix
ObservationVarianceMatrix: | Matrix
PsiVector: | ...
SequenceModel: @common ~numberOfTransactions ~maxNumberOfItemsPerTransaction ~avgNumberOfItemsPerTransaction ~numberOfTransactionGroups ~maxNumberOfTAsPerTAGroup ~avgNumberOfTAsPerTAGroup | @body ~Constraints Item* Itemset* SetPredicate* Sequence* SequenceRule*
Constraints: ~minimumNumberOfItems ~maximumNumberOfItems ~minimumNumberOfAntecedentItems ~maximumNumberOfAntecedentItems ~minimumNumberOfConsequentItems ~maximumNumberOfConsequentItems ~minimumSupport ~minimumConfidence ~minimumLift ~minimumTotalSequenceTime ~maximumTotalSequenceTime ~minimumItemsetSeparationTime ~maximumItemsetSeparationTime ~minimumAntConsSeparationTime ~maximumAntConsSeparationTime
SetPredicate: id field operator | Array
SetReference: setId
SequenceReference: seqId
Sequence: id ~numberOfSets ~occurrence ~support | SetReference* Delimiter* ~Time*
Delimiter: delimiter gap
SequenceRule: id ~numberOfSets ~occurrence support confidence lift | AntecedentSequence ConsequentSequence Delimiter* ~Time*
AntecedentSequence: | SequenceReference* Delimiter* ~Time*
ConsequentSequence: | SequenceReference* Delimiter* ~Time*
True:
False:
Indices:
INT-Entries:
REAL-Entries:
euclidean:
squaredEuclidean:
chebychev:
cityBlock:
simpleMatching:
jaccard:
tanimoto:
row: | ...
Extension: | ...
Header: | ...
MiningBuildTask: | ...
ModelStats: | ...
ModelExplanation: | ...
Taxonomy: | ...
Decisions: | ...
Partition: | ...
KohonenMap: | ...
Covariances: | ...
CenterFields: | ...
PCovMatrix: | ...
CovariateList: | ...
EventValues: | ...
Comparisons: | Matrix
TableLocator: | ...
TimeCycle: | ...
TimeException: | ...
Timestamp: | ...
Time: | ...
SpectralAnalysis: | ...
SeasonalTrendDecomposition: | ...
GARCH: | ...
`

const models =
  'AnomalyDetectionModel AssociationModel BaselineModel BayesianNetworkModel ClusteringModel GaussianProcessModel GeneralRegressionModel MiningModel NaiveBayesModel NearestNeighborModel NeuralNetwork RegressionModel RuleSetModel Scorecard SequenceModel SupportVectorMachineModel TextModel TimeSeriesModel TreeModel'

/** Elements that stand for each other in one place. */
const groups: Readonly<Record<string, readonly string[]>> = {
  model: models.split(' '),
  expression: 'Constant FieldRef NormContinuous NormDiscrete Discretize MapValues TextIndex Apply Aggregate Lag'.split(
    ' ',
  ),
  predicate: 'SimplePredicate CompoundPredicate SimpleSetPredicate True False'.split(' '),
  embedded: ['Regression', 'DecisionTree'],
  array: ['Array', 'INT-SparseArray', 'REAL-SparseArray'],
  measure:
    'euclidean squaredEuclidean chebychev cityBlock minkowski simpleMatching jaccard tanimoto binarySimilarity'.split(
      ' ',
    ),
}

/** Attributes of every model element, and children of every model element. */
const common = 'functionName isScorable ~modelName ~algorithmName'
const body = 'MiningSchema Output ~ModelStats ~ModelExplanation Targets LocalTransformations ModelVerification'

/** What becomes of a part of a document: it takes part in scoring, has no effect on scores, or refuses the document. */
export type Effect = 'honoured' | 'none' | 'refused'

export interface AttributeRule {
  readonly name: string
  readonly effect: Effect
  /** Value with which a refused attribute changes nothing, or null. */
  readonly harmless: string | null
}

export interface ChildRule {
  readonly name: string
  readonly effect: Effect
  readonly isMany: boolean
  /** Name of the group that it is one of, or its own name: one of them may occur unless `isMany`. */
  readonly place: string
}

/** What the standard says about one element. */
export interface ElementRule {
  readonly name: string
  readonly attributes: ReadonlyMap<string, AttributeRule>
  readonly children: ReadonlyMap<string, ChildRule>
  /** True when what is inside has no effect on scores and may be anything. */
  readonly isOpaque: boolean
}

/** Every element of the standard by name. */
export const grammar: ReadonlyMap<string, ElementRule> = new Map(
  table
    .trim()
    .replaceAll('@common', common)
    .replaceAll('@body', body)
    .split('\n')
    .map((line) => {
      const rule = ruleOf(line)
      return [rule.name, rule]
    }),
)

/** Names of all model elements of the standard. */
export const standardModels: ReadonlySet<string> = new Set(groups['model'])

function ruleOf(line: string): ElementRule {
  const [name = '', rest = ''] = line.split(/:(.*)/)
  const [attributes = '', children = ''] = rest.split('|').map((part) => part.trim())
  const isOpaque = children === '...'
  return {
    name,
    attributes: new Map(wordsOf(attributes).map((word) => attributeRule(word))),
    children: new Map(isOpaque ? [] : wordsOf(children).flatMap((word) => childRules(word))),
    isOpaque,
  }
}

function wordsOf(text: string): string[] {
  return text === '' ? [] : text.split(' ')
}

function effectOf(word: string): { effect: Effect; rest: string } {
  if (word.startsWith('~')) return { effect: 'none', rest: word.slice(1) }
  return word.startsWith('!') ? { effect: 'refused', rest: word.slice(1) } : { effect: 'honoured', rest: word }
}

function attributeRule(word: string): [string, AttributeRule] {
  const { effect, rest } = effectOf(word)
  const [name = '', harmless = null] = rest.split('=')
  return [name, { name, effect, harmless }]
}

function childRules(word: string): [string, ChildRule][] {
  const { effect, rest } = effectOf(word)
  const isMany = rest.endsWith('*')
  const place = isMany ? rest.slice(0, -1) : rest
  const names = place.startsWith('@') ? (groups[place.slice(1)] ?? []) : [place]
  return names.map((name) => [name, { name, effect, isMany, place }])
}
