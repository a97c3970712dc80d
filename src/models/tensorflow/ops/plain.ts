import { elementCount, type Tensor, type TensorData, type TensorDtype, tensorArrays } from '../../../schema/tensor.ts'
import { KernelFault } from './operator.ts'

/** Elements of the type, all 0 (or empty text). */
export function makeData(dtype: TensorDtype, size: number): TensorData {
  return dtype === 'string' ? new Array<string>(size).fill('') : new tensorArrays[dtype](size)
}

export function isLong(dtype: TensorDtype): boolean {
  return dtype === 'int64' || dtype === 'uint64'
}

/** A tensor with the elements that `at` gives; numbers are rounded or wrapped to the type. */
export function generate(
  dtype: TensorDtype,
  shape: readonly number[],
  at: (index: number) => number | bigint | string,
): Tensor {
  const size = elementCount(shape)
  const data = makeData(dtype, size)
  for (let i = 0; i < size; i++) (data as unknown as number[])[i] = at(i) as number
  return { dtype, shape, data }
}

/** Elements as texts. */
export function texts({ data }: Tensor): readonly string[] {
  return data as readonly string[]
}

/** Elements as numbers. */
export function numbers({ data }: Tensor): number[] {
  return Array.from(data as ArrayLike<number | bigint>, Number)
}

/** The one element as a number. */
export function scalarOf({ data }: Tensor): number {
  return Number((data as ArrayLike<number | bigint>)[0] ?? Number.NaN)
}

/** The largest of a list of any length, `least` if there is none above it; Math.max takes some ten thousand at the most. */
export function largest(list: readonly number[], least: number): number {
  return list.reduce((most, value) => Math.max(most, value), least)
}

export function vector(dtype: 'int32' | 'int64' | 'float32', values: readonly number[]): Tensor {
  const convert = dtype === 'int64' ? (x: number) => BigInt(x) as unknown as number : (x: number) => x
  return generate(dtype, [values.length], (i) => convert(values[i] as number))
}

/** Steps in the data per dimension. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride
    stride *= shape[i] as number
  }
  return strides
}

/** Shape of the result of two operands that are broadcast. */
export function broadcastSizes(a: readonly number[], b: readonly number[]): number[] {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a]
  const gap = long.length - short.length
  return long.map((size, i) => {
    const other = i < gap ? 1 : (short[i - gap] as number)
    if (size === other || other === 1) return size
    if (size === 1) return other
    throw new KernelFault(`shapes [${a.join(', ')}] and [${b.join(', ')}] do not go together`)
  })
}

/** For each element of `target`, the index of the element of a tensor of `shape` that is broadcast to it. */
export function broadcastIndex(shape: readonly number[], target: readonly number[]): (index: number) => number {
  const size = elementCount(shape)
  if (size === 1) return () => 0
  if (shape.length === target.length && shape.every((n, i) => n === target[i])) return (i) => i
  const own = stridesOf(shape)
  const gap = target.length - shape.length
  const strides = stridesOf(target)
  return (index) => {
    let at = 0
    for (let d = gap; d < target.length; d++) {
      if (shape[d - gap] === 1) continue
      at += (Math.floor(index / (strides[d] as number)) % (target[d] as number)) * (own[d - gap] as number)
    }
    return at
  }
}

/** Applies `f` to each element. */
export function mapped(input: Tensor, dtype: TensorDtype, f: (x: never) => number | bigint | string): Tensor {
  const data = input.data as unknown as ArrayLike<never>
  return generate(dtype, input.shape, (i) => f(data[i] as never))
}

/** Applies `f` to pairs of elements, broadcasting. */
export function zipped(
  a: Tensor,
  b: Tensor,
  dtype: TensorDtype,
  f: (x: never, y: never) => number | bigint | string,
): Tensor {
  const shape = broadcastSizes(a.shape, b.shape)
  const [left, right] = [broadcastIndex(a.shape, shape), broadcastIndex(b.shape, shape)]
  const [x, y] = [a.data as unknown as ArrayLike<never>, b.data as unknown as ArrayLike<never>]
  return generate(dtype, shape, (i) => f(x[left(i)] as never, y[right(i)] as never))
}

/** A position counted from the end when negative. */
export function axisOf(axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis
  if (!Number.isInteger(at) || at < 0 || at >= Math.max(rank, 1))
    throw new KernelFault(`axis ${axis} of a tensor of ${rank} dimensions`)
  return at
}

/** The input of that number. */
export function take(inputs: readonly Tensor[], index: number): Tensor {
  const input = inputs[index]
  if (!input) throw new KernelFault(`input ${index} is missing`)
  return input
}

/** Elements that a kernel may make at once: attributes and inputs name sizes, and memory is not theirs to take. */
export const maxElements = 2 ** 24

/** The shape, when it does not name too many elements. */
export function checkedShape(shape: readonly number[]): readonly number[] {
  let size = 1
  for (const one of shape) {
    if (!Number.isSafeInteger(one) || one < 0) throw new KernelFault(`the shape [${shape.join(', ')}]`)
    size *= one
  }
  if (size > maxElements) throw new KernelFault(`the shape [${shape.join(', ')}] has more than ${maxElements} elements`)
  return shape
}
