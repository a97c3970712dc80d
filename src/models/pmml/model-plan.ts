import type { AnomalyDetectionPlan } from './anomaly-detection.ts'
import type { AssociationPlan } from './association.ts'
import type { BaselinePlan } from './baseline.ts'
import type { BayesianNetworkPlan } from './bayesian-plan.ts'
import type { ClusteringPlan } from './clustering.ts'
import type { GaussianProcessPlan } from './gaussian-process.ts'
import type { GeneralRegressionPlan } from './general-regression.ts'
import type { MiningPlan } from './mining-plan.ts'
import type { NaiveBayesPlan } from './naive-bayes.ts'
import type { NeighborsPlan } from './neighbors.ts'
import type { NeuralPlan } from './neural-network.ts'
import type { NodeModelsPlan } from './node-models.ts'
import type { OutputPlan } from './output.ts'
import type { RegressionPlan } from './regression.ts'
import type { RuleSetPlan } from './rule-set.ts'
import type { ScorecardPlan } from './scorecard.ts'
import type { SequencePlan } from './sequence.ts'
import type { SupportVectorPlan } from './support-vectors.ts'
import type { TargetPlan } from './targets.ts'
import type { TextModelPlan } from './text-model.ts'
import type { TimeSeriesPlan } from './time-series.ts'
import type { TreePlan } from './tree-plan.ts'
import type { Cell } from './types.ts'

/** What kind of value a model predicts. `cell` is anything else than a number or a category (a cluster, a list). */
export type ResultKind = 'number' | 'category' | 'cell'

/** One model element, nested or not. */
export interface ModelPlan {
  readonly element: string
  readonly result: ResultKind
  /** Class labels in the order that decides ties, for `category`. */
  readonly categories: readonly Cell[]
  /** True when arithmetic is 32-bit (`x-mathContext="float"`). */
  readonly isFloat: boolean
  readonly target: TargetPlan
  readonly outputs: readonly OutputPlan[]
  /** Slot that receives the predicted value, or -1. */
  readonly slot: number
  readonly body: BodyPlan
}

export type BodyPlan =
  | TreePlan
  | RegressionPlan
  | MiningPlan
  | GeneralRegressionPlan
  | NeuralPlan
  | ScorecardPlan
  | NaiveBayesPlan
  | ClusteringPlan
  | SupportVectorPlan
  | RuleSetPlan
  | NeighborsPlan
  | AssociationPlan
  | GaussianProcessPlan
  | AnomalyDetectionPlan
  | BaselinePlan
  | BayesianNetworkPlan
  | NodeModelsPlan
  | TimeSeriesPlan
  | SequencePlan
  | TextModelPlan
