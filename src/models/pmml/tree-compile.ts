import type { Relation } from '../trees/trees.ts'
import type { PredicatePlan } from './plan.ts'
import { type MissingStrategy, Op } from './tree-ops.ts'
import type { TreeStoreBuilder } from './tree-plan.ts'

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
    const pending: { place: number; node: number; depth: number }[] = [{ place: forest.root(), node: root, depth: 0 }]
    for (let next = pending.pop(); next; next = pending.pop()) this.#expand(next.place, next.node, next.depth, pending)
    return { tree, needsAll: this.#needsAll, features: [...this.#features] }
  }

  /** Fills `place` with what follows once `node` holds. */
  #expand(
    start: number,
    node: number,
    startDepth: number,
    pending: { place: number; node: number; depth: number }[],
  ): void {
    const { forest, firstChild, nextSibling, op, defaultChild } = this.#store
    let place = start
    let depth = startDepth
    let child = firstChild[node] as number
    if (child < 0) {
      forest.leaf(place, node, depth)
      return
    }
    const fallback = defaultChild[node] as number
    while (child >= 0) {
      const after = nextSibling[child] as number
      if (op[child] === Op.false) {
        child = after
        continue
      }
      if (op[child] === Op.true) {
        pending.push({ place, node: child, depth })
        return
      }
      const isPair = after >= 0 && (op[after] === Op.true || this.#areOpposite(child, after))
      const missing = this.#missingSide(child, after, isPair, fallback)
      const { holds, fails } = this.#test(place, child, missing)
      depth++
      pending.push({ place: holds, node: child, depth })
      if (isPair) {
        pending.push({ place: fails, node: after, depth })
        return
      }
      place = fails
      child = after
    }
    forest.leaf(place, this.#returnsLast ? node : NO_NODE, depth)
  }

  #missingSide(child: number, after: number, isPair: boolean, fallback: number): 'holds' | 'fails' {
    const { op, field, predicates } = this.#store
    if (op[child] === Op.other && predicates[field[child] as number]?.kind === 'missing') return 'fails'
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

  #test(place: number, node: number, missing: 'holds' | 'fails'): { holds: number; fails: number } {
    const store = this.#store
    const field = store.field[node] as number
    const value = store.value[node] as number
    const relation = relations[store.op[node] as number]
    const feature = store.feature(relation ? field : -1 - this.#indicator(node))
    this.#features.add(feature)
    return store.forest.test(place, feature, relation ?? '>', relation ? value : 0.5, missing)
  }

  /** Index of the predicate whose truth (1, 0, NaN) is the feature. */
  #indicator(node: number): number {
    const store = this.#store
    const field = store.field[node] as number
    if (store.op[node] === Op.other) return field
    const operator = store.op[node] === Op.eq ? 'equal' : 'notEqual'
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
    if (x === Op.other && y === Op.other) {
      return areOppositePlans(
        predicates[field[a] as number] as PredicatePlan,
        predicates[field[b] as number] as PredicatePlan,
      )
    }
    return opposites[x] === y && field[a] === field[b] && value[a] === value[b]
  }
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

function areOppositePlans(a: PredicatePlan, b: PredicatePlan): boolean {
  if (a.kind === 'missing' && b.kind === 'missing') return a.slot === b.slot && a.isMissing !== b.isMissing
  if (a.kind === 'set' && b.kind === 'set') {
    return (
      a.slot === b.slot &&
      a.isIn !== b.isIn &&
      a.values.length === b.values.length &&
      a.values.every((v, i) => v === b.values[i])
    )
  }
  if (a.kind === 'cell' && b.kind === 'cell') {
    const isEquality =
      (a.operator === 'equal' && b.operator === 'notEqual') || (a.operator === 'notEqual' && b.operator === 'equal')
    return isEquality && a.slot === b.slot && a.value === b.value
  }
  return false
}
