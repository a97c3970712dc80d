import type { LagPlan } from './lag.ts'
import type { ModelPlan } from './model-plan.ts'
import type { TreeStore } from './tree-store.ts'
import type { Cell, DataType, Optype, TypeName } from './types.ts'

/**
 * What a document becomes: plain data and typed arrays, structured-cloneable. Names are slots, texts are cast.
 *
 * A slot is an index into the frame of values of the record that is being scored.
 */
export interface Plan {
  readonly slots: readonly SlotPlan[]
  readonly inputs: readonly InputPlan[]
  readonly model: ModelPlan
  readonly trees: TreeStore
  /** Columns of a prediction, in order; `slot` holds the value after scoring. */
  readonly columns: readonly {
    readonly name: string
    readonly slot: number
    readonly type: TypeName
    /** True for a list of such values. */
    readonly isList: boolean
  }[]
  /** Slots of inputs that hold a list. */
  readonly lists: readonly number[]
  /** Fields of earlier records, in the order in which they are computed. */
  readonly lags: readonly LagPlan[]
  /** Slots to forget before each record (outputs, predicted values). */
  readonly resets: readonly number[]
}

/** How the value of a slot comes about. */
export type SlotPlan =
  /** Written by the record's preparation, a model or a function call. */
  | { readonly kind: 'given' }
  /** A name that nothing declares: reading it is a fault of the record. */
  | { readonly kind: 'undeclared'; readonly name: string; readonly hint: string }
  /** Computed when first read for a record. */
  | {
      readonly kind: 'derived'
      readonly name: string
      readonly type: TypeName
      readonly from: TypeName | null
      readonly expression: ExpressionPlan
    }
  /** Another slot's value with a nested MiningField's treatments. */
  | { readonly kind: 'treated'; readonly source: number; readonly treatment: InputPlan }

/** What the planner knows of a slot. */
export interface SlotFacts {
  readonly name: string
  readonly type: TypeName
  readonly optype: Optype
  /** Valid values in declared order: the order of ordinal comparison. */
  readonly order: readonly Cell[] | null
}

/** One interval of a continuous domain or a bin. */
export interface IntervalPlan {
  readonly min: number // -Infinity = open-ended
  readonly max: number
  readonly isMinOpen: boolean
  readonly isMaxOpen: boolean
}

/** Preparation of one field: domain and treatments. */
export interface InputPlan {
  readonly name: string
  readonly slot: number
  readonly type: TypeName
  readonly optype: Optype
  readonly valid: readonly Cell[] | null
  readonly invalid: readonly Cell[]
  readonly missing: readonly Cell[]
  readonly intervals: readonly IntervalPlan[] | null
  readonly missingTreatment: 'asIs' | 'returnInvalid'
  readonly missingReplacement: Cell
  readonly invalidTreatment: 'returnInvalid' | 'asIs' | 'asMissing' | 'asValue'
  readonly invalidReplacement: Cell
  readonly outliers: 'asIs' | 'asMissingValues' | 'asExtremeValues'
  readonly low: number
  readonly high: number
  /** False for fields that are no inputs of the signature (targets for residuals, supplementary fields). */
  readonly isActive: boolean
}

/** An expression of the document, names resolved and texts cast. `type` is null where it is only known when scoring. */
export type ExpressionPlan =
  | { readonly kind: 'constant'; readonly value: Cell; readonly type: TypeName | null }
  | { readonly kind: 'field'; readonly slot: number; readonly type: TypeName; readonly mapMissingTo: Cell }
  | {
      readonly kind: 'normContinuous'
      readonly slot: number
      readonly orig: readonly number[]
      readonly norm: readonly number[]
      readonly outliers: 'asIs' | 'asMissingValues' | 'asExtremeValues'
      readonly mapMissingTo: Cell
      readonly type: TypeName
    }
  | {
      readonly kind: 'normDiscrete'
      readonly slot: number
      readonly value: Cell
      readonly mapMissingTo: Cell
      readonly type: TypeName
    }
  | {
      readonly kind: 'discretize'
      readonly slot: number
      readonly bins: readonly { readonly interval: IntervalPlan; readonly value: Cell }[]
      readonly defaultValue: Cell
      readonly mapMissingTo: Cell
      readonly type: TypeName
    }
  | {
      readonly kind: 'mapValues'
      readonly slots: readonly number[]
      /** Of each row, see mapKeyOf; two lists of plain values, as tables may be long. */
      readonly keys: readonly string[]
      readonly values: readonly Cell[]
      readonly defaultValue: Cell
      readonly mapMissingTo: Cell
      readonly type: TypeName
    }
  | {
      readonly kind: 'apply'
      readonly name: string
      readonly args: readonly ExpressionPlan[]
      readonly mapMissingTo: Cell
      readonly defaultValue: Cell
      readonly invalidAsMissing: boolean
      /** Declared order of an ordinal first argument, for comparisons. */
      readonly order: readonly Cell[] | null
      /** Domain of the field that isValid and isNotValid ask about. */
      readonly domain: InputPlan | null
      readonly place: string
      readonly type: TypeName | null
    }
  | {
      readonly kind: 'call'
      readonly parameters: readonly {
        readonly slot: number
        readonly value: ExpressionPlan
        readonly type: TypeName | null
      }[]
      readonly body: ExpressionPlan
      readonly mapMissingTo: Cell
      readonly defaultValue: Cell
      readonly from: TypeName | null
      readonly type: TypeName | null
      readonly place: string
    }
  | TextIndexPlan
  | {
      readonly kind: 'aggregate'
      readonly slot: number
      /** Field that the record's list is a group of, or -1. */
      readonly groupSlot: number
      readonly function: 'count' | 'sum' | 'average' | 'min' | 'max' | 'multiset'
      readonly type: TypeName | null
    }

/** Term frequency of one term in a text field. */
export interface TextIndexPlan {
  readonly kind: 'textIndex'
  readonly text: ExpressionPlan
  readonly term: ExpressionPlan
  readonly weights: 'termFrequency' | 'binary' | 'logarithmic' | 'augmentedNormalizedTermFrequency'
  readonly isCaseSensitive: boolean
  readonly maxDistance: number
  readonly counts: 'allHits' | 'bestHits'
  readonly separator: string
  readonly wordPattern: string | null
  readonly isTokenized: boolean
  readonly normalizations: readonly {
    readonly rows: readonly { readonly from: string; readonly to: string; readonly isRegex: boolean }[]
    readonly isCaseSensitive: boolean
    readonly isRecursive: boolean
  }[]
  readonly type: TypeName
}

/** Predicate: true, false or unknown. */
export type PredicatePlan =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  | { readonly kind: 'missing'; readonly slot: number; readonly isMissing: boolean }
  | {
      readonly kind: 'number'
      readonly slot: number
      readonly operator: Comparison
      readonly value: number
      readonly name: string
    }
  | {
      readonly kind: 'cell'
      readonly slot: number
      readonly operator: Comparison
      readonly value: Cell
      readonly order: readonly Cell[] | null
      readonly name: string
    }
  | { readonly kind: 'set'; readonly slot: number; readonly values: readonly Cell[]; readonly isIn: boolean }
  | {
      readonly kind: 'compound'
      readonly operator: 'and' | 'or' | 'xor' | 'surrogate'
      readonly operands: readonly PredicatePlan[]
    }

export const comparisons = ['equal', 'notEqual', 'lessThan', 'lessOrEqual', 'greaterThan', 'greaterOrEqual'] as const
export type Comparison = (typeof comparisons)[number]

/** Types that expressions give by themselves. */
export const typeNames = {
  string: { type: 'string', year: 1970 },
  double: { type: 'double', year: 1970 },
  float: { type: 'float', year: 1970 },
  integer: { type: 'integer', year: 1970 },
  boolean: { type: 'boolean', year: 1970 },
} as const satisfies Partial<Record<DataType, TypeName>>
