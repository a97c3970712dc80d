import type { ModelPlan, ResultKind } from './model-plan.ts'
import type { RuleAlgorithm } from './rule-output.ts'
import type { Cell } from './types.ts'

/** A rule that fired, for outputs about rules. */
export interface FiredRule {
  readonly id: string
  /** Items; item sets in order for a rule about sequences. */
  readonly antecedent: readonly (string | readonly string[])[]
  readonly consequent: readonly (string | readonly string[])[]
  readonly support: number
  readonly confidence: number
  readonly lift: number
  readonly leverage: number
  readonly affinity: number
}

/** Forecast of a time series by step: the first item is step 1. */
export interface Forecast {
  readonly values: readonly number[]
  /** The same before the transformation of the series was undone. */
  readonly means: readonly number[]
  /** Standard errors of the means; empty or NaN when the document does not tell. */
  readonly deviations: readonly number[]
  /** Undoes the transformation of the series. */
  readonly back: (x: number) => number
  /** Steps that the record asks for, `from` to `to`. */
  readonly from: number
  readonly to: number // exclusive
}

/** What one model says about the current record. One object per model, used again for every record. */
export class Outcome {
  readonly kind: ResultKind
  readonly categories: readonly Cell[]
  /** Predicted number before and after Targets; NaN = none. */
  number = Number.NaN
  /** Standard deviation of the predicted number; NaN = none. */
  deviation = Number.NaN
  /** Index of the predicted category; -1 = none. */
  category = -1
  /** Predicted value of kind `cell`. */
  cell: Cell = undefined
  /** True when a member's outcome, adjusted by its own Targets, is the whole's. */
  isAdopted = false
  hasProbabilities = false
  /** By category; meaningful when `hasProbabilities`. */
  readonly probabilities: Float64Array
  hasConfidences = false
  readonly confidences: Float64Array
  /** Identifier of the winning node, cluster, rule, … */
  entity: string | undefined = undefined
  /** Identifiers by rank, best first, and how near each is. */
  entities: readonly string[] | null = null
  affinities: Float64Array | null = null
  /** Identifiers in document order, for affinities asked by value. */
  entityIds: readonly string[] | null = null
  entityNames: readonly string[] | null = null
  reasonCodes: readonly string[] | null = null
  rules: readonly FiredRule[] | null = null
  /** Tells whether a rule applies to the record, where that is not a matter of the items in `displays`. */
  fits: ((rule: FiredRule, algorithm: RuleAlgorithm) => boolean) | null = null
  /** What is shown in place of the value, when the model itself names it. */
  display: Cell = undefined
  forecast: Forecast | null = null
  /** Values of several records of a list (time series, neighbours). */
  displays: readonly Cell[] | null = null

  constructor(kind: ResultKind, categories: readonly Cell[]) {
    this.kind = kind
    this.categories = categories
    this.probabilities = new Float64Array(categories.length)
    this.confidences = new Float64Array(categories.length)
  }

  /** Forgets the last record. */
  clear(): void {
    this.isAdopted = false
    this.number = Number.NaN
    this.deviation = Number.NaN
    this.category = -1
    this.cell = undefined
    this.hasProbabilities = false
    this.hasConfidences = false
    this.entity = undefined
    this.entities = null
    this.affinities = null
    this.reasonCodes = null
    this.rules = null
    this.display = undefined
    this.displays = null
    this.forecast = null
  }

  get isMissing(): boolean {
    if (this.kind === 'number') return Number.isNaN(this.number)
    return this.kind === 'category' ? this.category < 0 : this.cell === undefined
  }

  get value(): Cell {
    if (this.kind === 'number') return Number.isNaN(this.number) ? undefined : this.number
    return this.kind === 'category' ? this.categories[this.category] : this.cell
  }

  /** Takes the category with the largest probability; the first one on a tie. */
  chooseLargest(): void {
    let best = -1
    for (let i = 0; i < this.probabilities.length; i++) {
      const p = this.probabilities[i] as number
      if (!Number.isNaN(p) && (best < 0 || p > (this.probabilities[best] as number))) best = i
    }
    this.category = best
  }
}

/** An opened model: `run` scores the current record into `outcome`. */
export interface RunningModel {
  readonly outcome: Outcome
  run(): void
  /** A part of the model with an outcome of its own: a segment by id, or what predicts another target field. */
  member?(segment: string | null, targetField: string | null): RunningModel | null
}

/** Opens a nested model. */
export type ModelOpener = (plan: ModelPlan) => RunningModel
