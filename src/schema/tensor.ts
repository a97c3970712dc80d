import type { Dtype } from './signature.ts'

/** Typed array of each dtype that has one; `boolean` is a byte of 0 or 1, `float16` its bits. */
export const tensorArrays = {
  float64: Float64Array,
  float32: Float32Array,
  float16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint64: BigUint64Array,
  uint32: Uint32Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
  boolean: Uint8Array,
} as const satisfies Partial<Record<Dtype, unknown>>

/** Dtype of a tensor's elements. */
export type TensorDtype = keyof typeof tensorArrays | 'string'

/** True for names of types that tensors can have. */
export function isTensorDtype<T extends string>(name: T): name is T & TensorDtype {
  return name === 'string' || Object.hasOwn(tensorArrays, name)
}

/** Elements that are no text. */
export type NumericTensorData =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | BigUint64Array
  | Uint32Array
  | Uint16Array
  | Uint8Array

/** Elements of a tensor. Text is a list of strings; an entry that is bytes (TensorFlow's serialised examples) is a Uint8Array. */
export type TensorData = NumericTensorData | readonly (string | Uint8Array)[]

/** A dense array of one dtype. Example: `{dtype: 'float32', shape: [2, 3], data: Float32Array [1, 2, 3, 4, 5, 6]}`, row-major. */
export interface Tensor {
  readonly dtype: TensorDtype
  readonly shape: readonly number[]
  readonly data: TensorData
}

/** ONNX sequences: of tensors, or of maps from a key to a number (what a scikit-learn classifier gives as its probabilities). */
export interface TensorSequence {
  readonly type: 'sequence'
  readonly data: readonly (Tensor | ReadonlyMap<string | number, number>)[]
}

export type TensorValue = Tensor | TensorSequence

/** Number of elements of a shape: 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1)
}
