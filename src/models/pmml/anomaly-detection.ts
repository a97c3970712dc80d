import { childOf, numbersOf } from './document.ts'
import type { ModelPlan } from './model-plan.ts'
import { type ModelOpener, Outcome, type RunningModel } from './outcome.ts'
import type { Scope } from './scope.ts'
import type { XmlElement } from './xml.ts'

/** An AnomalyDetectionModel: the model inside, and how its result becomes a score (PMML 4.4, Anomaly Detection Models). */
export interface AnomalyDetectionPlan {
  readonly kind: 'anomalyDetection'
  /** `same` takes the score of the model inside (one-class SVM, other). */
  readonly method: 'isolation' | 'clusterDistance' | 'same'
  readonly model: ModelPlan
  /** Average path length of a tree of the sample, for `isolation`. */
  readonly pathLength: number
  /** Mean distance to the center by cluster, for `clusterDistance`. */
  readonly distances: Float64Array // [clusters]
}

/** Plans an AnomalyDetectionModel around the model inside it. */
export function planAnomalyDetection(scope: Scope, element: XmlElement, model: ModelPlan): AnomalyDetectionPlan {
  const { reader } = scope
  const type = reader.word(element, 'algorithmType', ['iforest', 'ocsvm', 'clusterMeanDist', 'other'])
  if (element.attributes['functionName'] !== 'regression')
    reader.unsupported(element, `functionName="${element.attributes['functionName']}" of an anomaly detection`)
  const needsNumber = type !== 'clusterMeanDist'
  if (needsNumber && model.result !== 'number')
    reader.unsupported(element, `algorithmType="${type}" around a ${model.element} that predicts no number`)
  const plan = { kind: 'anomalyDetection', model, pathLength: 0, distances: new Float64Array(0) } as const
  switch (type) {
    case 'iforest': {
      const pathLength = averagePathLength(sampleSize(scope, element))
      return { ...plan, method: 'isolation', pathLength }
    }
    case 'clusterMeanDist':
      return { ...plan, method: 'clusterDistance', distances: planDistances(scope, element, model) }
    default:
      return { ...plan, method: 'same' }
  }
}

function sampleSize(scope: Scope, element: XmlElement): number {
  const size = scope.reader.number(element, 'sampleDataSize')
  if (!(Number.isInteger(size) && size > 1))
    scope.reader.fault(element, `attribute "sampleDataSize" is ${size}, expected a whole number above 1`)
  return size
}

/** Average path length of unsuccessful searches in a binary search tree of `n` items (Liu, Ting, Zhou 2008, equation 1; of 2012 for n = 2). */
function averagePathLength(n: number): number {
  const eulerGamma = 0.5772156649015329
  return n === 2 ? 1 : 2 * (Math.log(n - 1) + eulerGamma) - (2 * (n - 1)) / n
}

function planDistances(scope: Scope, element: XmlElement, model: ModelPlan): Float64Array {
  const { reader } = scope
  if (model.body.kind !== 'clustering')
    return reader.fault(element, `algorithmType="clusterMeanDist" needs a ClusteringModel, not ${model.element}`)
  if (model.body.measure.isSimilarity)
    reader.unsupported(element, 'algorithmType="clusterMeanDist" around a ClusteringModel that measures similarity')
  const holder = childOf(element, 'MeanClusterDistances')
  const array = holder && childOf(holder, 'Array')
  if (!array) return reader.fault(element, 'element MeanClusterDistances with an Array is missing')
  const distances = numbersOf(reader, array)
  const count = model.body.ids.length
  if (distances.length !== count) reader.fault(array, `has ${distances.length} items, expected ${count}`)
  return distances
}

/** Opens an AnomalyDetectionModel: a large score is an anomaly, but for a one-class SVM, where a negative one is. */
export function openAnomalyDetection(outer: ModelPlan, plan: AnomalyDetectionPlan, open: ModelOpener): RunningModel {
  const inner = open(plan.model)
  const outcome = new Outcome(outer.result, outer.categories)
  const run = (): void => {
    inner.run()
    outcome.clear()
    outcome.number = scoreOf(plan, inner.outcome)
  }
  return { outcome, run }
}

function scoreOf(plan: AnomalyDetectionPlan, inner: Outcome): number {
  switch (plan.method) {
    case 'isolation':
      return 2 ** (-inner.number / plan.pathLength)
    case 'clusterDistance': {
      const { affinities } = inner
      if (affinities === null) return Number.NaN
      let nearest = 0
      for (let i = 1; i < affinities.length; i++)
        if ((affinities[i] as number) < (affinities[nearest] as number)) nearest = i
      return (affinities[nearest] as number) / (plan.distances[nearest] as number)
    }
    case 'same':
      return inner.number
  }
}
