import { MillraceError } from '../../core/errors.ts'
import { childOf, childrenOf } from './document.ts'
import { planExpression } from './expression-plan.ts'
import { openExpression } from './expressions.ts'
import { numberFrom } from './faults.ts'
import type { Machine } from './machine.ts'
import type { ModelPlan } from './model-plan.ts'
import { Outcome, type RunningModel } from './outcome.ts'
import type { ExpressionPlan, PredicatePlan } from './plan.ts'
import { ConditionWriter } from './predicate-text.ts'
import { openPredicate, planPredicate, predicateOf, TRUE } from './predicates.ts'
import type { Scope } from './scope.ts'
import type { XmlElement } from './xml.ts'

/** A Scorecard. */
export interface ScorecardPlan {
  readonly kind: 'scorecard'
  readonly initial: number
  /** Name of the target field, for messages. */
  readonly target: string
  /** Sign of a difference that gives a reason: +1 for points below the baseline, -1 for points above, 0 for no reasons. */
  readonly direction: number
  readonly characteristics: readonly {
    readonly name: string
    readonly baseline: number
    readonly attributes: readonly {
      readonly predicate: PredicatePlan
      readonly score: number | ExpressionPlan
      readonly reasonCode: string
    }[]
  }[]
}

/** Plans a Scorecard. */
export function planScorecard(scope: Scope, model: XmlElement, target: string): ScorecardPlan {
  const { reader } = scope
  const usesReasons = reader.flag(model, 'useReasonCodes', true)
  const algorithm = reader.word(model, 'reasonCodeAlgorithm', ['pointsAbove', 'pointsBelow'], 'pointsBelow')
  const asksReasons = (childOf(model, 'Output')?.children ?? []).some((f) => f.attributes['feature'] === 'reasonCode')
  const list = childOf(model, 'Characteristics') ?? reader.fault(model, 'element Characteristics is missing')
  return {
    kind: 'scorecard',
    target,
    initial: reader.number(model, 'initialScore', 0),
    direction: usesReasons ? (algorithm === 'pointsBelow' ? 1 : -1) : 0,
    characteristics: childrenOf(list, 'Characteristic').map((characteristic) => ({
      name: characteristic.attributes['name'] ?? '',
      baseline: reader.number(
        characteristic,
        'baselineScore',
        asksReasons && usesReasons
          ? reader.number(model.attributes['baselineScore'] === undefined ? characteristic : model, 'baselineScore')
          : reader.number(model, 'baselineScore', 0),
      ),
      attributes: childrenOf(characteristic, 'Attribute').map((attribute) => {
        const predicate = predicateOf(attribute) ?? reader.fault(attribute, 'holds no predicate')
        const complex = childOf(attribute, 'ComplexPartialScore')
        return {
          predicate: planPredicate(scope, predicate),
          score: complex ? planExpression(scope, complex, null) : reader.number(attribute, 'partialScore'),
          reasonCode: attribute.attributes['reasonCode'] ?? characteristic.attributes['reasonCode'] ?? '',
        }
      }),
    })),
  }
}

function undefinedResult(plan: ScorecardPlan, reason: string): MillraceError {
  return new MillraceError('MODEL_RESULT_UNDEFINED', { target: plan.target, reason })
}

/** Opens a Scorecard: the first attribute that holds gives each characteristic's points; none is a fault of the record. */
export function openScorecard(model: ModelPlan, plan: ScorecardPlan, machine: Machine): RunningModel {
  const outcome = new Outcome(model.result, model.categories)
  const points = openPoints(plan, machine)
  const fast = machine.isInterpreted ? null : compilePoints(plan, machine)
  const reasons = plan.direction === 0 ? null : openReasons(plan)
  const run = (): void => {
    outcome.clear()
    const { chosen } = points
    let sum = fast === null ? Number.NaN : fast(chosen)
    if (Number.isNaN(sum)) sum = points.sum()
    outcome.number = sum
    if (reasons !== null) outcome.reasonCodes = reasons(chosen, points.scores)
  }
  return { outcome, run }
}

/** Points of the current record. */
interface Points {
  /** Sums them up. */
  readonly sum: () => number
  /** The attribute that gave each characteristic's points. */
  readonly chosen: Int32Array // [characteristics]
  /** What the attributes gave that are not numbers in the document. */
  readonly scores: Float64Array // [characteristics]
}

function openPoints(plan: ScorecardPlan, machine: Machine): Points {
  const chosen = new Int32Array(plan.characteristics.length)
  const scores = new Float64Array(plan.characteristics.length)
  const characteristics = plan.characteristics.map(({ name, attributes }) => ({
    name,
    attributes: attributes.map(({ predicate, score }) => {
      const evaluate = typeof score === 'number' ? null : openExpression(score, machine)
      return {
        test: openPredicate(predicate, machine),
        score: evaluate ? () => numberFrom(evaluate(), 'element ComplexPartialScore') : () => score as number,
      }
    }),
  }))
  const sum = (): number => {
    let total = plan.initial
    for (const [i, { name, attributes }] of characteristics.entries()) {
      const at = attributes.findIndex((attribute) => attribute.test() === TRUE)
      const attribute = attributes[at]
      if (!attribute) throw undefinedResult(plan, `no attribute of characteristic "${name}" holds`)
      const score = attribute.score()
      if (Number.isNaN(score)) throw undefinedResult(plan, `the points of characteristic "${name}" are missing`)
      chosen[i] = at
      scores[i] = score
      total += score
    }
    return total
  }
  return { sum, chosen, scores }
}

const maxCompiled = 3000

/**
 * Makes the function that sums the points of plain records (NaN for others) and tells the attributes chosen, or null for scorecards
 * that need more. Its text holds numbers and conditions.
 */
function compilePoints(plan: ScorecardPlan, machine: Machine): ((chosen: Int32Array) => number) | null {
  if (!Number.isFinite(plan.initial)) return null
  if (plan.characteristics.reduce((sum, { attributes }) => sum + attributes.length, 0) > maxCompiled) return null
  const writer = new ConditionWriter(machine)
  const lines: string[] = []
  for (const [i, { attributes }] of plan.characteristics.entries()) {
    const branches: string[] = []
    for (const [at, { predicate, score }] of attributes.entries()) {
      const condition = writer.condition(predicate)
      if (condition === null || typeof score !== 'number' || !Number.isFinite(score)) return null
      branches.push(`if (${condition}) { sum += ${score}; c[${i}] = ${at} }`)
    }
    lines.push(`${branches.join(' else ')} ${branches.length > 0 ? 'else ' : ''}return NaN`)
  }
  const text = `return (c) => {\n${writer.begin('return NaN')}\nlet sum = ${plan.initial}\n${lines.join('\n')}\nreturn sum\n}`
  return new Function('v', 'g', 's', 'faults', text)(...writer.meanings) as (chosen: Int32Array) => number
}

/** Makes the function that gives the reason codes: by how far the points are from the baseline, the farthest first. */
function openReasons(plan: ScorecardPlan): (chosen: Int32Array, scores: Float64Array) => string[] {
  const codes = [...new Set(plan.characteristics.flatMap(({ attributes }) => attributes.map((a) => a.reasonCode)))]
  const characteristics = plan.characteristics.map(({ baseline, attributes }) => ({
    baseline,
    codes: Int32Array.from(attributes, (attribute) => codes.indexOf(attribute.reasonCode)),
    points: Float64Array.from(attributes, ({ score }) => (typeof score === 'number' ? score : Number.NaN)),
  }))
  const found = new Int32Array(characteristics.length) // codes in the order of their characteristics
  const differences = new Float64Array(codes.length)
  const stamps = new Float64Array(codes.length)
  let stamp = 0
  return (chosen, scores) => {
    stamp++
    let count = 0
    for (let i = 0; i < characteristics.length; i++) {
      const { baseline, codes: own, points } = characteristics[i] as (typeof characteristics)[number]
      const at = chosen[i] as number
      const fixed = points[at] as number
      const difference = plan.direction * (baseline - (Number.isNaN(fixed) ? (scores[i] as number) : fixed))
      const code = own[at] as number
      if (stamps[code] === stamp) differences[code] = (differences[code] as number) + difference
      else {
        stamps[code] = stamp
        differences[code] = difference
        found[count++] = code
      }
    }
    return ranked(found, count, differences).map((code) => codes[code] as string)
  }
}

/** The codes whose difference is not negative, largest first, equal ones in the order they have. */
function ranked(found: Int32Array, count: number, differences: Float64Array): number[] {
  const order: number[] = []
  for (let i = 0; i < count; i++) {
    const code = found[i] as number
    const difference = differences[code] as number
    if (!(difference >= 0)) continue
    let at = order.length
    order.push(code)
    for (; at > 0 && (differences[order[at - 1] as number] as number) < difference; at--)
      order[at] = order[at - 1] as number
    order[at] = code
  }
  return order
}
