import { MillraceError } from '../../core/errors.ts'
import type { RecordValue } from '../../schema/value.ts'
import { sizesOf } from './feature-cells.ts'
import type { SizedInput } from './feature-fill.ts'
import { type FeaturePlan, filledShape, type InputPlan, type SourcePlan, sourceWidth } from './feature-plan.ts'
import { type MatrixBatch, type ReaderSettings, readRuns, type TensorBatch, TensorFiller } from './tensor-filler.ts'

export type { MatrixBatch, ReaderSettings, TensorBatch, TensorRun } from './tensor-filler.ts'

/** 64 MB of 32-bit floats. */
const usualElements = 2 ** 24

/** Makes tensors of records. */
export interface FeatureReader {
  /** Never throws for a record's fault. */
  read(records: readonly (RecordValue | null)[]): TensorBatch
}

/** Makes matrices of records, in one array that each call writes anew. */
export interface MatrixReader {
  readonly columns: number
  read(records: readonly (RecordValue | null)[]): MatrixBatch
}

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
    const filler = new TensorFiller(inputs.map(sizedByModel), constants, {
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
  const filler = new TensorFiller([sized], [], { isReused: true, maxElements: usualElements })
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
  const shape = isWhole ? only.shape : filledShape(input.shape, width)
  if (shape === null)
    throw new MillraceError('MODEL_RUN_ERROR', {
      reason: `input "${input.name}" cannot hold the ${width} columns of its features`,
    })
  return { ...input, shape, sources, width }
}

const maxGroups = 64

/** For lists of any size: records whose lists have the same sizes run together. */
class GroupingReader implements FeatureReader {
  readonly #plan: FeaturePlan
  readonly #inputs: readonly InputPlan[]
  readonly #constants: readonly InputPlan[]
  readonly #fillers = new Map<string, TensorFiller>()

  readonly #maxElements: number

  constructor(plan: FeaturePlan, inputs: readonly InputPlan[], constants: readonly InputPlan[], maxElements: number) {
    this.#maxElements = maxElements
    this.#plan = plan
    this.#inputs = inputs
    this.#constants = constants
  }

  read(records: readonly (RecordValue | null)[]): TensorBatch {
    const errors = new Map<number, MillraceError>()
    const groups = new Map<string, { readonly filler: TensorFiller; readonly members: number[] }>()
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

  #filler(key: string, sources: readonly SizedInput['sources'][]): TensorFiller {
    let filler = this.#fillers.get(key)
    if (filler) return filler
    // Sizes without end must not keep code without end.
    if (this.#fillers.size >= maxGroups) this.#fillers.clear()
    filler = new TensorFiller(
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
