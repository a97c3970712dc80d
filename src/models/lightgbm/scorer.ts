import { MillraceError } from '../../core/errors.ts'
import type { RecordValue } from '../../schema/value.ts'
import type { MatrixOptions, PredictionBatch, PreparedModel, Scorer } from '../model.ts'
import { openMatrix } from '../tensors/feature-mapping.ts'
import type { MatrixReader } from '../tensors/feature-reader.ts'
import { openPrediction, type PredictionWriter } from '../trees/prediction.ts'
import { type AddMargins, openMargins } from './margins.ts'
import { openTransform } from './objective.ts'
import type { LightgbmPlan } from './plan.ts'

/** Makes a scorer of a planned model. */
export function openLightgbm(prepared: PreparedModel<LightgbmPlan>): Scorer {
  return new LightgbmScorer(prepared)
}

class LightgbmScorer implements Scorer {
  readonly signature: Scorer['signature']
  readonly isConcurrent = true
  readonly #plan: LightgbmPlan
  readonly #add: AddMargins
  readonly #transform: (values: Float64Array) => void
  readonly #read: MatrixReader['read']
  readonly #write: PredictionWriter
  #values = new Float64Array(0)

  constructor({ signature, payload }: PreparedModel<LightgbmPlan>) {
    this.signature = signature
    this.#plan = payload
    this.#add = openMargins(payload.trees)
    this.#transform = openTransform(payload.objective, payload.targets)
    const reader = openMatrix(payload.features)
    this.#read = (records) => reader.read(records)
    this.#write = openPrediction(payload.prediction)
  }

  score(records: readonly (RecordValue | null)[]): PredictionBatch {
    const { matrix, rows, index, errors } = this.#read(records)
    const { targets } = this.#plan
    if (this.#values.length < rows * targets) this.#values = new Float64Array(rows * targets)
    const values = this.#values.subarray(0, rows * targets)
    this.#fill(matrix, rows, values, { output: 'value' })
    const predictions = new Array<RecordValue | null>(records.length)
    if (index === null) for (let row = 0; row < rows; row++) predictions[row] = this.#write(values, row * targets)
    else {
      predictions.fill(null)
      for (let row = 0; row < rows; row++) predictions[index[row] as number] = this.#write(values, row * targets)
    }
    return { predictions, errors }
  }

  predict(matrix: Float64Array, rows: number, options: MatrixOptions): Float64Array {
    const { width, missing } = this.#plan
    if (!Number.isSafeInteger(rows) || rows < 0 || matrix.length !== rows * width)
      throw new MillraceError('MODEL_RUN_ERROR', {
        reason: `the matrix has ${matrix.length} numbers, expected ${rows} rows of ${width} features`,
      })
    const { iterations } = options
    if (iterations !== undefined && !(Number.isSafeInteger(iterations) && iterations >= 0))
      throw new MillraceError('MODEL_RUN_ERROR', { reason: `"iterations" is ${iterations}, expected 0 or more` })
    const values = new Float64Array(rows * this.#plan.targets)
    const { columns } = this.#plan.trees
    // The matrix is the caller's.
    const own = columns !== null ? picked(matrix, rows, width, columns) : missing === null ? matrix : matrix.slice()
    this.#fill(own, rows, values, options)
    return values
  }

  close(): void {}

  /**
   * Margins, or what becomes of them: the average of a forest, then the objective's transform (GBDT::Predict, LightGBM 4.7). As there, 0
   * iterations stand for all, and more than there are for all of them. Changes the matrix where a number counts as missing.
   */
  #fill(matrix: Float64Array, rows: number, values: Float64Array, { output, iterations }: MatrixOptions): void {
    const { targets, averagesOutput, missing } = this.#plan
    const { from, count } = this.#plan.iterations
    const some = Math.min(iterations || count, count)
    if (missing !== null) for (let i = 0; i < matrix.length; i++) if (matrix[i] === missing) matrix[i] = Number.NaN
    values.fill(0)
    this.#add(matrix, rows, values, { from: from * targets, end: (from + some) * targets })
    if (output === 'margin') return
    if (averagesOutput) for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) / some
    this.#transform(values)
  }
}

/** Columns of a matrix [rows, width], as a matrix of its own. */
function picked(matrix: Float64Array, rows: number, width: number, columns: Int32Array): Float64Array {
  const { length } = columns
  const own = new Float64Array(rows * length)
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < length; k++) own[row * length + k] = matrix[row * width + (columns[k] as number)] as number
  }
  return own
}
