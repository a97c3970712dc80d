import { childOf, childrenOf } from './document.ts'
import { roundHalfUp } from './functions.ts'
import type { Outcome } from './outcome.ts'
import type { Scope } from './scope.ts'
import type { Cell, TypeName } from './types.ts'
import type { XmlElement } from './xml.ts'

/** What Targets do to a prediction, and the facts about the target that outputs need. */
export interface TargetPlan {
  readonly name: string
  readonly type: TypeName
  readonly min: number
  readonly max: number
  readonly factor: number
  readonly constant: number
  readonly castInteger: 'round' | 'ceiling' | 'floor' | null
  readonly defaultValue: number | null
  readonly priors: readonly { readonly value: Cell; readonly probability: number }[]
  readonly displays: readonly { readonly value: Cell; readonly display: string }[]
  /** True when `transform` changes numbers. */
  readonly isTransforming: boolean
  /** True when a missing result gets a default or the priors. */
  readonly hasFallback: boolean
}

/** Categories that the Targets of a model give prior probabilities. */
export function priorValues(model: XmlElement): string[] {
  const targets = childOf(model, 'Targets')
  return (targets ? childrenOf(targets, 'Target') : [])
    .flatMap((target) => childrenOf(target, 'TargetValue'))
    .flatMap(({ attributes: { value, priorProbability } }) =>
      value === undefined || priorProbability === undefined ? [] : [value],
    )
}

/** Plans the Target of a model; `name` is its target field. */
export function planTarget(scope: Scope, model: XmlElement, name: string, type: TypeName): TargetPlan {
  const { reader } = scope
  const targets = childOf(model, 'Targets')
  const all = targets ? childrenOf(targets, 'Target') : []
  const target =
    all.find((t) => t.attributes['field'] === name) ??
    all.find((t) => t.attributes['field'] === undefined) ??
    (all.length === 1 && name === '_target' ? all[0] : undefined)
  const values = target ? childrenOf(target, 'TargetValue') : []
  const number = (attribute: string, fallback: number) =>
    target ? reader.number(target, attribute, fallback) : fallback
  const plan = {
    name,
    type,
    min: number('min', Number.NEGATIVE_INFINITY),
    max: number('max', Number.POSITIVE_INFINITY),
    factor: number('rescaleFactor', 1),
    constant: number('rescaleConstant', 0),
    castInteger:
      target?.attributes['castInteger'] === undefined
        ? null
        : reader.word(target, 'castInteger', ['round', 'ceiling', 'floor']),
    defaultValue: values.map((v) => reader.optionalNumber(v, 'defaultValue')).find((v) => v !== null) ?? null,
    priors: values
      .filter((v) => v.attributes['priorProbability'] !== undefined && v.attributes['value'] !== undefined)
      .map((v) => ({
        value: reader.cellOrText(reader.text(v, 'value'), type),
        probability: reader.number(v, 'priorProbability'),
      })),
    displays: [
      ...displaysOf(scope, name, type),
      ...values
        .filter((v) => v.attributes['displayValue'] !== undefined && v.attributes['value'] !== undefined)
        .map((v) => ({
          value: reader.cellOrText(reader.text(v, 'value'), type),
          display: reader.text(v, 'displayValue'),
        })),
    ],
  }
  const isTransforming =
    plan.min !== Number.NEGATIVE_INFINITY ||
    plan.max !== Number.POSITIVE_INFINITY ||
    plan.factor !== 1 ||
    plan.constant !== 0 ||
    plan.castInteger !== null
  return { ...plan, isTransforming, hasFallback: plan.defaultValue !== null || plan.priors.length > 0 }
}

/** Display values that the DataField declares; those of the Target come after and win. */
function displaysOf(scope: Scope, name: string, type: TypeName): { value: Cell; display: string }[] {
  const field = scope.planner.dataFields.get(name)
  return (field ? childrenOf(field.element, 'Value') : [])
    .filter((v) => v.attributes['displayValue'] !== undefined && (v.attributes['property'] ?? 'valid') === 'valid')
    .map((v) => ({
      value: scope.reader.cellOrText(scope.reader.text(v, 'value'), type),
      display: scope.reader.text(v, 'displayValue'),
    }))
}

/** Applies Targets to an outcome: defaults and priors for a missing one, then clip, rescale and cast. */
export function openTarget(plan: TargetPlan, isFloat: boolean): ((outcome: Outcome) => void) | null {
  if (!plan.isTransforming && plan.defaultValue === null && plan.priors.length === 0) return null
  // Priors that do not sum to 1 are shares of their sum.
  const total = plan.priors.reduce((sum, prior) => sum + prior.probability, 0)
  return (outcome) => {
    if (outcome.kind === 'number') {
      if (Number.isNaN(outcome.number) && plan.defaultValue !== null) outcome.number = plan.defaultValue
      if (plan.isTransforming) outcome.number = transform(plan, outcome.number, isFloat)
    } else if (outcome.kind === 'category' && outcome.category < 0 && plan.priors.length > 0) {
      outcome.probabilities.fill(0)
      for (const { value, probability } of plan.priors) {
        const at = outcome.categories.indexOf(value)
        if (at >= 0) outcome.probabilities[at] = total > 0 ? probability / total : probability
      }
      outcome.hasProbabilities = true
      outcome.chooseLargest()
    }
  }
}

function transform(plan: TargetPlan, value: number, isFloat: boolean): number {
  const round = isFloat ? Math.fround : (x: number) => x
  let result = value
  if (result < plan.min) result = plan.min
  if (result > plan.max) result = plan.max
  if (plan.factor !== 1) result = round(result * round(plan.factor))
  if (plan.constant !== 0) result = round(result + round(plan.constant))
  switch (plan.castInteger) {
    case 'round':
      return roundHalfUp(result)
    case 'ceiling':
      return Math.ceil(result)
    case 'floor':
      return Math.floor(result)
    default:
      return result
  }
}
