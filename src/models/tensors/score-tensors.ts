import { MillraceError } from '../../core/errors.ts'
import type { Tensor, TensorValue } from '../../schema/tensor.ts'
import type { RecordValue } from '../../schema/value.ts'
import type { PredictionBatch } from '../model.ts'
import type { FeatureReader, TensorRun } from './feature-reader.ts'
import type { PredictionWriter } from './predictions.ts'

/** Runs the model on whole tensors; rejects when it cannot. */
export type RunTensors = (
  feeds: Readonly<Record<string, Tensor>>,
) => Promise<Readonly<Record<string, TensorValue>>> | Readonly<Record<string, TensorValue>>

/**
 * Scores records with a model of tensors. When a run of several records is rejected, its halves are run again, so that the fault stays
 * with the records that cause it; not with `isStateful`, where each run leaves its mark.
 */
export async function scoreTensors(
  records: readonly (RecordValue | null)[],
  features: FeatureReader,
  writer: PredictionWriter,
  run: RunTensors,
  { isStateful = false }: { readonly isStateful?: boolean } = {},
): Promise<PredictionBatch> {
  const batch = features.read(records)
  const predictions = new Array<RecordValue | null>(records.length).fill(null)
  let errors: Map<number, MillraceError> | null = null
  const refuse = (one: TensorRun, thrown: unknown): void => {
    const error = thrown instanceof MillraceError ? thrown : MillraceError.from(thrown, 'the run of a model')
    errors ??= new Map()
    for (let row = 0; row < one.rows; row++) errors.set(one.index ? (one.index[row] as number) : row, error)
  }
  const score = async (one: TensorRun): Promise<void> => {
    try {
      const outputs = run(one.feeds)
      writer.write(outputs instanceof Promise ? await outputs : outputs, one, predictions)
    } catch (thrown) {
      const halves = isStateful ? null : halvesOf(one)
      if (halves === null) refuse(one, thrown)
      else for (const half of halves) await score(half)
    }
  }
  for (const one of batch.runs) await score(one)
  return { predictions, errors: joined(batch.errors, errors) }
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
