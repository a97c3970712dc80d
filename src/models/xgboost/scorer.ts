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

/** Records that are scored at once: their numbers stay in the cache. */
const RECORDS_AT_ONCE = 256

class XgboostScorer implements Scorer {
  readonly signature: Scorer['signature']
  readonly isConcurrent = true
  readonly #plan: XgboostPlan
  readonly #margins: MarginsOf
  readonly #finish: Finish
  readonly #recordFinish: Finish
  readonly #write: PredictionWriter
  readonly #reader: ReturnType<typeof openMatrix>
  readonly #sums: Float64Array // [RECORDS_AT_ONCE, groups]
  readonly #values: Float64Array // [RECORDS_AT_ONCE, width]

  constructor(prepared: PreparedModel<XgboostPlan>) {
    const plan = prepared.payload
    this.signature = prepared.signature
    this.#plan = plan
    this.#margins = openMargins(plan)
    this.#finish = finishOf(plan.transform, plan.groups)
    this.#recordFinish = recordFinishOf(plan.transform, plan.groups)
    this.#write = openPrediction(plan.prediction)
    this.#reader = openMatrix(plan.reading)
    this.#sums = new Float64Array(RECORDS_AT_ONCE * plan.groups)
    this.#values = new Float64Array(RECORDS_AT_ONCE * this.#recordFinish.width)
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
    const { features } = this.#plan
    const columns = rows === 0 ? 0 : matrix.length / rows
    if (!Number.isInteger(rows) || rows < 0 || !Number.isInteger(columns) || (rows === 0 && matrix.length > 0))
      throw new MillraceError('MODEL_RUN_ERROR', { reason: `${matrix.length} numbers are no matrix of ${rows} rows` })
    if (columns > features)
      throw new MillraceError('MODEL_RUN_ERROR', {
        reason: `the matrix has ${columns} columns, the model has ${features} features`,
      })
    if (columns === features) return matrix
    const filled = new Float64Array(rows * features).fill(Number.NaN)
    for (let row = 0; row < rows; row++) filled.set(matrix.subarray(row * columns, (row + 1) * columns), row * features)
    return filled
  }

  score(records: readonly (RecordValue | null)[]): PredictionBatch {
    const predictions = new Array<RecordValue | null>(records.length).fill(null)
    let errors: Map<number, MillraceError> | null = null
    for (let from = 0; from < records.length; from += RECORDS_AT_ONCE) {
      const some = records.length <= RECORDS_AT_ONCE ? records : records.slice(from, from + RECORDS_AT_ONCE)
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
