import { childOf, childrenOf, numbersOf } from './document.ts'
import type { Machine } from './machine.ts'
import {
  type CompareFunction,
  compareFunctions,
  comparer,
  type MeasurePlan,
  measureOf,
  planMeasure,
  refuseCyclic,
} from './measure.ts'
import type { ModelPlan } from './model-plan.ts'
import { Outcome, type RunningModel } from './outcome.ts'
import type { Scope } from './scope.ts'
import type { XmlElement } from './xml.ts'

/** A center-based ClusteringModel. */
export interface ClusteringPlan {
  readonly kind: 'clustering'
  readonly measure: MeasurePlan
  readonly slots: readonly number[]
  readonly weights: Float64Array // [fields]
  readonly compares: readonly { readonly name: CompareFunction; readonly scale: number }[]
  readonly missingWeights: Float64Array | null // [fields]
  readonly centers: Float64Array // [clusters, fields]
  readonly ids: readonly string[]
  readonly names: readonly string[]
}

/** Plans a ClusteringModel. */
export function planClustering(scope: Scope, model: XmlElement): ClusteringPlan {
  const { reader } = scope
  reader.word(model, 'modelClass', ['centerBased'])
  const fields = childrenOf(model, 'ClusteringField').filter((field) => reader.flag(field, 'isCenterField', true))
  const measure = planMeasure(
    reader,
    childOf(model, 'ComparisonMeasure') ?? reader.fault(model, 'element ComparisonMeasure is missing'),
  )
  const clusters = childrenOf(model, 'Cluster')
  const rows = clusters.map((cluster) => {
    const array = childOf(cluster, 'Array') ?? reader.fault(cluster, 'element Array is missing')
    const numbers = numbersOf(reader, array)
    if (numbers.length !== fields.length) reader.fault(array, `has ${numbers.length} items, expected ${fields.length}`)
    return numbers
  })
  const missing = childOf(model, 'MissingValueWeights')
  const missingArray = missing && childOf(missing, 'Array')
  return {
    kind: 'clustering',
    measure,
    slots: fields.map((field) => {
      const name = reader.text(field, 'field')
      refuseCyclic(scope, name)
      return scope.resolve(name, field)
    }),
    weights: Float64Array.from(fields, (field) => reader.number(field, 'fieldWeight', 1)),
    compares: fields.map((field) => {
      const name = reader.word(field, 'compareFunction', compareFunctions, measure.compare)
      if (name === 'table') reader.unsupported(field, 'compareFunction="table"')
      return { name, scale: reader.number(field, 'similarityScale', 1) }
    }),
    missingWeights: missingArray ? numbersOf(reader, missingArray) : null,
    centers: Float64Array.from(rows.flatMap((row) => [...row])),
    ids: clusters.map((cluster, i) => cluster.attributes['id'] ?? String(i + 1)),
    names: clusters.map((cluster) => cluster.attributes['name'] ?? ''),
  }
}

/** Opens a ClusteringModel: the nearest center wins, the first one on a tie. */
export function openClustering(model: ModelPlan, plan: ClusteringPlan, machine: Machine): RunningModel {
  const outcome = new Outcome(model.result, model.categories)
  const getters = plan.slots.map((slot) => machine.number(slot, 'element ClusteringField'))
  const compares = plan.compares.map(({ name, scale }) => comparer(name, scale))
  const measure = measureOf(plan.measure, compares, plan.weights)
  const x = new Float64Array(getters.length)
  const affinities = new Float64Array(plan.ids.length)
  outcome.entityIds = plan.ids
  outcome.entityNames = plan.names
  const sign = plan.measure.isSimilarity ? -1 : 1
  const run = (): void => {
    outcome.clear()
    outcome.affinities = null
    let seen = 0
    for (let i = 0; i < x.length; i++) {
      x[i] = (getters[i] as () => number)()
      if (!Number.isNaN(x[i])) seen++
    }
    if (seen === 0) return
    const adjust = seen === x.length ? 1 : adjustment(x, plan.missingWeights)
    let best = 0
    for (let c = 0; c < affinities.length; c++) {
      affinities[c] = measure(x, plan.centers, c * x.length, adjust)
      if (sign * (affinities[c] as number) < sign * (affinities[best] as number)) best = c
    }
    outcome.affinities = affinities
    outcome.entities = null
    outcome.cell = plan.ids[best]
    outcome.entity = plan.ids[best]
    outcome.display = plan.names[best] || undefined
    outcome.entities = ranked(plan.ids, affinities, sign)
  }
  return { outcome, run }
}

/** Weight of all fields over the weight of those that are present. */
function adjustment(x: Float64Array, weights: Float64Array | null): number {
  let all = 0
  let present = 0
  for (let i = 0; i < x.length; i++) {
    const weight = weights ? (weights[i] as number) : 1
    all += weight
    if (!Number.isNaN(x[i])) present += weight
  }
  return all / present
}

function ranked(ids: readonly string[], affinities: Float64Array, sign: number): string[] {
  return ids
    .map((_, i) => i)
    .sort((a, b) => sign * ((affinities[a] as number) - (affinities[b] as number)))
    .map((i) => ids[i] as string)
}
