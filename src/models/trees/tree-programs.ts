import type { EnsembleData } from './ensemble.ts'
import type { ImageWords } from './image-words.ts'
import type { SlicedShape } from './kernel.ts'
import { MAX_LEVELS, Place } from './kernel-layout.ts'
import { programBytes } from './kernel-trees.ts'
import { sumBytes } from './kernel-walks.ts'
import type { RankTable } from './ranks.ts'
import type { Forest } from './trees.ts'

/** Trees of like shape that follow each other. */
export interface Run {
  /** Null where trees are walked. */
  readonly shape: SlicedShape | null
  readonly from: number
  readonly end: number // exclusive
  readonly program: number // address, as is the next
  readonly table: number
}

/** Runs of the trees of an ensemble; `take` gives addresses of memory. */
export function runsOf({ forest, trees, precision, leafWidth }: EnsembleData, take: (bytes: number) => number): Run[] {
  const runs: Run[] = []
  let shape = trees === 0 ? null : shapeOf(forest, 0)
  for (let from = 0; from < trees; ) {
    let end = from + 1
    let next = shape
    for (; end < trees; end++) {
      next = shapeOf(forest, end)
      if (next?.levels !== shape?.levels || next?.isFull !== shape?.isFull) break
    }
    const program = shape === null ? 0 : take((end - from) * programBytes(shape.levels, shape.isFull))
    const table = shape === null ? 0 : take((end - from) * tableBytes(shape, leafWidth, precision === 'float32'))
    runs.push({ shape, from, end, program, table })
    from = end
    shape = next
  }
  return runs
}

/** Bytes of a tree's leaves. */
export const tableBytes = ({ levels }: SlicedShape, leafWidth: number, isFloat: boolean): number =>
  2 ** levels * leafWidth * sumBytes(isFloat)

/** How a tree is computed by bits, or null for large ones. */
function shapeOf(forest: Forest, tree: number): SlicedShape | null {
  const depth = Math.max(1, forest.depths[tree] as number)
  let leaves = 0
  const pending = [forest.roots[tree] as number]
  while (pending.length > 0 && leaves <= 2 ** MAX_LEVELS) {
    const node = pending.pop() as number
    const child = forest.falseChild[node] as number
    if (child === node) leaves++
    else pending.push(child, child + 1)
  }
  const levels = Math.max(1, Math.ceil(Math.log2(leaves)))
  // A test costs about three times as much where trees have any shape.
  if (depth <= MAX_LEVELS && 2 ** depth <= 3 * 2 ** levels) return { levels: depth, isFull: true }
  return levels <= MAX_LEVELS ? { levels, isFull: false } : null
}

/** Writes programs and tables of runs, see kernel-trees.ts. */
export class ProgramWriter {
  readonly #ensemble: EnsembleData
  readonly #ranks: RankTable
  readonly #words: ImageWords
  readonly #masks: number
  readonly #isFloat: boolean

  constructor(ensemble: EnsembleData, ranks: RankTable, words: ImageWords, masks: number) {
    this.#ensemble = ensemble
    this.#ranks = ranks
    this.#words = words
    this.#masks = masks
    this.#isFloat = ensemble.precision === 'float32'
  }

  write({ shape, from, end, program, table }: Run): void {
    if (shape === null) return
    const { forest, leafWidth } = this.#ensemble
    for (let tree = from; tree < end; tree++) {
      const at = program + (tree - from) * programBytes(shape.levels, shape.isFull)
      const leaves = table + (tree - from) * tableBytes(shape, leafWidth, this.#isFloat)
      const root = forest.roots[tree] as number
      if (shape.isFull) this.#writeFull(root, shape.levels, at, leaves)
      else this.#writeAny(root, shape.levels, at, leaves)
    }
  }

  #isLeaf(node: number): boolean {
    return this.#ensemble.forest.falseChild[node] === node
  }

  /** Address of the mask "above the cut of this test". */
  #maskOf(node: number): number {
    const { slotMasks, nodeSlot, nodeCut } = this.#ranks
    return this.#masks + ((slotMasks[nodeSlot[node] as number] as number) + (nodeCut[node] as number) + 1) * 16
  }

  #writeLeaf(table: number, levels: number, number: number, node: number): void {
    const { leafValues, leafWidth, forest } = this.#ensemble
    const leaf = forest.payload[node] as number
    for (let i = 0; i < leafWidth; i++) {
      const address = table + (i * 2 ** levels + number) * sumBytes(this.#isFloat)
      this.#words.putValue(address, leafValues[leaf * leafWidth + i] as number, this.#isFloat)
    }
  }

  /** Leaves above the last level take the place of the tests below them, which then say "below". */
  #writeFull(root: number, levels: number, program: number, table: number): void {
    const write = (node: number, level: number, position: number): void => {
      if (level === levels) {
        this.#writeLeaf(table, levels, position, node)
        return
      }
      const isLeaf = this.#isLeaf(node)
      this.#words.put(program + (2 ** level - 1 + position) * 4, isLeaf ? Place.zeros : this.#maskOf(node))
      write(isLeaf ? node : belowOf(this.#ensemble.forest, node), level + 1, position * 2)
      write(isLeaf ? node : aboveOf(this.#ensemble.forest, node), level + 1, position * 2 + 1)
    }
    write(root, 0, 0)
  }

  #writeAny(root: number, levels: number, program: number, table: number): void {
    // A leaf's number is known when all before it are: tests are collected on the way and written once they have theirs.
    const tests: { node: number; left: number; right: number; number: number }[] = []
    const pending: { node: number; left: number; right: number; test: number }[] = []
    pending.push({ node: root, left: -1, right: -1, test: -1 })
    let leaves = 0
    while (pending.length > 0) {
      const { node, left, right, test } = pending.pop() as (typeof pending)[number]
      // The first leaf of an "above" side is where the boundary of its test lies.
      if (test >= 0) (tests[test] as (typeof tests)[number]).number = leaves
      if (this.#isLeaf(node)) {
        this.#writeLeaf(table, levels, leaves++, node)
        continue
      }
      const number = tests.length
      tests.push({ node, left, right, number: 0 })
      pending.push({ node: aboveOf(this.#ensemble.forest, node), left: number, right, test: number })
      pending.push({ node: belowOf(this.#ensemble.forest, node), left, right: number, test: -1 })
    }
    const boundary = (test: number, none: number): number =>
      test < 0 ? none : Place.boundaries + (tests[test]?.number as number) * 16
    let at = program
    const put = (mask: number, left: number, right: number, to: number): void => {
      this.#words.put(at, mask)
      this.#words.put(at + 4, left)
      this.#words.put(at + 8, right)
      this.#words.put(at + 12, to)
      at += 16
    }
    for (const [i, { node, left, right }] of tests.entries())
      put(this.#maskOf(node), boundary(left, Place.ones), boundary(right, Place.zeros), boundary(i, 0))
    for (let number = Math.max(1, leaves); number < 2 ** levels; number++)
      put(Place.zeros, Place.ones, Place.zeros, Place.boundaries + number * 16)
  }
}

/** The child for "below the cut", see Forest and rankTable. */
export const belowOf = ({ feature, falseChild }: Forest, node: number): number =>
  (falseChild[node] as number) + ((feature[node] as number) & 1 ? 0 : 1)

/** The child for "above the cut". */
export const aboveOf = ({ feature, falseChild }: Forest, node: number): number =>
  (falseChild[node] as number) + ((feature[node] as number) & 1 ? 1 : 0)
