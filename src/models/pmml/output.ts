import { closest } from '../../config/closest.ts'
import { childOf, childrenOf } from './document.ts'
import { expressionNames, planExpression } from './expression-plan.ts'
import { castTo, openExpression } from './expressions.ts'
import { planInput } from './fields.ts'
import { type ForecastOutput, openForecastOutput, planForecastOutput } from './forecast-output.ts'
import type { Getter, Machine } from './machine.ts'
import type { ResultKind } from './model-plan.ts'
import type { Outcome, RunningModel } from './outcome.ts'
import { type ExpressionPlan, typeNames } from './plan.ts'
import { openRuleOutput, planRuleOutput, type RuleOutput, ruleFacets } from './rule-output.ts'
import type { Scope } from './scope.ts'
import type { TargetPlan } from './targets.ts'
import type { Cell, TypeName } from './types.ts'
import type { XmlElement } from './xml.ts'

/** One OutputField: what it shows and where its value goes. */
export interface OutputPlan {
  readonly name: string
  readonly slot: number
  readonly type: TypeName | null
  /** Id of the segment whose result is shown, or null for the model's own. */
  readonly segment: string | null
  /** Target field of the segment whose result is shown, or null. */
  readonly targetField: string | null
  readonly isFinal: boolean
  readonly feature: FeaturePlan
}

export type FeaturePlan =
  | { readonly kind: 'predictedValue' }
  | { readonly kind: 'predictedDisplayValue' }
  | { readonly kind: 'expression'; readonly expression: ExpressionPlan }
  | { readonly kind: 'probability'; readonly value: Cell }
  | { readonly kind: 'confidence'; readonly value: Cell }
  | { readonly kind: 'affinity'; readonly value: Cell; readonly rank: number }
  /** `value`: the category whose residual it is; the predicted one when undefined. */
  | { readonly kind: 'residual'; readonly slot: number; readonly value: Cell }
  | { readonly kind: 'entityId'; readonly rank: number }
  | { readonly kind: 'clusterName' }
  | { readonly kind: 'reasonCode'; readonly rank: number }
  | RuleOutput
  | { readonly kind: 'deviation' }
  | ForecastOutput
  | { readonly kind: 'missing' }

/** What the planner knows about the model whose outputs it plans. */
export interface OutputContext {
  readonly target: TargetPlan | null
  readonly isAssociation: boolean
  readonly isAnomaly: boolean
  /** True when the model gives a standard deviation. */
  readonly hasDeviation: boolean
  readonly result: ResultKind
  /** Type of the model's own results. */
  readonly valueType: TypeName
  /** Ids of the model's own segments. */
  readonly segments: readonly string[]
  /** True for a time series whose document tells how sure a forecast is. */
  readonly hasForecastSpread: boolean
}

/** Plans the Output of a model; each field gets a slot that later fields and segments may read. */
export function planOutputs(scope: Scope, model: XmlElement, context: OutputContext): OutputPlan[] {
  const output = childOf(model, 'Output')
  return (output ? childrenOf(output, 'OutputField') : []).map((field) => {
    const plan = planOutput(scope, field, context)
    scope.outputs.set(plan.name, plan.slot)
    return plan
  })
}

function planOutput(scope: Scope, field: XmlElement, context: OutputContext): OutputPlan {
  const { reader, planner } = scope
  const name = reader.text(field, 'name')
  checkReferences(scope, field, context)
  const feature = planFeature(scope, field, context)
  const type = field.attributes['dataType'] === undefined ? null : reader.dataType(field)
  const natural = type ?? naturalType(feature, context)
  const slot = planner.written({
    name,
    type: natural,
    optype: natural.type === 'string' ? 'categorical' : 'continuous',
    order: null,
  })
  return {
    name,
    slot,
    type,
    segment: field.attributes['segmentId'] ?? null,
    targetField: field.attributes['targetField'] ?? null,
    isFinal: reader.flag(field, 'isFinalResult', true),
    feature,
  }
}

/** A segment or target that is not there would give the model's own result in its place. */
function checkReferences({ reader, planner }: Scope, field: XmlElement, context: OutputContext): void {
  const { segmentId, targetField } = field.attributes
  if (segmentId !== undefined && !context.segments.includes(segmentId))
    reader.fault(field, `segment "${segmentId}" is not a segment of the model${closest(segmentId, context.segments)}`)
  if (targetField !== undefined && targetField !== context.target?.name && !planner.targets.has(targetField))
    reader.fault(field, `target field "${targetField}" is not a target${closest(targetField, [...planner.targets])}`)
}

function naturalType(feature: FeaturePlan, context: OutputContext): TypeName {
  switch (feature.kind) {
    case 'predictedValue':
      if (context.result === 'number') return context.target?.type.type === 'float' ? typeNames.float : typeNames.double
      return context.valueType
    case 'expression':
      return feature.expression.type ?? typeNames.string
    case 'probability':
    case 'confidence':
    case 'affinity':
    case 'residual':
    case 'deviation':
    case 'forecast':
      return typeNames.double
    case 'rule':
      return /^(antecedent|consequent|rule|ruleId)$/.test(feature.facet) ? typeNames.string : typeNames.double
    default:
      return typeNames.string
  }
}

function planFeature(scope: Scope, field: XmlElement, context: OutputContext): FeaturePlan {
  const { reader } = scope
  const hasExpression = field.children.some((child) => expressionNames.has(child.name))
  const name = field.attributes['feature'] ?? (hasExpression ? 'transformedValue' : 'predictedValue')
  const rank = reader.number(field, 'rank', 1)
  const text = field.attributes['value']
  const labels = context.target?.type ?? typeNames.string
  const value: Cell = text === undefined ? undefined : reader.cellOrText(text, labels)
  switch (name) {
    case 'predictedValue':
      return { kind: context.hasDeviation && isDeviation(field) ? 'deviation' : 'predictedValue' }
    case 'anomalyScore':
      return context.isAnomaly ? { kind: 'predictedValue' } : reader.unsupported(field, `feature="${name}"`)
    case 'predictedDisplayValue':
      return { kind: 'predictedDisplayValue' }
    case 'transformedValue':
    case 'decision':
      return { kind: 'expression', expression: planExpressionOf(scope, field) }
    case 'probability':
      return { kind: 'probability', value }
    case 'confidence':
      return context.isAssociation ? planRuleOutput(reader, field, 'confidence') : { kind: 'confidence', value }
    case 'affinity':
    case 'clusterAffinity':
    case 'entityAffinity':
      return context.isAssociation ? planRuleOutput(reader, field, 'affinity') : { kind: 'affinity', value: text, rank }
    case 'residual':
      return planResidual(scope, field, context, value)
    case 'entityId':
    case 'clusterId':
      return context.isAssociation ? planRuleOutput(reader, field, 'ruleId') : { kind: 'entityId', rank }
    case 'reasonCode':
      return { kind: 'reasonCode', rank }
    case 'ruleValue':
      return planRuleOutput(reader, field, reader.word(field, 'ruleFeature', ruleFacets, 'consequent'))
    case 'ruleId':
      return context.isAssociation ? planRuleOutput(reader, field, 'ruleId') : { kind: 'entityId', rank }
    case 'antecedent':
    case 'consequent':
    case 'rule':
    case 'support':
    case 'lift':
    case 'leverage':
      return planRuleOutput(reader, field, name)
    case 'warning':
      return { kind: 'missing' }
    case 'confidenceIntervalLower':
    case 'confidenceIntervalUpper':
    case 'standardError':
    case 'standardDeviation':
      return context.hasDeviation
        ? { kind: 'deviation' }
        : planForecastOutput(reader, field, name, context.hasForecastSpread)
    default:
      return reader.unsupported(field, `feature="${name}"`)
  }
}

/** True for an OutputField that shows the standard deviation. The standard's example of a Gaussian process writes it as a predictedValue of that name. */
function isDeviation({ attributes: { feature, name } }: XmlElement): boolean {
  return feature === 'standardDeviation' || feature === 'standardError' || /^standard_?deviation$/i.test(name ?? '')
}

/** True when an OutputField of the model shows the standard deviation of the predicted value. */
export function asksForDeviation(model: XmlElement): boolean {
  const output = childOf(model, 'Output')
  return output !== null && childrenOf(output, 'OutputField').some(isDeviation)
}

function planExpressionOf(scope: Scope, field: XmlElement): ExpressionPlan {
  return planExpression(scope, field, null)
}

function planResidual(scope: Scope, field: XmlElement, context: OutputContext, value: Cell): FeaturePlan {
  const { reader, planner } = scope
  const name = field.attributes['targetField'] ?? context.target?.name ?? ''
  const known = planner.inputs.find((input) => input.name === name)
  if (known) return { kind: 'residual', slot: known.slot, value }
  const declared = planner.dataFields.get(name)
  if (!declared) return reader.fault(field, `target field "${name}" is not in the DataDictionary`)
  const slot = planner.slot({ kind: 'given' }, declared.facts)
  planner.inputs.push(planInput(reader, declared, null, slot, { isActive: false }))
  return { kind: 'residual', slot, value }
}

/** True when the values of an output are lists. */
export function isListed(feature: FeaturePlan, isSeries: boolean): boolean {
  if (feature.kind === 'rule') return feature.isMany || feature.facet === 'antecedent' || feature.facet === 'consequent'
  return isSeries && (feature.kind === 'predictedValue' || feature.kind === 'forecast')
}

/** Opens the outputs of a model: a function that writes them all for the current record. */
export function openOutputs(
  plans: readonly OutputPlan[],
  machine: Machine,
  own: RunningModel,
  target: TargetPlan | null,
  member: (segment: string | null, targetField: string | null) => RunningModel | null,
): () => void {
  const steps = plans.map((plan) => {
    const { targetField } = plan
    const from = plan.segment !== null || targetField !== null ? (member(plan.segment, targetField) ?? own) : own
    const read = openFeature(plan.feature, machine, from.outcome, target)
    const { slot } = plan
    const { values } = machine
    const natural = plan.feature.kind === 'expression' ? plan.feature.expression.type : null
    if (plan.type === null) return () => void (values[slot] = read())
    const { type, name } = plan
    return () => {
      const value = read()
      values[slot] =
        value === undefined || (typeof value === 'number' && type.type === 'double')
          ? value
          : castTo(value, natural, type, `output "${name}"`)
    }
  })
  return () => {
    for (let i = 0; i < steps.length; i++) (steps[i] as () => void)()
  }
}

function openFeature(feature: FeaturePlan, machine: Machine, outcome: Outcome, target: TargetPlan | null): Getter {
  switch (feature.kind) {
    case 'predictedValue':
      return () => outcome.value
    case 'predictedDisplayValue': {
      const displays = new Map((target?.displays ?? []).map(({ value, display }) => [value, display]))
      return () => {
        const { value } = outcome
        return displays.get(value) ?? outcome.display ?? (outcome.entityNames ? undefined : value)
      }
    }
    case 'expression':
      return openExpression(feature.expression, machine)
    case 'probability':
      return openShare(feature.value, outcome, 'probability')
    case 'confidence':
      return openShare(feature.value, outcome, 'confidence')
    case 'affinity':
      return openAffinity(feature, outcome)
    case 'residual': {
      const actual = machine.getter(feature.slot)
      const { value } = feature
      return () => residual(actual(), value, outcome)
    }
    case 'entityId': {
      const { rank } = feature
      return () => (rank <= 1 && outcome.entity !== undefined ? outcome.entity : outcome.entities?.[rank - 1])
    }
    case 'clusterName':
      return () => outcome.entity
    case 'reasonCode': {
      const { rank } = feature
      return () => outcome.reasonCodes?.[rank - 1]
    }
    case 'rule':
      return openRuleOutput(feature, outcome)
    case 'deviation': {
      // A rescaled value deviates by as much more.
      const factor = Math.abs(target?.factor ?? 1)
      return () => (Number.isNaN(outcome.deviation) ? undefined : outcome.deviation * factor)
    }
    case 'forecast':
      return openForecastOutput(feature.errors, outcome)
    case 'missing':
      return () => undefined
    default:
      return feature satisfies never
  }
}

function openShare(value: Cell, outcome: Outcome, what: 'probability' | 'confidence'): Getter {
  const fixed =
    value === undefined ? -1 : outcome.categories.findIndex((c) => c === value || String(c) === String(value))
  const shares = what === 'probability' ? outcome.probabilities : outcome.confidences
  return () => {
    const at = value === undefined ? outcome.category : fixed
    if (at < 0) return value !== undefined && outcome.hasProbabilities ? 0 : undefined
    const has = what === 'probability' ? outcome.hasProbabilities : outcome.hasConfidences
    const share = shares[at] as number
    return has ? share : undefined
  }
}

function openAffinity(feature: Extract<FeaturePlan, { kind: 'affinity' }>, outcome: Outcome): Getter {
  return () => {
    const { affinities, entityIds } = outcome
    if (!affinities || !entityIds) return undefined
    const id =
      feature.value !== undefined
        ? String(feature.value)
        : feature.rank > 1
          ? outcome.entities?.[feature.rank - 1]
          : outcome.entity
    const at = id === undefined ? -1 : entityIds.indexOf(id)
    return at < 0 ? undefined : affinities[at]
  }
}

function residual(actual: Cell, value: Cell, outcome: Outcome): Cell {
  if (actual === undefined || outcome.isMissing) return undefined
  if (outcome.kind === 'number') return typeof actual === 'number' ? actual - outcome.number : undefined
  const of = value ?? outcome.value
  const at = outcome.categories.indexOf(of)
  const share = outcome.hasProbabilities ? (outcome.probabilities[at] ?? 0) : of === outcome.value ? 1 : 0
  return (actual === of ? 1 : 0) - share
}
