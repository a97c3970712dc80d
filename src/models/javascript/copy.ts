import type { Value } from '../../schema/value.ts'

/** Called with the path (`.a[2]`), the value and what would be right; it throws. */
export type RefuseValue = (path: string, value: unknown, expected: string) => never

export const EXPECTED_VALUE = 'a number, text, boolean, null, array or plain object'
/** Nesting above this is taken for a cycle. */
const MAX_DEPTH = 64

const numericArrays = {
  Float64Array,
  Float32Array,
  Int32Array,
  Int16Array,
  Int8Array,
  Uint8Array,
  Uint16Array,
  Uint32Array,
  BigInt64Array,
}

/**
 * A copy of a value that a model gave, made of this realm's objects: a model's objects would keep its realm alive and have
 * other prototypes. Not a number, undefined, functions, symbols and instances of classes are refused.
 */
export function copyValue(value: unknown, path: string, refuse: RefuseValue, depth = 0): Value {
  switch (typeof value) {
    case 'number':
      return Number.isNaN(value) ? refuse(path, value, EXPECTED_VALUE) : value
    case 'string':
    case 'boolean':
    case 'bigint':
      return value
    case 'object':
      if (value === null) return null
      if (depth >= MAX_DEPTH) return refuse(path, value, `at most ${MAX_DEPTH} levels of nesting`)
      if (Array.isArray(value)) return Array.from(value, (v, i) => copyValue(v, `${path}[${i}]`, refuse, depth + 1))
      if (ArrayBuffer.isView(value)) return copyNumericArray(value, path, refuse)
      if (isPlain(value)) return copyRecord(value, path, refuse, depth + 1)
      return refuse(path, value, EXPECTED_VALUE)
    default:
      return refuse(path, value, EXPECTED_VALUE)
  }
}

/** A copy of a plain object's own fields. */
export function copyRecord(value: object, path: string, refuse: RefuseValue, depth = 0): Record<string, Value> {
  const copy: Record<string, Value> = {}
  const fields = value as Record<string, unknown>
  for (const name in fields) {
    if (!Object.hasOwn(fields, name)) continue
    if (name === '__proto__') return refuse(`${path}.${name}`, fields[name], 'another name')
    const field = fields[name]
    // numbers that are numbers and text go the short way
    copy[name] =
      typeof field === 'string' || (typeof field === 'number' && !Number.isNaN(field))
        ? field
        : copyValue(field, `${path}.${name}`, refuse, depth)
  }
  return copy
}

/** True for `{…}` of any realm and for objects without a prototype. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function copyNumericArray(value: ArrayBufferView, path: string, refuse: RefuseValue): Value {
  const name = Object.prototype.toString.call(value).slice('[object '.length, -1)
  const kind = Object.hasOwn(numericArrays, name) ? (name as keyof typeof numericArrays) : null
  return kind === null ? refuse(path, value, EXPECTED_VALUE) : new numericArrays[kind](value as never)
}
