import { openModule, type WasmMemory } from '../../core/wasm-writer.ts'
import type { Chains } from './chains.ts'
import { openDerived } from './columns.ts'
import type { Ensemble, OpenEnsemble } from './ensemble.ts'
import type { Image } from './image.ts'
import { type Kernel, kernelModule, type SlicedShape } from './kernel.ts'
import { BLOCK_ROWS, Place, ROW_LANES, TREE_LANES } from './kernel-layout.ts'
import { functionName, programBytes } from './kernel-trees.ts'
import { sumBytes, treeBytes } from './kernel-walks.ts'
import { type Run, tableBytes } from './tree-programs.ts'

/** From this many rows on, slicing a block costs less than walking its rows one by one. */
const SLICED_ROWS = 12
/** Chains are followed whole, also for a range of trees that is at least this part of them. */
const CHAINED_PART = 0.75

/** Opens an ensemble that has an image in a new memory of at least `image.bytesInAll`. */
export function openRanks(ensemble: Ensemble, image: Image, memory: WasmMemory): OpenEnsemble {
  return new RankEngine(ensemble, image, memory)
}

class RankEngine implements OpenEnsemble {
  readonly #ensemble: Ensemble
  readonly #image: Image
  readonly #kernel: Kernel
  readonly #runs: readonly (Run & { readonly work: Kernel[string] | null })[]
  readonly #rows: Float64Array // [BLOCK_ROWS, rowWidth]
  readonly #sums: Float32Array | Float64Array // [targets, BLOCK_ROWS]
  readonly #reached: Int32Array // [trees], addresses
  readonly #chained: Int32Array // [trees], the same of chains
  readonly #isFloat: boolean
  readonly #usesMasks: boolean
  readonly #derive: ((matrix: Float64Array, row: number, into: Float64Array, at: number) => void) | null

  constructor(ensemble: Ensemble, image: Image, memory: WasmMemory) {
    const { buffer } = memory
    new Uint8Array(buffer, Place.ones, 16).fill(255)
    new Uint8Array(buffer).set(image.bytes, Place.image)
    this.#isFloat = ensemble.precision === 'float32'
    this.#ensemble = ensemble
    this.#image = image
    const kernel = openModule(kernelModule(this.#isFloat, shapesOf(image.runs)), memory) as Kernel
    this.#kernel = kernel
    this.#runs = image.runs.map((run) => ({ ...run, work: run.shape && (kernel[functionName(run.shape)] ?? null) }))
    this.#usesMasks = image.runs.some(({ shape }) => shape !== null)
    this.#rows = new Float64Array(buffer, image.rows, image.rowWidth * BLOCK_ROWS)
    const sums = ensemble.targets * BLOCK_ROWS
    this.#sums = this.#isFloat ? new Float32Array(buffer, image.sums, sums) : new Float64Array(buffer, image.sums, sums)
    this.#reached = new Int32Array(buffer, image.out, ensemble.trees)
    this.#chained = new Int32Array(buffer, image.chains?.reached ?? 0, image.chains ? ensemble.trees : 0)
    this.#derive =
      image.derived.length === 0 ? null : openDerived(ensemble.columns, image.derived, ensemble.features, this.#isFloat)
  }

  add(
    matrix: Float64Array,
    rows: number,
    margins: Float64Array,
    trees?: { readonly from: number; readonly end: number },
  ): void {
    const from = trees?.from ?? 0
    const end = trees?.end ?? this.#ensemble.trees
    const isSliced = this.#image.runs.length > 0
    for (let row = 0; row < rows; ) {
      const count = Math.min(BLOCK_ROWS, rows - row)
      if (isSliced && count >= SLICED_ROWS) {
        this.#addBlock(matrix, row, count, margins, from, end)
        row += count
      } else {
        this.#addRow(matrix, row, margins, from, end)
        row++
      }
    }
  }

  leaves(matrix: Float64Array, rows: number, out: Int32Array): void {
    const { trees } = this.#ensemble
    const { leafOf } = this.#image
    const reached = this.#reached
    for (let row = 0; row < rows; row++) {
      this.#rank(matrix, row, 0)
      this.#reach(0, trees)
      for (let tree = 0; tree < trees; tree++)
        out[row * trees + tree] = leafOf[(reached[tree] as number) >> 3] as number
    }
  }

  #copyRows(matrix: Float64Array, row: number, count: number): void {
    const { features } = this.#ensemble
    const { rowWidth } = this.#image
    const rows = this.#rows
    const derive = this.#derive
    const start = row * features
    if (derive !== null) {
      for (let r = 0; r < count; r++) {
        for (let f = 0; f < features; f++) rows[r * rowWidth + f] = matrix[start + r * features + f] as number
        derive(matrix, row + r, rows, r * rowWidth + features)
      }
    } else if (count * features <= 64) for (let i = 0; i < count * features; i++) rows[i] = matrix[start + i] as number
    else rows.set(matrix.subarray(start, start + count * features))
  }

  /** Ranks one row into a lane of q. */
  #rank(matrix: Float64Array, row: number, lane: number): void {
    this.#copyRows(matrix, row, 1)
    this.#rankRow(this.#image.rows, lane)
  }

  /** The same for a row that is in memory. */
  #rankRow(row: number, lane: number): void {
    const { columns, columnsEnd, sets, setsEnd } = this.#image
    this.#kernel.rank(row, lane * 2, columns, columnsEnd)
    if (sets !== setsEnd) this.#kernel.rankSets(row, lane * 2, sets, setsEnd)
  }

  #addRow(matrix: Float64Array, row: number, margins: Float64Array, from: number, end: number): void {
    const { targets, leafWidth } = this.#ensemble
    const sums = this.#sums
    this.#rank(matrix, row, 0)
    if (leafWidth !== 1) {
      this.#reach(from, end)
      this.#addVectors(row, margins, from, end)
      return
    }
    for (let t = 0; t < targets; t++) sums[t * BLOCK_ROWS] = margins[row * targets + t] as number
    this.#addTrees(from, end)
    for (let t = 0; t < targets; t++) margins[row * targets + t] = sums[t * BLOCK_ROWS] as number
  }

  /** Adds to the sums the leaves that the row in lane 0 reaches. */
  #addTrees(from: number, end: number): void {
    const { groups, singles, values, sums: at, targets: offsets } = this.#image
    const { targets } = this.#ensemble
    const kernel = this.#kernel
    const chains = this.#chainsFor(from, end)
    if (chains !== null) {
      kernel.follow(chains.starts, chains.end)
      const add = targets === 1 ? kernel.sumReached : kernel.addReached
      const first = chains.reached + from * 4
      add(first, chains.reached + end * 4, values - chains.offset, at, offsets + from * 4)
      return
    }
    const [first, last] = wholeGroups(from, end)
    kernel.walkOne(singles + from * single, singles + first * single, values, at)
    const [begin, stop] = [groups + (first / TREE_LANES) * group, groups + (last / TREE_LANES) * group]
    if (targets === 1) kernel.sumMany(begin, stop, values, at)
    else kernel.walkMany(begin, stop, values, at)
    kernel.walkOne(singles + last * single, singles + end * single, values, at)
  }

  /** The chains, where they are a faster way to the leaves of a range. */
  #chainsFor(from: number, end: number): Chains | null {
    return end - from >= this.#ensemble.trees * CHAINED_PART ? this.#image.chains : null
  }

  /** Writes addresses of the leaves that the row in lane 0 reaches. */
  #reach(from: number, end: number): void {
    const { groups, singles, out } = this.#image
    const chains = this.#chainsFor(from, end)
    if (chains !== null) {
      this.#kernel.follow(chains.starts, chains.end)
      for (let tree = from; tree < end; tree++) this.#reached[tree] = (this.#chained[tree] as number) - chains.offset
      return
    }
    const [first, last] = wholeGroups(from, end)
    this.#kernel.leavesOne(singles + from * single, singles + first * single, out + from * 4, 0)
    this.#kernel.leavesMany(
      groups + (first / TREE_LANES) * group,
      groups + (last / TREE_LANES) * group,
      out + first * 4,
      0,
    )
    this.#kernel.leavesOne(singles + last * single, singles + end * single, out + last * 4, 0)
  }

  #addVectors(row: number, margins: Float64Array, from: number, end: number): void {
    const { leafWidth, leafValues } = this.#ensemble
    const { leafOf } = this.#image
    for (let tree = from; tree < end; tree++) {
      const leaf = leafOf[(this.#reached[tree] as number) >> 3] as number
      for (let i = 0; i < leafWidth; i++) {
        const at = row * leafWidth + i
        const sum = (margins[at] as number) + (leafValues[leaf * leafWidth + i] as number)
        margins[at] = this.#isFloat ? Math.fround(sum) : sum
      }
    }
  }

  #addBlock(matrix: Float64Array, row: number, count: number, margins: Float64Array, from: number, end: number): void {
    const { targets, leafWidth } = this.#ensemble
    const image = this.#image
    const kernel = this.#kernel
    const sums = this.#sums
    const padded = Math.ceil(count / 16) * 16
    this.#copyRows(matrix, row, count)
    if (this.#usesMasks) {
      kernel.clear(image.masks, image.masksBytes)
      kernel.slice(image.rows, image.rowWidth * 8, count, image.columns, image.columnsEnd)
      kernel.accumulate(image.slots, image.slotsEnd)
      if (image.sets !== image.setsEnd)
        kernel.sliceSets(image.rows, image.rowWidth * 8, count, image.sets, image.setsEnd, image.codes)
    }
    for (let t = 0; t < targets; t++)
      for (let r = 0; r < padded; r++)
        sums[t * BLOCK_ROWS + r] = r < count ? (margins[(row + r) * targets + t] as number) : 0
    for (const run of this.#runs) {
      const first = Math.max(from, run.from)
      const last = Math.min(end, run.end)
      if (first >= last) continue
      if (run.shape === null || run.work === null) this.#walkRows(count, first, last)
      else
        run.work(
          run.program + (first - run.from) * programBytes(run.shape.levels, run.shape.isFull),
          run.table + (first - run.from) * tableBytes(run.shape, leafWidth, this.#isFloat),
          image.targets + first * 4,
          image.targets + last * 4,
          image.sums,
          padded,
          leafWidth,
        )
    }
    for (let t = 0; t < targets; t++)
      for (let r = 0; r < count; r++) margins[(row + r) * targets + t] = sums[t * BLOCK_ROWS + r] as number
  }

  /** Walks trees for the rows of the block, eight rows at a time. */
  #walkRows(count: number, from: number, end: number): void {
    const { rows, rowWidth, singles, values, sums } = this.#image
    for (let row = 0; row < count; row += ROW_LANES) {
      for (let lane = 0; lane < ROW_LANES && row + lane < count; lane++)
        this.#rankRow(rows + (row + lane) * rowWidth * 8, lane)
      this.#kernel.walkRows(
        singles + from * single,
        singles + end * single,
        values,
        sums + row * sumBytes(this.#isFloat),
      )
    }
  }
}

const single = treeBytes(1)
const group = treeBytes(TREE_LANES)

/** The whole groups of trees within a range; both are `end` when there is none. */
function wholeGroups(from: number, end: number): readonly [number, number] {
  const first = Math.ceil(from / TREE_LANES) * TREE_LANES
  const last = Math.floor(end / TREE_LANES) * TREE_LANES
  return first < last ? [first, last] : [end, end]
}

/** The shapes of runs, each once and in one order, so that like ensembles have one module. */
function shapesOf(runs: readonly Run[]): SlicedShape[] {
  const shapes = new Map(runs.flatMap(({ shape }) => (shape === null ? [] : [[functionName(shape), shape] as const])))
  return [...shapes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, shape]) => shape)
}
