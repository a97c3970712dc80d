import {
  type Ensemble,
  EnsembleBuilder,
  type EnsembleShape,
  failsBeside,
  type Relation,
  type Treatment,
} from '../../../src/models/trees/ensemble.ts'

/** A tree as nested objects, the reference that engines are compared with. */
export type PlainTree =
  | { readonly leaf: number; readonly values: readonly number[] }
  | (PlainTest & { readonly yes: PlainTree; readonly no: PlainTree })

interface PlainTest {
  readonly feature: number
  readonly relation: Relation | 'in'
  readonly value: number
  readonly set: readonly number[]
  readonly missing: 'holds' | 'fails'
  readonly treatment: Treatment
}

/** Trees of one ensemble with their targets. */
export interface PlainEnsemble {
  readonly shape: EnsembleShape
  readonly trees: readonly { readonly target: number; readonly root: PlainTree }[]
}

/** What generated ensembles are like. */
export interface Traits extends EnsembleShape {
  readonly trees: number
  readonly depth: number
  /** Chance of a leaf at each place above `depth`. */
  readonly leaves: number
  readonly relations: readonly (Relation | 'in')[]
  readonly treatments: readonly Treatment[]
  readonly missing: readonly ('holds' | 'fails')[]
  /** Thresholds, also used for inputs so that rows lie on them. */
  readonly values: readonly number[]
}

const pick = <T>(rnd: () => number, from: readonly T[]): T => from[Math.floor(rnd() * from.length)] as T

/** Generates an ensemble. */
export function generate(rnd: () => number, traits: Traits): PlainEnsemble {
  let leaves = 0
  const grow = (depth: number): PlainTree => {
    if (depth === 0 || rnd() < traits.leaves)
      return { leaf: leaves++, values: Array.from({ length: traits.leafWidth }, () => rnd() * 2 - 1) }
    const test: PlainTest = {
      feature: Math.floor(rnd() * traits.features),
      relation: pick(rnd, traits.relations),
      value: pick(rnd, traits.values),
      set: Array.from({ length: Math.floor(rnd() * 6) }, () => Math.floor(rnd() * 70)),
      missing: pick(rnd, traits.missing),
      treatment: pick(rnd, traits.treatments),
    }
    return { ...test, yes: grow(depth - 1), no: grow(depth - 1) }
  }
  const trees = Array.from({ length: traits.trees }, () => ({
    target: Math.floor(rnd() * traits.targets),
    root: grow(traits.depth),
  }))
  return { shape: traits, trees }
}

/** Builds the same ensemble for the engine. */
export function build({ shape, trees }: PlainEnsemble): Ensemble {
  const { features, targets, precision, leafWidth } = shape
  const builder = new EnsembleBuilder({ features, targets, precision, leafWidth })
  const fill = (tree: PlainTree, place: number, depth: number): void => {
    if ('leaf' in tree) {
      const leaf = builder.leaf(place, depth, leafWidth === 1 ? (tree.values[0] as number) : tree.values)
      if (leaf !== tree.leaf) throw new Error(`leaf ${tree.leaf} has number ${leaf}`)
      return
    }
    const { feature, relation, value, missing, treatment } = tree
    const holds =
      relation === 'in'
        ? builder.testSet(place, feature, bitsetOf(tree.set), missing, treatment)
        : builder.test(place, feature, relation, value, missing, treatment)
    fill(tree.yes, holds, depth + 1)
    fill(tree.no, failsBeside(holds, missing), depth + 1)
  }
  for (const { target, root } of trees) fill(root, builder.root(target), 0)
  return builder.finish()
}

/** The words of a set of whole numbers. */
export function bitsetOf(set: readonly number[]): Uint32Array {
  const words = new Uint32Array(set.length === 0 ? 0 : (Math.max(...set) >>> 5) + 1)
  for (const number of set) words[number >>> 5] = (words[number >>> 5] as number) | (1 << (number & 31))
  return words
}

/** The leaf that a row reaches. */
export function walkPlainly(tree: PlainTree, row: ArrayLike<number>, isFloat: boolean): PlainTree & { leaf: number } {
  let at = tree
  while (!('leaf' in at)) at = holds(at, row[at.feature] as number, isFloat) ? at.yes : at.no
  return at
}

function holds(test: PlainTest, given: number, isFloat: boolean): boolean {
  const x = isFloat ? Math.fround(given) : given
  const value = isFloat ? Math.fround(test.value) : test.value
  const read = test.treatment === 'missingIsZero' && Number.isNaN(x) ? 0 : x
  const isMissing = Number.isNaN(read) || (test.treatment === 'zeroIsMissing' && Math.abs(read) <= Math.fround(1e-35))
  if (isMissing) return test.missing === 'holds'
  switch (test.relation) {
    case 'in':
      return test.set.includes(Math.trunc(read))
    case '<':
      return read < value
    case '<=':
      return read <= value
    case '>':
      return read > value
    case '>=':
      return read >= value
  }
}

/** Margins and leaves by comparing node by node, [rows, targets] and [rows, trees]. */
export function scorePlainly(
  { shape, trees }: PlainEnsemble,
  matrix: Float64Array,
  rows: number,
  margins: Float64Array,
  range = { from: 0, end: trees.length },
): Int32Array {
  const isFloat = shape.precision === 'float32'
  const round = isFloat ? Math.fround : (x: number) => x
  const leaves = new Int32Array(rows * trees.length)
  for (let row = 0; row < rows; row++)
    for (const [t, { target, root }] of trees.entries()) {
      const features = matrix.subarray(row * shape.features, (row + 1) * shape.features)
      const { leaf, values } = walkPlainly(root, features, isFloat) as { leaf: number; values: readonly number[] }
      leaves[row * trees.length + t] = leaf
      if (t < range.from || t >= range.end) continue
      for (const [i, value] of values.entries()) {
        const at = row * shape.targets + (shape.leafWidth === 1 ? target : i)
        margins[at] = round((margins[at] as number) + round(value))
      }
    }
  return leaves
}
