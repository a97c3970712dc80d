import { childAmong, childOf } from './document.ts'
import type { Machine } from './machine.ts'
import type { ModelPlan } from './model-plan.ts'
import { Outcome, type RunningModel } from './outcome.ts'
import type { Scope } from './scope.ts'
import { logGamma } from './special.ts'
import type { XmlElement } from './xml.ts'

/** A BaselineModel: a statistic that tells whether a field still has the distribution that it had (PMML 4.1, Baseline Model). */
export interface BaselinePlan {
  readonly kind: 'baseline'
  readonly slot: number
  readonly statistic:
    | { readonly name: 'zValue'; readonly mean: number; readonly deviation: number }
    | {
        readonly name: 'CUSUM'
        readonly baseline: DistributionPlan
        readonly alternate: DistributionPlan
        readonly reset: number
      }
}

/** A distribution of one continuous field. `any` is one of which only mean and variance are known. */
export type DistributionPlan =
  | { readonly kind: 'any' | 'gaussian'; readonly mean: number; readonly variance: number }
  | { readonly kind: 'poisson'; readonly mean: number }
  | { readonly kind: 'uniform'; readonly lower: number; readonly upper: number }

const distributions: ReadonlySet<string> = new Set([
  'AnyDistribution',
  'GaussianDistribution',
  'PoissonDistribution',
  'UniformDistribution',
])

const statistics = ['zValue', 'chiSquareIndependence', 'chiSquareDistribution', 'CUSUM', 'scalarProduct'] as const

/** Plans a BaselineModel. A CUSUM depends on the records before: it makes the whole document stateful. */
export function planBaseline(scope: Scope, model: XmlElement): BaselinePlan {
  const { reader } = scope
  if (model.attributes['functionName'] === 'classification')
    reader.unsupported(model, 'functionName="classification" of a baseline model')
  const test = childOf(model, 'TestDistributions') ?? reader.fault(model, 'element TestDistributions is missing')
  const name = reader.word(test, 'testStatistic', statistics)
  if (name !== 'zValue' && name !== 'CUSUM') {
    // The standard names these three, but says neither which statistic of which records it is nor what of it is the predicted value.
    return reader.unsupported(test, `testStatistic="${name}"`)
  }
  const window = reader.number(test, 'windowSize', 0)
  if (window !== 0) reader.unsupported(test, `windowSize="${window}" of testStatistic="${name}"`)
  for (const attribute of ['weightField', 'normalizationScheme'])
    if (test.attributes[attribute] !== undefined)
      reader.unsupported(test, `attribute ${attribute} of testStatistic="${name}"`)
  const slot = scope.resolve(reader.text(test, 'field'), test)
  const baseline = planDistribution(scope, test, 'Baseline')
  if (name === 'zValue') {
    const { mean, variance } = moments(baseline.plan)
    if (!(variance > 0)) reader.fault(baseline.element, `has a variance of ${variance}, expected a number above 0`)
    return { kind: 'baseline', slot, statistic: { name, mean, deviation: Math.sqrt(variance) } }
  }
  const alternate = planDistribution(scope, test, 'Alternate')
  for (const { element, plan } of [baseline, alternate]) {
    if (plan.kind === 'any')
      reader.unsupported(element, 'an AnyDistribution of testStatistic="CUSUM": it has no density')
    if (!(moments(plan).variance > 0)) reader.fault(element, 'has no variance, expected one above 0')
  }
  scope.planner.isStateful = true
  return {
    kind: 'baseline',
    slot,
    statistic: {
      name,
      baseline: baseline.plan,
      alternate: alternate.plan,
      reset: reader.number(test, 'resetValue', 0),
    },
  }
}

function planDistribution(
  scope: Scope,
  test: XmlElement,
  holder: 'Baseline' | 'Alternate',
): { readonly element: XmlElement; readonly plan: DistributionPlan } {
  const { reader } = scope
  const parent = childOf(test, holder) ?? reader.fault(test, `element ${holder} is missing`)
  const element =
    childAmong(parent, distributions) ?? reader.fault(parent, 'holds no distribution of a continuous field')
  const number = (attribute: string) => reader.number(element, attribute)
  switch (element.name) {
    case 'PoissonDistribution':
      return { element, plan: { kind: 'poisson', mean: number('mean') } }
    case 'UniformDistribution':
      return { element, plan: { kind: 'uniform', lower: number('lower'), upper: number('upper') } }
    default: {
      const kind = element.name === 'AnyDistribution' ? 'any' : 'gaussian'
      return { element, plan: { kind, mean: number('mean'), variance: number('variance') } }
    }
  }
}

function moments(plan: DistributionPlan): { readonly mean: number; readonly variance: number } {
  switch (plan.kind) {
    case 'poisson':
      return { mean: plan.mean, variance: plan.mean }
    case 'uniform': {
      const width = plan.upper - plan.lower
      return { mean: (plan.lower + plan.upper) / 2, variance: width > 0 ? (width * width) / 12 : 0 }
    }
    default:
      return plan
  }
}

/** Natural logarithm of the density, or of the probability of a count; -Infinity where there is none. */
function logDensity(plan: DistributionPlan, x: number): number {
  switch (plan.kind) {
    case 'poisson':
      if (!(Number.isInteger(x) && x >= 0)) return Number.NEGATIVE_INFINITY
      return x * Math.log(plan.mean) - plan.mean - logGamma(x + 1)
    case 'uniform':
      return x >= plan.lower && x <= plan.upper ? -Math.log(plan.upper - plan.lower) : Number.NEGATIVE_INFINITY
    default: {
      const distance = x - plan.mean
      return -0.5 * (Math.log(2 * Math.PI * plan.variance) + (distance * distance) / plan.variance)
    }
  }
}

/**
 * Opens a BaselineModel. The sum of a CUSUM starts at 0, lives as long as what is opened here, and stays as it is when a record's
 * field is missing or impossible under both distributions: such a record has no result.
 */
export function openBaseline(model: ModelPlan, plan: BaselinePlan, machine: Machine): RunningModel {
  const outcome = new Outcome(model.result, model.categories)
  const get = machine.number(plan.slot, 'element TestDistributions')
  const { statistic } = plan
  if (statistic.name === 'zValue') {
    const { mean, deviation } = statistic
    const run = (): void => {
      outcome.clear()
      outcome.number = (get() - mean) / deviation
    }
    return { outcome, run }
  }
  const { baseline, alternate, reset } = statistic
  let sum = 0
  const run = (): void => {
    outcome.clear()
    const x = get()
    const gain = logDensity(alternate, x) - logDensity(baseline, x)
    if (Number.isNaN(gain)) return
    const next = Math.max(reset, sum + gain)
    // Infinite gains of both signs one after the other give no number.
    sum = Number.isNaN(next) ? reset : next
    outcome.number = sum
  }
  return { outcome, run }
}
