import { openForest, type Walk } from '../trees/trees.ts'
import { columnSlotOf, openGather } from './forest-gather.ts'
import type { Machine } from './machine.ts'
import type { ModelPlan } from './model-plan.ts'
import { Outcome, type RunningModel } from './outcome.ts'
import { predicateAt } from './predicate-table.ts'
import { FALSE, openPredicate, TRUE, type Truth, UNKNOWN } from './predicates.ts'
import { NO_NODE } from './tree-compile.ts'
import { Op } from './tree-ops.ts'
import type { TreePlan } from './tree-plan.ts'
import type { TreeStore } from './tree-store.ts'

/** Trees of a document, opened: walks one tree node by node, or a range of trees by the branchless walk. */
export class TreeEngine {
  readonly store: TreeStore
  readonly #machine: Machine
  readonly #numbers: (() => number)[] = []
  readonly #predicates: (() => Truth)[] = []
  readonly #aggregate: Float64Array[] = []
  /** How many missing values the last walk met. */
  misses = 0

  constructor(store: TreeStore, machine: Machine) {
    this.store = store
    this.#machine = machine
  }

  /** The node whose prediction tree `plan` gives for the current record, or NO_NODE. */
  walk(plan: TreePlan): number {
    this.misses = 0
    const status = this.#truth(plan.root)
    if (status === TRUE) return this.#descend(plan, plan.root)
    return status === UNKNOWN && plan.missing === 'lastPrediction' ? plan.root : NO_NODE
  }

  #descend(plan: TreePlan, start: number): number {
    const { end, defaultChild } = this.store
    let node = start
    for (;;) {
      const last = end[node] as number
      let child = node + 1
      if (child === last) return node
      for (; child < last; child = end[child] as number) {
        const truth = this.#truth(child)
        if (truth === TRUE) break
        if (truth === FALSE || plan.missing === 'none') continue
        this.misses++
        if (plan.missing === 'lastPrediction') return node
        if (plan.missing === 'nullPrediction' || defaultChild === null) return NO_NODE
        child = defaultChild[node] as number
        if (child < 0) return NO_NODE
        break
      }
      if (child >= last) return plan.returnsLast ? node : NO_NODE
      node = child
    }
  }

  #truth(node: number): Truth {
    const { op, field, value } = this.store
    const kind = op[node] as number
    if (kind === Op.true) return TRUE
    if (kind === Op.false) return FALSE
    const at = field[node] as number
    if (kind === Op.other) return (this.#predicates[at] ??= this.predicate(at))()
    const x = (this.#numbers[at] ??= this.#machine.number(at, 'element Node'))()
    if (Number.isNaN(x)) return UNKNOWN
    const bound = value[node] as number
    switch (kind) {
      case Op.lt:
        return x < bound ? TRUE : FALSE
      case Op.le:
        return x <= bound ? TRUE : FALSE
      case Op.gt:
        return x > bound ? TRUE : FALSE
      case Op.ge:
        return x >= bound ? TRUE : FALSE
      case Op.eq:
        return x === bound ? TRUE : FALSE
      default:
        return x !== bound ? TRUE : FALSE
    }
  }

  predicate(index: number): () => Truth {
    return openPredicate(predicateAt(this.store.predicates, index), this.#machine)
  }

  /**
   * Sums over the leaves that a record with missing values may reach: with `weighted` confidences, each child by its part of the
   * records, otherwise record counts.
   */
  spread(plan: TreePlan, width: number, weighted: boolean, into: Float64Array): boolean {
    into.fill(0)
    return this.#truth(plan.root) === TRUE && this.#spread(plan, plan.root, width, weighted, 1, into)
  }

  #spread(plan: TreePlan, node: number, width: number, weighted: boolean, weight: number, into: Float64Array): boolean {
    const { end } = this.store
    const last = end[node] as number
    if (last === node + 1) return this.#addShares(node, width, weighted, weight, into)
    const open: number[] = []
    for (let child = node + 1; child < last; child = end[child] as number) {
      const truth = this.#truth(child)
      if (truth === TRUE && open.length === 0) return this.#spread(plan, child, width, weighted, weight, into)
      if (truth !== FALSE) open.push(child)
    }
    if (open.length === 0) return plan.returnsLast && this.#addShares(node, width, weighted, weight, into)
    const records = this.store.records as Float64Array
    const total = open.reduce((sum, child) => sum + (records[child] as number), 0)
    for (const child of open) {
      const share = weighted ? (weight * (records[child] as number)) / total : weight
      if (!this.#spread(plan, child, width, weighted, share, into)) return false
    }
    return true
  }

  #addShares(node: number, width: number, weighted: boolean, weight: number, into: Float64Array): boolean {
    const { distribution, shares, confidences, counts } = this.store
    const at = distribution[node] as number
    if (at < 0) return false
    const source = weighted ? confidences : counts
    for (let i = 0; i < width; i++) {
      const stated = source ? (source[at + i] as number) : Number.NaN
      into[i] = (into[i] as number) + weight * (Number.isNaN(stated) ? (shares[at + i] as number) : stated)
    }
    return true
  }

  /** What leaves give by number of labels, 0 for scores; see forest-sums.ts. Ensembles of one document share them. */
  readonly leafTables = new Map<number, Float64Array | null>()

  /** Space for sums by label. */
  scratch(width: number): Float64Array {
    return (this.#aggregate[width] ??= new Float64Array(width))
  }
}

/** Opens one TreeModel. */
export function openTree(model: ModelPlan, plan: TreePlan, engine: TreeEngine): RunningModel {
  const outcome = new Outcome(model.result, model.categories)
  const isPlain = plan.missing !== 'weightedConfidence' && plan.missing !== 'aggregateNodes'
  const run = (): void => {
    if (!isPlain) {
      runSpread(model, plan, engine, outcome)
      return
    }
    setLeaf(outcome, engine, plan, engine.walk(plan))
    if (plan.penalty !== 1 && outcome.hasConfidences && engine.misses > 0) {
      for (let i = 0; i < outcome.confidences.length; i++) {
        outcome.confidences[i] = (outcome.confidences[i] as number) * plan.penalty ** engine.misses
      }
    }
  }
  return { outcome, run }
}

/** Writes the prediction of a node. */
export function setLeaf(outcome: Outcome, engine: TreeEngine, plan: TreePlan, node: number): void {
  outcome.clear()
  if (node === NO_NODE) return
  const { score, distribution, shares, confidences } = engine.store
  const value = score[node] as number
  if (outcome.kind === 'number') outcome.number = value
  else outcome.category = !Number.isNaN(value) ? value : -1
  if (plan.ids) outcome.entity = plan.ids[node - plan.root] ?? String(node - plan.root + 1)
  const at = distribution[node] as number
  if (at < 0 || outcome.kind !== 'category') return
  outcome.hasProbabilities = true
  for (let i = 0; i < outcome.probabilities.length; i++) {
    const share = shares[at + i] as number
    const confidence = confidences ? (confidences[at + i] as number) : Number.NaN
    outcome.probabilities[i] = share
    outcome.confidences[i] = Number.isNaN(confidence) ? share : confidence
  }
  outcome.hasConfidences = true
}

function runSpread(model: ModelPlan, plan: TreePlan, engine: TreeEngine, outcome: Outcome): void {
  const width = model.categories.length
  const sums = engine.scratch(width)
  const isWeighted = plan.missing === 'weightedConfidence'
  // Without a missing value on its path the record is scored as usual.
  const plain = engine.walk({ ...plan, missing: 'nullPrediction' })
  if (engine.misses === 0) {
    setLeaf(outcome, engine, plan, plain)
    return
  }
  outcome.clear()
  if (!engine.spread(plan, width, isWeighted, sums)) return
  const total = isWeighted ? 1 : sums.reduce((sum, x) => sum + x, 0)
  for (let i = 0; i < width; i++) {
    outcome.probabilities[i] = (sums[i] as number) / (total || 1)
    outcome.confidences[i] = outcome.probabilities[i] as number
  }
  outcome.hasProbabilities = true
  outcome.hasConfidences = true
  outcome.chooseLargest()
}

/** Gathers the forest's features for the current record and walks a set of trees. */
export class ForestRunner {
  /** Store nodes by position among the runner's trees; NO_NODE = no prediction. */
  readonly nodes: Int32Array
  /** Leaves of the forest by position among the runner's trees, after a `walk` that says so. */
  readonly leaves: Int32Array
  readonly #trees: readonly TreePlan[]
  readonly #engine: TreeEngine
  readonly #walk: Walk
  readonly #x: Float64Array
  readonly #payload: Int32Array
  readonly #gather: () => boolean
  readonly #needsAll: boolean

  constructor(trees: readonly TreePlan[], engine: TreeEngine, machine: Machine) {
    this.#trees = trees
    this.#engine = engine
    const { forest } = engine.store
    const numbers = trees.map((tree) => tree.tree)
    const used = featuresOf(trees)
    this.#walk = openForest({
      ...forest,
      roots: Int32Array.from(numbers, (n) => forest.roots[n] as number),
      depths: Int32Array.from(numbers, (n) => forest.depths[n] as number),
    })
    this.#payload = forest.payload
    this.#x = new Float64Array(Math.max(1, engine.store.features.length) * 2)
    this.leaves = new Int32Array(trees.length)
    this.nodes = new Int32Array(trees.length)
    this.#needsAll = trees.some((tree) => tree.needsAll)
    this.#gather = openGather(used, this.#x, engine, machine)
  }

  /** Finds the nodes of the current record. */
  run(): void {
    if (this.walk()) this.resolve()
  }

  /** Finds the leaves of the current record, or its nodes where only they can be told (false). */
  walk(): boolean {
    let isFast: boolean
    try {
      isFast = !(this.#gather() && this.#needsAll)
    } catch {
      // A fault in a feature that the record's path may not touch: only the node-by-node walk knows.
      isFast = false
    }
    if (isFast) this.#walk(this.#x, this.leaves)
    else {
      const { nodes } = this
      for (let t = 0; t < nodes.length; t++) nodes[t] = this.#engine.walk(this.#trees[t] as TreePlan)
    }
    return isFast
  }

  /** Turns leaves into nodes. */
  resolve(): void {
    const { nodes, leaves } = this
    const payload = this.#payload
    for (let t = 0; t < nodes.length; t++) nodes[t] = payload[leaves[t] as number] as number
  }
}

/** True when the trees are worth walking together: the predicates to evaluate up front are few beside the trees. */
export function canRunForest(trees: readonly TreePlan[], store: TreeStore): boolean {
  if (trees.length === 0 || trees.some((tree) => tree.tree < 0 || tree.penalty !== 1)) return false
  let weight = 0
  for (const feature of featuresOf(trees))
    if ((store.features[feature] as number) < 0) weight += columnSlotOf(feature, store) === null ? 8 : 1
  return weight <= 128 + trees.length * 32
}

function featuresOf(trees: readonly TreePlan[]): number[] {
  return [...new Set(trees.flatMap((tree) => tree.features))].sort((a, b) => a - b)
}
