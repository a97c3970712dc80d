import type { CsvForm } from '../../core/csv-scan.ts'
import type { ErrorReport } from '../../core/errors.ts'

/** What becomes of a row that cannot be read or scored. */
export const errorRules = ['keep', 'skip', 'stop'] as const
export type ErrorRule = (typeof errorRules)[number]

/** How the records of a file are read; structured-cloneable, as it goes to threads. */
export type ScoreInput =
  | {
      readonly form: 'csv'
      readonly marks: CsvForm
      /** Names of all columns in their order. */
      readonly header: readonly string[]
      /** Texts that mean no value besides the empty cell; null = the usual ones, in columns of numbers. */
      readonly missing: readonly string[] | null
    }
  | { readonly form: 'jsonl' }

/** How predictions are written. */
export interface ScoreOutput {
  readonly form: 'csv' | 'jsonl'
  readonly marks: CsvForm
  /** Fields of the record that stand before the prediction; null = all. */
  readonly copied: readonly string[] | null
  /** Outputs of the model that are written, in their order. */
  readonly outputs: readonly string[]
  /** Start of the names of outputs. */
  readonly prefix: string
  /** Column for the reason why a row has no prediction (CSV), or null. */
  readonly errorColumn: string | null
}

/** A file to score, as a thread needs to know it. */
export interface ScoreJob {
  readonly input: ScoreInput
  readonly output: ScoreOutput
  readonly onError: ErrorRule
  /** True when the text of rows with a fault is wanted. */
  readonly keepsRows: boolean
  /** True when the model may read any field, not only the declared ones. */
  readonly readsAnything: boolean
}

/** A row without a prediction. */
export interface RowFault extends Pick<ErrorReport, 'code' | 'message'> {
  /** Lines before the row in its chunk. */
  readonly line: number
  /** The row as it stands in the file, when wanted. */
  readonly row: string | null
}

/** What became of a chunk. */
export interface ScoredChunk {
  readonly output: Uint8Array
  /** Records read, those with a fault included. */
  readonly records: number
  /** Lines of the chunk. */
  readonly lines: number
  readonly faults: readonly RowFault[]
}
