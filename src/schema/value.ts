/** Arrays of numbers that a decoder may yield for an array field of one numeric type. */
export type NumericArray =
  | Float64Array
  | Float32Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array

/** A decoded value. A record is an object; null and an absent field both mean missing. Example: `{sepal_length: 5.1, species: null}`. */
export type Value = null | boolean | number | bigint | string | NumericArray | readonly Value[] | RecordValue

/** One record's fields by name. */
export interface RecordValue {
  readonly [field: string]: Value | undefined
}
