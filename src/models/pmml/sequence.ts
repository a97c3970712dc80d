import { childOf, childrenOf, type DocumentReader, itemsOf } from './document.ts'
import type { Getter, Machine } from './machine.ts'
import type { ModelPlan } from './model-plan.ts'
import { type FiredRule, Outcome, type RunningModel } from './outcome.ts'
import type { Scope } from './scope.ts'
import type { Cell } from './types.ts'
import type { XmlElement } from './xml.ts'

/**
 * A SequenceModel: rules over the order of item sets. A record is one group: its item fields are lists, in the order of the
 * list; a field of usage `order` is a list beside them, whose equal values make a set.
 */
export interface SequencePlan {
  readonly kind: 'sequence'
  readonly fields: readonly { readonly name: string; readonly slot: number }[]
  readonly order: number // slot, or -1: each item is a set
  readonly sets: readonly SetPlan[]
  readonly rules: readonly SequenceRulePlan[]
}

interface SetPlan {
  readonly field: string | null // null: in any
  readonly items: readonly string[]
}

/** How a step lies to the one before. */
type Link = 'first' | 'same' | 'next' | 'later' | 'apart'

interface Step {
  readonly set: number
  readonly link: Link
}

interface SequenceRulePlan {
  readonly rule: FiredRule
  readonly antecedent: readonly Step[]
  /** Antecedent and consequent as one sequence. */
  readonly whole: readonly Step[]
}

/** Plans a SequenceModel. */
export function planSequences(scope: Scope, model: XmlElement): SequencePlan {
  const { reader } = scope
  const sets = new SetBuilder(reader, model)
  const sequences = new Map(childrenOf(model, 'Sequence').map((s) => [reader.text(s, 'id'), stepsOf(reader, s, sets)]))
  const byUsage = (usage: string) =>
    [...scope.mining].filter(([, field]) => (field.attributes['usageType'] ?? 'active') === usage)
  const actives = byUsage('active')
  for (const [name, field] of actives) {
    const taxonomy = scope.planner.dataFields.get(name)?.element.attributes['taxonomy']
    if (taxonomy !== undefined) reader.unsupported(field, `items with taxonomy="${taxonomy}"`)
  }
  const [order] = byUsage('order')
  const fields = actives.map(([name, field]) => ({ name, slot: scope.resolve(name, field) }))
  const orderSlot = order ? scope.resolve(order[0], order[1]) : -1
  for (const slot of [...fields.map((field) => field.slot), orderSlot]) scope.planner.lists.add(slot)
  return {
    kind: 'sequence',
    fields,
    order: orderSlot,
    sets: sets.list,
    rules: childrenOf(model, 'SequenceRule').map((rule, i) => planRule(reader, rule, i, sequences, sets)),
  }
}

/** Item sets by id: of items, or of a predicate on one field. */
class SetBuilder {
  readonly list: SetPlan[] = []
  readonly #ids = new Map<string, number>()

  constructor(reader: DocumentReader, model: XmlElement) {
    const items = new Map(
      childrenOf(model, 'Item').map((item) => [reader.text(item, 'id'), reader.text(item, 'value')]),
    )
    for (const set of childrenOf(model, 'Itemset')) {
      const values = childrenOf(set, 'ItemRef').map((ref) => {
        const id = reader.text(ref, 'itemRef')
        return items.get(id) ?? reader.fault(ref, `item "${id}" is not declared`)
      })
      this.#add(reader.text(set, 'id'), { field: null, items: values })
    }
    for (const set of childrenOf(model, 'SetPredicate')) {
      reader.word(set, 'operator', ['supersetOf'], 'supersetOf')
      const array = childOf(set, 'Array') ?? reader.fault(set, 'element Array is missing')
      this.#add(reader.text(set, 'id'), { field: reader.text(set, 'field'), items: itemsOf(reader, array) })
    }
  }

  #add(id: string, set: SetPlan): void {
    this.#ids.set(id, this.list.push(set) - 1)
  }

  at(reader: DocumentReader, reference: XmlElement): number {
    const id = reader.text(reference, 'setId')
    return this.#ids.get(id) ?? reader.fault(reference, `item set "${id}" is not declared`)
  }
}

function linkOf(reader: DocumentReader, delimiter: XmlElement | null): Link {
  if (!delimiter) return 'later'
  if (reader.word(delimiter, 'delimiter', ['sameTimeWindow', 'acrossTimeWindows']) === 'sameTimeWindow') return 'same'
  const gap = reader.word(delimiter, 'gap', ['true', 'false', 'unknown'])
  return gap === 'true' ? 'apart' : gap === 'false' ? 'next' : 'later'
}

function stepsOf(reader: DocumentReader, sequence: XmlElement, sets: SetBuilder): Step[] {
  const steps: Step[] = []
  let delimiter: XmlElement | null = null
  for (const child of sequence.children) {
    if (child.name === 'Delimiter') delimiter = child
    if (child.name !== 'SetReference') continue
    steps.push({ set: sets.at(reader, child), link: steps.length === 0 ? 'first' : linkOf(reader, delimiter) })
    delimiter = null
  }
  return steps
}

function planRule(
  reader: DocumentReader,
  element: XmlElement,
  index: number,
  sequences: ReadonlyMap<string, readonly Step[]>,
  sets: SetBuilder,
): SequenceRulePlan {
  const side = (name: string): Step[] => {
    const holder = childOf(element, name) ?? reader.fault(element, `element ${name} is missing`)
    const steps: Step[] = []
    let delimiter: XmlElement | null = null
    for (const child of holder.children) {
      if (child.name === 'Delimiter') delimiter = child
      if (child.name !== 'SequenceReference') continue
      const id = reader.text(child, 'seqId')
      const found = sequences.get(id) ?? reader.fault(child, `sequence "${id}" is not declared`)
      steps.push(...joined(steps, found, linkOf(reader, delimiter)))
      delimiter = null
    }
    return steps
  }
  const antecedent = side('AntecedentSequence')
  const consequent = side('ConsequentSequence')
  const shown = (steps: readonly Step[]): (readonly string[])[] =>
    steps.map((step) => (sets.list[step.set] as SetPlan).items)
  return {
    rule: {
      id: element.attributes['id'] ?? String(index + 1),
      antecedent: shown(antecedent),
      consequent: shown(consequent),
      support: reader.number(element, 'support'),
      confidence: reader.number(element, 'confidence'),
      lift: reader.number(element, 'lift', Number.NaN),
      leverage: Number.NaN,
      affinity: Number.NaN,
    },
    antecedent,
    whole: [...antecedent, ...joined(antecedent, consequent, linkOf(reader, childOf(element, 'Delimiter')))],
  }
}

/** Steps that follow others, their first one linked to them. */
function joined(before: readonly Step[], steps: readonly Step[], link: Link): Step[] {
  return steps.map((step, i) => (i === 0 && before.length > 0 ? { ...step, link } : step))
}

/** Opens a SequenceModel: outputs choose among the rules by what the record's sequence holds. */
export function openSequences(model: ModelPlan, plan: SequencePlan, machine: Machine): RunningModel {
  const outcome = new Outcome(model.result, model.categories)
  const fields = plan.fields.map(({ name, slot }) => ({ name, get: machine.getter(slot) }))
  const order = plan.order < 0 ? null : machine.getter(plan.order)
  const plans = new Map(plan.rules.map((rule) => [rule.rule, rule]))
  const rules = plan.rules.map(({ rule }) => rule)
  const run = (): void => {
    outcome.clear()
    const windows = windowsOf(fields, order)
    const places = plan.sets.map((set) => windows.map((window) => holds(window, set)))
    outcome.rules = rules
    outcome.fits = (rule, algorithm) => {
      const { antecedent, whole } = plans.get(rule) as SequenceRulePlan
      if (!occurs(antecedent, places, windows.length)) return false
      if (algorithm === 'recommendation') return true
      return occurs(whole, places, windows.length) === (algorithm === 'ruleAssociation')
    }
  }
  return { outcome, run }
}

/** Items by field that come at one time. */
type Window = ReadonlyMap<string, ReadonlySet<string>>

function windowsOf(fields: readonly { readonly name: string; readonly get: Getter }[], order: Getter | null): Window[] {
  const listOf = (value: Cell): readonly Cell[] =>
    Array.isArray(value) ? (value as readonly Cell[]) : value === undefined ? [] : [value]
  const lists = fields.map(({ name, get }) => ({ name, items: listOf(get()) }))
  const length = lists.reduce((max, list) => Math.max(max, list.items.length), 0)
  const times = order === null ? null : listOf(order())
  const rows = Array.from({ length }, (_, row) => row)
  const time = (row: number): number => {
    const value = times === null ? row : times[row]
    return typeof value === 'number' ? value : Number(value ?? row)
  }
  if (times !== null) rows.sort((a, b) => time(a) - time(b) || a - b)
  const windows: Map<string, Set<string>>[] = []
  let last = Number.NaN
  for (const row of rows) {
    if (time(row) !== last) windows.push(new Map(fields.map(({ name }) => [name, new Set()])))
    last = time(row)
    for (const { name, items } of lists) {
      const item = items[row]
      if (item !== undefined) windows.at(-1)?.get(name)?.add(String(item))
    }
  }
  return windows
}

function holds(window: Window, { field, items }: SetPlan): boolean {
  const sources = field === null ? [...window.values()] : [window.get(field) ?? new Set<string>()]
  return items.every((item) => sources.some((source) => source.has(item)))
}

/** True when the steps occur in the sequence: `places[set][window]` tells where each set is. All windows where a step may lie are carried on. */
function occurs(steps: readonly Step[], places: readonly (readonly boolean[])[], length: number): boolean {
  let reached = new Uint8Array(length)
  let first = 0
  for (const { set, link } of steps) {
    const here = places[set] as readonly boolean[]
    const next = new Uint8Array(length)
    let earliest = -1
    for (let at = 0; at < length; at++) {
      if (!here[at]) continue
      const isLinked =
        link === 'first' ||
        (link === 'same' && reached[at] === 1) ||
        (link === 'next' && reached[at - 1] === 1) ||
        (link === 'later' && at > first) ||
        (link === 'apart' && at > first + 1)
      if (!isLinked) continue
      next[at] = 1
      if (earliest < 0) earliest = at
    }
    if (earliest < 0) return false
    reached = next
    first = earliest
  }
  return steps.length > 0
}
