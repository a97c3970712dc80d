import type { Tensor } from '../../schema/tensor.ts'
import type { SessionOptions } from '../onnx-graph/session.ts'
import type { FeaturePlan } from '../tensors/feature-plan.ts'
import type { PredictionPlan } from '../tensors/predictions.ts'
import type { Translation } from './translation.ts'

/** A model ready to open: plain data. */
export interface TensorflowPlan {
  readonly source: string
  readonly session: SessionOptions
  /** Name of the signature that records are scored with; empty for a graph. */
  readonly chosen: string
  readonly signatures: readonly PlannedSignature[]
  /** Values of variables that signatures change, when the model starts to serve. */
  readonly variables: readonly { readonly name: string; readonly value: Tensor }[]
  readonly features: FeaturePlan
  readonly predictions: PredictionPlan
}

/** A signature that can run, or why it cannot. */
export type PlannedSignature =
  | { readonly name: string; readonly translation: Translation }
  | { readonly name: string; readonly refusal: string }
