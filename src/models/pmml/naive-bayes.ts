import { childOf, childrenOf } from './document.ts'
import { planOne } from './expression-plan.ts'
import type { Machine } from './machine.ts'
import type { ModelPlan } from './model-plan.ts'
import { Outcome, type RunningModel } from './outcome.ts'
import { softmax } from './regression.ts'
import type { Scope } from './scope.ts'
import type { Labels } from './tree-plan.ts'
import type { Cell } from './types.ts'
import type { XmlElement } from './xml.ts'

/** A NaiveBayesModel: logarithms of likelihoods by input, [categories]. */
export interface NaiveBayesPlan {
  readonly kind: 'naiveBayes'
  readonly threshold: number
  readonly priors: Float64Array // [categories], log of counts
  readonly inputs: readonly InputPlan[]
}

type InputPlan =
  | {
      readonly kind: 'counts'
      readonly slot: number
      readonly rows: readonly { readonly value: Cell; readonly logs: Float64Array }[]
    }
  | { readonly kind: 'gaussian'; readonly slot: number; readonly means: Float64Array; readonly variances: Float64Array }
  | { readonly kind: 'poisson'; readonly slot: number; readonly means: Float64Array }

/** Plans a NaiveBayesModel. */
export function planNaiveBayes(
  scope: Scope,
  model: XmlElement,
  labels: Labels,
  labelOf: (text: string) => Cell,
): NaiveBayesPlan {
  const { reader } = scope
  const threshold = reader.number(model, 'threshold')
  const output = childOf(model, 'BayesOutput') ?? reader.fault(model, 'element BayesOutput is missing')
  const counts = countsOf(
    childOf(output, 'TargetValueCounts') ?? reader.fault(output, 'element TargetValueCounts is missing'),
  )
  function countsOf(holder: XmlElement): Map<number, number> {
    return new Map(
      childrenOf(holder, 'TargetValueCount').map((c) => [
        labels.at(labelOf(reader.text(c, 'value'))),
        reader.number(c, 'count'),
      ]),
    )
  }
  const width = labels.cells.length
  const inputs = childrenOf(childOf(model, 'BayesInputs') ?? model, 'BayesInput').map((input): InputPlan => {
    const planned = planInput(input)
    if (labels.cells.length > width)
      reader.fault(input, `has the category "${String(labels.cells[width])}", which BayesOutput does not have`)
    return planned
  })
  function planInput(input: XmlElement): InputPlan {
    const slot = slotOf(scope, input)
    const stats = childOf(input, 'TargetValueStats')
    if (stats) return planStats(scope, stats, slot, labels, labelOf)
    const pairs = childrenOf(input, 'PairCounts').map((pair) => ({
      value: reader.cellOrText(reader.text(pair, 'value'), scope.facts(slot).type),
      counts: countsOf(
        childOf(pair, 'TargetValueCounts') ?? reader.fault(pair, 'element TargetValueCounts is missing'),
      ),
    }))
    const totals = Array.from({ length: width }, (_, c) =>
      pairs.reduce((sum, pair) => sum + (pair.counts.get(c) ?? 0), 0),
    )
    return {
      kind: 'counts',
      slot,
      rows: pairs.map(({ value, counts: own }) => ({
        value,
        logs: Float64Array.from(totals, (total, c) => {
          // A category that the counts leave out is not judged by this input.
          const count = own.get(c)
          if (count === undefined) return 0
          return Math.log(count > 0 && total > 0 ? count / total : threshold)
        }),
      })),
    }
  }
  const all = [...counts.values()].reduce((sum, c) => sum + c, 0)
  return {
    kind: 'naiveBayes',
    threshold,
    priors: Float64Array.from({ length: labels.cells.length }, (_, c) => Math.log((counts.get(c) ?? 0) / all)),
    inputs,
  }
}

function slotOf(scope: Scope, input: XmlElement): number {
  const { reader, planner } = scope
  const derived = childOf(input, 'DerivedField')
  if (!derived) return scope.resolve(reader.text(input, 'fieldName'), input)
  const element =
    derived.children.find((c) => c.name === 'Discretize') ?? derived.children.find((c) => c.name !== 'Extension')
  if (!element) return reader.fault(derived, 'holds no expression')
  const expression = planOne(scope, element, null)
  const type = reader.dataType(derived, { type: 'string', year: 1970 })
  const name = derived.attributes['name'] ?? reader.text(input, 'fieldName')
  return planner.slot(
    { kind: 'derived', name, type, from: expression.type, expression },
    { name, type, optype: 'categorical', order: null },
  )
}

function planStats(
  scope: Scope,
  stats: XmlElement,
  slot: number,
  labels: Labels,
  labelOf: (text: string) => Cell,
): InputPlan {
  const { reader } = scope
  const means = new Float64Array(labels.cells.length).fill(Number.NaN)
  const variances = new Float64Array(labels.cells.length).fill(Number.NaN)
  let isPoisson = false
  for (const stat of childrenOf(stats, 'TargetValueStat')) {
    const category = labels.at(labelOf(reader.text(stat, 'value')))
    const gaussian = childOf(stat, 'GaussianDistribution')
    const poisson = childOf(stat, 'PoissonDistribution')
    const distribution = gaussian ?? poisson ?? reader.unsupported(stat, 'this kind of distribution')
    isPoisson = poisson !== null
    means[category] = reader.number(distribution, 'mean')
    if (gaussian) variances[category] = reader.number(gaussian, 'variance')
  }
  return isPoisson ? { kind: 'poisson', slot, means } : { kind: 'gaussian', slot, means, variances }
}

/** Opens a NaiveBayesModel; missing inputs are left out. */
export function openNaiveBayes(model: ModelPlan, plan: NaiveBayesPlan, machine: Machine): RunningModel {
  const outcome = new Outcome(model.result, model.categories)
  const sums = new Float64Array(plan.priors.length)
  const floor = Math.log(plan.threshold)
  const steps = plan.inputs.map((input) => openInput(input, machine, sums, floor))
  const run = (): void => {
    outcome.clear()
    sums.set(plan.priors)
    for (const step of steps) step()
    softmax(sums)
    // Categories that only the Targets name come after those of the model.
    outcome.probabilities.fill(0)
    outcome.probabilities.set(sums)
    outcome.hasProbabilities = true
    outcome.chooseLargest()
    if (outcome.category < 0) outcome.category = 0
  }
  return { outcome, run }
}

function openInput(plan: InputPlan, machine: Machine, sums: Float64Array, floor: number): () => void {
  if (plan.kind === 'counts') {
    const get = machine.getter(plan.slot)
    const rows = new Map(plan.rows.map((row) => [row.value, row.logs]))
    return () => {
      const value = get()
      if (value === undefined) return
      const logs = rows.get(value)
      if (!logs) return
      for (let c = 0; c < sums.length; c++) sums[c] = (sums[c] as number) + (logs[c] as number)
    }
  }
  const get = machine.number(plan.slot, 'element BayesInput')
  const logOf =
    plan.kind === 'gaussian'
      ? (x: number, c: number): number => {
          const variance = plan.variances[c] as number
          return -0.5 * Math.log(2 * Math.PI * variance) - (x - (plan.means[c] as number)) ** 2 / (2 * variance)
        }
      : (x: number, c: number): number =>
          x < 0
            ? Number.NEGATIVE_INFINITY
            : x * Math.log(plan.means[c] as number) - (plan.means[c] as number) - logFactorial(x)
  return () => {
    const x = get()
    if (Number.isNaN(x)) return
    for (let c = 0; c < sums.length; c++) {
      const log = logOf(x, c)
      // The density itself is compared, as a far value has none that a double could hold.
      sums[c] = (sums[c] as number) + (log > floor && Math.exp(log) > 0 ? log : floor)
    }
  }
}

function logFactorial(x: number): number {
  let sum = 0
  for (let i = 2; i <= Math.min(x, 1e6); i++) sum += Math.log(i)
  return sum
}
