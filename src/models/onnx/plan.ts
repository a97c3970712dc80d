import type { SessionOptions } from '../onnx-graph/session.ts'
import type { FeaturePlan } from '../tensors/feature-plan.ts'
import type { PredictionPlan } from '../tensors/predictions.ts'
import type { InputEdge, OutputEdge } from './edges.ts'

/** A checked model: all that a scoring thread needs, structured-cloneable. */
export interface OnnxPlan {
  readonly source: string
  /** A ModelProto, in shared memory. */
  readonly model: Uint8Array
  readonly session: SessionOptions
  readonly inputs: readonly InputEdge[]
  readonly outputs: readonly OutputEdge[]
  readonly features: FeaturePlan
  readonly predictions: PredictionPlan
}
