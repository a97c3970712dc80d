/**
 * WebAssembly that runs ensembles over ranks. Numbers become whole numbers first: the rank of x among a column's cuts c0 < c1 < … is
 * how many of them are at most x, and "x is below cut k" is "rank ≤ k".
 *
 * A few rows are walked: a node is two words, `q address of its slot | k << 16` and the address of its children, of which the one for
 * "above" lies 8 bytes after the one for "below". Leaves point at themselves with k = 65535. Eight trees go at a time, as
 * their loads then overlap; skewed trees are followed in chains, see chains.ts.
 *
 * Blocks of up to 128 rows are sliced: for each cut one bit per row says whether the row is above it, and whole trees are computed
 * with such bits, 128 rows per instruction; no step of it depends on data. Row r is bit r >> 4 of byte r & 15.
 *
 * Sums take the trees in their order in either way, in the ensemble's precision, so that the bits do not depend on the way.
 */

import { compileModule, type WasmModule } from '../../core/wasm-writer.ts'
import { addReachedFunction, followFunction } from './kernel-chains.ts'
import { TREE_LANES } from './kernel-layout.ts'
import {
  accumulateFunction,
  clearFunction,
  rankFunction,
  rankSetsFunction,
  sliceFunction,
  sliceSetsFunction,
} from './kernel-ranks.ts'
import { treeFunction } from './kernel-trees.ts'
import { walkFunction, walkRowsFunction } from './kernel-walks.ts'

/** The functions; addresses are in bytes. */
export interface Kernel {
  /** Writes the ranks of a row of doubles to lane `lane / 2` of q. */
  rank(row: number, lane: number, columns: number, columnsEnd: number): void
  /** Writes the bits of rows of doubles to masks that are zero. */
  slice(rows: number, rowBytes: number, count: number, columns: number, columnsEnd: number): void
  /** Makes bits "is at cut k" into "is above cut k", slot by slot: a slot is begin and end of its masks. */
  accumulate(slots: number, slotsEnd: number): void
  clear(address: number, size: number): void
  /** Writes the slots of sets as `rank` and `slice` do for numbers; `codes` is memory to use. */
  rankSets(row: number, lane: number, groups: number, groupsEnd: number): void
  sliceSets(rows: number, rowBytes: number, count: number, groups: number, groupsEnd: number, codes: number): void
  /** Adds the leaves of trees to the sums of the row in lane 0, eight trees at a time, or one. */
  walkMany(trees: number, treesEnd: number, values: number, sums: number): void
  walkOne(trees: number, treesEnd: number, values: number, sums: number): void
  /** The same for one target, whose sum needs no memory in between. */
  sumMany(trees: number, treesEnd: number, values: number, sums: number): void
  /** Writes addresses of leaves instead. */
  leavesMany(trees: number, treesEnd: number, out: number, unused: number): void
  leavesOne(trees: number, treesEnd: number, out: number, unused: number): void
  /** Walks all chains of chains.ts for the row in lane 0 and writes the leaves that they reach to Place.reached. */
  follow(starts: number, end: number): void
  /** Adds leaves that chains reached to the sums of the row in lane 0, to those of the trees' targets or to one. */
  addReached(reached: number, reachedEnd: number, values: number, sums: number, targets: number): void
  sumReached(reached: number, reachedEnd: number, values: number, sums: number, targets: number): void
  /** Adds the leaves of each tree in turn to the sums of eight rows. */
  walkRows(trees: number, treesEnd: number, values: number, sums: number): void
  /** Functions of kernel-trees.ts. */
  readonly [name: string]: (...given: number[]) => void
}

/** Shapes of trees that a module computes by bits, see kernel-trees.ts. */
export interface SlicedShape {
  readonly levels: number
  readonly isFull: boolean
}

const modules = new Map<string, WasmModule>()

/** The module of a precision and these shapes, made once. */
export function kernelModule(isFloat: boolean, shapes: readonly SlicedShape[]): WasmModule {
  const key = `${isFloat}/${shapes.map(({ levels, isFull }) => `${levels}${isFull}`).join()}`
  let found = modules.get(key)
  if (!found) modules.set(key, (found = compileModule(functionsOf(isFloat, shapes))))
  return found
}

const functionsOf = (isFloat: boolean, shapes: readonly SlicedShape[]) => [
  ...rankFunctions(isFloat),
  ...walkFunctions(isFloat),
  ...shapes.map(({ levels, isFull }) => treeFunction(levels, isFull, isFloat)),
]

const rankFunctions = (isFloat: boolean) => [
  rankFunction(isFloat),
  sliceFunction(isFloat),
  accumulateFunction(),
  clearFunction(),
  rankSetsFunction(isFloat),
  sliceSetsFunction(isFloat),
]

const walkFunctions = (isFloat: boolean) => [
  walkFunction('walkMany', TREE_LANES, isFloat, 'memory'),
  walkFunction('walkOne', 1, isFloat, 'memory'),
  walkFunction('sumMany', TREE_LANES, isFloat, 'local'),
  walkFunction('leavesMany', TREE_LANES, isFloat, 'leaves'),
  walkFunction('leavesOne', 1, isFloat, 'leaves'),
  followFunction(),
  addReachedFunction('addReached', isFloat, 'memory'),
  addReachedFunction('sumReached', isFloat, 'local'),
  walkRowsFunction(isFloat),
]
