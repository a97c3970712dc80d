import { MillraceError } from '../core/errors.ts'
import { describeSchema, isNullable, type RecordSchema, type Schema } from './schema.ts'

/** Why a value does not have its type: `{path: 'customer.ages[3]', expected: 'int', actual: '"x"'}`; path '' is the value itself. */
export interface Fault {
  readonly path: string
  readonly expected: string
  readonly actual: string
}

/** Tells what is wrong with a value, or null. */
export type Check = (value: unknown) => Fault | null

/** The record error that a fault stands for: `field "amount": expected double, got "abc"`. */
export function mismatch(fault: Fault): MillraceError<'SCHEMA_MISMATCH'> {
  const where = fault.path === '' ? 'record' : `field "${fault.path}"`
  return new MillraceError('SCHEMA_MISMATCH', { where, expected: fault.expected, actual: fault.actual })
}

/**
 * Compiles the check of a schema into one function per type. An int or a long passes as a double, and a long is a number or a bigint;
 * bytes are Uint8Array; a union's value is the plain value; a typed array passes as an array of numbers (Uint8Array does
 * not: it is bytes); undefined is null. Fields that the schema does not name are not looked at.
 *
 * The generated text holds fixed templates, numbers and JSON-escaped strings only.
 */
export function compileCheck(schema: Schema): Check {
  const compiler = new CheckCompiler()
  const root = compiler.functionOf(schema)
  const body = `'use strict'\n${compiler.functions.join('\n')}\nreturn ${root}`
  return new Function('lib', body)({ ...library, sets: compiler.sets }) as Check
}

class CheckCompiler {
  readonly functions: string[] = []
  readonly sets: ReadonlySet<string>[] = []
  readonly #names = new Map<Schema, string>()

  /** Name of the function that checks this type; a recursive type calls itself. */
  functionOf(schema: Schema): string {
    const known = this.#names.get(schema)
    if (known !== undefined) return known
    const name = `check${this.#names.size}`
    this.#names.set(schema, name)
    this.functions.push(`function ${name}(v) {\n${this.#body(schema)}\n}`)
    return name
  }

  #body(schema: Schema): string {
    const expected = JSON.stringify(describeSchema(schema))
    const fault = `lib.fault(${expected}, v)`
    switch (schema.type) {
      case 'record':
        return this.#record(schema, fault)
      case 'array':
        return this.#array(schema.items, fault)
      case 'map':
        return `if (!lib.isRecord(v)) return ${fault}
for (const k in v) { const f = ${this.functionOf(schema.values)}(v[k]); if (f !== null) return lib.below(k, f) }
return null`
      case 'union': {
        const others = schema.branches.filter((b) => b.type !== 'null')
        const only = others.length === 1 ? others[0] : undefined
        // With one branch besides null its own fault says more than "null or record".
        const last = only && !inlineTest(only, 'v', 0) ? `return ${this.functionOf(only)}(v)` : `return ${fault}`
        return `if (${schema.branches.map((b) => this.#test(b, 'v')).join(' || ')}) return null\n${last}`
      }
      default:
        return `return ${this.#test(schema, 'v')} ? null : ${fault}`
    }
  }

  #record(schema: RecordSchema, fault: string): string {
    const lines = [`if (!lib.isRecord(v)) return ${fault}`, 'let x, f']
    for (const field of schema.fields) {
      const key = JSON.stringify(field.name)
      const mayMiss = 'default' in field || isNullable(field.schema)
      // `constructor` and the like would be found on the prototype of a record that lacks them.
      lines.push(`x = ${field.name in Object.prototype ? `lib.own(v, ${key})` : `v[${key}]`}`)
      const guard = mayMiss ? 'x !== undefined && ' : ''
      const type = field.schema.type
      if (type === 'record' || type === 'array' || type === 'map' || type === 'union') {
        lines.push(`if (${guard}(f = ${this.functionOf(field.schema)}(x)) !== null) return lib.below(${key}, f)`)
      } else {
        const expected = JSON.stringify(describeSchema(field.schema))
        lines.push(
          `if (${guard}!(${this.#test(field.schema, 'x')})) return lib.below(${key}, lib.fault(${expected}, x))`,
        )
      }
    }
    return `${lines.join('\n')}\nreturn null`
  }

  #array(items: Schema, fault: string): string {
    const isNumeric = items.type === 'int' || items.type === 'long' || items.type === 'float' || items.type === 'double'
    const unlessTyped = isNumeric
      ? `if (lib.holds(${JSON.stringify(items.type)}, v)) return null\nif (!lib.isNumbers(v)) return ${fault}`
      : `return ${fault}`
    return `if (!Array.isArray(v)) {\n${unlessTyped}\n}
for (let i = 0; i < v.length; i++) {
const x = v[i]
if (!(${this.#test(items, 'x')})) return lib.item(i, ${this.functionOf(items)}(x))
}
return null`
  }

  /** An expression that is true when `v` has the type. */
  #test(schema: Schema, v: string): string {
    const inline = inlineTest(schema, v, this.sets.length)
    if (inline === null) return `${this.functionOf(schema)}(${v}) === null`
    if (schema.type === 'enum') this.sets.push(new Set(schema.symbols))
    return inline
  }
}

/** The test of a type without parts, or null; an enum's symbols are set number `set`. */
function inlineTest(schema: Schema, v: string, set: number): string | null {
  switch (schema.type) {
    case 'null':
      return `(${v} === null || ${v} === undefined)`
    case 'boolean':
    case 'string':
      return `typeof ${v} === '${schema.type}'`
    case 'int':
      return `(typeof ${v} === 'number' && (${v} | 0) === ${v})`
    case 'long':
      return `lib.isLong(${v})`
    case 'float':
    case 'double':
      return `(typeof ${v} === 'number' || typeof ${v} === 'bigint')`
    case 'bytes':
      return `${v} instanceof Uint8Array`
    case 'fixed':
      return `(${v} instanceof Uint8Array && ${v}.length === ${Number(schema.size)})`
    case 'enum':
      return `lib.sets[${set}].has(${v})`
    default:
      return null
  }
}

const longMin = -(2n ** 63n)
const longMax = 2n ** 63n - 1n

const library = {
  fault: (expected: string, value: unknown): Fault => ({ path: '', expected, actual: describeValue(value) }),
  below: (key: string, fault: Fault): Fault => {
    const path = fault.path === '' ? key : `${key}${fault.path.startsWith('[') ? '' : '.'}${fault.path}`
    return { ...fault, path }
  },
  item: (index: number, fault: Fault): Fault => {
    const path = `[${index}]${fault.path === '' || fault.path.startsWith('[') ? '' : '.'}${fault.path}`
    return { ...fault, path }
  },
  own: (value: object, key: string): unknown => (Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined),
  isRecord: (value: unknown): boolean =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value),
  isLong: (value: unknown): boolean =>
    typeof value === 'number'
      ? Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63
      : typeof value === 'bigint' && value >= longMin && value <= longMax,
  isNumbers: (value: unknown): boolean =>
    ArrayBuffer.isView(value) && !(value instanceof Uint8Array) && !(value instanceof DataView),
  /** True when every element of a typed array has the type whatever its value is. */
  holds: (type: string, value: unknown): boolean => {
    if (type === 'double' || type === 'float') {
      if (value instanceof Float64Array || value instanceof Float32Array) return true
    }
    if (value instanceof BigInt64Array) return type !== 'int'
    if (value instanceof Uint32Array) return type !== 'int'
    return (
      value instanceof Int32Array ||
      value instanceof Int16Array ||
      value instanceof Int8Array ||
      value instanceof Uint16Array
    )
  },
}

/** A value in a few characters, for messages: `"abc"`, `12.5`, `no value`, `{"a":1,"b":...`. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'undefined':
      return 'no value'
    case 'bigint':
    case 'number':
      return String(value)
    case 'string':
      return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
    case 'object': {
      if (value === null) return 'null'
      if (value instanceof Uint8Array) return `${value.length} bytes`
      if (ArrayBuffer.isView(value)) return value.constructor.name
      if (Array.isArray(value)) return `an array of ${value.length}`
      const keys = Object.keys(value)
      const names = keys.slice(0, 3).map((k) => JSON.stringify(k.slice(0, 30)))
      return keys.length === 0 ? 'an empty record' : `a record with ${names.join(', ')}${keys.length > 3 ? ', …' : ''}`
    }
    default:
      return typeof value
  }
}
