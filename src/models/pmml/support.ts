/** One thing of the standard that is not supported: documents that use it are refused with its place. */
export interface Exception {
  /** Element that has it. */
  readonly element: string
  /** What of it, as a reader of the standard looks for it. */
  readonly what: string
}

/**
 * All that the standard has and we refuse, element by element: the support list is made of it, and its test holds a document for each.
 * What the grammar refuses (`!`) is here too.
 */
export const exceptions: readonly Exception[] = [
  { element: 'PMML', what: '`version` before 3.0 and after 4.4' },
  {
    element: 'DataField',
    what: '`isCyclic="1"` of a field that is compared by distance (ClusteringModel, NearestNeighborModel)',
  },
  { element: 'DataField', what: '`taxonomy` of a field that holds items (AssociationModel, SequenceModel)' },
  { element: 'NormDiscrete', what: '`method` other than `indicator`' },
  { element: 'MapValues', what: 'element `TableLocator`' },
  { element: 'TextIndexNormalization', what: 'element `TableLocator`' },
  { element: 'TextIndexNormalization', what: '`maxLevenshteinDistance` other than 0' },
  {
    element: 'TextIndexNormalization',
    what: '`tokenize` and `wordSeparatorCharacterRE` other than those of its TextIndex',
  },
  { element: 'Apply', what: '`function` that is neither a built-in function nor defined in the document' },
  { element: 'Apply', what: '`invalidValueTreatment="asValue"`' },
  {
    element: 'Apply',
    what: 'regular expressions without equivalent in JavaScript: possessive quantifiers, atomic groups, flags inside, class intersections, recursion',
  },
  { element: 'Apply', what: 'regular expressions that repeat what repeats together with looking around or back' },
  { element: 'Aggregate', what: '`sqlWhere`' },
  { element: 'Lag', what: 'inside a DefineFunction' },
  {
    element: 'OutputField',
    what: '`feature` that the model does not give: `standardError` and `standardDeviation` except of Gaussian processes, Bayesian networks and forecasts',
  },
  { element: 'RegressionModel', what: '`normalizationMethod="exp"` of a classification' },
  { element: 'RegressionModel', what: '`normalizationMethod="simplemax"` of a regression' },
  { element: 'GeneralRegressionModel', what: '`modelType="CoxRegression"` of a classification' },
  { element: 'PPCell', what: '`targetCategory` outside `modelType="multinomialLogistic"`' },
  { element: 'PCell', what: '`targetCategory` in a regression' },
  { element: 'Predictor', what: 'a contrast Matrix of `kind` other than `any`' },
  { element: 'NeuralNetwork', what: 'several target fields of a classification' },
  {
    element: 'NeuralOutput',
    what: 'another expression than NormDiscrete for a classification, than FieldRef and NormContinuous for a regression',
  },
  {
    element: 'SupportVectorMachineModel',
    what: '`svmRepresentation="Coefficients"` with another kernel than the linear one',
  },
  { element: 'TargetValueStat', what: 'element `AnyDistribution`' },
  { element: 'TargetValueStat', what: 'element `UniformDistribution`' },
  { element: 'ClusteringModel', what: '`modelClass="distributionBased"`' },
  { element: 'ComparisonMeasure', what: '`kind` other than that of its measure' },
  { element: 'KNNInput', what: '`compareFunction="table"`' },
  { element: 'TrainingInstances', what: 'element `TableLocator`' },
  { element: 'TrainingInstances', what: '`isTransformed="false"` with a derived field as KNNInput' },
  { element: 'Segmentation', what: 'element `LocalTransformations`' },
  { element: 'Segmentation', what: '`multipleModelMethod` of votes for a regression' },
  {
    element: 'Segmentation',
    what: 'segments that predict numbers and categories at once, unless they are chained or selected',
  },
  { element: 'TestDistributions', what: '`testStatistic` other than `zValue` and `CUSUM`' },
  { element: 'TestDistributions', what: '`windowSize`, `weightField` and `normalizationScheme`' },
  { element: 'TimeSeriesModel', what: '`bestFit` of `SpectralAnalysis`, `SeasonalTrendDecomposition` and `GARCH`' },
  { element: 'TimeSeriesModel', what: 'element `Targets`' },
  { element: 'ARIMA', what: '`predictionMethod="exactLeastSquares"`' },
  { element: 'ARIMA', what: 'element `DynamicRegressor`' },
  { element: 'ARIMA', what: 'element `OutlierEffect`' },
  { element: 'StateSpaceModel', what: 'element `DynamicRegressor`' },
  { element: 'StateSpaceModel', what: '`period` other than `none`' },
  { element: 'Level', what: '`quadraticSmoothedValue`' },
  { element: 'Level', what: '`cubicSmoothedValue`' },
]

/** More refusals, each beside the tests of the file that makes it: limits of size, and combinations that the grammar does not tell. */
export const restrictions: readonly Exception[] = [
  { element: 'AnomalyDetectionModel', what: '`functionName="classification"`' },
  {
    element: 'AnomalyDetectionModel',
    what: '`algorithmType="clusterMeanDist"` around clusters that are compared by similarity, another one around a model that predicts no number',
  },
  { element: 'BaselineModel', what: '`functionName="classification"`' },
  { element: 'TestDistributions', what: '`AnyDistribution` for `testStatistic="CUSUM"`' },
  { element: 'BayesianNetworkModel', what: 'other than one target field' },
  {
    element: 'BayesianNetworkModel',
    what: 'more than 2,000 nodes, and answers that need a table of more than 2^20 numbers',
  },
  { element: 'ContinuousNode', what: 'a node with dependants that is neither an input nor the target' },
  { element: 'ContinuousNode', what: 'a parent with values (ParentValue) that is itself continuous' },
  {
    element: 'ContinuousConditionalProbability',
    what: 'a second distribution, and a distribution that depends on a node that is not an input',
  },
  { element: 'ContinuousDistribution', what: '`LognormalDistributionForBN` and `TriangularDistributionForBN`' },
  { element: 'GaussianProcessModel', what: 'other than `functionName="regression"` and one target field' },
  { element: 'GaussianProcessModel', what: 'more than 4,000 training instances' },
  { element: 'MiningModel', what: 'an embedded model beside a Segmentation' },
  {
    element: 'Node',
    what: 'two embedded models, or one in a tree with `missingValueStrategy` `weightedConfidence` or `aggregateNodes`',
  },
  {
    element: 'Node',
    what: "an embedded model whose result is of another kind than the tree's, or has labels of its own in a tree of an ensemble",
  },
  {
    element: 'ClusteringField',
    what: '`compareFunction="table"` of continuous fields without values; `absDiff` and `gaussSim` of texts',
  },
  { element: 'TextModel', what: 'more than 50 million cells, `diagDefault` of the matrix' },
  {
    element: 'TextModelSimiliarity',
    what: '`euclidean` with logarithmic weights that no cosine normalises: the base is not told',
  },
  { element: 'SetPredicate', what: '`operator` other than `supersetOf`' },
  { element: 'TimeSeries', what: 'an index that is left out' },
  { element: 'ExponentialSmoothing', what: 'confidence intervals and standard errors' },
  {
    element: 'Trend_ExpoSmooth',
    what: '`trend` `double_exponential` and `polynomial_exponential`, `phi` other than 1 of a trend that is not damped',
  },
  {
    element: 'Seasonality_ExpoSmooth',
    what: '`phase` other than 0 or the period, or none when the series ends within a period',
  },
  { element: 'ARIMA', what: 'confidence intervals without `RMSE`, residuals that are too few for the lags' },
  {
    element: 'StateSpaceModel',
    what: 'several measurements, matrices of `MatCell`, an `InterceptVector` of states, confidence intervals from a `PsiVector` alone',
  },
  { element: 'StateSpaceModel', what: 'more than 1,000 states, horizons above 10,000' },
  { element: 'Lag', what: '`aggregate="stddev"`' },
  { element: 'Segmentation', what: 'no Segment at all' },
]

/** Elements that occur only inside what is refused. */
export const refusedElements: ReadonlySet<string> = new Set([
  'CountTable',
  'NormalizedCountTable',
  'FieldValue',
  'FieldValueCount',
  'LognormalDistributionForBN',
  'TriangularDistributionForBN',
  'DynamicRegressor',
  'OutlierEffect',
  'Numerator',
  'Denominator',
  'NonseasonalFactor',
  'SeasonalFactor',
  'RegressorValues',
  'TrendCoefficients',
  'TransferFunctionValues',
  'TableLocator',
  'Covariances',
  'SpectralAnalysis',
  'SeasonalTrendDecomposition',
  'GARCH',
  'MaximumLikelihoodStat',
  'KalmanState',
  'FinalOmega',
  'FinalStateVector',
  'HVector',
  'ThetaRecursionState',
  'FinalNoise',
  'FinalPredictedNoise',
  'FinalTheta',
  'Theta',
  'FinalNu',
])
