import { MillraceError } from '../../core/errors.ts'
import { type Tensor, type TensorData, type TensorDtype, tensorArrays } from '../../schema/tensor.ts'
import type { RecordValue } from '../../schema/value.ts'
import { castCell } from './cells.ts'
import { type Elements, isList, sizesOf } from './feature-cells.ts'
import { compileFill, type Fill, makeElements, type SizedInput } from './feature-fill.ts'
import { type FeaturePlan, type InputPlan, type SourcePlan, sourceWidth, widthOf } from './feature-plan.ts'

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

/** Makes tensors of records. */
export interface FeatureReader {
  /** Never throws for a record's fault. */
  read(records: readonly (RecordValue | null)[]): TensorBatch
}

/** A batch of records as a matrix `[rows, columns]`, row-major; `matrix` may be longer than the rows. */
export interface MatrixBatch {
  readonly matrix: Float64Array
  readonly rows: number
  /** See TensorRun. */
  readonly index: Int32Array | null
  readonly errors: ReadonlyMap<number, MillraceError> | null
}

/** Makes matrices of records, in one array that each call writes anew. */
export interface MatrixReader {
  readonly columns: number
  read(records: readonly (RecordValue | null)[]): MatrixBatch
}

/** How tensors are made. */
export interface ReaderSettings {
  readonly isReused?: boolean
  /** Elements of the tensors of one run, all inputs together; larger batches are cut into several runs. */
  readonly maxElements?: number
}

/** 64 MB of 32-bit floats. */
const usualElements = 2 ** 24

/**
 * Opens a plan for tensors. With `isReused` a call may give the tensors of the call before, filled anew: for a scorer that is done with
 * one batch before it gets the next.
 */
export function openFeatures(
  plan: FeaturePlan,
  { isReused = false, maxElements = usualElements }: ReaderSettings = {},
): FeatureReader {
  const inputs = plan.inputs.filter((input) => input.constant === null)
  const constants = plan.inputs.filter((input) => input.constant !== null)
  if (inputs.every(isSized)) {
    const filler = new Filler(inputs.map(sizedByModel), constants, {
      isReused: isReused && plan.rows === null,
      maxElements,
    })
    return { read: (records) => readRuns(records, plan.rows, filler) }
  }
  return new GroupingReader(plan, inputs, constants, maxElements)
}

/** Opens a plan of one input for a matrix of doubles, whatever its dtype of floats. */
export function openMatrix(plan: FeaturePlan): MatrixReader {
  const [input] = plan.inputs
  if (plan.inputs.length !== 1 || !input || input.constant !== null || !isSized(input))
    throw new Error('a matrix is made of one input of a known width')
  const sized = sizedByModel({ ...input, dtype: 'float64' })
  const filler = new Filler([sized], [], { isReused: true, maxElements: usualElements })
  return { columns: sized.width, read: (records) => filler.matrix(records) }
}

function isSized(input: InputPlan): boolean {
  return input.sources.every((source) => sourceWidth(source) !== null)
}

function sizedByModel(input: InputPlan): SizedInput {
  return sizedBy(input, input.sources as SizedInput['sources'])
}

/** An input whose sources have these sizes. Throws when they do not make up its shape. */
function sizedBy(input: InputPlan, sources: SizedInput['sources']): SizedInput {
  const width = sources.reduce((sum, source) => sum + (sourceWidth(source) as number), 0)
  const [only] = sources
  const isWhole = sources.length === 1 && only && only.shape.length === input.shape.length && only.shape.length > 0
  const shape = isWhole ? only.shape : solve(input, width)
  return { ...input, shape, sources, width }
}

/** The shape with its one open size found from the number of columns. */
function solve({ name, shape }: InputPlan, width: number): number[] {
  const rest = widthOf(shape.map((size) => size ?? 1)) as number
  const open = shape.filter((size) => size === null).length
  const size = open === 0 ? 1 : width / rest
  if (open > 1 || !Number.isInteger(size) || (open === 0 && rest !== width))
    throw new MillraceError('MODEL_RUN_ERROR', {
      reason: `input "${name}" cannot hold the ${width} columns of its features`,
    })
  return shape.map((one) => one ?? size)
}

const noErrors: Map<number, MillraceError> = new Map()

/** Fills buffers of sized inputs. */
class Filler {
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

  matrix(records: readonly (RecordValue | null)[]): MatrixBatch {
    const errors = new Map<number, MillraceError>()
    const end = records.length
    const elements = this.#room(end)
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

function readRuns(records: readonly (RecordValue | null)[], fixedRows: number | null, filler: Filler): TensorBatch {
  const errors = new Map<number, MillraceError>()
  const runs: TensorRun[] = []
  const step = fixedRows ?? Math.min(records.length, filler.maxRows)
  for (let from = 0; from < records.length; from += step) {
    const run = filler.run(records, from, Math.min(from + step, records.length), fixedRows, errors)
    if (run) runs.push(run)
  }
  return { runs, errors: errors.size > 0 ? errors : null }
}

const maxGroups = 64

/** For lists of any size: records whose lists have the same sizes run together. */
class GroupingReader implements FeatureReader {
  readonly #plan: FeaturePlan
  readonly #inputs: readonly InputPlan[]
  readonly #constants: readonly InputPlan[]
  readonly #fillers = new Map<string, Filler>()

  readonly #maxElements: number

  constructor(plan: FeaturePlan, inputs: readonly InputPlan[], constants: readonly InputPlan[], maxElements: number) {
    this.#maxElements = maxElements
    this.#plan = plan
    this.#inputs = inputs
    this.#constants = constants
  }

  read(records: readonly (RecordValue | null)[]): TensorBatch {
    const errors = new Map<number, MillraceError>()
    const groups = new Map<string, { readonly filler: Filler; readonly members: number[] }>()
    records.forEach((record, i) => {
      try {
        const sources = this.#sourcesOf(record)
        const key = JSON.stringify(sources.map((list) => list.map((source) => source.shape)))
        let group = groups.get(key)
        if (!group) groups.set(key, (group = { filler: this.#filler(key, sources), members: [] }))
        group.members.push(i)
      } catch (thrown) {
        errors.set(i, MillraceError.from(thrown, `features of record ${i}`))
      }
    })
    const runs = [...groups.values()].flatMap(({ filler, members }) => {
      const batch = readRuns(
        members.map((i) => records[i] as RecordValue),
        this.#plan.rows,
        filler,
      )
      for (const [k, error] of batch.errors ?? []) errors.set(members[k] as number, error)
      return batch.runs.map((run) => ({
        ...run,
        index: Int32Array.from(
          { length: run.rows },
          (_, row) => members[run.index ? (run.index[row] as number) : row] as number,
        ),
      }))
    })
    return { runs, errors: errors.size > 0 ? errors : null }
  }

  #sourcesOf(record: RecordValue | null | undefined): SizedInput['sources'][] {
    if (record === null || typeof record !== 'object')
      throw new MillraceError('MODEL_RECORD_ABSENT', { value: String(record) })
    return this.#inputs.map((input) => input.sources.map((source) => sizedSource(source, record)))
  }

  #filler(key: string, sources: readonly SizedInput['sources'][]): Filler {
    let filler = this.#fillers.get(key)
    if (filler) return filler
    // Sizes without end must not keep code without end.
    if (this.#fillers.size >= maxGroups) this.#fillers.clear()
    filler = new Filler(
      this.#inputs.map((input, k) => sizedBy(input, sources[k] as SizedInput['sources'])),
      this.#constants,
      { isReused: false, maxElements: this.#maxElements },
    )
    this.#fillers.set(key, filler)
    return filler
  }
}

function sizedSource(source: SourcePlan, record: RecordValue): SizedInput['sources'][number] {
  if (sourceWidth(source) !== null) return source as SizedInput['sources'][number]
  const field = source.field as string
  const value = Object.hasOwn(record, field) ? record[field] : undefined
  return { ...source, shape: sizesOf(value, source) }
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
