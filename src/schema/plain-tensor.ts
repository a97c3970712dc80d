import { MillraceError } from '../core/errors.ts'
import { halfBits } from './half.ts'
import { elementCount, type Tensor, type TensorDtype, type TensorValue, tensorArrays } from './tensor.ts'

/**
 * A tensor as JSON spells it: elements as a flat list, row-major, or as a typed array (float16: numbers, or its bits in a Uint16Array). Text may be base64 of bytes.
 *
 * Example: `{dtype: 'bool', shape: [2], data: [true, false]}`; a sequence is `{type: 'sequence', data: [tensor, tensor]}`.
 */
export type PlainTensor =
  | {
      readonly dtype: TensorDtype | 'bool'
      readonly shape: readonly number[]
      readonly data: ArrayLike<number | bigint | boolean | string | Uint8Array>
      readonly encoding?: 'base64'
    }
  | { readonly type: 'sequence'; readonly data: readonly unknown[] }

/** Reads a tensor of the input `name`. Throws SCHEMA_TENSOR_WRONG with what is wrong. */
export function readTensor(name: string, plain: unknown): TensorValue {
  const fail = (reason: string): never => {
    throw new MillraceError('SCHEMA_TENSOR_WRONG', { input: name, reason })
  }
  if (typeof plain !== 'object' || plain === null) return fail(`it is ${JSON.stringify(plain)}, expected an object`)
  if ('type' in plain && plain.type === 'sequence') return readSequence(name, plain as { data?: unknown }, fail)
  return readDense(plain, fail)
}

function readSequence(name: string, { data }: { data?: unknown }, fail: (reason: string) => never): TensorValue {
  if (!Array.isArray(data)) return fail('the data of a sequence is no list')
  return { type: 'sequence', data: data.map((entry, i) => readTensor(`${name}[${i}]`, entry) as Tensor) }
}

function readDense(
  plain: { dtype?: unknown; shape?: unknown; data?: unknown; encoding?: unknown },
  fail: (reason: string) => never,
): Tensor {
  const dtype = (plain.dtype === 'bool' ? 'boolean' : plain.dtype) as TensorDtype
  if (dtype !== 'string' && !Object.hasOwn(tensorArrays, String(dtype)))
    return fail(
      `its dtype is ${JSON.stringify(plain.dtype)}, expected one of ${[...Object.keys(tensorArrays), 'string'].join(', ')}`,
    )
  const { shape, data } = plain
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    return fail(`its shape is ${JSON.stringify(shape)}, expected a list of sizes`)
  if (!Array.isArray(data) && !ArrayBuffer.isView(data)) return fail('its data is no list')
  const list = data as ArrayLike<unknown>
  if (list.length !== elementCount(shape))
    return fail(`it has ${list.length} elements, its shape [${shape.join(', ')}] holds ${elementCount(shape)}`)
  if (dtype === 'string') return { dtype, shape, data: readText(list, plain.encoding === 'base64', fail) }
  return { dtype, shape, data: readNumbers(dtype, list, fail) }
}

function readText(
  list: ArrayLike<unknown>,
  isBase64: boolean,
  fail: (reason: string) => never,
): (string | Uint8Array)[] {
  return Array.from(list, (entry, i) => {
    if (entry instanceof Uint8Array) return entry
    if (typeof entry !== 'string') return fail(`its element ${i} is ${printed(entry)}, expected text`)
    return isBase64 ? new Uint8Array(Buffer.from(entry, 'base64')) : entry
  })
}

function readNumbers(dtype: Exclude<TensorDtype, 'string'>, list: ArrayLike<unknown>, fail: (reason: string) => never) {
  const type = tensorArrays[dtype]
  if (list instanceof type) return list
  const isBig = dtype === 'int64' || dtype === 'uint64'
  const isHalf = dtype === 'float16'
  const array = new type(list.length)
  for (let i = 0; i < list.length; i++) {
    const entry = list[i]
    if (typeof entry !== 'number' && typeof entry !== 'bigint' && typeof entry !== 'boolean')
      return fail(`its element ${i} is ${printed(entry)}, expected a number`)
    if (isBig && typeof entry === 'number' && !Number.isInteger(entry))
      return fail(`its element ${i} is ${entry}, expected a whole number`)
    array[i] = (isBig ? BigInt(entry) : isHalf ? halfBits(Number(entry)) : Number(entry)) as never
  }
  return array
}

function printed(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}
