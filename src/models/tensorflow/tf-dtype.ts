/**
 * DataType of tensorflow/core/framework/types.proto (TensorFlow 2.21) by number. A number above 100 is the type of a reference
 * to it (TF 1.x variables).
 */
const tfDtypeNames = {
  1: 'float32',
  2: 'float64',
  3: 'int32',
  4: 'uint8',
  5: 'int16',
  6: 'int8',
  7: 'string',
  8: 'complex64',
  9: 'int64',
  10: 'boolean',
  11: 'qint8',
  12: 'quint8',
  13: 'qint32',
  14: 'bfloat16',
  15: 'qint16',
  16: 'quint16',
  17: 'uint16',
  18: 'complex128',
  19: 'float16',
  20: 'resource',
  21: 'variant',
  22: 'uint32',
  23: 'uint64',
  24: 'float8e5m2',
  25: 'float8e4m3fn',
  26: 'float8e4m3fnuz',
  27: 'float8e4m3b11fnuz',
  28: 'float8e5m2fnuz',
  29: 'int4',
  30: 'uint4',
  31: 'int2',
  32: 'uint2',
} as const

/** Type of elements in TensorFlow; those that the schema room knows have its names. */
export type TfDtype = (typeof tfDtypeNames)[keyof typeof tfDtypeNames]

/** Names as text graphs spell them (`DT_FLOAT`), by our names. */
const protoNames: Readonly<Partial<Record<TfDtype, string>>> = {
  float32: 'FLOAT',
  float64: 'DOUBLE',
  boolean: 'BOOL',
  float16: 'HALF',
  float8e5m2: 'FLOAT8_E5M2',
  float8e4m3fn: 'FLOAT8_E4M3FN',
  float8e4m3fnuz: 'FLOAT8_E4M3FNUZ',
  float8e4m3b11fnuz: 'FLOAT8_E4M3B11FNUZ',
  float8e5m2fnuz: 'FLOAT8_E5M2FNUZ',
}

/** DataType's numbers by the names of its enum, references included: `DT_FLOAT` is 1, `DT_FLOAT_REF` 101. */
export const tfDtypeNumbers: ReadonlyMap<string, number> = new Map([
  ['DT_INVALID', 0],
  ...Object.entries(tfDtypeNames).flatMap(([number, name]): [string, number][] => {
    const proto = `DT_${protoNames[name] ?? name.toUpperCase()}`
    return [
      [proto, Number(number)],
      [`${proto}_REF`, Number(number) + 100],
    ]
  }),
])

/** The type of a number of the enum, of a reference the type that it refers to; null where there is none. */
export function tfDtypeOf(number: number): TfDtype | null {
  const plain = number > 100 ? number - 100 : number
  return Object.hasOwn(tfDtypeNames, plain) ? tfDtypeNames[plain as keyof typeof tfDtypeNames] : null
}

/**
 * Typed array of each type whose elements have a fixed size; `boolean` is a byte of 0 or 1, `float16` and `bfloat16` their bits,
 * complex numbers two elements (real, imaginary).
 */
export const tfArrays = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  int16: Int16Array,
  int8: Int8Array,
  complex64: Float32Array,
  int64: BigInt64Array,
  boolean: Uint8Array,
  qint8: Int8Array,
  quint8: Uint8Array,
  qint32: Int32Array,
  bfloat16: Uint16Array,
  qint16: Int16Array,
  quint16: Uint16Array,
  uint16: Uint16Array,
  complex128: Float64Array,
  float16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  float8e5m2: Uint8Array,
  float8e4m3fn: Uint8Array,
  float8e4m3fnuz: Uint8Array,
  float8e4m3b11fnuz: Uint8Array,
  float8e5m2fnuz: Uint8Array,
} as const satisfies Partial<Record<TfDtype, unknown>>

/** A type whose elements have a fixed size. */
export type TfNumberDtype = keyof typeof tfArrays

/** True for types that `tfArrays` has an array for. */
export function isNumberDtype(dtype: TfDtype): dtype is TfNumberDtype {
  return Object.hasOwn(tfArrays, dtype)
}

/** Elements of the typed array per element of the tensor: 2 for complex numbers. */
export function widthOf(dtype: TfNumberDtype): 1 | 2 {
  return dtype === 'complex64' || dtype === 'complex128' ? 2 : 1
}
