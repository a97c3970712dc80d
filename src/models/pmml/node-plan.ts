import { closest } from '../../config/closest.ts'
import { decimalAt } from './decimals.ts'
import type { DocumentReader } from './document.ts'
import type { PredicatePlan } from './plan.ts'
import { planPredicate, predicateNames } from './predicates.ts'
import type { Scope } from './scope.ts'
import { TagReader } from './tag-reader.ts'
import { Op } from './tree-ops.ts'
import type { Labels } from './tree-plan.ts'
import type { TreeStoreBuilder } from './tree-store.ts'
import type { Cell } from './types.ts'
import { XmlElement } from './xml.ts'
import type { XmlTape } from './xml-scan.ts'

/**
 * Stores a Node and all below it; answers the nodes' ids when something in the document asks for them. Nodes are read from the
 * document's bytes: large documents consist of them.
 */
export function planNodes(
  scope: Scope,
  root: XmlElement,
  labels: Labels | null,
  labelOf: (text: string) => Cell,
): (string | null)[] | null {
  const planner = new NodePlanner(scope, root, labels, labelOf)
  planner.plan(root.index, -1)
  return planner.ids
}

/** What the planner knows of a field that a predicate names: its slot, and how it takes numbers (null: not at all). */
interface FieldUse {
  readonly slot: number
  readonly numbers: 'double' | 'float' | 'integer' | null
}

/** Places in the distributions of all trees: every distribution has one for every category, whatever it states. */
const maxShares = 1 << 25

const operators = {
  lessThan: Op.lt,
  lessOrEqual: Op.le,
  greaterThan: Op.gt,
  greaterOrEqual: Op.ge,
  equal: Op.eq,
  notEqual: Op.ne,
} as const

class NodePlanner {
  readonly ids: (string | null)[] | null
  readonly #scope: Scope
  readonly #reader: DocumentReader
  readonly #store: TreeStoreBuilder
  readonly #labels: Labels | null
  readonly #labelOf: (text: string) => Cell
  readonly #root: XmlElement
  readonly #tape: XmlTape
  readonly #tag: TagReader
  readonly #names: ReturnType<typeof namesOf>
  /** By number of the field's name. */
  readonly #fields = new Map<number, FieldUse>()
  /** Comparisons by number of the text. */
  readonly #operators = new Map<number, number>()
  /** True when the distribution that was read last has record counts, all 0. */
  #isEmpty = false
  /** Label indices by number of the text. */
  readonly #labelNumbers = new Map<number, number>()

  constructor(scope: Scope, root: XmlElement, labels: Labels | null, labelOf: (text: string) => Cell) {
    this.#scope = scope
    this.#reader = scope.reader
    this.#store = scope.planner.trees
    this.#labels = labels
    this.#labelOf = labelOf
    this.#root = root
    this.#tape = root.document.tape
    this.#tag = new TagReader(this.#tape)
    this.#names = namesOf(root)
    this.ids = scope.planner.needsEntityIds ? [] : null
  }

  /** Stores a node and all below it; depth is bounded by the reader. */
  plan(element: number, parent: number): number {
    const store = this.#store
    const { document } = this.#root
    const names = this.#names
    let predicate = -1
    let hasNodes = false
    let entries = 0
    for (let child = document.firstChild(element); child >= 0; child = document.nextChild(element, child)) {
      const name = this.#tape.names[child] as number
      if (name === names.Node) hasNodes = true
      else if (name === names.ScoreDistribution) entries++
      else if (predicate < 0 && names.predicates.has(name)) predicate = child
    }
    const node = store.add()
    if (predicate >= 0) this.#addPredicate(node, predicate)
    const chosen = this.#addResult(element, node, parent, entries)
    if (hasNodes) {
      for (let child = document.firstChild(element); child >= 0; child = document.nextChild(element, child)) {
        if (this.#tape.names[child] !== names.Node) continue
        const place = this.plan(child, node)
        if (chosen !== null && this.#idOf(child) === chosen) store.setDefaultChild(node, place)
      }
      if (chosen !== null && (store.defaultChild?.[node] ?? -1) < 0) {
        const view = this.#view(element)
        const ids = view.childrenNamed('Node').flatMap((child) => child.attributes['id'] ?? [])
        this.#reader.fault(
          view,
          `attribute "defaultChild" is "${chosen}", which is no child node's id${closest(chosen, ids)}`,
        )
      }
    }
    store.end[node] = store.size
    return node
  }

  #view(element: number): XmlElement {
    return new XmlElement(this.#root.document, element)
  }

  #idOf(element: number): string | null {
    this.#tag.open(element)
    while (this.#tag.next()) if (this.#tag.name === this.#names.id) return this.#tag.text()
    return null
  }

  /** Score, distribution and record count of a node; answers its default child's id. */
  #addResult(element: number, node: number, parent: number, entries: number): string | null {
    const store = this.#store
    const names = this.#names
    const tag = this.#tag
    const labels = this.#labels
    let [scoreStart, scoreEnd] = [-1, -1]
    let chosen: string | null = null
    let id: string | null = null
    tag.open(element)
    while (tag.next()) {
      if (tag.name === names.score) {
        scoreStart = tag.start
        scoreEnd = tag.end
      } else if (tag.name === names.recordCount) {
        const count = this.#number(element, 'recordCount')
        if (store.records) store.records[node] = count
      } else if (tag.name === names.defaultChild) chosen = tag.text()
      else if (tag.name === names.id && this.ids) id = tag.text()
    }
    this.ids?.push(id)
    const distribution = labels && entries > 0 ? this.#addDistribution(element, labels) : -1
    store.distribution[node] = distribution
    if (scoreStart >= 0 && scoreStart < scoreEnd) {
      store.score[node] = labels
        ? this.#label(scoreStart, scoreEnd, labels)
        : this.#score(element, scoreStart, scoreEnd)
    } else if (distribution >= 0 && labels) {
      store.score[node] = this.#largest(distribution, labels.cells.length)
    } else if (parent >= 0) store.score[node] = store.score[parent] as number
    // Record counts that are all 0 say that no record came here: there is no prediction, whatever the score.
    if (distribution >= 0 && this.#isEmpty) {
      store.score[node] = Number.NaN
      store.distribution[node] = -1
    }
    // A node that states nothing predicts what its parent does.
    if (distribution < 0 && scoreStart < 0 && parent >= 0)
      store.distribution[node] = store.distribution[parent] as number
    return chosen
  }

  #score(element: number, start: number, end: number): number {
    return decimalAt(this.#tape.bytes, start, end) ?? this.#reader.number(this.#view(element), 'score')
  }

  /** The tag's current attribute as a number. */
  #number(element: number, attribute: string): number {
    const { start, end } = this.#tag
    return decimalAt(this.#tape.bytes, start, end) ?? this.#reader.number(this.#view(element), attribute)
  }

  #label(start: number, end: number, labels: Labels): number {
    const { strings } = this.#tape
    const number = strings.number(start, end)
    let found = this.#labelNumbers.get(number)
    if (found === undefined) {
      found = labels.at(this.#labelOf(this.#root.document.valueText(start, end)))
      this.#labelNumbers.set(number, found)
    }
    return found
  }

  #addPredicate(node: number, element: number): void {
    const name = this.#tape.names[element]
    if (name === this.#names.True) return
    if (name === this.#names.SimplePredicate && this.#addSimple(node, element)) return
    const plan = planPredicate(this.#scope, this.#view(element))
    const store = this.#store
    if (plan.kind === 'number') {
      store.op[node] = operators[plan.operator]
      store.field[node] = plan.slot
      store.value[node] = plan.value
      return
    }
    store.op[node] = opOf(plan)
    if (store.op[node] === Op.other) store.field[node] = store.predicate(plan)
  }

  /** A comparison of a number with a number; false when the predicate is anything else. */
  #addSimple(node: number, element: number): boolean {
    const names = this.#names
    const tag = this.#tag
    let field: FieldUse | null = null
    let op = -1
    let [valueStart, valueEnd] = [-1, -1]
    tag.open(element)
    while (tag.next()) {
      if (tag.name === names.field) field = this.#field(element)
      else if (tag.name === names.operator) op = this.#operator()
      else if (tag.name === names.value) {
        valueStart = tag.start
        valueEnd = tag.end
      }
    }
    if (field === null || field.numbers === null || op < 0 || valueStart < 0) return false
    const value = decimalAt(this.#tape.bytes, valueStart, valueEnd)
    if (value === null || (field.numbers === 'integer' && !Number.isSafeInteger(value))) return false
    this.#store.op[node] = op
    this.#store.field[node] = field.slot
    this.#store.value[node] = field.numbers === 'float' ? Math.fround(value) : value
    return true
  }

  /** The comparison that the tag's current attribute names, or -1. */
  #operator(): number {
    const number = this.#tag.valueNumber()
    let found = this.#operators.get(number)
    if (found === undefined) {
      const text = this.#tag.text()
      found = Object.hasOwn(operators, text) ? operators[text as keyof typeof operators] : -1
      this.#operators.set(number, found)
    }
    return found
  }

  /** The field that the tag's current attribute names. */
  #field(element: number): FieldUse {
    const number = this.#tag.valueNumber()
    let found = this.#fields.get(number)
    if (!found) {
      const slot = this.#scope.resolveLoosely(this.#tag.text(), this.#view(element))
      const { type, optype } = this.#scope.facts(slot)
      const isNumber = type.type === 'double' || type.type === 'float' || type.type === 'integer'
      found = { slot, numbers: isNumber && optype !== 'ordinal' ? (type.type as FieldUse['numbers']) : null }
      this.#fields.set(number, found)
    }
    return found
  }

  #addDistribution(element: number, labels: Labels): number {
    const store = this.#store
    const { document } = this.#root
    const names = this.#names
    const tag = this.#tag
    const width = labels.cells.length
    if (store.sharesSize + width > maxShares) {
      this.#reader.fault(this.#view(element), `distributions of ${width} categories each have over ${maxShares} places`)
    }
    const at = store.addShares(width)
    // The first entry tells what all are shares of: probabilities (which need not sum to 1) or record counts.
    let isByCount: boolean | null = null
    let isStated = false
    let total = 0
    for (let entry = document.firstChild(element); entry >= 0; entry = document.nextChild(element, entry)) {
      if (this.#tape.names[entry] !== names.ScoreDistribution) continue
      let label = -1
      let count = 0
      let probability: number | null = null
      let confidence = Number.NaN
      tag.open(entry)
      while (tag.next()) {
        if (tag.name === names.value) label = this.#label(tag.start, tag.end, labels)
        else if (tag.name === names.recordCount) {
          count = this.#number(entry, 'recordCount')
          isStated = true
        } else if (tag.name === names.probability) probability = this.#number(entry, 'probability')
        else if (tag.name === names.confidence) confidence = this.#number(entry, 'confidence')
      }
      if (label < 0) this.#reader.text(this.#view(entry), 'value')
      isByCount ??= probability === null
      const amount = isByCount ? count : (probability ?? 0)
      total += amount
      store.shares[at + label] = amount
      if (store.counts) store.counts[at + label] = count
      if (!Number.isNaN(confidence)) store.setConfidence(at + label, confidence)
    }
    this.#isEmpty = isStated && total === 0
    const { shares } = store
    for (let i = 0; i < width; i++) shares[at + i] = total > 0 ? (shares[at + i] as number) / total : 0
    return at
  }

  #largest(at: number, width: number): number {
    const { shares } = this.#store
    let best = 0
    for (let i = 1; i < width; i++) if ((shares[at + i] as number) > (shares[at + best] as number)) best = i
    return best
  }
}

function opOf(plan: PredicatePlan): number {
  return plan.kind === 'true' ? Op.true : plan.kind === 'false' ? Op.false : Op.other
}

/** Numbers of the names that nodes consist of, -1 for those that the document does not use. */
function namesOf({ document }: XmlElement) {
  const number = (name: string): number => document.nameNumber(name)
  return {
    Node: number('Node'),
    ScoreDistribution: number('ScoreDistribution'),
    SimplePredicate: number('SimplePredicate'),
    True: number('True'),
    id: number('id'),
    score: number('score'),
    recordCount: number('recordCount'),
    defaultChild: number('defaultChild'),
    field: number('field'),
    operator: number('operator'),
    value: number('value'),
    probability: number('probability'),
    confidence: number('confidence'),
    predicates: new Set([...predicateNames].map(number)),
  }
}
