/**
 * A LightGBM model as its files spell it, whatever the file: what both readers (model text, JSON dump) give to the compiler.
 * Names follow the keys of the model text.
 */
export interface BoosterHeader {
  /** `v2`, `v3` or `v4`; null in files that do not say. */
  readonly version: string | null
  /** Example: `binary sigmoid:1`; null for a custom objective, and in JSON dumps of versions before 2.2.2. */
  readonly objective: string | null
  readonly numClass: number
  readonly treesPerIteration: number
  /** True for random forests: the sum is divided by the number of iterations before the objective's transform. */
  readonly averagesOutput: boolean
  readonly featureNames: readonly string[]
  /** Null where the file does not tell. */
  readonly featureInfos: readonly (FeatureInfo | null)[] // [features]
}

/** What training saw of a feature. Examples: `{kind: 'range', min: 4.3, max: 7.9}`, `{kind: 'codes', codes: [2, 0, 1]}`. */
export type FeatureInfo =
  | { readonly kind: 'unused' }
  | { readonly kind: 'range'; readonly min: number; readonly max: number }
  | { readonly kind: 'codes'; readonly codes: readonly number[] }

/** What stands after the trees. */
export interface BoosterFooter {
  /** Training parameters by name: `{boosting: 'gbdt', learning_rate: '0.1'}`. */
  readonly parameters: ReadonlyMap<string, string>
  /** Categories of the columns that were of pandas' type `category`, in the order of the columns; their positions are the codes. */
  readonly pandasCategories: readonly (readonly unknown[])[] | null
}

/** Bits of a split's decision_type (include/LightGBM/tree.h, 4.7): bits 2 and 3 are the missing type. */
export const decisionBits = { isCategorical: 1, isDefaultLeft: 2, missingTypeShift: 2 } as const

/** Missing types by their numbers: which values go the split's default way. */
export const missingTypes = ['None', 'Zero', 'NaN'] as const

/**
 * One tree. A child of 0 or more is a node, a negative one the leaf `~child`.
 *
 * Example: `x0 <= 2 ? 0.5 : -0.5` has leaves 2, splitFeature [0], threshold [2], decisionType [8], leftChild [-1], rightChild [-2],
 * leafValue [0.5, -0.5].
 */
export interface BoosterTree {
  readonly leaves: number
  readonly splitFeature: Int32Array // [leaves - 1]
  /** Of a categorical split: index into `sets`. */
  readonly threshold: Float64Array // [leaves - 1]
  readonly decisionType: Uint8Array // [leaves - 1]
  readonly leftChild: Int32Array // [leaves - 1]
  readonly rightChild: Int32Array // [leaves - 1]
  readonly leafValue: Float64Array // [leaves]
  /** Categories that go left, as bits: bit b of word w is the code 32 w + b. */
  readonly sets: readonly Uint32Array[]
  readonly linear: LinearLeaves | null
}

/** Linear models of a tree's leaves: leaf `l` has the terms `start[l]` to `start[l + 1]` (exclusive). */
export interface LinearLeaves {
  readonly constants: Float64Array // [leaves]
  readonly start: Int32Array // [leaves + 1]
  readonly features: Int32Array // [terms]
  readonly coefficients: Float64Array // [terms]
}

/** Takes what a reader finds, in the file's order: the header once, then the trees. */
export interface BoosterSink {
  header(header: BoosterHeader): void
  tree(tree: BoosterTree, place: string): void
}
