import type { PredictionForm } from '../trees/prediction.ts'
import { type Booster, groupsOf, isBefore } from './booster.ts'

/** What margins become. All of it is computed in float32, as XGBoost does (src/objective, src/common/math.h of 3.2 and 3.4). */
export const transforms = ['identity', 'sigmoid', 'exp', 'hinge', 'softmax', 'argmax', 'expectiles'] as const
export type Transform = (typeof transforms)[number]

/** How a base score becomes a margin. */
type Link = 'identity' | 'logit' | 'log' | 'expectiles'

/** One objective: what its predictions are. */
export interface Objective {
  readonly transform: Transform
  readonly link: Link
  readonly kind: PredictionForm['kind']
}

const plain: Objective = { transform: 'identity', link: 'identity', kind: 'numbers' }
const exponential: Objective = { transform: 'exp', link: 'log', kind: 'numbers' }

const objectives: Readonly<Record<string, Objective>> = {
  'reg:squarederror': plain,
  'reg:linear': plain, // its name before 0.83
  'reg:squaredlogerror': plain,
  'reg:absoluteerror': plain,
  'reg:pseudohubererror': plain,
  'reg:quantileerror': plain,
  'reg:normal': plain, // mean and logarithm of the variance
  'reg:expectileerror': { transform: 'expectiles', link: 'expectiles', kind: 'numbers' },
  'reg:logistic': { transform: 'sigmoid', link: 'logit', kind: 'numbers' },
  'reg:gamma': exponential,
  'reg:tweedie': exponential,
  'count:poisson': exponential,
  'survival:cox': exponential,
  'survival:aft': exponential,
  'binary:logistic': { transform: 'sigmoid', link: 'logit', kind: 'binary' },
  'binary:logitraw': plain,
  'binary:hinge': { transform: 'hinge', link: 'identity', kind: 'labels' },
  'multi:softprob': { transform: 'softmax', link: 'identity', kind: 'classes' },
  'multi:softmax': { transform: 'argmax', link: 'identity', kind: 'classes' },
  'rank:pairwise': plain,
  'rank:ndcg': plain,
  'rank:map': plain,
}

/** The objective of a booster, or null when this build does not know it. */
export function objectiveOf({ objective, version }: Booster): Objective | null {
  // 0.7 to 0.82 had names of their own for objectives on a GPU.
  const name = objective.replace(/^gpu:/, '')
  if (!Object.hasOwn(objectives, name)) return null
  const found = objectives[name] as Objective
  // Before 1.3 the base score of logitraw was a probability.
  if (name === 'binary:logitraw' && isBefore(version, [1, 3])) return { ...found, link: 'logit' }
  return found
}

const f = Math.fround
const EPSILON = f(1e-6) // kRtEps of include/xgboost/base.h

/** Margins that sums start from, one per group. */
export function baseMargins(booster: Booster, objective: Objective): Float64Array {
  const { baseScores, version } = booster
  // The linear booster takes the first intercept for every group (src/gbm/gblinear.cc of 3.2).
  const count = booster.name === 'gblinear' ? 1 : baseScores.length
  const scores = Float64Array.from({ length: groupsOf(booster) }, (_, g) => f(baseScores[g % count] as number))
  // Before 1.0 files hold the margin.
  if (version === null || isUnfitted(booster)) return scores
  switch (objective.link) {
    case 'identity':
      return scores
    case 'log':
      return scores.map((score) => f(Math.log(score)))
    case 'logit':
      return scores.map(logit)
    case 'expectiles':
      return scores.map((score, g) =>
        g === 0 ? score : inverseSoftplus(f(f(score - (scores[g - 1] as number)) - EPSILON)),
      )
  }
}

/** From 3.1 on a model without trees, whose intercept waits for training, predicts with the base score as it is. */
function isUnfitted({ version, boostsFromAverage, model }: Booster): boolean {
  return !isBefore(version, [3, 1]) && boostsFromAverage && 'trees' in model && model.trees.length === 0
}

/** Since 3.1 probabilities of 0 and 1, which a fitted intercept may have, are moved inside. */
function logit(probability: number): number {
  const inside =
    probability > 0 && probability < 1 ? probability : Math.min(Math.max(probability, EPSILON), f(1 - EPSILON))
  return f(-f(Math.log(f(f(1 / inside) - 1))))
}

/** Turns margins into what the library predicts: `width` values for each row of `groups` margins. */
export interface Finish {
  readonly width: number
  run(margins: Float64Array, rows: number, values: Float64Array): void
}

/** Makes the transform of margins; `classes` of one row stand together. */
export function finishOf(transform: Transform, groups: number): Finish {
  switch (transform) {
    case 'identity':
      return { width: groups, run: (margins, rows, values) => values.set(margins.subarray(0, rows * groups)) }
    case 'sigmoid':
      return each(groups, sigmoid)
    case 'exp':
      return each(groups, (margin) => f(Math.exp(margin)))
    case 'hinge':
      return each(groups, (margin) => (margin > 0 ? 1 : 0))
    case 'softmax':
      return { width: groups, run: (margins, rows, values) => softmax(margins, rows, values, groups, groups) }
    case 'argmax':
      return { width: 1, run: (margins, rows, values) => argmax(margins, rows, values, groups, { width: 1, at: 0 }) }
    case 'expectiles':
      return { width: groups, run: (margins, rows, values) => expectiles(margins, rows, values, groups) }
  }
}

/** The same for predictions of records: where the library gives only a class, probabilities with the number of the class behind them. */
export function recordFinishOf(transform: Transform, groups: number): Finish {
  if (transform !== 'argmax') return finishOf(transform, groups)
  const width = groups + 1
  return {
    width,
    run(margins, rows, values) {
      softmax(margins, rows, values, groups, width)
      argmax(margins, rows, values, groups, { width, at: groups })
    },
  }
}

function each(groups: number, transform: (margin: number) => number): Finish {
  return {
    width: groups,
    run(margins, rows, values) {
      for (let i = 0; i < rows * groups; i++) values[i] = transform(margins[i] as number)
    },
  }
}

/** common::Sigmoid: the exponent is bounded, and 1e-16, a double, is added before the division. */
export function sigmoid(margin: number): number {
  const power = f(Math.exp(Math.min(-margin, 88.69999694824219)))
  return f(1 / (f(power + 1) + 1e-16))
}

/** common::Softmax: exponents are floats, their sum is a double, rounded before the division. */
function softmax(margins: Float64Array, rows: number, values: Float64Array, groups: number, width: number): void {
  for (let row = 0; row < rows; row++) {
    const from = row * groups
    const to = row * width
    let largest = margins[from] as number
    for (let k = 1; k < groups; k++) {
      const margin = margins[from + k] as number
      // fmaxf passes over what is not a number
      if (margin > largest || Number.isNaN(largest)) largest = margin
    }
    let sum = 0
    for (let k = 0; k < groups; k++) {
      const power = f(Math.exp(f((margins[from + k] as number) - largest)))
      values[to + k] = power
      sum += power
    }
    sum = f(sum)
    for (let k = 0; k < groups; k++) values[to + k] = f((values[to + k] as number) / sum)
  }
}

/** common::FindMaxIndex: the first of the largest. */
function argmax(
  margins: Float64Array,
  rows: number,
  values: Float64Array,
  groups: number,
  target: { readonly width: number; readonly at: number },
): void {
  for (let row = 0; row < rows; row++) {
    let best = 0
    for (let k = 1; k < groups; k++)
      if ((margins[row * groups + best] as number) < (margins[row * groups + k] as number)) best = k
    values[row * target.width + target.at] = best
  }
}

/** Each expectile lies above the one before it by 1e-6 and the softplus of its margin (3.4). */
function expectiles(margins: Float64Array, rows: number, values: Float64Array, groups: number): void {
  for (let row = 0; row < rows; row++) {
    let sum = margins[row * groups] as number
    values[row * groups] = sum
    for (let k = 1; k < groups; k++) {
      sum = f(sum + f(EPSILON + softplus(margins[row * groups + k] as number)))
      values[row * groups + k] = sum
    }
  }
}

function softplus(x: number): number {
  return f(Math.max(x, 0) + f(Math.log1p(f(Math.exp(-Math.abs(x))))))
}

function inverseSoftplus(y: number): number {
  const above = Math.max(y, EPSILON)
  return f(above + f(Math.log(-f(Math.expm1(-above)))))
}
