import type { Dtype } from './signature.ts'

/** The typed array that holds a tensor of each numeric dtype; float16 and boolean are widened. */
export const typedArrays = {
  float64: Float64Array,
  float32: Float32Array,
  float16: Float32Array,
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

/** Dtypes whose tensors are typed arrays. */
export type NumericDtype = keyof typeof typedArrays

/** True for dtypes whose tensors are typed arrays. */
export function isNumericDtype(dtype: Dtype): dtype is NumericDtype {
  return dtype in typedArrays
}
