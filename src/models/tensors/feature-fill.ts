import { MillraceError } from '../../core/errors.ts'
import { type TensorDtype, tensorArrays } from '../../schema/tensor.ts'
import type { RecordValue } from '../../schema/value.ts'
import { type ExpressionFunction, fieldText, openExpression } from './expression.ts'
import { categoryNumbers, type Elements, openCell, openList, openOneHot } from './feature-cells.ts'
import { type InputPlan, type SourcePlan, sourceWidth } from './feature-plan.ts'

/** An input whose sizes are known: those of the model, or of the records of a group. */
export interface SizedInput extends Omit<InputPlan, 'shape'> {
  readonly shape: readonly number[]
  readonly sources: readonly (SourcePlan & { readonly shape: readonly number[] })[]
  /** Elements of one record. */
  readonly width: number
}

/** Told of a record at fault, by its index. */
export type Fail = (index: number, thrown: unknown) => void

/**
 * Fills the elements of `inputs` (in their order, constants left out) from records `[from, end)`. Records at fault take no row. Returns
 * the number of rows.
 */
export type Fill = (
  records: readonly (RecordValue | null)[],
  from: number,
  end: number,
  elements: readonly Elements[],
  fail: Fail,
) => number

/** Elements for `count` values of a dtype. */
export function makeElements(dtype: TensorDtype, count: number): Elements {
  return dtype === 'string'
    ? new Array<string>(count).fill('')
    : (new tensorArrays[dtype](count) as unknown as Elements)
}

const sourcesPerFunction = 300
const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** What generated code calls, by number. */
interface Parts {
  readonly cells: ((value: unknown) => unknown)[]
  readonly maps: ReadonlyMap<unknown, unknown>[]
  readonly writers: ((value: unknown, out: Elements, at: number) => void)[]
  readonly expressions: ExpressionFunction[]
}

/**
 * Makes the function that fills tensors. Its text is made of fixed templates with numbers and names as JSON strings; all else is passed
 * in by number. A value of the dtype goes straight to its place.
 */
export function compileFill(inputs: readonly SizedInput[]): Fill {
  const parts: Parts = { cells: [], maps: [], writers: [], expressions: [] }
  const lines = inputs.flatMap((input, k) => inputLines(input, k, parts))
  const names = inputs.map((_, k) => `o${k}, l${k}`).join(', ')
  const chunks: string[] = []
  for (let at = 0; at < lines.length; at += sourcesPerFunction)
    chunks.push(lines.slice(at, at + sourcesPerFunction).join('\n'))
  const [first = ''] = chunks
  // Functions of thousands of lines are never compiled well.
  const isWhole = chunks.length <= 1
  const functions = isWhole
    ? ''
    : chunks.map((chunk, i) => `const p${i} = (r, row, ${names}) => { let x, c\n${chunk}\n}`).join('\n')
  const body = isWhole ? first : chunks.map((_, i) => `p${i}(r, row, ${names})`).join('\n')
  const text = `${functions}
return (records, from, end, o, fail) => {
${inputs.map((input, k) => `const o${k} = o[${k}], l${k} = ${isWide(input.dtype) ? `halves(o${k})` : 'null'}`).join('\n')}
let row = 0, x, c
for (let i = from; i < end; i++) {
const r = records[i]
try {
if (r === null || typeof r !== 'object') absent(r)
${body}
row++
} catch (thrown) { fail(i, thrown) }
}
return row
}`
  return new Function('s', 'm', 'w', 'e', 'own', 'halves', 'absent', text)(
    parts.cells,
    parts.maps,
    parts.writers,
    parts.expressions,
    Object.hasOwn,
    halvesOf,
    throwAbsent,
  ) as Fill
}

function throwAbsent(record: unknown): never {
  throw new MillraceError('MODEL_RECORD_ABSENT', { value: String(record) })
}

function isWide(dtype: TensorDtype): boolean {
  return dtype === 'int64' || dtype === 'uint64'
}

/** 64-bit elements as pairs of 32 bits: writing them so makes no bigint. */
function halvesOf(elements: unknown): Int32Array {
  const { buffer, byteOffset, length } = elements as BigInt64Array
  return new Int32Array(buffer, byteOffset, length * 2)
}

function inputLines(input: SizedInput, k: number, parts: Parts): string[] {
  let column = 0
  return input.sources.map((source) => {
    const at = input.width === 1 ? 'row' : `row * ${input.width} + ${column}`
    column += sourceWidth(source) as number
    return sourceLine(source, input.dtype, k, at, parts)
  })
}

function sourceLine(
  source: SizedInput['sources'][number],
  dtype: TensorDtype,
  k: number,
  at: string,
  parts: Parts,
): string {
  const read = `x = ${source.expression ? `e[${push(parts.expressions, openExpression(source.expression))}](r)` : fieldText(source.field as string)}`
  if (source.categories?.kind === 'one-hot')
    return `${read}; w[${push(parts.writers, openOneHot(source, dtype))}](x, o${k}, ${at})`
  if (source.shape.length > 0)
    return `${read}; w[${push(parts.writers, openList(source, source.shape, dtype))}](x, o${k}, ${at})`
  const slow = `s[${push(parts.cells, openCell(source, dtype))}](x)`
  if (source.categories) {
    const known = `m[${push(parts.maps, categoryNumbers(source.categories, dtype))}].get(x)`
    return `${read}; o${k}[${at}] = (c = ${known}) !== undefined ? c : ${slow}`
  }
  if (isWide(dtype) && isLittleEndian) {
    const isPlain = `Number.isSafeInteger(x)${dtype === 'uint64' ? ' && x >= 0' : ''}`
    return `${read}; if (${isPlain}) { c = (${at}) * 2; l${k}[c] = x; l${k}[c + 1] = Math.floor(x / 4294967296) } else o${k}[${at}] = ${slow}`
  }
  const plain = plainText(dtype)
  return `${read}; o${k}[${at}] = ${plain === null ? slow : `${plain} ? x : ${slow}`}`
}

function push<T>(list: T[], item: T): number {
  return list.push(item) - 1
}

/** Condition under which a value is an element as it is. Types are asked for first, as a bigint bears no bit operator. */
function plainText(dtype: TensorDtype): string | null {
  switch (dtype) {
    case 'float64':
    case 'float32':
      return "typeof x === 'number' && x === x"
    case 'int32':
      return "typeof x === 'number' && (x | 0) === x"
    case 'int16':
      return "typeof x === 'number' && (x << 16 >> 16) === x"
    case 'int8':
      return "typeof x === 'number' && (x << 24 >> 24) === x"
    case 'uint32':
      return "typeof x === 'number' && (x >>> 0) === x"
    case 'uint16':
      return "typeof x === 'number' && (x & 65535) === x"
    case 'uint8':
      return "typeof x === 'number' && (x & 255) === x"
    case 'string':
      return "typeof x === 'string'"
    case 'float16':
    case 'boolean':
    case 'int64':
    case 'uint64':
      return null
    default:
      return dtype satisfies never
  }
}
