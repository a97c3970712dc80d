/** What ONNX calls types of elements, by the number of `TensorProto.DataType` (onnx.proto of ONNX 1.23). */
export const elementTypes = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'boolean',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  14: 'complex64',
  15: 'complex128',
  16: 'bfloat16',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4e2m1',
  24: 'float8e8m0',
  25: 'uint2',
  26: 'int2',
} as const

/** Type of a tensor's elements within a graph; those beyond TensorDtype exist only between nodes. */
export type ElementType = (typeof elementTypes)[keyof typeof elementTypes]

/** Number of each type in `TensorProto.DataType`. */
export const elementNumbers = Object.fromEntries(
  Object.entries(elementTypes).map(([number, type]) => [type, Number(number)]),
) as Readonly<Record<ElementType, number>>

/** Bits of one element; text has none. */
export const elementBits: Readonly<Record<Exclude<ElementType, 'string'>, number>> = {
  float32: 32,
  uint8: 8,
  int8: 8,
  uint16: 16,
  int16: 16,
  int32: 32,
  int64: 64,
  boolean: 8,
  float16: 16,
  float64: 64,
  uint32: 32,
  uint64: 64,
  complex64: 64,
  complex128: 128,
  bfloat16: 16,
  float8e4m3fn: 8,
  float8e4m3fnuz: 8,
  float8e5m2: 8,
  float8e5m2fnuz: 8,
  uint4: 4,
  int4: 4,
  float4e2m1: 4,
  float8e8m0: 8,
  uint2: 2,
  int2: 2,
}

/** The type by its number, or null for one that ONNX does not have. */
export function elementTypeOf(number: number): ElementType | null {
  return (elementTypes as Readonly<Record<number, ElementType>>)[number] ?? null
}
