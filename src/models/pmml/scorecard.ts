import { MillraceError } from '../../core/errors.ts'
import { childOf, childrenOf } from './document.ts'
import { planExpression } from './expression-plan.ts'
import { openExpression } from './expressions.ts'
import { numberFrom } from './faults.ts'
import type { Machine } from './machine.ts'
import type { ModelPlan } from './model-plan.ts'
import { Outcome, type RunningModel } from './outcome.ts'
import type { ExpressionPlan, PredicatePlan } from './plan.ts'
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
  const characteristics = plan.characteristics.map(({ name, baseline, attributes }) => ({
    name,
    baseline,
    attributes: attributes.map(({ predicate, score, reasonCode }) => {
      const evaluate = typeof score === 'number' ? null : openExpression(score, machine)
      return {
        test: openPredicate(predicate, machine),
        score: evaluate ? () => numberFrom(evaluate(), 'element ComplexPartialScore') : () => score as number,
        reasonCode,
      }
    }),
  }))
  const run = (): void => {
    outcome.clear()
    outcome.reasonCodes = null
    const points = new Map<string, number>()
    let sum = plan.initial
    for (const { name, baseline, attributes } of characteristics) {
      const chosen = attributes.find((attribute) => attribute.test() === TRUE)
      if (!chosen) throw undefinedResult(plan, `no attribute of characteristic "${name}" holds`)
      const score = chosen.score()
      if (Number.isNaN(score)) throw undefinedResult(plan, `the points of characteristic "${name}" are missing`)
      sum += score
      if (plan.direction !== 0) {
        points.set(chosen.reasonCode, (points.get(chosen.reasonCode) ?? 0) + plan.direction * (baseline - score))
      }
    }
    outcome.number = sum
    if (plan.direction !== 0) {
      outcome.reasonCodes = [...points]
        .filter(([, difference]) => difference >= 0)
        .sort((a, b) => b[1] - a[1])
        .map(([code]) => code)
    }
  }
  return { outcome, run }
}
