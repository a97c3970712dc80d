import { isDefaultOf } from './avro.ts'
import type { Schema } from './schema.ts'
import type { Value } from './value.ts'

/**
 * The value that a default in Avro's JSON form stands for, made anew at each call: bytes are text with one character U+0000 to
 * U+00FF per byte, lists of doubles and floats are typed arrays, and a union's default has the first branch that it fits (Avro 1.12).
 */
export function defaultValue(schema: Schema, json: unknown): Value {
  switch (schema.type) {
    case 'bytes':
    case 'fixed':
      return new Uint8Array(Buffer.from(json as string, 'latin1'))
    case 'float':
      return Math.fround(json as number)
    case 'array': {
      const items = (json as readonly unknown[]).map((item) => defaultValue(schema.items, item))
      const list = schema.items.type === 'double' ? Float64Array : schema.items.type === 'float' ? Float32Array : null
      return list === null ? items : list.from(items as number[])
    }
    case 'map':
      return ownFields(Object.entries(json as object).map(([key, item]) => [key, defaultValue(schema.values, item)]))
    case 'record': {
      const given = json as Readonly<Record<string, unknown>>
      return ownFields(
        schema.fields.map((f) => [
          f.name,
          defaultValue(f.schema, Object.hasOwn(given, f.name) ? given[f.name] : f.default),
        ]),
      )
    }
    case 'union': {
      const branch = schema.branches.find((b) => isDefaultOf(b, json, 0))
      return branch === undefined ? null : defaultValue(branch, json)
    }
    default:
      return json as Value
  }
}

/** A record whatever its names are: assigning to `__proto__` would set the prototype. */
function ownFields(entries: readonly (readonly [string, Value])[]): Value {
  const record = {}
  for (const [key, value] of entries) {
    Object.defineProperty(record, key, { value, enumerable: true, writable: true, configurable: true })
  }
  return record
}
