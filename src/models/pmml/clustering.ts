import { planComparisons } from './comparison-table.ts'
import { childOf, childrenOf, itemsOf, numbersOf } from './document.ts'
import { nothingNear } from './faults.ts'
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
import type { Cell } from './types.ts'
import type { XmlElement } from './xml.ts'

/** A center-based ClusteringModel. */
export interface ClusteringPlan {
  readonly kind: 'clustering'
  readonly measure: MeasurePlan
  readonly slots: readonly number[]
  /** Values of a field whose values are numbered, as it is text or compared by a table; null for a number. */
  readonly codes: readonly (readonly Cell[] | null)[]
  readonly weights: Float64Array // [fields]
  readonly compares: readonly ComparePlan[]
  readonly missingWeights: Float64Array | null // [fields]
  readonly centers: Float64Array // [clusters, fields]
  readonly ids: readonly string[]
  readonly names: readonly string[]
}

interface ComparePlan {
  readonly name: CompareFunction
  readonly scale: number
  /** For compareFunction="table". */
  readonly table: Float64Array | null // [values, values], row-major
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
  const arrays = clusters.map(
    (cluster) => childOf(cluster, 'Array') ?? reader.fault(cluster, 'element Array is missing'),
  )
  const slots = fields.map((field) => {
    const name = reader.text(field, 'field')
    refuseCyclic(scope, name)
    return scope.resolve(name, field)
  })
  const names = fields.map((field) => reader.word(field, 'compareFunction', compareFunctions, measure.compare))
  const items = arrays.map((array) => {
    const texts = itemsOf(reader, array)
    if (texts.length !== fields.length) reader.fault(array, `has ${texts.length} items, expected ${fields.length}`)
    return texts
  })
  const codes = slots.map((slot, i) => {
    const field = fields[i] as XmlElement
    const isTable = names[i] === 'table'
    const { type, order } = scope.facts(slot)
    if (!isTable && type.type !== 'string') return null
    if (measure.isSimilarity)
      reader.unsupported(field, `a field of texts or with a table in the measure ${measure.name}`)
    if (isTable) return order ?? reader.unsupported(field, 'compareFunction="table" of a field without Values')
    if (names[i] !== 'delta' && names[i] !== 'equal')
      reader.unsupported(field, `compareFunction="${names[i]}" of a field of texts`)
    return order ?? [...new Set(items.map((texts) => texts[i] as string))]
  })
  const codeOf = (values: readonly Cell[], text: string, slot: number, array: XmlElement): number => {
    const code = values.indexOf(reader.cellOrText(text, scope.facts(slot).type))
    return code >= 0 ? code : reader.fault(array, `"${text}" is not a value of field "${scope.facts(slot).name}"`)
  }
  const rows = items.map((texts, c) => {
    const array = arrays[c] as XmlElement
    return texts.map((text, i) => {
      const values = codes[i]
      return values ? codeOf(values, text, slots[i] as number, array) : reader.numberIn(array, text, 'an item')
    })
  })
  const missing = childOf(model, 'MissingValueWeights')
  const missingArray = missing && childOf(missing, 'Array')
  return {
    kind: 'clustering',
    measure,
    slots,
    codes,
    weights: Float64Array.from(fields, (field) => reader.number(field, 'fieldWeight', 1)),
    compares: fields.map((field, i) => {
      const name = names[i] as CompareFunction
      const table = name === 'table' ? planComparisons(scope, field, codes[i]?.length ?? 0) : null
      return { name, scale: reader.number(field, 'similarityScale', 1), table }
    }),
    missingWeights: missingArray ? numbersOf(reader, missingArray) : null,
    centers: Float64Array.from(rows.flat()),
    ids: clusters.map((cluster, i) => cluster.attributes['id'] ?? String(i + 1)),
    names: clusters.map((cluster) => cluster.attributes['name'] ?? ''),
  }
}

/** Opens a ClusteringModel: the nearest center wins, the first one on a tie. */
export function openClustering(model: ModelPlan, plan: ClusteringPlan, machine: Machine): RunningModel {
  const outcome = new Outcome(model.result, model.categories)
  const getters = plan.slots.map((slot, i) => {
    const values = plan.codes[i]
    // A value that is not in the table cannot be compared: it is left out like a missing one.
    const unknown = plan.compares[i]?.table ? Number.NaN : -1
    return values ? openCode(machine, slot, values, unknown) : machine.number(slot, 'element ClusteringField')
  })
  const compares = plan.compares.map(({ name, scale, table }, i) =>
    table ? lookUp(table, plan.codes[i]?.length ?? 0) : comparer(name, scale),
  )
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
    if (seen === 0) nothingNear(model.target.name)
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

/** Number of a field's value: NaN when it is missing, `unknown` for one that the field does not declare. */
function openCode(machine: Machine, slot: number, values: readonly Cell[], unknown: number): () => number {
  const get = machine.getter(slot)
  const numbers = new Map(values.map((value, i) => [value, i]))
  return () => {
    const value = get()
    return value === undefined ? Number.NaN : (numbers.get(value) ?? unknown)
  }
}

/** Compares by a table. */
function lookUp(table: Float64Array, size: number): (x: number, y: number) => number {
  return (x, y) => table[x * size + y] as number
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
