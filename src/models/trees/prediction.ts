import { json, list, type OptionValues, text } from '../../config/option.ts'
import { MillraceError } from '../../core/errors.ts'
import type { Dtype, Feature } from '../../schema/signature.ts'
import type { RecordValue } from '../../schema/value.ts'
import { shortestDecimal } from '../tensors/cells.ts'

/**
 * Predictions of the formats that are boosted trees (XGBoost, LightGBM), the same for all of them:
 *
 * - a number (regression, ranking, survival, counts): `{prediction: 21.4}`;
 * - one of two classes: `{prediction: 1, probability_0: 0.2, probability_1: 0.8}`, class 1 when its probability is above 0.5;
 * - one of several classes: `{prediction: 'b', probability_a: 0.1, probability_b: 0.7, probability_c: 0.2}`, the first of the most
 *   probable classes. Without the option `classes` the classes are the numbers 0, 1, …;
 * - a class without a probability (a hinge loss): `{prediction: 0}`;
 * - several targets (multi-output, several quantiles): the name of the target follows: `{prediction_0: 1.5, prediction_1: 7}`, for yes or
 *   no per target `{prediction_0: 1, probability_0: 0.8, prediction_1: 0, probability_1: 0.1}`, where the probability is that of class 1.
 *
 * The option `outputs` chooses among them and renames them: `{species: 'b', 'probability(a)': 0.1}`.
 *
 * Probabilities are outputs of their own, one number each, so that they become columns of CSV and fields of any schema. What is not
 * a number (NaN) is null; a float of 32 bits is shown by the fewest digits that are it (0.1, not 0.10000000149011612).
 */
export const predictionOptions = {
  classes: list(json({ summary: 'a label: text, number or boolean' }), {
    summary: 'Labels of the classes, in the order of their numbers in the model; by default the numbers 0, 1, …',
    isOptional: true,
    examples: [['setosa', 'versicolor', 'virginica']],
  }),
  targets: list(text({ summary: 'a name' }), {
    summary: 'Names of the targets of a model with several; by default 0, 1, …',
    isOptional: true,
    examples: [['width', 'height']],
  }),
  outputs: list(json({ summary: 'a name of an output, or `{name, from}`' }), {
    summary: 'Outputs that predictions have, in their order and under names of their own; by default all',
    isOptional: true,
    examples: [[{ name: 'species', from: 'prediction' }, 'probability_setosa']],
  }),
} as const

/** A class as predictions show it. */
export type Label = string | number | boolean

/** What a model's values mean; made at prepare time, plain data. */
export interface PredictionPlan {
  /**
   * `numbers`: one number per target; `binary`: the probability of the second class per target; `labels`: the number of a class per target;
   * `classes`: a probability per class, and behind them, when `hasIndex`, the number of the predicted class.
   */
  readonly kind: 'numbers' | 'binary' | 'labels' | 'classes'
  /** One entry without a name for a model of one target. */
  readonly targets: readonly (string | null)[]
  /** By the number of the class; none where `kind` is `numbers`. */
  readonly classes: readonly Label[]
  readonly hasIndex: boolean
  /** True when the library computes probabilities in float32. */
  readonly isFloat32: boolean
  /** Outputs that predictions have, under which names; null = all under their own. */
  readonly shown: readonly { readonly name: string; readonly from: string }[] | null
}

/** What a format says of its model before names are given. */
export interface PredictionForm {
  readonly kind: PredictionPlan['kind']
  readonly targets: number
  /** Number of classes; of no meaning for `numbers`. */
  readonly classes: number
  readonly hasIndex?: boolean
  readonly isFloat32: boolean
}

/** Puts names to a model's values. Throws CONFIG_OPTION_WRONG when the given names do not fit the model; `format` is for messages. */
export function planPrediction(
  form: PredictionForm,
  given: OptionValues<typeof predictionOptions>,
  format: string,
): PredictionPlan {
  const place = `format "${format}"`
  const hasClasses = form.kind !== 'numbers'
  const classes = hasClasses ? indexes(form.classes) : []
  const { kind, isFloat32, hasIndex = false } = form
  if (given.classes) checkNames('classes', given.classes, hasClasses ? form.classes : 0, place)
  if (given.targets) checkNames('targets', given.targets, form.targets > 1 ? form.targets : 0, place)
  const names = given.targets ?? indexes(form.targets).map(String)
  const plan: PredictionPlan = {
    kind,
    targets: form.targets > 1 ? names : [null],
    classes: (given.classes as Label[] | undefined) ?? classes,
    hasIndex,
    isFloat32,
    shown: null,
  }
  return given.outputs ? { ...plan, shown: readShown(given.outputs, plan, place) } : plan
}

/** Reads the option `outputs`. */
function readShown(given: readonly unknown[], plan: PredictionPlan, place: string): PredictionPlan['shown'] {
  const known = allMembersOf(plan).map(({ name }) => name)
  const wrong = (value: unknown, expected: string) =>
    new MillraceError('CONFIG_OPTION_WRONG', { place, option: 'outputs', value: JSON.stringify(value), expected })
  const shown = given.map((entry) => {
    const {
      name,
      from = name,
      ...rest
    } = (typeof entry === 'string' ? { name: entry } : Object(entry)) as Record<string, unknown>
    if (typeof name !== 'string' || typeof from !== 'string' || !known.includes(from) || Object.keys(rest).length > 0)
      throw wrong(entry, `a name of an output, or {name, from}; outputs: ${known.join(', ')}`)
    return { name, from }
  })
  if (shown.length === 0 || new Set(shown.map(({ name }) => name)).size < shown.length)
    throw wrong(given, 'a list of outputs under different names')
  return shown
}

function indexes(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}

function checkNames(option: string, names: readonly unknown[], count: number, place: string): void {
  const fail = (expected: string): never => {
    throw new MillraceError('CONFIG_OPTION_WRONG', { place, option, value: JSON.stringify(names), expected })
  }
  if (count === 0) fail(`nothing: the model has ${option === 'classes' ? 'no classes' : 'one target'}`)
  const isPlain = names.every((name) => ['string', 'boolean'].includes(typeof name) || Number.isFinite(name))
  const isUniform = new Set(names.map((name) => typeof name)).size === 1
  const isDistinct = new Set(names.map(String)).size === names.length
  if (names.length !== count || !isPlain || !isUniform || !isDistinct)
    fail(`${count} different names of one type, one per ${option === 'classes' ? 'class' : 'target'} of the model`)
}

/** Outputs of a signature that has these predictions. */
export function predictionOutputs(plan: PredictionPlan): Feature[] {
  const feature = (name: string, dtype: Dtype): Feature => ({ name, dtype, shape: [], isOptional: true })
  const number: Dtype = plan.isFloat32 ? 'float32' : 'float64'
  return membersOf(plan).map(({ name, part }) => {
    if (part !== 'label') return feature(name, number)
    return { ...feature(name, dtypeOfLabels(plan.classes)), domain: { values: plan.classes } }
  })
}

function dtypeOfLabels(labels: readonly Label[]): Dtype {
  if (typeof labels[0] === 'string') return 'string'
  if (typeof labels[0] === 'boolean') return 'boolean'
  return labels.every(Number.isSafeInteger) ? 'int64' : 'float64'
}

interface Member {
  readonly name: string
  readonly part: 'number' | 'label' | 'first' | 'probability'
  /** Index among the values of a row. */
  readonly at: number
}

function membersOf(plan: PredictionPlan): Member[] {
  const all = allMembersOf(plan)
  if (plan.shown === null) return all
  return plan.shown.map(({ name, from }) => ({ ...(all.find((member) => member.name === from) as Member), name }))
}

function allMembersOf({ kind, targets, classes }: PredictionPlan): Member[] {
  const probability = (label: unknown, part: Member['part'], at: number) => ({ name: `probability_${label}`, part, at })
  if (kind === 'classes') {
    const shares = classes.map((label, at) => probability(label, 'probability', at))
    return [{ name: 'prediction', part: 'label', at: 0 }, ...shares]
  }
  if (targets.length === 1) {
    const main: Member = { name: 'prediction', part: kind === 'numbers' ? 'number' : 'label', at: 0 }
    if (kind !== 'binary') return [main]
    return [main, probability(classes[0], 'first', 0), probability(classes[1], 'probability', 0)]
  }
  return targets.flatMap((target, at): Member[] => {
    const main: Member = { name: `prediction_${target}`, part: kind === 'numbers' ? 'number' : 'label', at }
    return kind === 'binary' ? [main, probability(target, 'probability', at)] : [main]
  })
}

/** Gives the prediction of the row whose values start at `at`. */
export type PredictionWriter = (values: Float64Array, at: number) => RecordValue

/** Makes the function that writes predictions, all of one shape. Its text holds numbers and names as JSON strings only. */
export function openPrediction(plan: PredictionPlan): PredictionWriter {
  const count = plan.classes.length
  const member = ({ name, part, at }: Member): string => {
    const key = name === '__proto__' ? `["__proto__"]` : JSON.stringify(name)
    return `${key}: ${memberText(plan, part, `v[a + ${at}]`)}`
  }
  const best =
    plan.kind !== 'classes' ? '' : plan.hasIndex ? `const b = v[a + ${count}]; ` : `const b = best(v, a, ${count}); `
  const body = `return (v, a) => { let x; ${best}return { ${membersOf(plan).map(member).join(', ')} } }`
  return new Function('L', 'f', 'd', 'best', body)(plan.classes, Math.fround, shortestDecimal, bestIndex)
}

function memberText({ kind, isFloat32 }: PredictionPlan, part: Member['part'], value: string): string {
  if (part === 'first') return `(x = ${value}) === x ? ${isFloat32 ? 'd(f(1 - x))' : '1 - x'} : null`
  if (part !== 'label') return `(x = ${value}) === x ? ${isFloat32 ? 'd(x)' : 'x'} : null`
  if (kind === 'classes') return 'L[b] ?? null'
  return kind === 'binary' ? `(x = ${value}) === x ? L[x > 0.5 ? 1 : 0] : null` : `L[${value}] ?? null`
}

/** Index of the first of the greatest of `count` values; -1 when one of them is not a number. */
function bestIndex(values: Float64Array, at: number, count: number): number {
  let best = 0
  for (let k = 0; k < count; k++) {
    const value = values[at + k] as number
    if (Number.isNaN(value)) return -1
    if (value > (values[at + best] as number)) best = k
  }
  return best
}
