import { childOf, childrenOf, columnNamed, type DocumentReader, tableRows } from './document.ts'
import { nothingNear } from './faults.ts'
import { compareCells } from './functions.ts'
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

/** A NearestNeighborModel: training instances as numbers, and their target values. */
export interface NeighborsPlan {
  readonly kind: 'neighbors'
  readonly count: number
  readonly measure: MeasurePlan
  readonly continuous: 'average' | 'median' | 'weightedAverage'
  readonly categorical: 'majorityVote' | 'weightedMajorityVote'
  readonly threshold: number
  readonly inputs: readonly NeighborInput[]
  readonly instances: Float64Array // [instances, inputs]
  readonly ids: readonly string[]
  /** Values of each target; the first target is the model's own. */
  readonly targets: readonly {
    readonly name: string
    readonly slot: number
    readonly isNumber: boolean
    readonly values: readonly Cell[]
  }[]
}

interface NeighborInput {
  readonly slot: number
  readonly weight: number
  readonly compare: CompareFunction
  readonly scale: number
  /** Codes of the categories of a text field, or null for a number. */
  readonly codes: readonly Cell[] | null
}

const nameless = ''

/** Plans a NearestNeighborModel. */
export function planNeighbors(
  scope: Scope,
  model: XmlElement,
  targetNames: readonly string[],
  isClass: boolean,
): NeighborsPlan {
  const { reader, planner } = scope
  const training = childOf(model, 'TrainingInstances') ?? reader.fault(model, 'element TrainingInstances is missing')
  const columns = new Map(
    childrenOf(childOf(training, 'InstanceFields') ?? training, 'InstanceField').map((f) => {
      // the target of a segment without one has a column alone, as sklearn2pmml writes it
      const field = targetNames.length > 0 || f.attributes['field'] !== undefined ? reader.text(f, 'field') : nameless
      return [field, columnNamed(f.attributes['column'] ?? field)]
    }),
  )
  const isTransformed = reader.flag(training, 'isTransformed', false)
  const rows = tableRows(reader, training)
  const column = (field: string, at: XmlElement): string =>
    columns.get(field) ?? reader.fault(at, `field "${field}" is not an InstanceField`)
  const measure = planMeasure(
    reader,
    childOf(model, 'ComparisonMeasure') ?? reader.fault(model, 'element ComparisonMeasure is missing'),
  )
  const raw: (readonly (string | undefined)[])[] = []
  const inputs = childrenOf(childOf(model, 'KNNInputs') ?? model, 'KNNInput').map((input): NeighborInput => {
    const name = reader.text(input, 'field')
    const slot = scope.resolve(name, input)
    refuseCyclic(scope, name)
    if (!isTransformed && planner.slots[slot]?.kind === 'derived')
      reader.unsupported(training, `isTransformed="false" with the derived field "${name}"`)
    const { type } = scope.facts(slot)
    const name1 = column(name, input)
    const texts = rows.map((row) => row.get(name1))
    raw.push(texts)
    const isText = type.type === 'string' || type.type === 'boolean'
    const compare = reader.word(input, 'compareFunction', compareFunctions, measure.compare)
    if (compare === 'table') reader.unsupported(input, 'compareFunction="table"')
    return {
      slot,
      weight: reader.number(input, 'fieldWeight', 1),
      compare,
      scale: 1,
      codes: isText ? [...new Set(texts.filter((t) => t !== undefined).map((t) => reader.cellOrText(t, type)))] : null,
    }
  })
  const instances = new Float64Array(rows.length * inputs.length)
  inputs.forEach((input, k) => {
    const { type } = scope.facts(input.slot)
    const codeOf = new Map(input.codes?.map((code, i) => [code, i]))
    rows.forEach((_, r) => {
      const text = raw[k]?.[r]
      const value =
        text === undefined
          ? Number.NaN
          : input.codes
            ? (codeOf.get(reader.cellOrText(text, type)) as number)
            : reader.numberIn(training, text, 'a cell')
      instances[r * inputs.length + k] = value
    })
  })
  const names =
    targetNames.length > 0
      ? targetNames
      : columns.has(nameless)
        ? [nameless]
        : [...columns.keys()].filter((field) => planner.dataFields.has(field) && !scope.mining.has(field))
  const idField = model.attributes['instanceIdVariable']
  const idColumn = idField === undefined ? undefined : column(idField, model)
  return {
    kind: 'neighbors',
    count: numberOfNeighbors(reader, model),
    measure,
    continuous: reader.word(model, 'continuousScoringMethod', ['average', 'median', 'weightedAverage'], 'average'),
    categorical: reader.word(
      model,
      'categoricalScoringMethod',
      ['majorityVote', 'weightedMajorityVote'],
      'majorityVote',
    ),
    threshold: reader.number(model, 'threshold', 0.001),
    inputs,
    instances,
    ids: rows.map((row, i) => (idColumn === undefined ? undefined : row.get(idColumn)) ?? String(i + 1)),
    targets: names.map((name, i) => {
      const facts = planner.dataFields.get(name)?.facts
      const own = column(name, model)
      const isNumber = names.length > 1 ? facts?.optype === 'continuous' : !isClass
      const slot = planner.written({
        name,
        type: facts?.type ?? { type: 'double', year: 1970 },
        optype: facts?.optype ?? 'continuous',
        order: null,
      })
      if (names.length > 1 || i > 0) planner.column(name, slot, facts?.type ?? { type: 'double', year: 1970 })
      return {
        name,
        slot,
        isNumber,
        values: rows.map((row) => {
          const text = row.get(own)
          return text === undefined
            ? undefined
            : reader.cellOrText(
                text,
                isNumber ? { type: 'double', year: 1970 } : (facts?.type ?? { type: 'string', year: 1970 }),
              )
        }),
      }
    }),
  }
}

function numberOfNeighbors(reader: DocumentReader, model: XmlElement): number {
  const count = reader.number(model, 'numberOfNeighbors')
  if (!Number.isInteger(count) || count < 1)
    reader.fault(model, `attribute "numberOfNeighbors" is ${count}, expected a whole number from 1`)
  return count
}

/** Opens a NearestNeighborModel. */
export function openNeighbors(model: ModelPlan, plan: NeighborsPlan, machine: Machine): RunningModel {
  const outcome = new Outcome(model.result, model.categories)
  const n = plan.inputs.length
  const getters = plan.inputs.map((input) => {
    if (!input.codes) return machine.number(input.slot, 'element KNNInput')
    const get = machine.getter(input.slot)
    const { codes } = input
    const codeOf = new Map(codes.map((code, i) => [code, i]))
    return () => {
      const value = get()
      return value === undefined ? Number.NaN : (codeOf.get(value) ?? -1)
    }
  })
  const weights = Float64Array.from(plan.inputs, (input) => input.weight)
  const measure = measureOf(
    plan.measure,
    plan.inputs.map((input) => comparer(input.compare, input.scale)),
    weights,
  )
  const total = plan.ids.length
  const k = Math.min(plan.count, total)
  const sign = plan.measure.isSimilarity ? -1 : 1
  const x = new Float64Array(n)
  const distances = new Float64Array(total)
  outcome.entityIds = plan.ids
  const outcomes = plan.targets.map(() => new Outcome('cell', []))
  const run = (): void => {
    outcome.clear()
    for (const other of outcomes) other.clear()
    let present = 0
    for (let i = 0; i < n; i++) {
      x[i] = (getters[i] as () => number)()
      if (!Number.isNaN(x[i])) present++
    }
    outcome.entities = null
    if (present === 0) nothingNear(model.target.name)
    // Missing inputs are made up for by their number, whatever their weights are.
    for (let r = 0; r < total; r++) distances[r] = measure(x, plan.instances, r * n, n / present)
    const nearest = nearestOf(distances, k, sign)
    outcome.affinities = distances
    outcome.entities = nearest.map((r) => plan.ids[r] as string)
    outcome.entity = outcome.entities[0]
    for (let t = 0; t < plan.targets.length; t++) {
      const target = plan.targets[t] as NeighborsPlan['targets'][number]
      const value = target.isNumber
        ? average(plan, target.values, nearest, distances)
        : vote(plan, target.values, nearest, distances)
      machine.values[target.slot] = value
      if (t > 0) {
        ;(outcomes[t] as Outcome).cell = value
        continue
      }
      if (outcome.kind === 'number') outcome.number = typeof value === 'number' ? value : Number.NaN
      else if (outcome.kind === 'category') outcome.category = outcome.categories.indexOf(value)
      else outcome.cell = value
    }
  }
  const member = (_: string | null, name: string | null): RunningModel | null => {
    const at = plan.targets.findIndex((target) => target.name === name)
    return at > 0 ? { outcome: outcomes[at] as Outcome, run } : null
  }
  return { outcome, run, member }
}

/** Rows of the `k` nearest, nearest first, the earlier row first on a tie. */
function nearestOf(distances: Float64Array, k: number, sign: number): number[] {
  const best: number[] = []
  for (let r = 0; r < distances.length; r++) {
    const d = sign * (distances[r] as number)
    if (best.length === k && d >= sign * (distances[best[k - 1] as number] as number)) continue
    let at = best.length
    while (at > 0 && d < sign * (distances[best[at - 1] as number] as number)) at--
    best.splice(at, 0, r)
    if (best.length > k) best.pop()
  }
  return best
}

function nearness(plan: NeighborsPlan, distance: number): number {
  return plan.measure.isSimilarity ? distance : 1 / (distance + plan.threshold)
}

function average(
  plan: NeighborsPlan,
  values: readonly Cell[],
  nearest: readonly number[],
  distances: Float64Array,
): Cell {
  const numbers = nearest.map((r) => values[r] as number)
  if (plan.continuous === 'median') {
    const sorted = [...numbers].sort((a, b) => a - b)
    const middle = sorted.length >> 1
    return sorted.length % 2 ? sorted[middle] : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
  }
  let sum = 0
  let weights = 0
  nearest.forEach((r, i) => {
    const weight = plan.continuous === 'average' ? 1 : nearness(plan, distances[r] as number)
    sum += weight * (numbers[i] as number)
    weights += weight
  })
  return sum / weights
}

/** Votes by category; a tie goes to the category with more training instances, then to the smaller one. */
function vote(plan: NeighborsPlan, values: readonly Cell[], nearest: readonly number[], distances: Float64Array): Cell {
  const votes = new Map<Cell, number>()
  for (const r of nearest) {
    const weight = plan.categorical === 'majorityVote' ? 1 : nearness(plan, distances[r] as number)
    votes.set(values[r], (votes.get(values[r]) ?? 0) + weight)
  }
  const most = Math.max(...votes.values())
  const tied = [...votes].filter(([, v]) => v === most).map(([value]) => value)
  // Weights that are no numbers tie with nothing.
  if (tied.length <= 1) return tied[0]
  const frequency = (value: Cell) => values.reduce((n: number, v) => (v === value ? n + 1 : n), 0)
  return tied.reduce((best, value) => {
    const difference = frequency(value) - frequency(best) || compareCells(best, value)
    return difference > 0 ? value : best
  })
}
