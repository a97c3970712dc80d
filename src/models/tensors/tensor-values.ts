import { halfValue } from '../../schema/half.ts'
import { elementCount, type Tensor, type TensorDtype } from '../../schema/tensor.ts'
import type { Value } from '../../schema/value.ts'
import { shortestDecimal } from './cells.ts'

/** Elements of any dtype, read by index. */
export type AnyElements = ArrayLike<unknown>

/** Shows one element as a value of a prediction. */
export type ShowElement = (element: never) => Value

/**
 * An element as a value of a prediction: a 32-bit float as the decimal number with the fewest digits that is it (0.1), a 64-bit integer as
 * a number when it is safe and else as a bigint, boolean as true and false, NaN as null.
 */
export const showElement: Readonly<Record<TensorDtype, ShowElement>> = {
  float64: showNumber,
  float32: (x: number) => (Number.isNaN(x) ? null : shortestDecimal(x)),
  float16: (bits: number) => showNumber(halfValue(bits)),
  int64: showBig,
  uint64: showBig,
  int32: (x: number) => x,
  int16: (x: number) => x,
  int8: (x: number) => x,
  uint32: (x: number) => x,
  uint16: (x: number) => x,
  uint8: (x: number) => x,
  boolean: (x: number) => x !== 0,
  string: (x: string | Uint8Array) => x,
}

function showNumber(x: number): number | null {
  return Number.isNaN(x) ? null : x
}

function showBig(x: bigint): number | bigint {
  const number = Number(x)
  return Number.isSafeInteger(number) ? number : x
}

/** The number of an element, for comparisons: NaN where it is none. */
export function numberOfElement(dtype: TensorDtype, element: unknown): number {
  if (dtype === 'float16') return halfValue(element as number)
  return dtype === 'string' ? Number.NaN : Number(element)
}

/** `count` elements from `from` as a list. */
export function showList(data: AnyElements, from: number, count: number, show: ShowElement): Value[] {
  const values = new Array<Value>(count)
  for (let k = 0; k < count; k++) values[k] = show(data[from + k] as never)
  return values
}

/** Elements from `from` as lists of lists of this shape; a shape of [] is one element. */
export function showNested(data: AnyElements, from: number, shape: readonly number[], show: ShowElement): Value {
  const [size, ...rest] = shape
  if (size === undefined) return show(data[from] as never)
  if (rest.length === 0) return showList(data, from, size, show)
  const step = elementCount(rest)
  return Array.from({ length: size }, (_, k) => showNested(data, from + k * step, rest, show))
}

/** A whole tensor as a value. */
export function showTensor({ dtype, shape, data }: Tensor): Value {
  return showNested(data, 0, shape, showElement[dtype])
}

/** One entry along the first dimension of a tensor as a value. */
export function showRow({ dtype, shape: [, ...rest], data }: Tensor, row: number): Value {
  return showNested(data, row * elementCount(rest), rest, showElement[dtype])
}

/** A map of numbers by label, as an object. Numbers of maps are 32-bit floats in ONNX. */
export function showMap(map: ReadonlyMap<string | number, number>): Value {
  const members: [string, Value][] = []
  for (const [label, number] of map) members.push([String(label), showElement.float32(number as never)])
  return Object.fromEntries(members)
}

/** Index of the first of the greatest of `count` numbers; -1 when one of them is not a number. */
export function greatest(dtype: TensorDtype, data: AnyElements, from: number, count: number): number {
  let best = 0
  let most = Number.NEGATIVE_INFINITY
  for (let k = 0; k < count; k++) {
    const number = numberOfElement(dtype, data[from + k])
    if (Number.isNaN(number)) return -1
    if (number > most) {
      most = number
      best = k
    }
  }
  return best
}
