import { childOf } from './document.ts'
import type { Machine } from './machine.ts'
import type { ModelPlan } from './model-plan.ts'
import { Outcome, type RunningModel } from './outcome.ts'
import type { PredicatePlan } from './plan.ts'
import { openPredicate, planPredicate, predicateOf, TRUE } from './predicates.ts'
import type { Scope } from './scope.ts'
import type { Labels } from './tree-plan.ts'
import type { Cell } from './types.ts'
import type { XmlElement } from './xml.ts'

/** A RuleSetModel: rules in document order, the predicates of enclosing compound rules joined to their own. */
export interface RuleSetPlan {
  readonly kind: 'ruleSet'
  readonly criterion: 'firstHit' | 'weightedSum' | 'weightedMax'
  readonly defaultCategory: number
  readonly defaultConfidence: number
  readonly rules: readonly {
    readonly id: string
    /** Predicates of the enclosing compound rules, outermost first, then its own. */
    readonly predicates: readonly PredicatePlan[]
    readonly category: number
    readonly weight: number
    readonly confidence: number
  }[]
}

/** Plans a RuleSetModel. */
export function planRuleSet(
  scope: Scope,
  model: XmlElement,
  labels: Labels,
  labelOf: (text: string) => Cell,
): RuleSetPlan {
  const { reader } = scope
  const set = childOf(model, 'RuleSet') ?? reader.fault(model, 'element RuleSet is missing')
  const method = childOf(set, 'RuleSelectionMethod') ?? reader.fault(set, 'element RuleSelectionMethod is missing')
  const rules: RuleSetPlan['rules'][number][] = []
  const collect = (parent: XmlElement, outer: readonly PredicatePlan[]): void => {
    for (const rule of parent.children) {
      if (rule.name !== 'SimpleRule' && rule.name !== 'CompoundRule') continue
      const predicate = planPredicate(scope, predicateOf(rule) ?? reader.fault(rule, 'holds no predicate'))
      const all = [...outer, predicate]
      if (rule.name === 'CompoundRule') {
        collect(rule, all)
        continue
      }
      rules.push({
        id: rule.attributes['id'] ?? String(rules.length + 1),
        predicates: all,
        category: labels.at(labelOf(reader.text(rule, 'score'))),
        weight: reader.number(rule, 'weight', 1),
        confidence: reader.number(rule, 'confidence', 1),
      })
    }
  }
  collect(set, [])
  const fallback = set.attributes['defaultScore']
  return {
    kind: 'ruleSet',
    criterion: reader.word(method, 'criterion', ['firstHit', 'weightedSum', 'weightedMax']),
    defaultCategory: fallback === undefined ? -1 : labels.at(labelOf(fallback)),
    defaultConfidence: reader.number(set, 'defaultConfidence', 0),
    rules,
  }
}

/** Opens a RuleSetModel. */
export function openRuleSet(model: ModelPlan, plan: RuleSetPlan, machine: Machine): RunningModel {
  const outcome = new Outcome(model.result, model.categories)
  const tests = plan.rules.map((rule) => {
    const parts = rule.predicates.map((predicate) => openPredicate(predicate, machine))
    return () => parts.every((part) => part() === TRUE)
  })
  const shares = outcome.probabilities
  const take = (category: number, confidence: number, id: string | undefined): void => {
    outcome.category = category
    shares[category] = confidence
    outcome.entity = id
  }
  const run = (): void => {
    outcome.clear()
    shares.fill(0)
    outcome.hasProbabilities = true
    let fired = 0
    let best: RuleSetPlan['rules'][number] | null = null
    for (let i = 0; i < tests.length; i++) {
      if (!(tests[i] as () => boolean)()) continue
      const rule = plan.rules[i] as RuleSetPlan['rules'][number]
      if (plan.criterion === 'firstHit') {
        take(rule.category, rule.confidence, rule.id)
        break
      }
      fired++
      if (plan.criterion === 'weightedSum') shares[rule.category] = (shares[rule.category] as number) + rule.weight
      if (best === null || rule.weight > best.weight) best = rule
    }
    if (fired > 0 && best) {
      if (plan.criterion === 'weightedMax') take(best.category, best.confidence, best.id)
      else {
        for (let i = 0; i < shares.length; i++) shares[i] = (shares[i] as number) / fired
        outcome.chooseLargest()
        const winner = plan.rules.findIndex((rule, i) => rule.category === outcome.category && tests[i]?.())
        outcome.entity = plan.rules[winner]?.id
      }
    }
    if (outcome.category < 0 && plan.defaultCategory >= 0) take(plan.defaultCategory, plan.defaultConfidence, undefined)
    outcome.confidences.set(shares)
    outcome.hasConfidences = true
  }
  return { outcome, run }
}
