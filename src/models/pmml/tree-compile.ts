import { failsBeside, type Relation } from '../trees/trees.ts'
import type { Comparison } from './plan.ts'
import { type MissingStrategy, Op } from './tree-ops.ts'
import type { TreeStoreBuilder } from './tree-store.ts'

/** A tree of the forest: its number, what it needs and which features it reads. */
export interface CompiledTree {
  readonly tree: number
  readonly needsAll: boolean
  readonly features: readonly number[]
}

/** Leaf payload for "no prediction". */
export const NO_NODE = -1

/**
 * Turns a tree of any shape into binary tests for the branchless walk: children are tried one after the other, and a child whose
 * predicate is the opposite of the one before needs no test. Payloads of leaves are nodes of the store.
 */
export class TreeCompiler {
  readonly #store: TreeStoreBuilder
  readonly #missing: MissingStrategy
  readonly #returnsLast: boolean
  #needsAll = false
  readonly #features = new Set<number>()
  /** Places to fill: place, node and depth of each in turn. */
  readonly #pending: number[] = []

  constructor(store: TreeStoreBuilder, missing: MissingStrategy, returnsLast: boolean) {
    this.#store = store
    this.#missing = missing
    this.#returnsLast = returnsLast
  }

  /** Adds the tree at `root` to the forest, or null when it can only run node by node. */
  compile(root: number): CompiledTree | null {
    if (this.#missing === 'weightedConfidence' || this.#missing === 'aggregateNodes') return null
    if (this.#store.op[root] !== Op.true) return null
    const { forest } = this.#store
    const tree = forest.trees
    this.#push(forest.root(), root, 0)
    while (this.#pending.length > 0) {
      const depth = this.#pending.pop() as number
      const node = this.#pending.pop() as number
      this.#expand(this.#pending.pop() as number, node, depth)
    }
    return { tree, needsAll: this.#needsAll, features: [...this.#features] }
  }

  #push(place: number, node: number, depth: number): void {
    this.#pending.push(place, node, depth)
  }

  /** Fills `place` with what follows once `node` holds. */
  #expand(start: number, node: number, startDepth: number): void {
    const { forest, end, op, defaultChild } = this.#store
    let place = start
    let depth = startDepth
    const last = end[node] as number
    if (last === node + 1) {
      forest.leaf(place, node, depth)
      return
    }
    const fallback = defaultChild ? (defaultChild[node] as number) : -1
    for (let child = node + 1; child < last; child = end[child] as number) {
      if (op[child] === Op.false) continue
      if (op[child] === Op.true) {
        this.#push(place, child, depth)
        return
      }
      const next = end[child] as number
      const after = next < last ? next : -1
      const isPair = after >= 0 && (op[after] === Op.true || this.#areOpposite(child, after))
      const missing = this.#missingSide(child, after, isPair, fallback)
      const holds = this.#test(place, child, missing)
      const fails = failsBeside(holds, missing)
      depth++
      this.#push(holds, child, depth)
      if (isPair) {
        this.#push(fails, after, depth)
        return
      }
      place = fails
    }
    forest.leaf(place, this.#returnsLast ? node : NO_NODE, depth)
  }

  #missingSide(child: number, after: number, isPair: boolean, fallback: number): 'holds' | 'fails' {
    const { op, field, predicates } = this.#store
    if (op[child] === Op.other && predicates.kindOf(field[child] as number) === 'missing') return 'fails'
    if (this.#missing === 'none') {
      // With opposite predicates both are unknown: neither side is right.
      if (isPair && op[after] !== Op.true) this.#needsAll = true
      return 'fails'
    }
    if (this.#missing === 'defaultChild' && fallback >= 0) {
      if (fallback === child) return 'holds'
      if (isPair && fallback === after) return 'fails'
    }
    this.#needsAll = true
    return 'fails'
  }

  #test(place: number, node: number, missing: 'holds' | 'fails'): number {
    const store = this.#store
    const field = store.field[node] as number
    const value = store.value[node] as number
    // The walk compares with finite bounds only: no number is below INF and at most INF by one comparison.
    const relation = Number.isFinite(value) ? relations[store.op[node] as number] : undefined
    const feature = store.feature(relation ? field : -1 - this.#indicator(node))
    this.#features.add(feature)
    return store.forest.test(place, feature, relation ?? '>', relation ? value : 0.5, missing)
  }

  /** Index of the predicate whose truth (1, 0, NaN) is the feature. */
  #indicator(node: number): number {
    const store = this.#store
    const field = store.field[node] as number
    if (store.op[node] === Op.other) return field
    const operator = comparisonOf[store.op[node] as number] as Comparison
    return store.predicate({
      kind: 'number',
      slot: field,
      operator,
      value: store.value[node] as number,
      name: `slot ${field}`,
    })
  }

  #areOpposite(a: number, b: number): boolean {
    const { op, field, value, predicates } = this.#store
    const [x, y] = [op[a] as number, op[b] as number]
    if (x === Op.other && y === Op.other) return predicates.areOpposite(field[a] as number, field[b] as number)
    return opposites[x] === y && field[a] === field[b] && value[a] === value[b]
  }
}

const comparisonOf: Readonly<Record<number, Comparison>> = {
  [Op.lt]: 'lessThan',
  [Op.le]: 'lessOrEqual',
  [Op.gt]: 'greaterThan',
  [Op.ge]: 'greaterOrEqual',
  [Op.eq]: 'equal',
  [Op.ne]: 'notEqual',
}

const relations: Readonly<Record<number, Relation>> = { [Op.lt]: '<', [Op.le]: '<=', [Op.gt]: '>', [Op.ge]: '>=' }

const opposites: Readonly<Record<number, number>> = {
  [Op.lt]: Op.ge,
  [Op.ge]: Op.lt,
  [Op.le]: Op.gt,
  [Op.gt]: Op.le,
  [Op.eq]: Op.ne,
  [Op.ne]: Op.eq,
}
