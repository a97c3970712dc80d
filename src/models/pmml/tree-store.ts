import { type Forest, ForestBuilder, grown, shared, sharedArray } from '../trees/trees.ts'
import type { PredicatePlan } from './plan.ts'
import { type PredicateTable, PredicateTableBuilder } from './predicate-table.ts'
import { Op } from './tree-ops.ts'

/** Nodes of all trees of a document, column by column; a tree's nodes follow each other in document order, the root first. */
export interface TreeStore {
  /** The node after the last one below: children of `n` are `n + 1`, `end[n + 1]` and so on while they are less than `end[n]`. */
  readonly end: Int32Array // [nodes]
  readonly op: Uint8Array // [nodes], see Op
  readonly field: Int32Array // [nodes], slot, or index into predicates
  readonly value: Float64Array // [nodes]
  /** Number, or category index, or NaN; nodes without a score have their nearest ancestor's. */
  readonly score: Float64Array // [nodes]
  /** First entry of the score distribution in `shares`, -1 = none. */
  readonly distribution: Int32Array // [nodes]
  /** Probability of each category in turn. */
  readonly shares: Float64Array // [distributions, categories]
  /** Stated confidences, NaN = none; null when the document states none. */
  readonly confidences: Float64Array | null // as shares
  /** Record counts; null when no tree has a strategy that asks for them, as are the next two. */
  readonly counts: Float64Array | null // as shares
  readonly records: Float64Array | null // [nodes], recordCount or NaN
  /** Null when no node has one. */
  readonly defaultChild: Int32Array | null // [nodes], -1 = none
  readonly predicates: PredicateTable
  readonly forest: Forest
  /** Feature f of the forest: a slot, or -1 - index into predicates. */
  readonly features: Int32Array
}

/** Collects the trees of a document. Its arrays are longer than what they hold. */
export class TreeStoreBuilder {
  end: Int32Array
  op: Uint8Array
  field: Int32Array
  value: Float64Array
  score: Float64Array
  distribution: Int32Array
  shares: Float64Array
  confidences: Float64Array | null = null
  counts: Float64Array | null = null
  records: Float64Array | null = null
  defaultChild: Int32Array | null = null
  readonly predicates = new PredicateTableBuilder()
  readonly forest: ForestBuilder
  size = 0
  sharesSize = 0
  readonly #features: number[] = []
  readonly #featureIndex = new Map<number, number>()

  /** Starts with room for this many nodes and entries of distributions; more are taken when they come. */
  constructor(nodes: number, shares: number) {
    this.end = shared(Int32Array, nodes)
    this.op = shared(Uint8Array, nodes)
    this.field = shared(Int32Array, nodes)
    this.value = shared(Float64Array, nodes)
    this.score = shared(Float64Array, nodes)
    this.distribution = shared(Int32Array, nodes)
    this.shares = shared(Float64Array, shares)
    this.forest = new ForestBuilder(nodes)
  }

  /** Says that a tree needs record counts; earlier trees then have none of their own. */
  keepCounts(): void {
    this.records ??= shared(Float64Array, this.op.length).fill(Number.NaN)
    this.counts ??= shared(Float64Array, this.shares.length)
  }

  /** Takes a node, without predicate, score and distribution as yet. */
  add(): number {
    if (this.size === this.op.length) this.#growNodes()
    const node = this.size++
    this.op[node] = Op.true
    this.field[node] = -1
    this.score[node] = Number.NaN
    this.distribution[node] = -1
    return node
  }

  /** Takes a distribution over `width` categories: zeros, without confidences. */
  addShares(width: number): number {
    const at = this.sharesSize
    this.sharesSize += width
    if (this.sharesSize > this.shares.length) this.#growShares()
    return at
  }

  setConfidence(at: number, confidence: number): void {
    this.confidences ??= shared(Float64Array, this.shares.length).fill(Number.NaN)
    this.confidences[at] = confidence
  }

  setDefaultChild(node: number, child: number): void {
    this.defaultChild ??= shared(Int32Array, this.op.length).fill(-1)
    this.defaultChild[node] = child
  }

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
    return this.predicates.add(plan)
  }

  finish(): TreeStore {
    const { size, sharesSize } = this
    return {
      end: grown(Int32Array, this.end, size),
      op: grown(Uint8Array, this.op, size),
      field: grown(Int32Array, this.field, size),
      value: grown(Float64Array, this.value, size),
      score: grown(Float64Array, this.score, size),
      distribution: grown(Int32Array, this.distribution, size),
      shares: grown(Float64Array, this.shares, sharesSize),
      confidences: this.confidences && grown(Float64Array, this.confidences, sharesSize),
      counts: this.counts && grown(Float64Array, this.counts, sharesSize),
      records: this.records && grown(Float64Array, this.records, size),
      defaultChild: this.defaultChild && grown(Int32Array, this.defaultChild, size),
      predicates: this.predicates.finish(),
      forest: this.forest.finish(),
      features: sharedArray(Int32Array, this.#features),
    }
  }

  #growNodes(): void {
    const from = this.op.length
    const to = Math.max(16, from * 2)
    this.end = grown(Int32Array, this.end, to)
    this.op = grown(Uint8Array, this.op, to)
    this.field = grown(Int32Array, this.field, to)
    this.value = grown(Float64Array, this.value, to)
    this.score = grown(Float64Array, this.score, to)
    this.distribution = grown(Int32Array, this.distribution, to)
    if (this.records) this.records = grown(Float64Array, this.records, to).fill(Number.NaN, from)
    if (this.defaultChild) this.defaultChild = grown(Int32Array, this.defaultChild, to).fill(-1, from)
  }

  #growShares(): void {
    const from = this.shares.length
    const to = Math.max(16, from * 2, this.sharesSize)
    this.shares = grown(Float64Array, this.shares, to)
    if (this.confidences) this.confidences = grown(Float64Array, this.confidences, to).fill(Number.NaN, from)
    if (this.counts) this.counts = grown(Float64Array, this.counts, to)
  }
}
