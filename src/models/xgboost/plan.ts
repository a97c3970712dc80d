import type { FeaturePlan } from '../tensors/feature-plan.ts'
import type { Ensemble } from '../trees/ensemble.ts'
import type { PredictionPlan } from '../trees/prediction.ts'
import type { Transform } from './objectives.ts'

/** A booster ready to be opened: plain data. */
export interface XgboostPlan {
  /** Features of the model. */
  readonly width: number
  /** True when rows may be longer than the model's, and the rest is passed over: what XGBoost did before 1.0. */
  readonly hasOpenWidth: boolean
  /** Features of a row, as trees and weights count them: all of the model's, or those of `columns`. */
  readonly features: number
  /** Which of the model's features a row has; null for all. */
  readonly columns: Float64Array | null // [features]
  /** Sums of a row. */
  readonly groups: number
  readonly baseMargins: Float64Array // [groups]
  /** True when base margins are added to the sum of the leaves, false when the sum begins with them. */
  readonly isBaseLast: boolean
  readonly transform: Transform
  readonly prediction: PredictionPlan
  /** How records become rows. */
  readonly reading: FeaturePlan
  readonly model: TreesPlan | LinearPlan
  /** A number that counts as missing besides NaN. */
  readonly missing: number | null
}

/** Boosted trees. */
export interface TreesPlan {
  readonly kind: 'trees'
  readonly ensemble: Ensemble
  /** Features of categories, whose negative values are in no set; XGBoost looks at the sign before it takes the fraction off. */
  readonly categorical: Int32Array
  /** First tree of each iteration, and the end. */
  readonly iterationStarts: Int32Array // [iterations + 1]
  /** Iterations that a prediction takes when none are asked for. */
  readonly iterations: number
}

/** A linear booster. */
export interface LinearPlan {
  readonly kind: 'linear'
  /** [features + 1, groups], row-major; the last row is the bias. */
  readonly weights: Float64Array
}
