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
  /** `maps`: a sequence with a map of numbers by label per record, as a scikit-learn classifier gives its probabilities. */
  readonly kind?: 'tensor' | 'maps' | 'tensors'
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
 * lists for more dimensions, an object for a map. An output without a dimension for records is given to every record as a whole: a
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
  readonly kind: 'number' | 'list' | 'nested' | 'map' | 'tensor' | 'whole'
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
  if ('type' in value) return sequencePart(value, output, rows)
  const { dtype, shape, data } = value
  if (isWhole(output, value, batch))
    return { kind: 'whole', dtype, data, width: 0, shape: [], value: showTensor(value) }
  // Rows behind the last record only fill the batch of a model with a fixed one.
  const size = batch === null ? rows : Math.max(rows, batch)
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

function sequencePart({ data }: TensorSequence, output: ModelOutput, rows: number): Part {
  if (data.length < rows)
    failOf(output, `is a sequence of ${data.length} for ${rows} ${rows === 1 ? 'record' : 'records'}`)
  return {
    kind: data[0] instanceof Map ? 'map' : 'tensor',
    dtype: output.dtype,
    data,
    width: 0,
    shape: [],
    value: null,
  }
}

/** Sizes that only a run tells. */
function checkFits({ show, output }: OutputPlan, outputs: readonly ModelOutput[], parts: readonly Part[]): void {
  const { kind, width } = parts[output] as Part
  if (show.kind === 'value') return
  const fail = (reason: string): never => {
    throw new MillraceError('MODEL_RUN_ERROR', { reason: `output "${outputs[output]?.name}" ${reason}` })
  }
  if (kind === 'nested' || kind === 'tensor' || kind === 'whole') fail('gives no list of numbers per record')
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
