import type { FeaturePlan } from '../tensors/feature-plan.ts'
import type { Ensemble } from '../trees/ensemble.ts'
import type { PredictionPlan } from '../trees/prediction.ts'
import type { Transform } from './losses.ts'

/** A model of CatBoost ready to be opened: plain data. */
export interface CatboostPlan {
  /** Columns of a matrix of all features, numeric or not. */
  readonly width: number
  /** Column of each numeric feature, which is all that trees test. */
  readonly columns: Int32Array // [features]
  /** Sums of a row. */
  readonly targets: number
  readonly scale: number
  readonly bias: Float64Array // [targets]
  readonly transform: Transform
  readonly ensemble: Ensemble
  readonly reading: FeaturePlan
  readonly prediction: PredictionPlan
}
