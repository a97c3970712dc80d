import type { BayesianNetworkPlan, ContinuousPlan, DistributionPlan } from './bayesian-plan.ts'
import { type Factor, posterior, type Query } from './elimination.ts'
import { openExpression } from './expressions.ts'
import { numberFrom } from './faults.ts'
import type { Machine } from './machine.ts'
import type { ModelPlan } from './model-plan.ts'
import { Outcome, type RunningModel } from './outcome.ts'

/** A distribution for the current record; what it is computed from may be missing (NaN). */
interface OpenDistribution {
  /** Natural logarithm of the density at `x`. */
  logDensity(x: number): number
  mean(): number
  variance(): number
}

/**
 * Opens a BayesianNetworkModel. Inputs that are missing are unknown and summed over; a value that a node does not have, an impossible
 * combination, or a distribution that cannot be computed gives no result.
 */
export function openBayesianNetwork(model: ModelPlan, plan: BayesianNetworkPlan, machine: Machine): RunningModel {
  const outcome = new Outcome(model.result, model.categories)
  const sizes = plan.variables.map(({ values }) => values.length)
  const query: Query = { sizes, order: plan.order, kept: plan.kept }
  const getters = plan.variables.map(({ slot }) => (slot >= 0 ? machine.getter(slot) : null))
  const evidence = new Int32Array(sizes.length)
  const observed = plan.observed.map((node) => openObserved(node, sizes, machine))
  const finish = plan.target ? openContinuous(plan.target, machine) : finishDiscrete
  /** Reads the inputs; false when one of them rules out a result. */
  const observe = (): boolean => {
    for (let v = 0; v < evidence.length; v++) {
      const value = getters[v]?.()
      const { values, isGiven } = plan.variables[v] as BayesianNetworkPlan['variables'][number]
      evidence[v] = value === undefined ? -1 : values.indexOf(value)
      if ((evidence[v] as number) < 0 && (value !== undefined || isGiven)) return false
    }
    return true
  }
  const run = (): void => {
    outcome.clear()
    if (!observe()) return
    const factors: Factor[] = [...plan.factors]
    for (const likelihood of observed) {
      const factor = likelihood()
      if (factor === 'impossible') return
      if (factor) factors.push(factor)
    }
    const joint = posterior(query, factors, evidence)
    if (joint) finish(outcome, joint)
  }
  return { outcome, run }
}

function finishDiscrete(outcome: Outcome, joint: Float64Array): void {
  outcome.probabilities.set(joint)
  outcome.hasProbabilities = true
  outcome.chooseLargest()
}

/** The mean of a mixture: one distribution for each combination of the parents' values, weighted by what these are likely to be. */
function openContinuous(plan: ContinuousPlan, machine: Machine): (outcome: Outcome, joint: Float64Array) => void {
  const rows = plan.rows.map((row) => openDistribution(row, machine))
  return (outcome, joint) => {
    let mean = 0
    let square = 0
    for (let r = 0; r < rows.length; r++) {
      const weight = joint[r] as number
      if (weight === 0) continue
      const row = rows[r] as OpenDistribution
      const own = row.mean()
      mean += weight * own
      square += weight * (row.variance() + own * own)
    }
    outcome.number = mean
    outcome.deviation = Math.sqrt(Math.max(0, square - mean * mean))
  }
}

/** How likely a continuous input is by the values of its parents; null when it is missing. */
function openObserved(
  plan: ContinuousPlan,
  sizes: readonly number[],
  machine: Machine,
): () => Factor | null | 'impossible' {
  const get = machine.number(plan.slot, 'element ContinuousNode')
  const rows = plan.rows.map((row) => openDistribution(row, machine))
  const size = plan.parents.reduce((n, v) => n * (sizes[v] as number), 1)
  return () => {
    const x = get()
    if (Number.isNaN(x)) return null
    const values = new Float64Array(size)
    let largest = Number.NEGATIVE_INFINITY
    for (let r = 0; r < size; r++) {
      const density = (rows[r] as OpenDistribution).logDensity(x)
      if (Number.isNaN(density)) return 'impossible'
      values[r] = density
      if (density > largest) largest = density
    }
    if (!Number.isFinite(largest)) return 'impossible'
    // Only the ratios matter; densities far from the means would vanish.
    for (let r = 0; r < size; r++) values[r] = Math.exp((values[r] as number) - largest)
    return { variables: plan.parents, values }
  }
}

function openDistribution(plan: DistributionPlan, machine: Machine): OpenDistribution {
  const opened = (expression: Parameters<typeof openExpression>[0]): (() => number) => {
    const get = openExpression(expression, machine)
    return () => numberFrom(get(), 'element ContinuousDistribution')
  }
  if (plan.kind === 'normal') {
    const mean = opened(plan.mean)
    const variance = opened(plan.variance)
    return {
      mean,
      variance,
      logDensity: (x) => {
        const spread = variance()
        const distance = x - mean()
        return spread > 0 ? -0.5 * (Math.log(2 * Math.PI * spread) + (distance * distance) / spread) : Number.NaN
      },
    }
  }
  const lower = opened(plan.lower)
  const upper = opened(plan.upper)
  return {
    mean: () => (lower() + upper()) / 2,
    variance: () => (upper() - lower()) ** 2 / 12,
    logDensity: (x) => {
      const [from, to] = [lower(), upper()]
      if (!(to > from)) return Number.NaN
      return x >= from && x <= to ? -Math.log(to - from) : Number.NEGATIVE_INFINITY
    },
  }
}
