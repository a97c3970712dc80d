import { wasmMemory } from '../../core/wasm-writer.ts'
import { type Columns, ColumnsBuilder, Kind, openColumns, type Treatment } from './columns.ts'
import { type Image, makeImage } from './image.ts'
import { openRanks } from './rank-engine.ts'
import { type Forest, ForestBuilder, grown, openForest, type Relation, shared, sharedArray } from './trees.ts'

export type { Treatment } from './columns.ts'
export { failsBeside, type Relation } from './trees.ts'

/**
 * What numbers are rounded to: inputs and thresholds when compared, leaf values, and sums after each addition. XGBoost is
 * `float32`, LightGBM `float64`.
 */
export type Precision = 'float32' | 'float64'

/** What an ensemble is made for. */
export interface EnsembleShape {
  /** Numbers in a row. */
  readonly features: number
  /** Sums for a row. */
  readonly targets: number
  readonly precision: Precision
  /** Values of a leaf: 1, or `targets` for leaves that add to every sum. */
  readonly leafWidth: number
}

/**
 * Trees whose leaves add up to margins: plain data, to be given to any thread. Numbers of trees and leaves are in the order in which
 * the builder was given them.
 *
 * Example: one tree `x0 < 2 ? 0.5 : -0.5` has leafValues [0.5, -0.5], targetOf [0], trees 1.
 */
export interface Ensemble extends EnsembleShape {
  readonly trees: number
  /** Target of each tree. */
  readonly targetOf: Int32Array // [trees]
  readonly leafValues: Float64Array // [leaves, leafWidth]
  readonly columns: Columns
  /** The trees as they were built. */
  readonly forest: Forest
  /** What the engine of WebAssembly starts from, or null for an ensemble that it does not suit. */
  readonly image: Image | null
}

/** An ensemble before an engine is chosen. */
export type EnsembleData = Omit<Ensemble, 'image'>

/**
 * Builds an Ensemble: `root` starts a tree and gives a place; a place is filled once, by a test, which gives two more, or by a leaf.
 *
 * Example: `const holds = builder.test(builder.root(0), 0, '<', 2, 'fails')`, `builder.leaf(holds, 1, 0.5)`,
 * `builder.leaf(failsBeside(holds, 'fails'), 1, -0.5)`.
 */
export class EnsembleBuilder {
  readonly #shape: EnsembleShape
  readonly #forest = new ForestBuilder()
  readonly #columns = new ColumnsBuilder()
  readonly #targetOf: number[] = []
  #leafValues = shared(Float64Array, 16)
  #leaves = 0
  #open = 0

  constructor(shape: EnsembleShape) {
    if (shape.leafWidth !== 1 && shape.leafWidth !== shape.targets)
      throw new Error(`leaves have ${shape.leafWidth} values, expected 1 or ${shape.targets}`)
    this.#shape = shape
  }

  /** Starts a tree whose scalar leaves add to `margins[target]`, and returns the place of its root. */
  root(target: number): number {
    this.#targetOf.push(target)
    this.#open++
    return this.#forest.root()
  }

  /**
   * Makes `place` the test `x[feature] relation threshold` and returns the place for "holds"; that for "does not" is
   * `failsBeside(holds, missing)`. Nothing holds against NaN.
   */
  test(
    place: number,
    feature: number,
    relation: Relation,
    threshold: number,
    missing: 'holds' | 'fails',
    treatment: Treatment = 'plain',
  ): number {
    this.#open++
    const value = this.#shape.precision === 'float32' ? Math.fround(threshold) : threshold
    const finite = finiteTest(relation, value)
    if (typeof finite === 'boolean') {
      const present = this.#columns.value(feature, treatment, Kind.present)
      return this.#forest.test(place, present, '<', finite ? 2 : 0, missing)
    }
    const column = this.#columns.value(feature, treatment, Kind.value)
    return this.#forest.test(place, column, finite.relation, finite.value, missing)
  }

  /**
   * Makes `place` the test whether `x[feature]`, without its fraction, is in a set of whole numbers: bit b of word w stands for
   * 32 w + b. Negative and larger numbers are not. Returns as `test` does.
   */
  testSet(
    place: number,
    feature: number,
    bitset: Uint32Array,
    missing: 'holds' | 'fails',
    treatment: Treatment = 'plain',
  ): number {
    this.#open++
    return this.#forest.test(place, this.#columns.set(feature, treatment, bitset), '>', 0.5, missing)
  }

  /** Makes `place`, which lies `depth` tests below its root in the latest tree, a leaf; returns its number: 0, 1, 2 … over all trees. */
  leaf(place: number, depth: number, values: number | ArrayLike<number>): number {
    const { leafWidth, precision } = this.#shape
    const leaf = this.#leaves++
    const at = leaf * leafWidth
    if (at + leafWidth > this.#leafValues.length)
      this.#leafValues = grown(Float64Array, this.#leafValues, Math.max(at + leafWidth, at * 2))
    for (let i = 0; i < leafWidth; i++) {
      const value = typeof values === 'number' ? values : (values[i] as number)
      this.#leafValues[at + i] = precision === 'float32' ? Math.fround(value) : value
    }
    this.#forest.leaf(place, leaf, depth)
    this.#open--
    return leaf
  }

  /** The ensemble; the builder is done with. */
  finish(): Ensemble {
    if (this.#open !== 0) throw new Error(`${this.#open} places have neither test nor leaf`)
    const { features, targets, precision, leafWidth } = this.#shape
    const data = {
      ...{ features, targets, precision, leafWidth },
      trees: this.#targetOf.length,
      targetOf: sharedArray(Int32Array, this.#targetOf),
      leafValues: grown(Float64Array, this.#leafValues, this.#leaves * this.#shape.leafWidth),
      columns: this.#columns.finish(),
      forest: this.#forest.finish(),
    }
    return { ...data, image: makeImage(data) }
  }
}

/** A test with a finite number that says the same, or what the test gives for every value. */
function finiteTest(
  relation: Relation,
  value: number,
): { readonly relation: Relation; readonly value: number } | boolean {
  if (Number.isFinite(value)) return { relation, value }
  const isLess = relation === '<' || relation === '<='
  const isStrict = relation === '<' || relation === '>'
  if (Number.isNaN(value)) return false
  const isAhead = value > 0 === isLess
  if (isStrict !== isAhead) return isAhead
  // The infinity itself decides: it lies beyond the last finite number.
  if (isLess)
    return value > 0 ? { relation: '<=', value: Number.MAX_VALUE } : { relation: '<', value: -Number.MAX_VALUE }
  return value > 0 ? { relation: '>', value: Number.MAX_VALUE } : { relation: '>=', value: -Number.MAX_VALUE }
}

/** An ensemble opened for one thread. */
export interface OpenEnsemble {
  /**
   * Adds to `margins` [rows, targets] the leaves that the rows of `matrix` [rows, features] reach, in the order of the trees, or of
   * those in a range (`end` exclusive).
   */
  add(
    matrix: Float64Array,
    rows: number,
    margins: Float64Array,
    trees?: { readonly from: number; readonly end: number },
  ): void
  /** Writes the number of the leaf that each row reaches in each tree to `out` [rows, trees]. */
  leaves(matrix: Float64Array, rows: number, out: Int32Array): void
}

/** Opens an ensemble; takes milliseconds. Without room for one more memory of WebAssembly its trees are walked as they were built. */
export function openEnsemble(ensemble: Ensemble): OpenEnsemble {
  const memory = ensemble.image === null ? null : wasmMemory(ensemble.image.bytesInAll)
  return ensemble.image === null || memory === null ? openValues(ensemble) : openRanks(ensemble, ensemble.image, memory)
}

/** Walks over the numbers themselves. */
function openValues(ensemble: Ensemble): OpenEnsemble {
  const { forest, columns, targetOf, leafValues, leafWidth, targets, trees: count } = ensemble
  const isFloat = ensemble.precision === 'float32'
  const walk = openForest(forest)
  const fill = openColumns(columns, ensemble.features, isFloat)
  const x = new Float64Array(Math.max(1, columns.feature.length) * 2)
  const reached = new Int32Array(count)
  const walkRow = (matrix: Float64Array, row: number): void => {
    fill(matrix, row, x)
    walk(x, reached)
  }
  return {
    add(matrix, rows, margins, trees) {
      const from = trees?.from ?? 0
      const end = trees?.end ?? count
      for (let row = 0; row < rows; row++) {
        walkRow(matrix, row)
        for (let tree = from; tree < end; tree++) {
          const leaf = forest.payload[reached[tree] as number] as number
          for (let i = 0; i < leafWidth; i++) {
            const at = row * targets + (leafWidth === 1 ? (targetOf[tree] as number) : i)
            const sum = (margins[at] as number) + (leafValues[leaf * leafWidth + i] as number)
            margins[at] = isFloat ? Math.fround(sum) : sum
          }
        }
      }
    },
    leaves(matrix, rows, out) {
      for (let row = 0; row < rows; row++) {
        walkRow(matrix, row)
        for (let tree = 0; tree < count; tree++)
          out[row * count + tree] = forest.payload[reached[tree] as number] as number
      }
    },
  }
}
