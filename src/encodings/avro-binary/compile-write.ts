import { BytesWriter } from '../../core/bytes.ts'
import { type Check, compileCheck } from '../../schema/check.ts'
import { defaultValue } from '../../schema/default-value.ts'
import { isNullable, type RecordField, type RecordSchema, type Schema } from '../../schema/schema.ts'
import type { Value } from '../../schema/value.ts'
import { maxDepth } from './wire-reader.ts'
import { noFit, WireWriter } from './wire-writer.ts'

/** Writes a value at the wire's position `p` and returns where it ends; throws `noFit`, or `tooDeep`. */
export type Write = (value: unknown, p: number) => number

/** Thrown where values are nested deeper than `maxDepth`. */
export const tooDeep = Symbol('the value is nested too deep')

/**
 * Generates the writer of a schema: one function per record, list and map, the other types in place. A union's value gets the first
 * branch that holds it exactly: a bigint is a long before a double, a number is a float only when it is one, and of several records
 * the one with the most fields of the value. Absent fields are written as their default or as null. The text holds fixed
 * templates, numbers, and names as JSON-escaped strings.
 */
export function compileWrite(schema: Schema, wire: WireWriter): Write {
  const compiler = new WriteCompiler(wire)
  const root = compiler.text(schema, 'v')
  const body = `'use strict'
const w = lib.wire
${compiler.functions.join('\n')}
return function write(v, p) {
const depth = 0
let x
${root}
return p }`
  return new Function('lib', body)(compiler.library) as Write
}

/** Kinds of JavaScript values; types of different groups never hold the same value. */
const groups = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  bytes: 'bytes',
  fixed: 'bytes',
  string: 'text',
  enum: 'text',
  array: 'list',
  map: 'record',
  record: 'record',
  union: '',
} as const satisfies Record<Schema['type'], string>

class WriteCompiler {
  readonly functions: string[] = []
  readonly library
  readonly #names = new Map<Schema, string>()
  #temporaries = 0

  constructor(wire: WireWriter) {
    this.library = {
      wire,
      noFit,
      tooDeep,
      enums: [] as ReadonlyMap<unknown, number>[],
      checks: [] as Check[],
      records: [] as ((value: unknown) => number)[],
      defaults: [] as (() => Uint8Array)[],
      own: (value: object, key: string): unknown => (Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined),
      isRecord,
      isNumbers,
    }
  }

  /** Statements that write the value of the expression `v` at `p` and move `p`. They use the variable `x`. */
  text(schema: Schema, v: string): string {
    switch (schema.type) {
      case 'null':
        return `if (${v} !== null && ${v} !== undefined) throw lib.noFit`
      case 'boolean':
        return `if (typeof ${v} !== 'boolean') throw lib.noFit
if (p >= w.room) w.grow(p, 1)
w.bytes[p++] = ${v} ? 1 : 0`
      case 'int':
        return `if (typeof ${v} !== 'number' || (${v} | 0) !== ${v}) throw lib.noFit
${small(v)}`
      case 'long':
        return `if (typeof ${v} === 'number' && (${v} | 0) === ${v}) { ${small(v)} } else p = w.long(p, ${v})`
      case 'float':
      case 'double': {
        const size = schema.type === 'float' ? 4 : 8
        const set = schema.type === 'float' ? 'setFloat32' : 'setFloat64'
        return `x = ${v}
if (typeof x !== 'number') { if (typeof x !== 'bigint') throw lib.noFit; x = Number(x) }
if (p + ${size} > w.room) w.grow(p, ${size})
w.view.${set}(p, x, true); p += ${size}`
      }
      case 'bytes':
        return `p = w.blob(p, ${v})`
      case 'string':
        return `p = w.string(p, ${v})`
      case 'fixed':
        return `p = w.fixed(p, ${v}, ${Number(schema.size)})`
      case 'enum': {
        const set = this.library.enums.push(new Map(schema.symbols.map((symbol, i) => [symbol, i]))) - 1
        return `x = lib.enums[${set}].get(${v})
if (x === undefined) throw lib.noFit
${small('x')}`
      }
      case 'union':
        return this.#union(schema.branches, v)
      default:
        return `p = ${this.#functionOf(schema)}(${v}, p, depth + 1)`
    }
  }

  #union(branches: readonly Schema[], v: string): string {
    const cases: string[] = []
    const add = (test: string, i: number) => {
      const index = i < 64 ? `if (p >= w.room) w.grow(p, 1)\nw.bytes[p++] = ${2 * i}` : `p = w.long(p, ${i})`
      cases.push(`if (${test}) { ${index}\n${this.text(branches[i] as Schema, v)} }`)
    }
    const isAlone = (branch: Schema) => branches.filter((b) => groups[b.type] === groups[branch.type]).length === 1
    const records = branches.filter((b) => groups[b.type] === 'record')
    let best = ''
    for (const [i, branch] of branches.entries()) {
      if (isAlone(branch)) add(groupTest(branch, v), i)
      else if (groups[branch.type] !== 'record') add(this.#exactTest(branch, v), i)
      else {
        if (best === '') {
          best = `y${this.#temporaries++}`
          const set = this.library.records.push(chooseRecord(records)) - 1
          cases.push(`if ((${best} = lib.records[${set}](${v})) < 0 && lib.isRecord(${v})) throw lib.noFit`)
        }
        add(`${best} === ${records.indexOf(branch)}`, i)
      }
    }
    // What no number type holds exactly goes to the first that takes it at all.
    for (const [i, branch] of branches.entries()) {
      const isFloating = branch.type === 'float' || branch.type === 'double'
      if (isFloating && !isAlone(branch)) add(`typeof ${v} === 'number' || typeof ${v} === 'bigint'`, i)
    }
    return `{ ${best === '' ? '' : `let ${best}\n`}${cases.join('\nelse ')}\nelse throw lib.noFit }`
  }

  /** True when the branch holds the value as it is. */
  #exactTest(branch: Schema, v: string): string {
    switch (branch.type) {
      case 'int':
        return `typeof ${v} === 'number' && (${v} | 0) === ${v}`
      case 'float':
        return `typeof ${v} === 'number' && Object.is(Math.fround(${v}), ${v})`
      case 'double':
        return `typeof ${v} === 'number'`
      default:
        return `lib.checks[${this.library.checks.push(compileCheck(branch)) - 1}](${v}) === null`
    }
  }

  #functionOf(schema: Schema & { readonly type: 'record' | 'array' | 'map' }): string {
    const known = this.#names.get(schema)
    if (known !== undefined) return known
    const name = `write${this.#names.size}`
    this.#names.set(schema, name)
    const body =
      schema.type === 'record'
        ? this.#record(schema)
        : schema.type === 'map'
          ? this.#map(schema.values)
          : this.#array(schema.items)
    this.functions.push(`function ${name}(v, p, depth) {
if (depth > ${maxDepth}) throw lib.tooDeep
let x
${body}
return p }`)
    return name
  }

  #record(schema: RecordSchema): string {
    const lines = ['if (!lib.isRecord(v)) throw lib.noFit', 'let f']
    for (const field of schema.fields) {
      const key = JSON.stringify(field.name)
      // `constructor` and the like would be found on the prototype of a record that lacks them.
      lines.push(`f = ${field.name in Object.prototype ? `lib.own(v, ${key})` : `v[${key}]`}`)
      lines.push(this.#field(field))
    }
    return lines.join('\n')
  }

  #field(field: RecordField): string {
    const text = this.text(field.schema, 'f')
    if (!('default' in field) || (field.default === null && isNullable(field.schema))) return text
    const set = this.library.defaults.push(encodedDefault(field)) - 1
    return `if (f === undefined) p = w.raw(p, lib.defaults[${set}]())\nelse { ${text} }`
  }

  #map(values: Schema): string {
    return `if (!lib.isRecord(v)) throw lib.noFit
const keys = Object.keys(v)
if (keys.length > 0) p = w.long(p, keys.length)
for (let i = 0; i < keys.length; i++) {
p = w.string(p, keys[i])
const f = v[keys[i]]
${this.text(values, 'f')}
}
if (p >= w.room) w.grow(p, 1)
w.bytes[p++] = 0`
  }

  #array(items: Schema): string {
    const isNumeric = groups[items.type] === 'number'
    const items64 = `if (v instanceof Float64Array) p = w.doubles(p, v)\nelse `
    return `if (!Array.isArray(v)${isNumeric ? ' && !lib.isNumbers(v)' : ''}) throw lib.noFit
const n = v.length
if (n > 0) p = w.long(p, n)
${items.type === 'double' ? items64 : ''}for (let i = 0; i < n; i++) {
const f = v[i]
${this.text(items, 'f')}
}
if (p >= w.room) w.grow(p, 1)
w.bytes[p++] = 0`
  }
}

/** Statements that write an int of 32 bits. */
function small(v: string): string {
  return `x = (${v} << 1) ^ (${v} >> 31)
if (p + 5 > w.room) w.grow(p, 5)
if (x >= 0 && x < 128) w.bytes[p++] = x
else p = w.varint(p, x)`
}

/** True when a value is of the group of a branch that is alone in it; its own statements find out the rest. */
function groupTest(branch: Schema, v: string): string {
  switch (groups[branch.type]) {
    case 'null':
      return `${v} === null || ${v} === undefined`
    case 'boolean':
      return `typeof ${v} === 'boolean'`
    case 'number':
      return `typeof ${v} === 'number' || typeof ${v} === 'bigint'`
    case 'text':
      return `typeof ${v} === 'string'`
    case 'bytes':
      return `${v} instanceof Uint8Array`
    case 'list':
      return `Array.isArray(${v}) || lib.isNumbers(${v})`
    default:
      return `lib.isRecord(${v})`
  }
}

/** The index of the record or map that a value fits, the one with the most of its fields; -1 = none. */
function chooseRecord(branches: readonly Schema[]): (value: unknown) => number {
  const candidates = branches.map((branch) => ({
    check: compileCheck(branch),
    names: branch.type === 'record' ? branch.fields.map((f) => f.name) : [],
  }))
  return (value) => {
    let best = -1
    let most = -1
    if (!isRecord(value)) return best
    for (const [i, { check, names }] of candidates.entries()) {
      const shared = names.reduce((count, name) => count + (Object.hasOwn(value, name) ? 1 : 0), 0)
      if (shared <= most || check(value) !== null) continue
      most = shared
      best = i
    }
    return best
  }
}

/** The bytes of a field's default, made at first use: the default of a recursive type may hold the type itself. */
function encodedDefault(field: RecordField): () => Uint8Array {
  let bytes: Uint8Array | null = null
  return () => {
    bytes ??= encodeOnce(field.schema, defaultValue(field.schema, field.default))
    return bytes
  }
}

function encodeOnce(schema: Schema, value: Value): Uint8Array {
  const wire = new WireWriter()
  const writer = new BytesWriter(1, 64)
  const start = wire.begin(writer)
  writer.commit(compileWrite(schema, wire)(value, start))
  return writer.finish().bytes
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

/** True for typed arrays of numbers; a Uint8Array is bytes. */
function isNumbers(value: unknown): boolean {
  return ArrayBuffer.isView(value) && !(value instanceof Uint8Array) && !(value instanceof DataView)
}
