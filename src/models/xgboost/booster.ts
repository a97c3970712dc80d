import type { NumberList } from './tree-document.ts'

/** Nodes of one tree, in lists by node; node 0 is the root. A node whose left child is negative is a leaf. */
export interface TreeNodes {
  readonly left: NumberList // [nodes]
  readonly right: NumberList // [nodes]
  readonly feature: NumberList // [nodes]
  /** Threshold of a test; value of a leaf when `leaves` is null. */
  readonly condition: NumberList // [nodes]
  /** 1 where a missing value goes left. */
  readonly defaultLeft: NumberList // [nodes]
  /** Categories for which a node goes right, by node; nodes without an entry compare numbers. */
  readonly categories: ReadonlyMap<number, NumberList>
  /** Leaves of several values. */
  readonly leaves: LeafValues | null
}

/** Values of leaves that have several: those of leaf node n begin at `index(n) * width`. */
export interface LeafValues {
  readonly width: number
  readonly values: NumberList // [leaves or nodes, width]
  /** XGBoost 3.1 and later number the leaves in `right_children`; before, values stand by node. */
  readonly isByLeaf: boolean
}

/** Boosted trees. */
export interface Trees {
  readonly trees: readonly TreeNodes[]
  /** Output group of each tree. */
  readonly groups: NumberList // [trees]
  /** Weights of DART, or null. */
  readonly weights: NumberList | null // [trees]
  /** Trees per iteration and group, as far as the model says. */
  readonly parallelTrees: number
  /** First tree of each iteration and the end, in models that say. */
  readonly iterations: NumberList | null // [iterations + 1]
}

/** A linear booster. */
export interface Linear {
  /** [features + 1, groups], row-major; the last row is the bias. */
  readonly weights: NumberList
}

/** Names of a category feature's categories, by code. */
export type CategoryNames = readonly string[] | NumberList

/** What a file of XGBoost says, whatever its encoding. */
export interface Booster {
  readonly encoding: 'json' | 'ubj' | 'binary'
  /** Version that wrote the file; null before 1.0. */
  readonly version: readonly number[] | null
  readonly name: 'gbtree' | 'dart' | 'gblinear'
  readonly objective: string
  readonly features: number
  /** 0 or 1 where there are no classes. */
  readonly classes: number
  readonly targets: number
  /** As the file says: before the objective's transform, except for files of versions before 1.0. */
  readonly baseScores: readonly number[]
  /** True when training estimates the intercept; false when it was given, and in files that do not say. */
  readonly boostsFromAverage: boolean
  readonly attributes: ReadonlyMap<string, string>
  readonly featureNames: readonly string[] | null
  /** `q`, `int`, `float`, `i`, `c` by feature. */
  readonly featureTypes: readonly string[] | null
  /** By feature; null for features without names of categories. */
  readonly categoryNames: readonly (CategoryNames | null)[] | null
  readonly model: Trees | Linear
}

/** Sums of a row: classes of a multi-class model, else targets. */
export function groupsOf({ classes, targets }: Pick<Booster, 'classes' | 'targets'>): number {
  return Math.max(classes, targets, 1)
}

/** True when `version` is older; files without one are older than all that have one. */
export function isBefore(version: readonly number[] | null, than: readonly number[]): boolean {
  if (version === null) return true
  for (let i = 0; i < than.length; i++) {
    const difference = (version[i] ?? 0) - (than[i] as number)
    if (difference !== 0) return difference < 0
  }
  return false
}
