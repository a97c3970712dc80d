import { MillraceError } from '../../core/errors.ts'
import type { Tensor, TensorValue } from '../../schema/tensor.ts'
import type { RecordValue } from '../../schema/value.ts'
import type { PredictionBatch } from '../model.ts'
import type { FeatureReader, TensorBatch, TensorRun } from './feature-reader.ts'
import type { PredictionWriter } from './predictions.ts'

/** Runs the model on whole tensors; throws when it cannot. */
export type RunTensors = (feeds: Readonly<Record<string, Tensor>>) => Readonly<Record<string, TensorValue>>

/** How a model of tensors is scored. */
export interface TensorModel {
  readonly features: FeatureReader
  readonly writer: PredictionWriter
  readonly run: RunTensors
  /** True when each run leaves its mark, so that none is repeated. */
  readonly isStateful?: boolean
}

/**
 * Scores records with a model of tensors: `features` may be a reader that reuses its tensors.
 *
 * When a run of several records is refused, its halves are run again, so that the fault stays with the records that cause it; not where
 * runs leave a mark.
 */
export function scoreTensors(
  records: readonly (RecordValue | null)[],
  { features, writer, run, isStateful = false }: TensorModel,
): PredictionBatch {
  const batch = features.read(records)
  const outcome = new Outcome(records.length)
  const score = (one: TensorRun): void => {
    try {
      writer.write(run(one.feeds), one, outcome.predictions)
    } catch (thrown) {
      const halves = isStateful ? null : halvesOf(one)
      if (halves === null) outcome.refuse(one, thrown)
      else for (const half of halves) score(half)
    }
  }
  for (const one of batch.runs) score(one)
  return outcome.finish(batch)
}

/** What becomes of the records of one batch. */
class Outcome {
  readonly predictions: (RecordValue | null)[]
  #errors: Map<number, MillraceError> | null = null

  constructor(records: number) {
    this.predictions = new Array<RecordValue | null>(records).fill(null)
  }

  refuse({ rows, index }: TensorRun, thrown: unknown): void {
    const error = thrown instanceof MillraceError ? thrown : MillraceError.from(thrown, 'the run of a model')
    this.#errors ??= new Map()
    for (let row = 0; row < rows; row++) this.#errors.set(index ? (index[row] as number) : row, error)
  }

  finish({ errors }: TensorBatch): PredictionBatch {
    return { predictions: this.predictions, errors: joined(errors, this.#errors) }
  }
}

function joined(
  a: ReadonlyMap<number, MillraceError> | null,
  b: ReadonlyMap<number, MillraceError> | null,
): ReadonlyMap<number, MillraceError> | null {
  return a && b ? new Map([...a, ...b]) : (a ?? b)
}

/** The run as two; null when it is one record, or its tensors cannot be cut. */
function halvesOf({ feeds, rows, index }: TensorRun): [TensorRun, TensorRun] | null {
  if (rows < 2) return null
  // A batch of fixed size, or an input without a dimension for records.
  if (Object.values(feeds).some(({ shape }) => shape[0] !== rows)) return null
  const middle = rows >> 1
  const part = (from: number, end: number): TensorRun => ({
    rows: end - from,
    index: index ? index.subarray(from, end) : Int32Array.from({ length: end - from }, (_, i) => from + i),
    feeds: Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, rowsOf(tensor, from, end)])),
  })
  return [part(0, middle), part(middle, rows)]
}

function rowsOf({ dtype, shape, data }: Tensor, from: number, end: number): Tensor {
  const width = data.length / (shape[0] as number)
  const [first, last] = [from * width, end * width]
  const part = 'subarray' in data ? data.subarray(first, last) : data.slice(first, last)
  return { dtype, shape: [end - from, ...shape.slice(1)], data: part }
}
