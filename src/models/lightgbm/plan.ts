import type { FeaturePlan } from '../tensors/feature-plan.ts'
import type { PredictionPlan } from '../trees/prediction.ts'
import type { CompiledTrees } from './compile.ts'
import type { Objective } from './objective.ts'

/** What `prepare` makes of a model: plain data. */
export interface LightgbmPlan {
  readonly trees: CompiledTrees
  readonly objective: Objective
  /** Trees of an iteration, and sums of a row. */
  readonly targets: number
  /** Features of the model, which a matrix has. */
  readonly width: number
  readonly averagesOutput: boolean
  /** First iteration that counts, and how many. */
  readonly iterations: { readonly from: number; readonly count: number }
  /** A number that counts as missing. */
  readonly missing: number | null
  readonly features: FeaturePlan
  readonly prediction: PredictionPlan
}
