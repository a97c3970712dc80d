import { type Forest, ForestBuilder, sharedArray } from '../trees/trees.ts'
import { childOf, childrenOf } from './document.ts'
import type { PredicatePlan } from './plan.ts'
import { planPredicate, predicateOf } from './predicates.ts'
import type { Scope } from './scope.ts'
import { priorValues } from './targets.ts'
import { TreeCompiler } from './tree-compile.ts'
import { type MissingStrategy, missingStrategies, Op } from './tree-ops.ts'
import type { Cell } from './types.ts'
import type { XmlElement } from './xml.ts'

/** A TreeModel: its root in the store of all trees, and its strategies. */
export interface TreePlan {
  readonly kind: 'tree'
  readonly root: number
  readonly missing: MissingStrategy
  readonly returnsLast: boolean
  readonly penalty: number
  /** Category lists of `scores`, for class labels: index into the model's categories. */
  readonly ids: readonly (string | null)[] | null
  /** Number of this tree in the store's forest, or -1 when it only runs node by node. */
  readonly tree: number
  /** True when the forest's answer holds only for records without missing values among its features. */
  readonly needsAll: boolean
  /** Features of the forest that the tree reads. */
  readonly features: readonly number[]
}

/** Nodes of all trees of a document, column by column; a tree's nodes follow each other, the root first. */
export interface TreeStore {
  readonly firstChild: Int32Array // [nodes], -1 = none
  readonly nextSibling: Int32Array // [nodes], -1 = none
  readonly parent: Int32Array // [nodes], -1 = root
  readonly op: Uint8Array // [nodes], see Op
  readonly field: Int32Array // [nodes], slot, or index into predicates
  readonly value: Float64Array // [nodes]
  /** Number, or category index, or NaN; nodes without a score have their nearest ancestor's. */
  readonly score: Float64Array // [nodes]
  readonly defaultChild: Int32Array // [nodes], -1 = none
  /** First entry of the score distribution in `shares`, -1 = none. */
  readonly distribution: Int32Array // [nodes]
  readonly records: Float64Array // [nodes], recordCount or NaN
  readonly shares: Float64Array // probability, confidence and count of each category in turn
  readonly predicates: readonly PredicatePlan[]
  readonly forest: Forest
  /** Feature f of the forest: a slot, or -1 - index into predicates. */
  readonly features: Int32Array
}

/** Collects the trees of a document. */
export class TreeStoreBuilder {
  readonly firstChild: number[] = []
  readonly nextSibling: number[] = []
  readonly parent: number[] = []
  readonly op: number[] = []
  readonly field: number[] = []
  readonly value: number[] = []
  readonly score: number[] = []
  readonly defaultChild: number[] = []
  readonly distribution: number[] = []
  readonly records: number[] = []
  readonly shares: number[] = []
  readonly predicates: PredicatePlan[] = []
  readonly forest = new ForestBuilder()
  readonly #predicateIndex = new Map<string, number>()
  readonly #features: number[] = []
  readonly #featureIndex = new Map<number, number>()

  /** Number of the forest's feature for a slot (>= 0) or a predicate (-1 - index). */
  feature(source: number): number {
    let found = this.#featureIndex.get(source)
    if (found === undefined) {
      found = this.#features.length
      this.#features.push(source)
      this.#featureIndex.set(source, found)
    }
    return found
  }

  predicate(plan: PredicatePlan): number {
    const key = JSON.stringify(plan)
    let found = this.#predicateIndex.get(key)
    if (found === undefined) {
      found = this.predicates.length
      this.predicates.push(plan)
      this.#predicateIndex.set(key, found)
    }
    return found
  }

  finish(): TreeStore {
    return {
      firstChild: sharedArray(Int32Array, this.firstChild),
      nextSibling: sharedArray(Int32Array, this.nextSibling),
      parent: sharedArray(Int32Array, this.parent),
      op: sharedArray(Uint8Array, this.op),
      field: sharedArray(Int32Array, this.field),
      value: sharedArray(Float64Array, this.value),
      score: sharedArray(Float64Array, this.score),
      defaultChild: sharedArray(Int32Array, this.defaultChild),
      distribution: sharedArray(Int32Array, this.distribution),
      records: sharedArray(Float64Array, this.records),
      shares: sharedArray(Float64Array, this.shares),
      predicates: this.predicates,
      forest: this.forest.finish(),
      features: sharedArray(Int32Array, this.#features),
    }
  }
}

/** Class labels of a model in the order of their first use. */
export class Labels {
  readonly cells: Cell[] = []
  readonly #index = new Map<Cell, number>()

  at(cell: Cell): number {
    let found = this.#index.get(cell)
    if (found === undefined) {
      found = this.cells.length
      this.cells.push(cell)
      this.#index.set(cell, found)
    }
    return found
  }
}

/** Plans the nodes of a TreeModel (or of an element of the same make inside another model). */
export function planTree(
  scope: Scope,
  model: XmlElement,
  labels: Labels | null,
  labelOf: (text: string, at: XmlElement) => Cell,
): TreePlan {
  const { reader } = scope
  const root = childOf(model, 'Node') ?? reader.fault(model, 'element Node is missing')
  const missing = reader.word(model, 'missingValueStrategy', missingStrategies, 'none')
  const noTrueChild = reader.word(
    model,
    'noTrueChildStrategy',
    ['returnNullPrediction', 'returnLastPrediction'],
    'returnNullPrediction',
  )
  const store = scope.planner.trees
  // Distributions are stored by label index, so every label must be known first.
  if (labels) {
    collectLabels(root, labels, labelOf)
    for (const text of priorValues(model)) labels.at(labelOf(text, model))
  }
  const nodes = new NodePlanner(scope, labels, labelOf)
  const at = nodes.plan(root)
  const returnsLast = noTrueChild === 'returnLastPrediction'
  const compiled = new TreeCompiler(store, missing, returnsLast).compile(at)
  return {
    kind: 'tree',
    root: at,
    missing,
    returnsLast,
    penalty: reader.number(model, 'missingValuePenalty', 1),
    ids: scope.planner.needsEntityIds ? nodes.ids : null,
    tree: compiled ? compiled.tree : -1,
    needsAll: compiled ? compiled.needsAll : false,
    features: compiled ? compiled.features : [],
  }
}

/** Adds the labels of a tree in document order. */
export function collectLabels(root: XmlElement, labels: Labels, labelOf: (text: string, at: XmlElement) => Cell): void {
  const stack = [root]
  for (let node = stack.pop(); node; node = stack.pop()) {
    for (const child of node.children) {
      if (child.name === 'ScoreDistribution' && child.attributes['value'] !== undefined) {
        labels.at(labelOf(child.attributes['value'], child))
      }
    }
    for (let i = node.children.length - 1; i >= 0; i--) {
      const child = node.children[i] as XmlElement
      if (child.name === 'Node') stack.push(child)
    }
    if (node.attributes['score'] !== undefined) labels.at(labelOf(node.attributes['score'], node))
  }
}

class NodePlanner {
  readonly ids: (string | null)[] = []
  readonly #scope: Scope
  readonly #store: TreeStoreBuilder
  readonly #labels: Labels | null
  readonly #labelOf: (text: string, at: XmlElement) => Cell

  constructor(scope: Scope, labels: Labels | null, labelOf: (text: string, at: XmlElement) => Cell) {
    this.#scope = scope
    this.#store = scope.planner.trees
    this.#labels = labels
    this.#labelOf = labelOf
  }

  /** Stores a node and all below it; depth is bounded by the reader. */
  plan(element: XmlElement, parent = -1): number {
    const store = this.#store
    const { reader } = this.#scope
    for (const child of element.children) {
      if (child.name === 'Regression' || child.name === 'DecisionTree') reader.unsupported(child, 'an embedded model')
    }
    const at = this.#add(element, parent)
    const byId = new Map<string, number>()
    let previous = -1
    for (const child of childrenOf(element, 'Node')) {
      const place = this.plan(child, at)
      if (previous < 0) store.firstChild[at] = place
      else store.nextSibling[previous] = place
      previous = place
      const id = child.attributes['id']
      if (id !== undefined) byId.set(id, place)
    }
    const chosen = element.attributes['defaultChild']
    if (chosen !== undefined) {
      store.defaultChild[at] =
        byId.get(chosen) ?? (previous < 0 ? -1 : reader.fault(element, `no child node has the id "${chosen}"`))
    }
    return at
  }

  #add(element: XmlElement, parent: number): number {
    const store = this.#store
    const { reader } = this.#scope
    const at = store.op.length
    store.firstChild.push(-1)
    store.nextSibling.push(-1)
    store.parent.push(parent)
    store.defaultChild.push(-1)
    const predicate = predicateOf(element)
    this.#addPredicate(predicate ? planPredicate(this.#scope, predicate) : { kind: 'true' })
    const text = element.attributes['score']
    const inherited = parent < 0 ? Number.NaN : (store.score[parent] as number)
    const distribution = this.#labels ? this.#addDistribution(element, this.#labels) : -1
    let score = inherited
    if (text !== undefined && text !== '') {
      score = this.#labels
        ? this.#labels.at(this.#labelOf(text, element))
        : reader.numberIn(element, text, 'attribute "score"')
    } else if (distribution >= 0 && this.#labels) {
      score = this.#largest(distribution, this.#labels.cells.length)
    }
    store.score.push(score)
    const borrowed =
      distribution < 0 && text === undefined && parent >= 0 ? (store.distribution[parent] as number) : distribution
    store.distribution.push(borrowed)
    store.records.push(reader.optionalNumber(element, 'recordCount') ?? Number.NaN)
    this.ids.push(element.attributes['id'] ?? null)
    return at
  }

  #addPredicate(plan: PredicatePlan): void {
    const store = this.#store
    if (plan.kind === 'number') {
      store.op.push(opOf(plan.operator))
      store.field.push(plan.slot)
      store.value.push(plan.value)
      return
    }
    const isConstant = plan.kind === 'true' || plan.kind === 'false'
    store.op.push(plan.kind === 'true' ? Op.true : plan.kind === 'false' ? Op.false : Op.other)
    store.field.push(isConstant ? -1 : store.predicate(plan))
    store.value.push(0)
  }

  #addDistribution(element: XmlElement, labels: Labels): number {
    const { reader } = this.#scope
    const distributions = childrenOf(element, 'ScoreDistribution')
    if (distributions.length === 0) return -1
    const { shares } = this.#store
    const at = shares.length
    const width = labels.cells.length
    for (let i = 0; i < width; i++) shares.push(0, Number.NaN, 0)
    let total = 0
    for (const entry of distributions) total += reader.number(entry, 'recordCount', 0)
    for (const entry of distributions) {
      const label = labels.at(this.#labelOf(reader.text(entry, 'value'), entry))
      const count = reader.number(entry, 'recordCount', 0)
      shares[at + label * 3] = reader.optionalNumber(entry, 'probability') ?? (total > 0 ? count / total : 0)
      shares[at + label * 3 + 1] = reader.optionalNumber(entry, 'confidence') ?? Number.NaN
      shares[at + label * 3 + 2] = count
    }
    return at
  }

  #largest(at: number, width: number): number {
    const { shares } = this.#store
    let best = 0
    for (let i = 1; i < width; i++) if ((shares[at + i * 3] as number) > (shares[at + best * 3] as number)) best = i
    return best
  }
}

function opOf(operator: string): number {
  switch (operator) {
    case 'lessThan':
      return Op.lt
    case 'lessOrEqual':
      return Op.le
    case 'greaterThan':
      return Op.gt
    case 'greaterOrEqual':
      return Op.ge
    case 'equal':
      return Op.eq
    default:
      return Op.ne
  }
}
