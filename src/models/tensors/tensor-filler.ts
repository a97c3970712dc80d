import { MillraceError } from '../../core/errors.ts'
import { type Tensor, type TensorData, type TensorDtype, tensorArrays } from '../../schema/tensor.ts'
import type { RecordValue } from '../../schema/value.ts'
import { castCell } from './cells.ts'
import { type Elements, isList } from './feature-cells.ts'
import { compileFill, type Fill, makeElements, type SizedInput } from './feature-fill.ts'
import type { InputPlan } from './feature-plan.ts'

/** Records that the model runs on at once. */
export interface TensorRun {
  readonly feeds: Readonly<Record<string, Tensor>>
  /** Rows of the tensors that are records; rows behind them only fill a batch of fixed size. */
  readonly rows: number
  /** Index of the record of each row; null where row `i` is record `i`. */
  readonly index: Int32Array | null
}

/** A batch of records as tensors: one run, or several where the model's batch is fixed or lists have different sizes. */
export interface TensorBatch {
  readonly runs: readonly TensorRun[]
  /** Faults by the index of the record; null when there are none. */
  readonly errors: ReadonlyMap<number, MillraceError> | null
}

/** A batch of records as a matrix `[rows, columns]`, row-major; `matrix` may be longer than the rows. */
export interface MatrixBatch {
  readonly matrix: Float64Array
  readonly rows: number
  /** See TensorRun. */
  readonly index: Int32Array | null
  readonly errors: ReadonlyMap<number, MillraceError> | null
}

/** How tensors are made. */
export interface ReaderSettings {
  readonly isReused?: boolean
  /** Elements of the tensors of one run, all inputs together; larger batches are cut into several runs. */
  readonly maxElements?: number
}

const noErrors: Map<number, MillraceError> = new Map()

/** Fills buffers of sized inputs, and makes tensors of them. */
export class TensorFiller {
  /** Most records that one run should take. */
  readonly maxRows: number
  readonly #inputs: readonly SizedInput[]
  readonly #constants: readonly InputPlan[]
  readonly #fill: Fill
  readonly #isReused: boolean
  readonly #hasText: boolean
  readonly #batchField: { readonly field: string; readonly type: NumericArrayType; readonly width: number } | null
  #elements: readonly Elements[] = []
  #capacity = -1
  #last: TensorRun | null = null
  #errors: Map<number, MillraceError> = noErrors

  constructor(
    inputs: readonly SizedInput[],
    constants: readonly InputPlan[],
    { isReused, maxElements }: Required<ReaderSettings>,
  ) {
    this.#inputs = inputs
    this.#constants = constants
    this.#fill = compileFill(inputs)
    this.#isReused = isReused
    this.#hasText = inputs.some(({ dtype }) => dtype === 'string')
    this.#batchField = wholeField(inputs)
    const width = inputs.reduce((sum, input) => sum + input.width, 0)
    this.maxRows = Math.max(1, Math.floor(maxElements / Math.max(1, width)))
  }

  /** Tensors of the records from `from` to `end` (exclusive), or null when none is left. Faults are put into `errors`. */
  run(
    records: readonly (RecordValue | null)[],
    from: number,
    end: number,
    fixedRows: number | null,
    errors: Map<number, MillraceError>,
  ): TensorRun | null {
    const views = this.#batchField && fixedRows === null ? viewOf(records, from, end, this.#batchField) : null
    if (views)
      return {
        feeds: this.#feeds([views as unknown as Elements], end - from),
        rows: end - from,
        index: indexOf(from, end, errors),
      }
    const capacity = fixedRows ?? end - from
    // The runs of one batch exist side by side.
    const isAlone = this.#isReused && from === 0 && end === records.length
    const elements = isAlone ? this.#room(capacity) : this.#fresh(capacity)
    const before = errors.size
    this.#errors = errors
    const rows = this.#fill(records, from, end, elements, this.#fail)
    if (rows === 0) return null
    const index = errors.size > before || from > 0 ? indexOf(from, end, errors) : null
    if (fixedRows !== null) for (let k = 0; k < elements.length; k++) pad(elements[k] as Elements, rows, fixedRows)
    // The same tensors over the same buffers: a batch of the usual size costs no object.
    if (isAlone && this.#last?.rows === rows && index === null && this.#last.index === null) return this.#last
    const run = { feeds: this.#feeds(elements, fixedRows ?? rows), rows, index }
    // A part of a list of texts is a copy, which the next batch would not fill.
    if (isAlone && !this.#hasText) this.#last = run
    return run
  }

  /** The only input's rows in one array of doubles. */
  matrix(records: readonly (RecordValue | null)[]): MatrixBatch {
    const errors = new Map<number, MillraceError>()
    const end = records.length
    // A batch beyond the usual is not kept in memory for ever.
    const elements = end > this.maxRows ? this.#fresh(end) : this.#room(end)
    const [matrix] = elements
    this.#errors = errors
    const rows = this.#fill(records, 0, end, elements, this.#fail)
    const hasErrors = errors.size > 0
    return {
      matrix: matrix as unknown as Float64Array,
      rows,
      index: hasErrors ? indexOf(0, end, errors) : null,
      errors: hasErrors ? errors : null,
    }
  }

  readonly #fail = (index: number, thrown: unknown): void => {
    this.#errors.set(index, MillraceError.from(thrown, `features of record ${index}`))
  }

  #room(rows: number): readonly Elements[] {
    if (rows <= this.#capacity) return this.#elements
    this.#capacity = Math.max(rows, Math.min(this.#capacity * 2, this.maxRows))
    this.#elements = this.#fresh(this.#capacity)
    this.#last = null
    return this.#elements
  }

  #fresh(rows: number): readonly Elements[] {
    return this.#inputs.map(({ dtype, width }) => makeElements(dtype, rows * width))
  }

  #feeds(elements: readonly Elements[], rows: number): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = {}
    this.#inputs.forEach((input, k) => {
      feeds[input.name] = tensorOf(input, elements[k] as Elements, rows * input.width, rows)
    })
    for (const input of this.#constants) feeds[input.name] = constantOf(input, rows)
    return feeds
  }
}

/** Runs of a batch: as many records each as the model or the memory wants. */
export function readRuns(
  records: readonly (RecordValue | null)[],
  fixedRows: number | null,
  filler: TensorFiller,
): TensorBatch {
  const errors = new Map<number, MillraceError>()
  const runs: TensorRun[] = []
  const step = fixedRows ?? Math.min(records.length, filler.maxRows)
  for (let from = 0; from < records.length; from += step) {
    const run = filler.run(records, from, Math.min(from + step, records.length), fixedRows, errors)
    if (run) runs.push(run)
  }
  return { runs, errors: errors.size > 0 ? errors : null }
}

function tensorOf({ dtype, shape, hasBatch }: SizedInput, elements: Elements, count: number, rows: number): Tensor {
  const data = elements as unknown as TensorData & { subarray?(from: number, end: number): TensorData }
  const part =
    data.length === count ? data : data.subarray ? data.subarray(0, count) : (data as string[]).slice(0, count)
  return { dtype, shape: hasBatch ? [rows, ...shape] : shape, data: part }
}

function constantOf({ name, dtype, shape, hasBatch, constant }: InputPlan, rows: number): Tensor {
  const part = shape.map((size) => size ?? 1)
  const sizes = hasBatch ? [rows, ...part] : part
  const elements = makeElements(
    dtype,
    sizes.reduce((product, size) => product * size, 1),
  )
  return { dtype, shape: sizes, data: elements.fill(castCell(constant, dtype, name)) as unknown as TensorData }
}

/** Repeats the first row behind the last record up to the model's batch. */
function pad(elements: Elements, rows: number, size: number): void {
  const width = elements.length / size
  for (let row = rows; row < size; row++) elements.copyWithin(row * width, 0, width)
}

/** Records `[from, end)` without those at fault; null when row `i` is record `i`. */
function indexOf(from: number, end: number, errors: ReadonlyMap<number, unknown>): Int32Array | null {
  if (from === 0 && errors.size === 0) return null
  const index = new Int32Array(end - from)
  let rows = 0
  for (let i = from; i < end; i++) if (!errors.has(i)) index[rows++] = i
  return index.subarray(0, rows)
}

interface NumericArrayType {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBufferLike, offset: number, length: number): TensorData
}

/** The field that is the whole input, when a typed array of the record can be its row as it is. */
function wholeField(inputs: readonly SizedInput[]): { field: string; type: NumericArrayType; width: number } | null {
  const [input] = inputs
  const [source] = input?.sources ?? []
  if (inputs.length !== 1 || !input || !source || input.sources.length !== 1 || !input.hasBatch) return null
  const { field, categories, shape } = source
  if (field === null || categories !== null || shape.length === 0 || !isNumeric(input.dtype)) return null
  return { field, type: tensorArrays[input.dtype] as unknown as NumericArrayType, width: input.width }
}

function isNumeric(dtype: TensorDtype): dtype is 'float32' {
  return dtype !== 'string' && dtype !== 'boolean' && dtype !== 'float16'
}

/** The buffer that all records of the batch are consecutive views of (a decoder wrote it so), as one array; null when they are not. */
function viewOf(
  records: readonly (RecordValue | null)[],
  from: number,
  end: number,
  { field, type, width }: { field: string; type: NumericArrayType; width: number },
): TensorData | null {
  const first = records[from]?.[field]
  if (!(first instanceof (type as unknown as typeof Float32Array)) || first.length !== width) return null
  const { buffer, byteOffset } = first
  const step = width * type.BYTES_PER_ELEMENT
  for (let i = from + 1; i < end; i++) {
    const row = records[i]?.[field] as Float32Array | undefined
    if (!isList(row) || !(row instanceof (type as unknown as typeof Float32Array)) || row.length !== width) return null
    if (row.buffer !== buffer || row.byteOffset !== byteOffset + (i - from) * step) return null
  }
  return new type(buffer, byteOffset, (end - from) * width)
}
