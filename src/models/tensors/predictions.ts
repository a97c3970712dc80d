import { MillraceError } from '../../core/errors.ts'
import type { Feature } from '../../schema/signature.ts'
import {
  elementCount,
  type Tensor,
  type TensorDtype,
  type TensorSequence,
  type TensorValue,
} from '../../schema/tensor.ts'
import type { RecordValue, Value } from '../../schema/value.ts'
import type { TensorRun } from './feature-reader.ts'
import { featureOf, type Label, type OutputPlan, planOutputs } from './output-plan.ts'
import {
  type AnyElements,
  greatest,
  numberOfElement,
  showElement,
  showList,
  showMap,
  showNested,
  showRow,
  showTensor,
} from './tensor-values.ts'

export { outputOptions } from './output-plan.ts'

/** An output as the model declares it. Example: `{name: 'probabilities', dtype: 'float32', shape: [null, 3]}`. */
export interface ModelOutput {
  readonly name: string
  /** Of the elements; of the numbers of maps. */
  readonly dtype: TensorDtype
  /** The batch first; null in a dimension = any size. Null for the whole = the model does not say. */
  readonly shape: readonly (number | null)[] | null
  /**
   * `maps`: a sequence with a map of numbers by label per record, as a scikit-learn classifier gives its probabilities. `tensors`: a sequence with
   * a tensor per record. `parts`: a sequence of a fixed number of tensors with a row per record each, as classifiers of several targets have.
   */
  readonly kind?: 'tensor' | 'maps' | 'tensors' | 'parts'
  /** 1 where records are along the second dimension: `[targets, N, classes]`, states `[layers, N, units]`. */
  readonly batchAxis?: 1
}

/**
 * The outputs with their batch axis: where the batch is all that inputs leave open, an output with a fixed first dimension and an open second
 * one has its records there.
 */
export function withBatchAxis(
  outputs: readonly ModelOutput[],
  inputs: readonly { readonly shape: readonly (number | null)[] | null }[],
): readonly ModelOutput[] {
  const isBatch = ({ shape }: (typeof inputs)[number]) =>
    shape !== null && shape[0] === null && shape.slice(1).every((size) => size !== null)
  if (inputs.length === 0 || !inputs.every(isBatch)) return outputs
  return outputs.map((output) => {
    const { shape, kind = 'tensor' } = output
    const isSecond = kind === 'tensor' && typeof shape?.[0] === 'number' && shape[1] === null
    return isSecond ? { ...output, batchAxis: 1 } : output
  })
}

/** How outputs become predictions: plain data, made at prepare time. */
export interface PredictionPlan {
  readonly outputs: readonly ModelOutput[]
  readonly members: readonly OutputPlan[]
  /** Records per run, as FeaturePlan has it. */
  readonly rows: number | null
}

/**
 * Decides what predictions are made of; `given` is the value of the option `outputs`, `rows` that of the FeaturePlan. Throws
 * MODEL_FEATURES_WRONG.
 *
 * A record's part of an output is its entry along the first dimension: a number for `[N]` and `[N, 1]`, a list for `[N, k]`, lists of
 * lists for more dimensions, an object for a map. Of a sequence it is its entry, or the list of the parts of all tensors (see ModelOutput). An output without a dimension for records is given to every record as a whole: a
 * scalar, an output whose first size the model fixes to another number than its batch, or any output of a model that takes one record at
 * a time and no dimension for it.
 */
export function planPredictions(
  given: readonly unknown[] | undefined,
  outputs: readonly ModelOutput[],
  source: string,
  rows: number | null = null,
): { readonly plan: PredictionPlan; readonly features: readonly Feature[] } {
  const members = planOutputs(given, outputs, source)
  return { plan: { outputs, members, rows }, features: members.map((member) => featureOf(member, outputs)) }
}

/** Writes predictions of one run of the model. */
export interface PredictionWriter {
  /** Puts the prediction of each of the run's records at its index. Throws MODEL_RUN_ERROR, of all of them, when outputs do not fit. */
  write(
    outputs: Readonly<Record<string, TensorValue>>,
    run: Pick<TensorRun, 'rows' | 'index'>,
    predictions: (RecordValue | null)[],
  ): void
}

/** Opens a plan. */
export function openPredictions(plan: PredictionPlan): PredictionWriter {
  const compiled = new Map<string, Write>()
  const wanted = [...new Set(plan.members.map((member) => member.output))]
  const isShown = plan.members.every((member) => member.show.kind === 'value')
  let write: Write | null = null
  let last: readonly Part[] = []
  return {
    write(outputs, run, predictions) {
      const parts = new Array<Part>(plan.outputs.length)
      let isLike = write !== null
      for (let w = 0; w < wanted.length; w++) {
        const k = wanted[w] as number
        const output = plan.outputs[k] as ModelOutput
        const part = partOf(output, outputs[output.name], run.rows, plan.rows)
        parts[k] = part
        isLike = isLike && last[k]?.kind === part.kind && last[k]?.dtype === part.dtype
      }
      // Outputs are of the same kinds in every run, almost always.
      if (write === null || !isLike) {
        const key = wanted.map((k) => `${parts[k]?.kind} ${parts[k]?.dtype}`).join()
        write = compiled.get(key) ?? compileWrite(plan, parts)
        compiled.set(key, write)
        last = parts
      }
      if (!isShown) for (const member of plan.members) checkFits(member, plan.outputs, parts)
      write(parts, run.rows, run.index, predictions)
    },
  }
}

/** An output of one run, taken apart. */
interface Part {
  readonly kind: 'number' | 'list' | 'nested' | 'map' | 'tensor' | 'parts' | 'whole'
  readonly dtype: TensorDtype
  readonly data: AnyElements
  /** Elements per record; of no meaning for maps and whole outputs. */
  readonly width: number
  readonly shape: readonly number[]
  /** The value of every record, for `whole`. */
  readonly value: Value
}

function partOf(output: ModelOutput, value: TensorValue | undefined, rows: number, batch: number | null): Part {
  const fail = (reason: string): never => failOf(output, reason)
  if (value === undefined) return fail('is not among the outputs')
  // Rows behind the last record only fill the batch of a model with a fixed one.
  const size = batch === null ? rows : Math.max(rows, batch)
  if ('type' in value) return sequencePart(value, output, { rows, size, batch })
  if (output.batchAxis === 1 && value.shape[1] === size) return alongSecond(value, size)
  const { dtype, shape, data } = value
  if (isWhole(output, value, batch)) return wholePart(dtype, showTensor(value))
  if (shape[0] !== size && shape[0] !== rows)
    return fail(`has the shape [${shape.join(', ')}] for ${rows} ${rows === 1 ? 'record' : 'records'}`)
  const { length } = shape
  if (length === 1) return { kind: 'number', dtype, data, width: 1, shape: [], value: null }
  if (length > 2)
    return { kind: 'nested', dtype, data, width: elementCount(shape.slice(1)), shape: shape.slice(1), value: null }
  const width = shape[1] as number
  const kind = width === 1 && output.shape?.[1] !== null ? 'number' : 'list'
  return { kind, dtype, data, width, shape: [], value: null }
}

function failOf({ name }: ModelOutput, reason: string): never {
  throw new MillraceError('MODEL_RUN_ERROR', { reason: `output "${name}" ${reason}` })
}

function isWhole({ shape: declared }: ModelOutput, { shape }: Tensor, batch: number | null): boolean {
  const [size] = shape
  if (size === undefined || declared?.length === 0) return true
  const first = declared?.[0]
  if (typeof first === 'number' && first !== 1 && first !== batch && size === first) return true
  return batch === 1 && size !== 1
}

function wholePart(dtype: TensorDtype, value: Value): Part {
  return { kind: 'whole', dtype, data: [], width: 0, shape: [], value }
}

/** A tensor `[k, size, …]` as `[size, k, …]`. */
function alongSecond({ dtype, shape, data }: Tensor, size: number): Part {
  const [first = 0, , ...rest] = shape
  const inner = elementCount(rest)
  const width = first * inner
  const moved = new Array<unknown>(size * width)
  for (let k = 0; k < first; k++)
    for (let row = 0; row < size; row++)
      for (let i = 0; i < inner; i++) moved[row * width + k * inner + i] = data[(k * size + row) * inner + i]
  if (rest.length > 0) return { kind: 'nested', dtype, data: moved, width, shape: [first, ...rest], value: null }
  return { kind: first === 1 ? 'number' : 'list', dtype, data: moved, width, shape: [], value: null }
}

function sequencePart(
  { data }: TensorSequence,
  output: ModelOutput,
  { rows, size, batch }: { readonly rows: number; readonly size: number; readonly batch: number | null },
): Part {
  const { dtype } = output
  const part = (kind: Part['kind']): Part => ({ kind, dtype, data, width: 0, shape: [], value: null })
  const fail = (what: string) =>
    failOf(output, `is a sequence of ${data.length}${what} for ${rows} ${rows === 1 ? 'record' : 'records'}`)
  const tensors = data.filter((entry): entry is Tensor => !(entry instanceof Map))
  if (tensors.length < data.length) return data.length < rows ? fail('') : part('map')
  if (batch === 1) return wholePart(dtype, tensors.map(showTensor))
  if (output.kind !== 'parts' && (data.length === size || data.length === rows)) return part('tensor')
  return tensors.every(({ shape }) => shape[0] === size) ? part('parts') : fail(' tensors')
}

/** Sizes that only a run tells. */
function checkFits({ show, output }: OutputPlan, outputs: readonly ModelOutput[], parts: readonly Part[]): void {
  const { kind, width } = parts[output] as Part
  if (show.kind === 'value') return
  const fail = (reason: string): never => {
    throw new MillraceError('MODEL_RUN_ERROR', { reason: `output "${outputs[output]?.name}" ${reason}` })
  }
  if (kind === 'nested' || kind === 'tensor' || kind === 'parts' || kind === 'whole')
    fail('gives no list of numbers per record')
  if (kind === 'map') {
    if (show.kind === 'members') fail('gives maps, whose members have names already')
    return
  }
  if (show.kind === 'members' && show.names.length !== width)
    fail(`has ${width} columns, expected ${show.names.length}`)
  if (show.kind === 'column' && !((show.column as number) < width))
    fail(`has ${width} columns and no column ${show.column}`)
  if (show.kind === 'class' && kind === 'list' && show.classes && show.classes.length !== width)
    fail(`has ${width} columns, expected ${show.classes.length}: one per class`)
}

type Write = (
  parts: readonly Part[],
  rows: number,
  index: Int32Array | null,
  predictions: (RecordValue | null)[],
) => void

/** Makes the function that writes predictions, all of one shape. Its text holds numbers and names as JSON strings only. */
function compileWrite(plan: PredictionPlan, parts: readonly Part[]): Write {
  const members = plan.members.map((member, m) => `${keyText(member.name)}: ${memberText(member, parts, m)}`)
  const used = [...new Set(plan.members.map((member) => member.output))]
  const text = `return (parts, rows, index, out) => {
${used.map((k) => `const d${k} = parts[${k}].data, w${k} = parts[${k}].width, p${k} = parts[${k}]`).join('\n')}
for (let i = 0; i < rows; i++) out[index === null ? i : index[i]] = { ${members.join(', ')} }
}`
  const shows = parts.map((part) => part && showElement[part.dtype])
  const labels = plan.members.map(({ show }) => (show.kind === 'class' ? openLabels(show.classes) : null))
  const functions = {
    list: showList,
    nested: showNested,
    map: showMap,
    tensor: showTensor,
    rowOf: showRow,
    greatest,
    number: numberOfElement,
    ofMap,
  }
  return new Function('s', 'c', 'z', text)(shows, labels, functions) as Write
}

function keyText(name: string): string {
  // As a computed key, as `"__proto__": x` would set the prototype.
  return name === '__proto__' ? '["__proto__"]' : JSON.stringify(name)
}

function memberText({ output: k, show }: OutputPlan, parts: readonly Part[], m: number): string {
  const { kind, dtype } = parts[k] as Part
  const element = (at: string): string => `s[${k}](d${k}[${at}])`
  const dtypeText = JSON.stringify(dtype)
  switch (show.kind) {
    case 'value':
      switch (kind) {
        case 'number':
          return element('i')
        case 'list':
          return `z.list(d${k}, i * w${k}, w${k}, s[${k}])`
        case 'nested':
          return `z.nested(d${k}, i * w${k}, p${k}.shape, s[${k}])`
        case 'map':
        case 'tensor':
          return `z.${kind}(d${k}[i])`
        case 'parts':
          return `d${k}.map((one) => z.rowOf(one, i))`
        case 'whole':
          return `p${k}.value`
        default:
          return kind satisfies never
      }
    case 'column':
      return kind === 'map'
        ? `z.ofMap(d${k}[i], ${JSON.stringify(show.column)})`
        : element(`i * w${k} + ${show.column}`)
    case 'members':
      return `{ ${show.names.map((name, n) => `${keyText(name)}: ${element(`i * w${k} + ${n}`)}`).join(', ')} }`
    case 'class':
      if (kind === 'map') return `c[${m}].ofMap(d${k}[i])`
      if (kind === 'list') return `c[${m}].at(z.greatest(${dtypeText}, d${k}, i * w${k}, w${k}))`
      return show.classes?.length === 2 && dtype.startsWith('float')
        ? `c[${m}].above(z.number(${dtypeText}, d${k}[i]), ${show.threshold})`
        : `c[${m}].at(z.number(${dtypeText}, d${k}[i]))`
    default:
      return show satisfies never
  }
}

/** Labels by the number of the class; the number itself without labels. What has no label is null. */
function openLabels(classes: readonly Label[] | null) {
  const at = (index: number): Value => (classes ? (classes[index] ?? null) : index >= 0 ? index : null)
  return {
    at,
    above: (number: number, threshold: number): Value => (Number.isNaN(number) ? null : at(number > threshold ? 1 : 0)),
    ofMap: (map: ReadonlyMap<string | number, number>): Value => {
      const numbers = [...map.values()]
      const best = greatest('float64', numbers, 0, numbers.length)
      if (classes) return at(best)
      return best < 0 ? null : ([...map.keys()][best] ?? null)
    },
  }
}

function ofMap(map: ReadonlyMap<string | number, number>, label: string | number): Value {
  // Labels that are numbers are written as such or as text.
  const number = map.get(label) ?? map.get(typeof label === 'number' ? String(label) : Number(label))
  return number === undefined ? null : showElement.float32(number as never)
}
