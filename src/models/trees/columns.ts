import { grown, sharedArray } from './trees.ts'

/**
 * How a feature's value is read before it is tested. `plain`: NaN is missing. `missingIsZero`: NaN reads as 0 (LightGBM's
 * missing_type None). `zeroIsMissing`: NaN and numbers within 1e-35 of 0 are missing (its missing_type Zero).
 */
export type Treatment = 'plain' | 'missingIsZero' | 'zeroIsMissing'

/**
 * What the tests of an ensemble read, column by column: a feature's value after its treatment, or a truth (1, 0, NaN = missing):
 * whether it is in a set, or for `present` 1 whenever it is not missing.
 *
 * Example: "feature 3 in {0, 33}" and "feature 3 < 2" have feature [3, 3], kind [Kind.set, Kind.value], first [0, 0],
 * end [2, 0], words [1, 2].
 */
export interface Columns {
  readonly feature: Int32Array // [columns]
  readonly treatment: Uint8Array // [columns], index into treatments
  readonly kind: Uint8Array // [columns], see Kind
  /** Words of the set, from `first` to `end` (exclusive). */
  readonly first: Int32Array // [columns]
  readonly end: Int32Array // [columns]
  /** Sets of whole numbers: bit b of word w is the number 32 w + b. */
  readonly words: Int32Array
}

/** Kinds of columns. */
export const Kind = { value: 0, present: 1, set: 2 } as const

/** Treatments in the order of their numbers. */
export const treatments = ['plain', 'missingIsZero', 'zeroIsMissing'] as const satisfies readonly Treatment[]

/** LightGBM's kZeroThreshold, a float there (include/LightGBM/meta.h, 4.6). */
const ZERO_THRESHOLD = Math.fround(1e-35)

/** Collects columns; equal ones have one number. */
export class ColumnsBuilder {
  readonly #index = new Map<string, number>()
  readonly #feature: number[] = []
  readonly #treatment: number[] = []
  readonly #kind: number[] = []
  readonly #first: number[] = []
  readonly #end: number[] = []
  #words = new Int32Array(16)
  #size = 0

  /** Number of the column of a feature's value, or of whether it is there. */
  value(feature: number, treatment: Treatment, kind: 0 | 1): number {
    return this.#index.get(`${kind}/${feature}/${treatment}`) ?? this.#add(feature, treatment, kind, null)
  }

  /** Number of the column of a set. */
  set(feature: number, treatment: Treatment, words: Uint32Array): number {
    return (
      this.#index.get(`${Kind.set}/${feature}/${treatment}/${words.join()}`) ??
      this.#add(feature, treatment, Kind.set, words)
    )
  }

  finish(): Columns {
    return {
      feature: sharedArray(Int32Array, this.#feature),
      treatment: sharedArray(Uint8Array, this.#treatment),
      kind: sharedArray(Uint8Array, this.#kind),
      first: sharedArray(Int32Array, this.#first),
      end: sharedArray(Int32Array, this.#end),
      words: grown(Int32Array, this.#words, this.#size),
    }
  }

  #add(feature: number, treatment: Treatment, kind: number, words: Uint32Array | null): number {
    const column = this.#feature.length
    this.#index.set(`${kind}/${feature}/${treatment}${words === null ? '' : `/${words.join()}`}`, column)
    const end = this.#size + (words?.length ?? 0)
    if (end > this.#words.length) this.#words = grown(Int32Array, this.#words, end * 2)
    if (words !== null) this.#words.set(words, this.#size)
    this.#feature.push(feature)
    this.#treatment.push(treatments.indexOf(treatment))
    this.#kind.push(kind)
    this.#first.push(this.#size)
    this.#end.push(end)
    this.#size = end
    return column
  }
}

/** Writes the columns of one row twice each, as Forest wants them. */
export type FillColumns = (matrix: Float64Array, row: number, x: Float64Array) => void

/** Makes the function that fills `x` with the columns of a row of [rows, features], rounding to float32 first if `isFloat`. */
export function openColumns(columns: Columns, features: number, isFloat: boolean): FillColumns {
  const { feature, treatment, kind, first, end, words } = columns
  return (matrix, row, x) => {
    const start = row * features
    for (let c = 0; c < feature.length; c++) {
      const given = matrix[start + (feature[c] as number)] as number
      let value = treated(isFloat ? Math.fround(given) : given, treatment[c] as number)
      if (kind[c] !== Kind.value && !Number.isNaN(value))
        value = kind[c] === Kind.present ? 1 : isInSet(value, words, first[c] as number, end[c] as number)
      x[c * 2] = value
      x[c * 2 + 1] = -value
    }
  }
}

/** A value after a treatment: NaN = missing. */
export function treated(value: number, treatment: number): number {
  if (treatment === 1) return Number.isNaN(value) ? 0 : value
  if (treatment === 2) return Math.abs(value) <= ZERO_THRESHOLD ? Number.NaN : value
  return value
}

/** 1 when `value`, without its fraction, is in the set of these words, else 0. */
export function isInSet(value: number, words: Int32Array, first: number, end: number): number {
  // Beyond the words, where << would wrap round, nothing is in the set.
  if (!(value > -1) || Math.trunc(value) >= (end - first) * 32) return 0
  return ((words[first + (value >>> 5)] as number) >>> (value & 31)) & 1
}

/** Makes the function that writes these columns of a row to `into` from `at` on. */
export function openDerived(
  columns: Columns,
  chosen: Int32Array,
  features: number,
  isFloat: boolean,
): (matrix: Float64Array, row: number, into: Float64Array, at: number) => void {
  const { feature, treatment, kind, first, end, words } = columns
  return (matrix, row, into, at) => {
    const start = row * features
    for (let i = 0; i < chosen.length; i++) {
      const c = chosen[i] as number
      const given = matrix[start + (feature[c] as number)] as number
      const value = treated(isFloat ? Math.fround(given) : given, treatment[c] as number)
      if (Number.isNaN(value)) into[at + i] = value
      else into[at + i] = kind[c] === Kind.present ? 1 : isInSet(value, words, first[c] as number, end[c] as number)
    }
  }
}
