import { MillraceError } from '../../core/errors.ts'
import type { RecordValue } from '../../schema/value.ts'
import type { MatrixOptions, PredictionBatch, PreparedModel, Scorer } from '../model.ts'
import { openMatrix } from '../tensors/feature-mapping.ts'
import { openEnsemble } from '../trees/ensemble.ts'
import { openPrediction, type PredictionWriter } from '../trees/prediction.ts'
import { transformRows } from './losses.ts'
import type { CatboostPlan } from './plan.ts'

/** Makes a scorer of a prepared model. */
export function openCatboost(prepared: PreparedModel<CatboostPlan>): Scorer {
  return new CatboostScorer(prepared)
}

/** Numbers of a row times rows that are scored at once: as many as fit a cache. */
const MAX_NUMBERS_AT_ONCE = 2 ** 16
const MAX_RECORDS_AT_ONCE = 256

class CatboostScorer implements Scorer {
  readonly signature: Scorer['signature']
  readonly isConcurrent = true
  readonly #plan: CatboostPlan
  readonly #ensemble: ReturnType<typeof openEnsemble>
  readonly #reader: ReturnType<typeof openMatrix>
  readonly #write: PredictionWriter
  readonly #atOnce: number

  constructor(prepared: PreparedModel<CatboostPlan>) {
    const plan = prepared.payload
    this.signature = prepared.signature
    this.#plan = plan
    this.#ensemble = openEnsemble(plan.ensemble)
    this.#reader = openMatrix(plan.reading)
    this.#write = openPrediction(plan.prediction)
    const numbers = Math.max(plan.columns.length, plan.targets, 1)
    this.#atOnce = Math.max(1, Math.min(MAX_RECORDS_AT_ONCE, Math.floor(MAX_NUMBERS_AT_ONCE / numbers)))
  }

  /** Matrices have the columns of all features; `iterations` is the number of trees. */
  predict(matrix: Float64Array, rows: number, { output, iterations }: MatrixOptions): Float64Array {
    const { width, columns, targets } = this.#plan
    if (!Number.isInteger(rows) || rows < 0 || matrix.length !== rows * width)
      throw new MillraceError('MODEL_RUN_ERROR', {
        reason: `${matrix.length} numbers are no matrix of ${rows} rows and ${width} features`,
      })
    const picked = new Float64Array(rows * columns.length)
    for (let row = 0; row < rows; row++) {
      for (let place = 0; place < columns.length; place++)
        picked[row * columns.length + place] = matrix[row * width + (columns[place] as number)] as number
    }
    const values = new Float64Array(rows * targets)
    this.#fill(picked, rows, values, output, iterations)
    return values
  }

  score(records: readonly (RecordValue | null)[]): PredictionBatch {
    const predictions = new Array<RecordValue | null>(records.length).fill(null)
    let errors: Map<number, MillraceError> | null = null
    const { targets } = this.#plan
    for (let from = 0; from < records.length; from += this.#atOnce) {
      const batch = this.#reader.read(records.slice(from, from + this.#atOnce))
      const values = new Float64Array(batch.rows * targets)
      this.#fill(batch.matrix.slice(0, batch.rows * this.#plan.columns.length), batch.rows, values, 'value', undefined)
      for (let row = 0; row < batch.rows; row++)
        predictions[from + (batch.index?.[row] ?? row)] = this.#write(values, row * targets)
      if (batch.errors === null) continue
      errors ??= new Map()
      for (const [index, error] of batch.errors) errors.set(from + index, error)
    }
    return { predictions, errors }
  }

  /** Fills `values` [rows, targets] from numbers [rows, features], which it rounds to floats, as CatBoost compares these. */
  #fill(
    matrix: Float64Array,
    rows: number,
    values: Float64Array,
    output: MatrixOptions['output'],
    iterations: number | undefined,
  ): void {
    const { targets, scale, bias, transform, ensemble } = this.#plan
    for (let i = 0; i < matrix.length; i++) matrix[i] = Math.fround(matrix[i] as number)
    this.#ensemble.add(
      matrix,
      rows,
      values,
      iterations ? { from: 0, end: checked(iterations, ensemble.trees) } : undefined,
    )
    for (let i = 0; i < rows * targets; i++) values[i] = (values[i] as number) * scale + (bias[i % targets] as number)
    if (output === 'value') transformRows(transform, values, rows, targets)
  }

  close(): void {}
}

function checked(iterations: number, trees: number): number {
  if (Number.isInteger(iterations) && iterations > 0 && iterations <= trees) return iterations
  throw new MillraceError('MODEL_RUN_ERROR', { reason: `${iterations} trees are asked for, the model has ${trees}` })
}
