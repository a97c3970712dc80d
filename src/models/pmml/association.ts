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
  /** Active fields: a list of items each, or one. */
  readonly fields: readonly { readonly name: string; readonly slot: number }[]
  /** Items that stand for a value of a field (PMML 4.3). */
  readonly named: readonly { readonly field: string; readonly category: string; readonly value: string }[]
  readonly rules: readonly FiredRule[]
}

/** Plans an AssociationModel. */
export function planAssociation(scope: Scope, model: XmlElement): AssociationPlan {
  const { reader } = scope
  const elements = childrenOf(model, 'Item')
  const items = new Map(elements.map((item) => [reader.text(item, 'id'), reader.text(item, 'value')]))
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
  for (const [name, field] of actives) {
    const taxonomy = scope.planner.dataFields.get(name)?.element.attributes['taxonomy']
    if (taxonomy !== undefined) reader.unsupported(field, `items with taxonomy="${taxonomy}"`)
  }
  const fields = actives.map(([name, field]) => ({ name, slot: scope.resolve(name, field) }))
  // Without a group the record is a row of a table, an item per field.
  const isGrouped = [...scope.mining.values()].some((field) => field.attributes['usageType'] === 'group')
  if (isGrouped) for (const { slot } of fields) scope.planner.lists.add(slot)
  return {
    kind: 'association',
    fields,
    named: elements.flatMap((item) => {
      const { field, category } = item.attributes
      return field !== undefined && category !== undefined
        ? [{ field, category, value: reader.text(item, 'value') }]
        : []
    }),
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
  const fields = plan.fields.map(({ name, slot }) => ({ name, get: machine.getter(slot) }))
  const run = (): void => {
    outcome.clear()
    const items: Cell[] = []
    for (const { name, get } of fields) {
      const value = get()
      const texts = (Array.isArray(value) ? (value as readonly Cell[]) : [value]).filter((v) => v !== undefined)
      // An item of a table's row is written `field=value`.
      for (const text of texts.map(String)) {
        items.push(text, `${name}=${text}`)
        for (const item of plan.named) if (item.field === name && item.category === text) items.push(item.value)
      }
    }
    outcome.displays = items
    outcome.rules = plan.rules
  }
  return { outcome, run }
}
