import type { BoosterHeader } from './booster.ts'
import { type Faults, shown } from './faults.ts'

/** How raw scores become predictions: what ConvertOutput of the objective does (src/objective/*.hpp, LightGBM 4.7). Plain data. */
export interface Objective {
  /** Name as LightGBM's own files spell it; `custom` where there is none. */
  readonly name: ObjectiveName
  readonly transform: Transform
  /** Factor of the score in `sigmoid`; 1 elsewhere. */
  readonly sigmoid: number
}

/** `square`: sign(x) x², for a regression on the root of the label. */
export type Transform = 'identity' | 'square' | 'exp' | 'sigmoid' | 'softmax' | 'log1pExp'

const transforms = {
  regression: 'identity',
  regression_l1: 'identity',
  huber: 'identity',
  fair: 'identity',
  poisson: 'exp',
  quantile: 'identity',
  mape: 'identity',
  gamma: 'exp',
  tweedie: 'exp',
  binary: 'sigmoid',
  multiclass: 'softmax',
  multiclassova: 'sigmoid',
  cross_entropy: 'sigmoid',
  cross_entropy_lambda: 'log1pExp',
  lambdarank: 'identity',
  rank_xendcg: 'identity',
  custom: 'identity',
} as const satisfies Readonly<Record<string, Transform>>

export type ObjectiveName = keyof typeof transforms

/** Names that parameters and older files use (ParseObjectiveAlias in include/LightGBM/config.h, 4.7). */
const aliases: Readonly<Record<string, ObjectiveName>> = {
  regression_l2: 'regression',
  mean_squared_error: 'regression',
  mse: 'regression',
  l2: 'regression',
  l2_root: 'regression',
  root_mean_squared_error: 'regression',
  rmse: 'regression',
  mean_absolute_error: 'regression_l1',
  l1: 'regression_l1',
  mae: 'regression_l1',
  softmax: 'multiclass',
  multiclass_ova: 'multiclassova',
  ova: 'multiclassova',
  ovr: 'multiclassova',
  xentropy: 'cross_entropy',
  xentlambda: 'cross_entropy_lambda',
  mean_absolute_percentage_error: 'mape',
  xendcg: 'rank_xendcg',
  xe_ndcg: 'rank_xendcg',
  xe_ndcg_mart: 'rank_xendcg',
  xendcg_mart: 'rank_xendcg',
  none: 'custom',
  null: 'custom',
  na: 'custom',
}

/** Objectives that take the root of the label when `reg_sqrt` is set; the others ignore it. */
const squares: readonly ObjectiveName[] = ['regression', 'regression_l1', 'fair', 'quantile', 'mape']

/** The objective of a header. Throws for one that LightGBM does not have, and where classes and trees do not fit. */
export function readObjective(header: BoosterHeader, faults: Faults): Objective {
  const place = 'key "objective"'
  const [word = 'custom', ...words] = (header.objective ?? 'custom').split(' ').filter((part) => part !== '')
  const name = Object.hasOwn(aliases, word) ? aliases[word] : Object.hasOwn(transforms, word) ? word : undefined
  if (name === undefined) throw faults.unsupported(place, `the objective ${shown(word)}`)
  const known = name as ObjectiveName
  const argument = (key: string): number | null => {
    const found = words.find((part) => part.startsWith(`${key}:`))
    return found === undefined ? null : Number(found.slice(key.length + 1))
  }
  checkOutputs(known, argument('num_class'), header, faults)
  const sigmoid = known === 'binary' || known === 'multiclassova' ? argument('sigmoid') : 1
  if (sigmoid === null || !(sigmoid > 0))
    throw faults.syntax(place, `it is ${shown(header.objective ?? '')}, expected "sigmoid:" and a number above 0`)
  const transform = squares.includes(known) && words.includes('sqrt') ? 'square' : transforms[known]
  return { name: known, transform, sigmoid }
}

function checkOutputs(name: ObjectiveName, classes: number | null, header: BoosterHeader, faults: Faults): void {
  const { treesPerIteration, objective } = header
  if (name === 'custom') return
  const hasClasses = name === 'multiclass' || name === 'multiclassova'
  const expected = hasClasses ? classes : 1
  if (expected === null || expected !== treesPerIteration)
    throw faults.syntax(
      'key "num_tree_per_iteration"',
      `it is ${treesPerIteration}, which does not fit the objective ${shown(objective ?? '')}`,
    )
}

/** Makes the function that turns rows of raw scores [rows, width] into predictions, in place. */
export function openTransform({ transform, sigmoid }: Objective, width: number): (values: Float64Array) => void {
  switch (transform) {
    case 'identity':
      return () => {}
    case 'square':
      return each((x) => Math.sign(x) * x * x)
    case 'exp':
      return each(Math.exp)
    case 'sigmoid':
      return each((x) => 1 / (1 + Math.exp(-sigmoid * x)))
    case 'log1pExp':
      return each((x) => Math.log1p(Math.exp(x)))
    case 'softmax':
      return (values) => {
        for (let at = 0; at < values.length; at += width) softmax(values, at, width)
      }
    default: {
      const never: never = transform
      return never
    }
  }
}

function each(convert: (x: number) => number): (values: Float64Array) => void {
  return (values) => {
    for (let i = 0; i < values.length; i++) values[i] = convert(values[i] as number)
  }
}

/** In the order of LightGBM's Common::Softmax. */
function softmax(values: Float64Array, at: number, width: number): void {
  let most = values[at] as number
  for (let k = 1; k < width; k++) most = Math.max(most, values[at + k] as number)
  let sum = 0
  for (let k = 0; k < width; k++) {
    const power = Math.exp((values[at + k] as number) - most)
    values[at + k] = power
    sum += power
  }
  for (let k = 0; k < width; k++) values[at + k] = (values[at + k] as number) / sum
}
