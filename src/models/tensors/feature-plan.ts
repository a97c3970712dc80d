import type { TensorDtype } from '../../schema/tensor.ts'
import type { Value } from '../../schema/value.ts'
import type { ExpressionPlan } from './expression.ts'

/** What becomes of a value that is not there: the record's fault, NaN, all columns 0 (one-hot), or the value that stands in for it. */
export type MissingRule =
  | { readonly kind: 'error' | 'nan' | 'zeros' }
  | { readonly kind: 'value'; readonly value: Value }

/** How categories become numbers; keys are values as records hold them, text and number alike. */
export interface CategoryPlan {
  /** `number`: one column with the number of the category. `one-hot`: a column per category, 1 in its own. */
  readonly kind: 'number' | 'one-hot'
  readonly keys: readonly (string | number | boolean)[]
  /** By key; for one-hot the index of the column. */
  readonly numbers: readonly number[]
  /** What a category outside the list becomes; `error` refuses the record. */
  readonly unknown: number | 'error' | 'nan' | 'zeros'
}

/** One feature: what it is read from and the columns that it fills. */
export interface SourcePlan {
  /** What messages call it: the field, or the text of the expression. */
  readonly name: string
  readonly field: string | null
  readonly expression: ExpressionPlan | null
  readonly missing: MissingRule
  readonly categories: CategoryPlan | null
  /** Sizes of a list field, without the batch; `[]` = one number; null = any size, the record decides. */
  readonly shape: readonly (number | null)[]
  /** True when the field is a list that nobody named: a record without it is told how to name fields. */
  readonly isGuessed?: true
}

/**
 * One input of the model.
 *
 * Example: `[null, 4]` filled from four fields has `shape` [4], `hasBatch`, and four sources of shape []; a `[null, 784]` filled from the
 * field `pixels` has one source of shape [784].
 */
export interface InputPlan {
  readonly name: string
  readonly dtype: TensorDtype
  /** Sizes of one record's part, without the batch. */
  readonly shape: readonly (number | null)[]
  /** False when the model takes one record at a time and the tensor has no dimension for it. */
  readonly hasBatch: boolean
  readonly sources: readonly SourcePlan[]
  /** The same number, text or truth for all records: every element of the tensor. */
  readonly constant: number | string | boolean | null
}

/** How records become tensors: plain data, made at prepare time. */
export interface FeaturePlan {
  readonly inputs: readonly InputPlan[]
  /** Records per run that the model wants; null = any number. */
  readonly rows: number | null
}

/** Numbers in a part of this shape; null when a size is open. */
export function widthOf(shape: readonly (number | null)[]): number | null {
  let width = 1
  for (const size of shape) {
    if (size === null) return null
    width *= size
  }
  return width
}

/** The shape with its one open size found from the number of columns; null when these do not fill it. */
export function filledShape(shape: readonly (number | null)[], width: number): number[] | null {
  const rest = widthOf(shape.map((size) => size ?? 1)) as number
  const open = shape.filter((size) => size === null).length
  const size = open === 0 ? 1 : width / rest
  if (open > 1 || !Number.isInteger(size) || (open === 0 && rest !== width)) return null
  return shape.map((one) => one ?? size)
}

/** Columns that a source fills; null when the record decides. */
export function sourceWidth({ categories, shape }: SourcePlan): number | null {
  return categories?.kind === 'one-hot' ? categories.numbers.length : widthOf(shape)
}
