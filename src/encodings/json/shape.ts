import type { TextBuffer } from '../../core/utf8.ts'
import { compileCheck } from '../../schema/check.ts'
import { isNullable, type RecordSchema, type Schema } from '../../schema/schema.ts'
import { type Changes, compileConform } from './conform.ts'
import { type ListItem, NumberLists } from './number-lists.ts'
import { type JsonReader, maxNesting } from './reader.ts'

const maxLiteralBytes = 16_384
const maxValues = 1024

/** What reads the records of one shape. */
export interface Scanner {
  readonly scan: Scan
  /** Told of each batch before its first record is scanned. */
  readonly lists: readonly NumberLists[]
  /** False when all records of the shape have line breaks or lack fields that are filled in. */
  readonly isVerbatim: boolean
}

/** Reads a record of one shape from `[start, end)`, or answers undefined when the bytes have another shape. */
export type Scan = (bytes: TextBuffer, view: DataView, start: number, end: number) => unknown

/**
 * The layout of a record's text: literal bytes and values in turn, `literals[i]` before `values[i]`. Nested records are part of
 * the literals. Example: `{"a": 1, "b": {"c": "x"}}` has the literals `{"a": `, `, "b": {"c": `, `}}` and two values.
 */
export interface Shape {
  readonly literals: readonly Uint8Array[] // [values.length + 1]
  /** Schema of each value, or null when nothing is known about it. */
  readonly values: readonly (Schema | null)[]
  readonly tree: Tree
}

/** A value by its number, or a record of trees in the order in which its fields are created. */
type Tree = number | { readonly fields: readonly { readonly name: string; readonly tree: Tree | Absent }[] }

/** A field of the schema that the shape lacks: its default, in Avro's JSON form. */
interface Absent {
  readonly schema: Schema
  readonly default: unknown
}

/** The shape of a text that is known to be a JSON object, or null when records like it are better read one by one. */
export function learnShape(bytes: Uint8Array, start: number, end: number, schema: Schema | null): Shape | null {
  if (bytes[end - 1] !== 125 || (schema !== null && schema.type !== 'record')) return null
  return new ShapeLearner(bytes, start, end).learn(schema)
}

class ShapeLearner {
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #literals: Uint8Array[] = []
  readonly #values: (Schema | null)[] = []
  #at: number
  /** Where the literal under way starts. */
  #from: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes
    this.#at = start
    this.#from = start
    this.#end = end
  }

  learn(schema: Schema | null): Shape | null {
    this.#skipSpace()
    if (this.#bytes[this.#at] !== 123) return null
    const tree = this.#record(schema?.type === 'record' ? schema : null, 0)
    // Text after the record (spaces) would end in something else than "}".
    if (tree === null || this.#at !== this.#end || this.#values.length > maxValues) return null
    this.#literals.push(this.#bytes.slice(this.#from, this.#end))
    const size = this.#literals.reduce((sum, literal) => sum + literal.length, 0)
    return size > maxLiteralBytes ? null : { literals: this.#literals, values: this.#values, tree }
  }

  /** The record at the cursor; null when a key is repeated or a field of the schema has no value. */
  #record(schema: RecordSchema | null, depth: number): Tree | null {
    const found = new Map<string, Tree>()
    this.#at++
    this.#skipSpace()
    while (this.#bytes[this.#at] !== 125) {
      const key = this.#key()
      const field = schema?.fields.find((f) => f.name === key)
      const tree = this.#value(field ? field.schema : null, depth)
      if (tree === null || found.has(key)) return null
      found.set(key, tree)
      this.#skipSpace()
      if (this.#bytes[this.#at] === 44) this.#at++
      this.#skipSpace()
    }
    this.#at++
    return inSchemaOrder(found, schema)
  }

  #value(schema: Schema | null, depth: number): Tree | null {
    const isRecord = this.#bytes[this.#at] === 123 && (schema === null || schema.type === 'record')
    if (isRecord && depth < maxNesting) return this.#record(schema?.type === 'record' ? schema : null, depth + 1)
    this.#literals.push(this.#bytes.slice(this.#from, this.#at))
    this.#skipValue()
    this.#from = this.#at
    return this.#values.push(schema) - 1
  }

  #key(): string {
    const start = this.#at
    this.#skipText()
    const key = JSON.parse(Buffer.from(this.#bytes.subarray(start, this.#at)).toString('utf8')) as string
    this.#skipSpace()
    this.#at++
    this.#skipSpace()
    return key
  }

  #skipValue(): void {
    let depth = 0
    while (this.#at < this.#end) {
      const c = this.#bytes[this.#at] as number
      if (depth === 0 && (c === 44 || c === 125 || c === 32 || c === 10 || c === 13 || c === 9)) return
      if (c === 34) this.#skipText()
      else this.#at++
      if (c === 123 || c === 91) depth++
      else if (c === 125 || c === 93) depth--
    }
  }

  #skipText(): void {
    this.#at++
    while (this.#bytes[this.#at] !== 34) this.#at += this.#bytes[this.#at] === 92 ? 2 : 1
    this.#at++
  }

  #skipSpace(): void {
    for (;;) {
      const c = this.#bytes[this.#at]
      if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return
      this.#at++
    }
  }
}

function inSchemaOrder(found: Map<string, Tree>, schema: RecordSchema | null): Tree | null {
  const fields: { name: string; tree: Tree | Absent }[] = []
  for (const field of schema?.fields ?? []) {
    const tree = found.get(field.name)
    if (tree !== undefined) fields.push({ name: field.name, tree })
    else if ('default' in field)
      fields.push({ name: field.name, tree: { schema: field.schema, default: field.default } })
    else if (isNullable(field.schema)) fields.push({ name: field.name, tree: { schema: field.schema, default: null } })
    else return null
    found.delete(field.name)
  }
  for (const [name, tree] of found) fields.push({ name, tree })
  return { fields }
}

/** True when two shapes have the same bytes around their values, so that one scanner reads both. */
export function isSameShape(a: Shape, b: Shape): boolean {
  return (
    a.literals.length === b.literals.length &&
    a.literals.every((literal, i) => Buffer.compare(literal, b.literals[i] as Uint8Array) === 0)
  )
}

/** Generates the scanner of a shape from fixed templates; field names enter it as JSON-escaped strings, bytes as numbers. */
export function compileShape(
  shape: Shape,
  reader: JsonReader,
  plainReader: JsonReader,
  changes: Changes = { hasChanged: false },
): Scanner {
  const library: Library = {
    changes,
    reader,
    plainReader,
    checks: [],
    conforms: [],
    sets: [],
    defaults: [],
    lists: [],
  }
  const lines: string[] = []
  const last = shape.literals[shape.values.length] as Uint8Array
  const fewest = shape.literals.reduce((sum, literal) => sum + literal.length, 0) + shape.values.length
  // The last byte is "}", so no number can run past the frame.
  lines.push(`if (end - p < ${fewest} || b[end - 1] !== 125) return undefined`)
  for (const [i, schema] of shape.values.entries()) {
    lines.push(literalTest(shape.literals[i] as Uint8Array), valueText(`v${i}`, schema, library))
  }
  lines.push(literalTest(last), 'if (p !== end) return undefined', `return ${treeText(shape.tree, library)}`)
  const names = shape.values.map((_, i) => `v${i}`)
  const body = `'use strict'
const r = lib.reader, q = lib.plainReader
${library.lists.map((_, i) => `const l${i} = lib.lists[${i}]\n`).join('')}return function scan(b, view, p, end) {
let ${['c', ...names].join(', ')}
${lines.join('\n')}
}`
  const scan = new Function('lib', body)(library) as Scan
  return { scan, lists: library.lists, isVerbatim: !shape.literals.some(hasBreak) && isComplete(shape.tree) }
}

/** A line break or tab, which is between tokens, as those in texts are escaped. */
function hasBreak(literal: Uint8Array): boolean {
  return literal.some((byte) => byte < 32)
}

function isComplete(tree: Tree | Absent): boolean {
  return typeof tree === 'number' || (!('schema' in tree) && tree.fields.every((field) => isComplete(field.tree)))
}

interface Library {
  readonly changes: Changes
  readonly reader: JsonReader
  /** For values without a schema: it never gives bigints. */
  readonly plainReader: JsonReader
  readonly checks: ((value: unknown) => unknown)[]
  readonly conforms: ((value: unknown) => unknown)[]
  readonly sets: ReadonlySet<string>[]
  readonly defaults: (() => unknown)[]
  readonly lists: NumberLists[]
}

/** Compares four bytes at a time; the length is checked first, because a view throws beyond its end. */
function literalTest(literal: Uint8Array): string {
  if (literal.length === 0) return ''
  const view = new DataView(literal.buffer, literal.byteOffset, literal.length)
  const tests = [`p + ${literal.length} > end`]
  let at = 0
  for (; at + 4 <= literal.length; at += 4) tests.push(`view.getInt32(p + ${at}, true) !== ${view.getInt32(at, true)}`)
  for (; at < literal.length; at++) tests.push(`b[p + ${at}] !== ${literal[at]}`)
  return `if (${tests.join(' || ')}) return undefined\np += ${literal.length}`
}

const moved = 'p = r.at\nif (p < 0) return undefined'
const nullText = 'view.getInt32(p, true) === 0x6c6c756e' // "null"; a value is never the last 4 bytes of a record it fits into

/** Reads one value into the variable `v`. */
function valueText(v: string, schema: Schema | null, library: Library): string {
  if (schema === null) return `${v} = q.value(b, p, end)\np = q.at\nif (p < 0) return undefined`
  switch (schema.type) {
    case 'float':
    case 'double':
      return `${v} = r.number(b, p)\n${moved}`
    case 'int':
      return `${v} = r.number(b, p)\n${moved}\nif ((${v} | 0) !== ${v}) return undefined`
    case 'long':
      return `${v} = r.number(b, p)\n${moved}\nif (!Number.isSafeInteger(${v})) return undefined`
    case 'boolean':
      return `if (p + 5 > end) return undefined
if (view.getInt32(p, true) === 0x65757274) { ${v} = true; p += 4 }
else if (view.getInt32(p, true) === 0x736c6166 && b[p + 4] === 101) { ${v} = false; p += 5 } else return undefined`
    case 'string':
      return `${v} = r.string(b, p, end)\n${moved}`
    case 'enum': {
      const set = library.sets.push(new Set(schema.symbols)) - 1
      return `${v} = r.string(b, p, end)\n${moved}\nif (!lib.sets[${set}].has(${v})) return undefined`
    }
    case 'array': {
      const list = numericList(schema, 1)
      if (list === null) break
      const i = library.lists.push(new NumberLists(list.item, library.reader)) - 1
      return `${v} = l${i}.read(b, view, p, ${list.depth})\np = l${i}.at\nif (p < 0) return undefined`
    }
    case 'union': {
      const others = schema.branches.filter((b) => b.type !== 'null')
      const only = others[0]
      if (others.length === 1 && only && others.length < schema.branches.length && isDirect(only)) {
        return `c = b[p]
if (c === 110) { if (p + 4 > end || !(${nullText})) return undefined; ${v} = null; p += 4 } else {
${valueText(v, only, library)}
}`
      }
      break
    }
    default:
      break
  }
  const i = library.checks.push(compileCheck(schema)) - 1
  library.conforms.push(compileConform(schema, library.changes))
  return `${v} = lib.conforms[${i}](r.any(b, p, end))\n${moved}\nif (lib.checks[${i}](${v}) !== null) return undefined`
}

/** Type of the items and number of brackets around them, for lists of lists that end in numbers. */
function numericList(
  schema: Schema & { readonly type: 'array' },
  depth: number,
): { readonly item: ListItem; readonly depth: number } | null {
  const { items } = schema
  if (items.type === 'float' || items.type === 'double') return { item: items.type, depth }
  return items.type === 'array' && depth < maxNesting ? numericList(items, depth + 1) : null
}

/** True for types whose reading begins with another byte than `null` does. */
function isDirect(schema: Schema): boolean {
  return ['boolean', 'float', 'double', 'int', 'long', 'string', 'enum'].includes(schema.type)
}

/** The expression that creates a record; one literal, so that all records of a shape share a hidden class. */
function treeText(tree: Tree | Absent, library: Library): string {
  if (typeof tree === 'number') return `v${tree}`
  if ('schema' in tree) {
    if (tree.default === null) return 'null'
    const conform = compileConform(tree.schema, library.changes)
    const text = JSON.stringify(tree.default)
    const i = library.defaults.push(() => conform(JSON.parse(text))) - 1
    return `lib.defaults[${i}]()`
  }
  const fields = tree.fields.map((f) => {
    const key = JSON.stringify(f.name)
    // A plain `__proto__` in a literal would set the prototype; a computed one is a field.
    return `${f.name === '__proto__' ? `[${key}]` : key}: ${treeText(f.tree, library)}`
  })
  return `{${fields.join(', ')}}`
}
