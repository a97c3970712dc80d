import { branchName } from '../../schema/avro.ts'
import { compileCheck } from '../../schema/check.ts'
import { isNullable, type RecordSchema, type Schema } from '../../schema/schema.ts'
import type { Json } from './reader.ts'

/** Brings a parsed value into the form of its schema; what does not fit stays as it is, for the check to name. */
export type Conform = (value: unknown) => unknown

/** Notes that a value came out of conforming as something else than its text says. */
export interface Changes {
  hasChanged: boolean
}

/**
 * Compiles the step from parsed JSON to values of a schema: lists of doubles become Float64Array and lists of floats Float32Array, text becomes bytes (Avro
 * JSON: one character U+0000 to U+00FF per byte), `{"double": 1}` becomes 1, absent fields take their default or null, and
 * whole numbers beyond 2^53 stay bigint only where the schema says long. Fields that the schema does not name are kept. Filling in
 * and unwrapping are noted in `changes`, which is never reset here.
 */
export function compileConform(schema: Schema, changes: Changes): Conform {
  return conformOf(schema, new Map(), changes)
}

/** Null stands for "already in form". */
function conformOf(schema: Schema, known: Map<Schema, Conform>, changes: Changes): Conform {
  const found = known.get(schema)
  if (found) return found
  // Registered before its parts are compiled, so that a recursive type finds itself.
  let inner: Conform = plain
  known.set(schema, (value) => inner(value))
  inner = compile(schema, known, changes)
  return inner
}

function compile(schema: Schema, known: Map<Schema, Conform>, changes: Changes): Conform {
  switch (schema.type) {
    case 'long':
      return (value) => value
    case 'bytes':
    case 'fixed':
      return (value) => (typeof value === 'string' ? latin1Bytes(value) : plain(value))
    case 'array': {
      const item = conformOf(schema.items, known, changes)
      const { type } = schema.items
      const list = type === 'double' ? Float64Array : type === 'float' ? Float32Array : null
      return (value) => {
        if (!Array.isArray(value)) return plain(value)
        const items = value.map(item)
        return list && items.every((x) => typeof x === 'number') ? list.from(items as number[]) : items
      }
    }
    case 'map': {
      const item = conformOf(schema.values, known, changes)
      return (value) => {
        if (!isObject(value)) return plain(value)
        const map = {}
        for (const key of Object.keys(value)) setOwn(map, key, item(value[key]))
        return map
      }
    }
    case 'record':
      return conformRecord(schema, known, changes)
    case 'union': {
      const branches = schema.branches.map((branch) => ({
        name: branchName(branch),
        check: compileCheck(branch),
        conform: conformOf(branch, known, changes),
      }))
      return (value) => {
        const fitting = branches.map((b) => ({ b, value: b.conform(value) })).find((t) => t.b.check(t.value) === null)
        if (fitting) return fitting.value
        // Avro's own JSON form names the branch; a record or map that has such a field was found above.
        if (isObject(value)) {
          const keys = Object.keys(value)
          const branch = keys.length === 1 ? branches.find((b) => b.name === keys[0]) : undefined
          if (branch) {
            changes.hasChanged = true
            return branch.conform(value[branch.name])
          }
        }
        return plain(value)
      }
    }
    default:
      return plain
  }
}

function conformRecord(schema: RecordSchema, known: Map<Schema, Conform>, changes: Changes): Conform {
  const fields = schema.fields.map((field) => ({
    name: field.name,
    conform: conformOf(field.schema, known, changes),
    hasValue: 'default' in field || isNullable(field.schema),
    default: 'default' in field ? field.default : null,
  }))
  const names = new Set(schema.fields.map((f) => f.name))
  return (value) => {
    if (!isObject(value)) return plain(value)
    const record = {}
    for (const field of fields) {
      if (Object.hasOwn(value, field.name)) setOwn(record, field.name, field.conform(value[field.name]))
      else if (field.hasValue) {
        changes.hasChanged = true
        setOwn(record, field.name, field.conform(field.default))
      }
    }
    for (const key of Object.keys(value)) if (!names.has(key)) setOwn(record, key, plain(value[key]))
    return record
  }
}

/** A copy of the value with its bigints as doubles, as JSON.parse would have read them. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(plain)
  if (!isObject(value)) return value
  const copy = {}
  for (const key of Object.keys(value)) setOwn(copy, key, plain(value[key]))
  return copy
}

/** Text of characters up to U+00FF as bytes; other text stays, because it is no byte string. */
function latin1Bytes(text: string): unknown {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 255) return text
  return new Uint8Array(Buffer.from(text, 'latin1'))
}

/** Sets a field whatever its name is: assigning to `__proto__` would set the prototype. */
export function setOwn(object: object, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true })
  } else (object as Record<string, unknown>)[key] = value
}

function isObject(value: unknown): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
