import { type Ensemble, EnsembleBuilder, failsBeside, type Treatment } from '../trees/ensemble.ts'
import { nextUp, sharedArray } from '../trees/trees.ts'
import { type BoosterTree, decisionBits, missingTypes } from './booster.ts'
import type { Faults } from './faults.ts'

/** The trees of a model, ready to be opened. Plain data. */
export interface CompiledTrees {
  readonly ensemble: Ensemble
  /** Null when no tree is linear. */
  readonly linear: LinearModels | null
  readonly leaves: number
  /** Longest path of a tree. */
  readonly depth: number
  /** The model's features by their place in a row of the ensemble; null where a row has all of them, in order. */
  readonly columns: Int32Array | null // [features]
  /** Splits by place in a row. */
  readonly usage: Int32Array // [features]
}

/** Features of a row that is read whole; of wider models only the features that they use are read. */
export const wide = 2000

/**
 * Linear models of leaves. Leaf `l` of the ensemble adds `constants[l]` and the terms `start[l]` to `start[l + 1]` (exclusive),
 * or its plain value when a feature among them is missing.
 */
export interface LinearModels {
  readonly isLinear: Uint8Array // [trees]
  readonly constants: Float64Array // [leaves]
  readonly start: Int32Array // [leaves + 1]
  readonly features: Int32Array // [terms]
  readonly coefficients: Float64Array // [terms]
}

/** LightGBM's kZeroThreshold, a float there (include/LightGBM/meta.h, 4.7). */
export const zeroThreshold = Math.fround(1e-35)

/** Largest number below -zeroThreshold. */
const belowZero = -nextUp(zeroThreshold)

/** Puts trees into an Ensemble, one at a time; their order is that of the file, iteration by iteration. */
export class TreeCompiler {
  readonly #builder: EnsembleBuilder
  readonly #features: number
  readonly #targets: number
  readonly #faults: Faults
  readonly #usage: number[]
  /** Place in a row by feature, as they come; null where all features have their own. */
  readonly #places: Map<number, number> | null
  #trees = 0
  #leaves = 0
  #depth = 0
  readonly #isLinear: number[] = []
  readonly #constants: number[] = []
  readonly #start: number[] = [0]
  readonly #linearFeatures: number[] = []
  readonly #coefficients: number[] = []

  constructor(features: number, targets: number, isNarrow: boolean, faults: Faults) {
    const places = isNarrow ? new Map<number, number>() : null
    // How many features are used is known when all trees are there; the builder asks then.
    this.#builder = new EnsembleBuilder({
      get features() {
        return places?.size ?? features
      },
      targets,
      precision: 'float64',
      leafWidth: 1,
    })
    this.#features = features
    this.#targets = targets
    this.#faults = faults
    this.#places = places
    this.#usage = isNarrow ? [] : new Array<number>(features).fill(0)
  }

  get trees(): number {
    return this.#trees
  }

  /** Adds the next tree; `place` is for messages. */
  add(tree: BoosterTree, place: string): void {
    const root = this.#builder.root(this.#trees % this.#targets)
    this.#trees++
    this.#isLinear.push(tree.linear === null ? 0 : 1)
    const seen = { node: new Uint8Array(tree.leaves - 1), leaf: new Uint8Array(tree.leaves) }
    const stack = [{ node: tree.leaves === 1 ? -1 : 0, place: root, depth: 0, key: 'the root' }]
    for (let next = stack.pop(); next; next = stack.pop()) {
      if (next.node < 0) {
        this.#mark(seen.leaf, ~next.node, `leaf ${~next.node}`, next.key, place)
        this.#leaf(tree, ~next.node, next.place, next.depth, place)
        continue
      }
      this.#mark(seen.node, next.node, `node ${next.node}`, next.key, place)
      const { left, right } = this.#split(tree, next.node, next.place, place)
      const depth = next.depth + 1
      stack.push({ node: tree.rightChild[next.node] as number, place: right, depth, key: 'key "right_child"' })
      stack.push({ node: tree.leftChild[next.node] as number, place: left, depth, key: 'key "left_child"' })
    }
    this.#checkAll(seen.leaf, place)
  }

  finish(): CompiledTrees {
    const isLinear = this.#isLinear.includes(1)
    return {
      ensemble: this.#builder.finish(),
      linear: isLinear
        ? {
            isLinear: sharedArray(Uint8Array, this.#isLinear),
            constants: sharedArray(Float64Array, this.#constants),
            start: sharedArray(Int32Array, this.#start),
            features: sharedArray(Int32Array, this.#linearFeatures),
            coefficients: sharedArray(Float64Array, this.#coefficients),
          }
        : null,
      leaves: this.#leaves,
      depth: this.#depth,
      columns: this.#places === null ? null : sharedArray(Int32Array, [...this.#places.keys()]),
      usage: Int32Array.from(this.#usage),
    }
  }

  /** Every node and leaf has one parent, so that a walk from the root ends. */
  #mark(seen: Uint8Array, index: number, what: string, key: string, place: string): void {
    if (index >= seen.length)
      throw this.#faults.syntax(`${place}, ${key}`, `it leads to ${what}, but the tree has ${seen.length} of them`)
    if (seen[index] !== 0)
      throw this.#faults.syntax(`${place}, ${key}`, `it leads to ${what}, which has another parent`)
    seen[index] = 1
  }

  #checkAll(seen: Uint8Array, place: string): void {
    const lost = seen.indexOf(0)
    if (lost >= 0) throw this.#faults.syntax(place, `leaf ${lost} has no parent`)
  }

  #split(tree: BoosterTree, node: number, place: number, tell: string): { left: number; right: number } {
    const feature = this.#placeOf(tree.splitFeature[node] as number, `${tell}, key "split_feature"`)
    this.#usage[feature] = (this.#usage[feature] as number) + 1
    const decision = tree.decisionType[node] as number
    if ((decision & decisionBits.isCategorical) !== 0) return this.#categorical(tree, node, place, feature, tell)
    const missingType = missingTypes[decision >> decisionBits.missingTypeShift]
    if (missingType === undefined)
      throw this.#faults.syntax(`${tell}, key "decision_type"`, `it is ${decision} at node ${node}, expected 0 to 11`)
    const missing = (decision & decisionBits.isDefaultLeft) !== 0 ? 'holds' : 'fails'
    const threshold = withoutTiny(tree.threshold[node] as number)
    const left = this.#builder.test(place, feature, '<=', threshold, missing, treatments[missingType])
    return { left, right: failsBeside(left, missing) }
  }

  /** Codes in the set go left; missing ones, negative ones and others go right, whatever the missing type says. */
  #categorical(tree: BoosterTree, node: number, place: number, feature: number, tell: string) {
    const index = tree.threshold[node] as number
    const set = tree.sets[Math.trunc(index)]
    if (!set)
      throw this.#faults.syntax(
        `${tell}, key "threshold"`,
        `node ${node} refers to set ${index} of categories, the tree has ${tree.sets.length}`,
      )
    const left = this.#builder.testSet(place, feature, set, 'fails')
    return { left, right: failsBeside(left, 'fails') }
  }

  #leaf(tree: BoosterTree, index: number, place: number, depth: number, tell: string): void {
    this.#builder.leaf(place, depth, tree.leafValue[index] as number)
    this.#leaves++
    if (depth > this.#depth) this.#depth = depth
    const { linear } = tree
    if (linear === null) return
    // Leaves of plain trees before this one have no terms.
    while (this.#constants.length < this.#leaves - 1) this.#linearLeaf(0)
    for (let term = linear.start[index] as number; term < (linear.start[index + 1] as number); term++) {
      this.#linearFeatures.push(this.#placeOf(linear.features[term] as number, `${tell}, key "leaf_features"`))
      this.#coefficients.push(linear.coefficients[term] as number)
    }
    this.#linearLeaf(linear.constants[index] as number)
  }

  #linearLeaf(constant: number): void {
    this.#constants.push(constant)
    this.#start.push(this.#linearFeatures.length)
  }

  /** Place of a feature in a row. */
  #placeOf(feature: number, tell: string): number {
    if (feature >= this.#features)
      throw this.#faults.syntax(tell, `it refers to feature ${feature}, the model has ${this.#features}`)
    if (this.#places === null) return feature
    const found = this.#places.get(feature)
    if (found !== undefined) return found
    this.#usage.push(0)
    const place = this.#places.size
    this.#places.set(feature, place)
    return place
  }
}

const treatments = { None: 'missingIsZero', Zero: 'zeroIsMissing', NaN: 'plain' } as const satisfies Readonly<
  Record<(typeof missingTypes)[number], Treatment>
>

/**
 * The library reads numbers within zeroThreshold of 0 as 0 before it predicts (rows of pairs in src/c_api.cpp, 4.7). A test against a
 * threshold that lies there says the same of the number itself after this.
 */
function withoutTiny(threshold: number): number {
  if (threshold >= 0 && threshold < zeroThreshold) return zeroThreshold
  return threshold < 0 && threshold >= -zeroThreshold ? belowZero : threshold
}
