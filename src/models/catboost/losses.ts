import type { PredictionForm } from '../trees/prediction.ts'

/** What raw values become (catboost/libs/eval_result/eval_helpers.cpp, 1.2). */
export type Transform = 'identity' | 'exp' | 'sigmoid' | 'softmax' | 'uncertainty'

/** What predictions of a loss function are. */
export interface Loss {
  readonly transform: Transform
  readonly kind: PredictionForm['kind']
}

const number: Loss = { transform: 'identity', kind: 'numbers' }
const counts: Loss = { transform: 'exp', kind: 'numbers' }
const yesOrNo: Loss = { transform: 'sigmoid', kind: 'binary' }

/** By name; what CatBoost's Python classes predict by default, probabilities in place of classes. */
const losses: Readonly<Record<string, Loss>> = {
  RMSE: number,
  MAE: number,
  Quantile: number,
  MultiQuantile: number,
  GroupQuantile: number,
  LogLinQuantile: number,
  MAPE: number,
  Lq: number,
  Huber: number,
  Expectile: number,
  LogCosh: number,
  Cox: number,
  SurvivalAft: number,
  MultiRMSE: number,
  MultiRMSEWithMissingValues: number,
  RMSEWithUncertainty: { transform: 'uncertainty', kind: 'numbers' },
  Poisson: counts,
  Tweedie: counts,
  Logloss: yesOrNo,
  CrossEntropy: yesOrNo,
  Focal: yesOrNo,
  MultiLogloss: yesOrNo,
  MultiCrossEntropy: yesOrNo,
  MultiClass: { transform: 'softmax', kind: 'classes' },
  MultiClassOneVsAll: { transform: 'sigmoid', kind: 'classes' },
  QueryRMSE: number,
  QuerySoftMax: number,
  QueryCrossEntropy: number,
  PairLogit: number,
  PairLogitPairwise: number,
  YetiRank: number,
  YetiRankPairwise: number,
  LambdaMart: number,
  StochasticFilter: number,
  StochasticRank: number,
}

/** The loss function of this name, or null when this build does not know it. */
export function lossOf(name: string): Loss | null {
  return Object.hasOwn(losses, name) ? (losses[name] as Loss) : null
}

/** Turns raw values into predicted ones, both [rows, targets], in place. */
export function transformRows(transform: Transform, values: Float64Array, rows: number, targets: number): void {
  const count = rows * targets
  switch (transform) {
    case 'identity':
      return
    case 'exp':
      for (let i = 0; i < count; i++) values[i] = Math.exp(values[i] as number)
      return
    case 'sigmoid':
      for (let i = 0; i < count; i++) values[i] = 1 / (1 + Math.exp(-(values[i] as number)))
      return
    case 'softmax':
      for (let row = 0; row < rows; row++) softmax(values, row * targets, targets)
      return
    case 'uncertainty':
      // mean and variance; the second raw value is the logarithm of the deviation
      for (let i = 1; i < count; i += 2) values[i] = Math.exp(2 * (values[i] as number))
      return
    default:
      transform satisfies never
  }
}

function softmax(values: Float64Array, from: number, count: number): void {
  let largest = Number.NEGATIVE_INFINITY
  for (let k = from; k < from + count; k++) largest = Math.max(largest, values[k] as number)
  let sum = 0
  for (let k = from; k < from + count; k++) {
    const power = Math.exp((values[k] as number) - largest)
    values[k] = power
    sum += power
  }
  for (let k = from; k < from + count; k++) values[k] = (values[k] as number) / sum
}
