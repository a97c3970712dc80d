import { childrenOf } from './document.ts'
import type { Machine } from './machine.ts'
import type { ModelPlan } from './model-plan.ts'
import { type FiredRule, Outcome, type RunningModel } from './outcome.ts'
import type { Scope } from './scope.ts'
import type { Cell } from './types.ts'
import type { XmlElement } from './xml.ts'

/** An AssociationModel: rules with their items spelled out. */
export interface AssociationPlan {
  readonly kind: 'association'
  readonly slots: readonly number[]
  readonly rules: readonly FiredRule[]
}

/** Plans an AssociationModel. */
export function planAssociation(scope: Scope, model: XmlElement): AssociationPlan {
  const { reader } = scope
  const items = new Map(
    childrenOf(model, 'Item').map((item) => [
      reader.text(item, 'id'),
      item.attributes['mappedValue'] ?? reader.text(item, 'value'),
    ]),
  )
  const sets = new Map(
    childrenOf(model, 'Itemset').map((set) => [
      reader.text(set, 'id'),
      childrenOf(set, 'ItemRef').map(
        (ref) =>
          items.get(reader.text(ref, 'itemRef')) ??
          reader.fault(ref, `item "${ref.attributes['itemRef']}" is not declared`),
      ),
    ]),
  )
  const setOf = (rule: XmlElement, attribute: string): string[] => {
    const id = reader.text(rule, attribute)
    return sets.get(id) ?? reader.fault(rule, `item set "${id}" is not declared`)
  }
  const actives = [...scope.mining].filter(([, field]) => (field.attributes['usageType'] ?? 'active') === 'active')
  return {
    kind: 'association',
    slots: actives.map(([name, field]) => scope.resolve(name, field)),
    rules: childrenOf(model, 'AssociationRule').map((rule, i) => ({
      id: rule.attributes['id'] ?? String(i + 1),
      antecedent: setOf(rule, 'antecedent'),
      consequent: setOf(rule, 'consequent'),
      support: reader.number(rule, 'support'),
      confidence: reader.number(rule, 'confidence'),
      lift: reader.number(rule, 'lift', Number.NaN),
      leverage: reader.number(rule, 'leverage', Number.NaN),
      affinity: reader.number(rule, 'affinity', Number.NaN),
    })),
  }
}

/** Opens an AssociationModel: the record's items go to `displays`, outputs choose among the rules. */
export function openAssociation(model: ModelPlan, plan: AssociationPlan, machine: Machine): RunningModel {
  const outcome = new Outcome(model.result, model.categories)
  const getters = plan.slots.map((slot) => machine.getter(slot))
  const run = (): void => {
    outcome.clear()
    const items: Cell[] = []
    for (const get of getters) {
      const value = get()
      if (Array.isArray(value)) items.push(...(value as readonly Cell[]).map(String))
      else if (value !== undefined) items.push(String(value))
    }
    outcome.displays = items
    outcome.rules = plan.rules
  }
  return { outcome, run }
}
