/** Types of features and outputs. `any` is what a function model declares when it says nothing. */
export const dtypes = [
  'float64',
  'float32',
  'float16',
  'int64',
  'int32',
  'int16',
  'int8',
  'uint64',
  'uint32',
  'uint16',
  'uint8',
  'boolean',
  'string',
  'date',
  'time',
  'datetime',
  'any',
] as const
export type Dtype = (typeof dtypes)[number]

/** Values that a feature may take, as far as the model declares them. */
export interface Domain {
  /** Valid categories, in the model's order. */
  readonly values?: readonly (string | number | boolean)[]
  /** Valid intervals of a continuous feature; a bound of null is open-ended. */
  readonly intervals?: readonly {
    readonly min: number | null
    readonly max: number | null
    readonly isMinOpen: boolean
    readonly isMaxOpen: boolean
  }[]
}

/** One input or output of a model. Example: `{name: 'petal_length', dtype: 'float64', shape: [], isOptional: false}`. */
export interface Feature {
  readonly name: string
  readonly dtype: Dtype
  /** `[]` = scalar; null in a dimension = any size. */
  readonly shape: readonly (number | null)[]
  /** True when the model accepts a missing value. */
  readonly isOptional: boolean
  readonly domain?: Domain
  readonly summary?: string
  /** Other names of the same input: fields of them are read where a record has none of its own name. Example: `petal length` for `petal_length`. */
  readonly aliases?: readonly string[]
}

/** Names, dtypes and shapes of what a model takes and gives. */
export interface Signature {
  readonly inputs: readonly Feature[]
  readonly outputs: readonly Feature[]
}
