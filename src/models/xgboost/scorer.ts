import { MillraceError } from '../../core/errors.ts'
import type { RecordValue } from '../../schema/value.ts'
import type { MatrixOptions, PredictionBatch, PreparedModel, Scorer } from '../model.ts'
import { openMatrix } from '../tensors/feature-mapping.ts'
import { openPrediction, type PredictionWriter } from '../trees/prediction.ts'
import { type MarginsOf, openMargins } from './margins.ts'
import { type Finish, finishOf, recordFinishOf } from './objectives.ts'
import type { XgboostPlan } from './plan.ts'

/** Makes a scorer of a prepared booster. */
export function openXgboost(prepared: PreparedModel<XgboostPlan>): Scorer {
  return new XgboostScorer(prepared)
}

/** Records that are scored at once, at the most: their numbers stay in the cache. */
const MAX_RECORDS_AT_ONCE = 256
/** Numbers of a row times rows: as many as fit a cache. */
const MAX_NUMBERS_AT_ONCE = 2 ** 16

class XgboostScorer implements Scorer {
  readonly signature: Scorer['signature']
  readonly isConcurrent = true
  readonly #plan: XgboostPlan
  readonly #margins: MarginsOf
  readonly #finish: Finish
  readonly #recordFinish: Finish
  readonly #write: PredictionWriter
  readonly #reader: ReturnType<typeof openMatrix>
  readonly #atOnce: number
  readonly #sums: Float64Array // [#atOnce, groups]
  readonly #values: Float64Array // [#atOnce, width]

  constructor(prepared: PreparedModel<XgboostPlan>) {
    const plan = prepared.payload
    this.signature = prepared.signature
    this.#plan = plan
    this.#margins = openMargins(plan)
    this.#finish = finishOf(plan.transform, plan.groups)
    this.#recordFinish = recordFinishOf(plan.transform, plan.groups)
    this.#write = openPrediction(plan.prediction)
    this.#reader = openMatrix(plan.reading)
    const numbers = Math.max(plan.features, plan.groups, 1)
    this.#atOnce = Math.max(1, Math.min(MAX_RECORDS_AT_ONCE, Math.floor(MAX_NUMBERS_AT_ONCE / numbers)))
    this.#sums = new Float64Array(this.#atOnce * plan.groups)
    this.#values = new Float64Array(this.#atOnce * this.#recordFinish.width)
  }

  predict(matrix: Float64Array, rows: number, { output, iterations }: MatrixOptions): Float64Array {
    const { groups } = this.#plan
    const margins = new Float64Array(rows * groups)
    this.#margins(this.#laidOut(matrix, rows), rows, margins, iterations)
    if (output === 'margin') return margins
    const values = new Float64Array(rows * this.#finish.width)
    this.#finish.run(margins, rows, values)
    return values
  }

  /** The matrix as [rows, features]. Rows may be shorter than the model's, as those of sparse data are: the rest is missing. */
  #laidOut(matrix: Float64Array, rows: number): Float64Array {
    const { features, width, columns, hasOpenWidth } = this.#plan
    const given = rows === 0 ? 0 : matrix.length / rows
    if (!Number.isInteger(rows) || rows < 0 || !Number.isInteger(given) || (rows === 0 && matrix.length > 0))
      throw new MillraceError('MODEL_RUN_ERROR', { reason: `${matrix.length} numbers are no matrix of ${rows} rows` })
    if (given > width && !hasOpenWidth)
      throw new MillraceError('MODEL_RUN_ERROR', {
        reason: `the matrix has ${given} columns, the model has ${width} features`,
      })
    if (columns === null && given === width) return matrix
    const filled = new Float64Array(rows * features).fill(Number.NaN)
    for (let row = 0; row < rows; row++) {
      for (let place = 0; place < features; place++) {
        const column = columns === null ? place : (columns[place] as number)
        if (column < given) filled[row * features + place] = matrix[row * given + column] as number
      }
    }
    return filled
  }

  score(records: readonly (RecordValue | null)[]): PredictionBatch {
    const predictions = new Array<RecordValue | null>(records.length).fill(null)
    let errors: Map<number, MillraceError> | null = null
    const step = this.#atOnce
    for (let from = 0; from < records.length; from += step) {
      const some = records.length <= step ? records : records.slice(from, from + step)
      const batch = this.#reader.read(some)
      this.#margins(batch.matrix, batch.rows, this.#sums, undefined)
      this.#recordFinish.run(this.#sums, batch.rows, this.#values)
      const { width } = this.#recordFinish
      for (let row = 0; row < batch.rows; row++)
        predictions[from + (batch.index === null ? row : (batch.index[row] as number))] = this.#write(
          this.#values,
          row * width,
        )
      if (batch.errors === null) continue
      errors ??= new Map()
      for (const [index, error] of batch.errors) errors.set(from + index, error)
    }
    return { predictions, errors }
  }

  close(): void {}
}
