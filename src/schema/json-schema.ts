import { describeSchema, isNullable, type RecordField, type Schema } from './schema.ts'

/** What a JSON Schema says that a schema here can say too. */
export interface ExpressedSchema {
  readonly schema: Schema
  /** Keywords that are passed over, because a schema here has no word for them: `minimum`, `pattern`. */
  readonly ignored: readonly string[]
}

type Json = Readonly<Record<string, unknown>>

/** Keywords that say nothing about which values are right. */
const silent = new Set([
  ...[
    '$schema',
    '$id',
    'id',
    '$comment',
    'title',
    'description',
    'default',
    'examples',
    'example',
    'readOnly',
    'writeOnly',
  ],
  ...['definitions', '$defs', 'deprecated', '$anchor', 'nullable'],
])
const maxDepth = 64

/** Thrown where a document says more about the shape of values than a schema here can; caught below. */
class Inexpressible extends Error {}

/**
 * The schema that a JSON Schema document stands for, or why there is none, in words. Objects are records (with properties) or maps
 * (without), a property that is not required may be null, integers are longs, numbers doubles; limits of numbers, lengths and
 * patterns are passed over. Composition (`allOf`, `not`, `if`), tuples and references to other documents are not expressed.
 */
export function fromJsonSchema(document: unknown): ExpressedSchema | string {
  const reading = new Reading(document)
  try {
    return { schema: reading.type(document, 'Record', 0), ignored: [...reading.ignored].sort() }
  } catch (thrown) {
    if (thrown instanceof Inexpressible) return thrown.message
    throw thrown
  }
}

class Reading {
  readonly ignored = new Set<string>()
  readonly #root: unknown
  readonly #records = new Map<unknown, Schema>()

  constructor(root: unknown) {
    this.#root = root
  }

  type(json: unknown, name: string, depth: number): Schema {
    if (depth > maxDepth) throw new Inexpressible(`it is nested deeper than ${maxDepth} levels`)
    if (!isObject(json)) throw new Inexpressible(`"${name}" is ${JSON.stringify(json)}, expected an object`)
    for (const keyword of ['allOf', 'not', 'if', 'patternProperties', 'prefixItems', 'dependentSchemas']) {
      if (keyword in json) throw new Inexpressible(`"${name}" uses ${keyword}`)
    }
    if (typeof json['$ref'] === 'string') return this.type(this.#target(json['$ref']), name, depth + 1)
    const choices = json['oneOf'] ?? json['anyOf']
    if (Array.isArray(choices))
      return union(
        choices.map((entry, i) => this.type(entry, `${name}${i}`, depth + 1)),
        name,
      )
    if (Array.isArray(json['enum'])) return this.#symbols(json['enum'], name)
    if ('const' in json) return this.#symbols([json['const']], name)
    const { type } = json
    if (Array.isArray(type)) {
      return union(
        type.map((entry) => this.#single(json, entry, name, depth)),
        name,
      )
    }
    return this.#single(json, type ?? ('properties' in json ? 'object' : undefined), name, depth)
  }

  #single(json: Json, type: unknown, name: string, depth: number): Schema {
    switch (type) {
      case 'null':
      case 'boolean':
      case 'string':
        this.#note(json, ['type'])
        return { type }
      case 'integer':
        this.#note(json, ['type'])
        return { type: 'long' }
      case 'number':
        this.#note(json, ['type'])
        return { type: 'double' }
      case 'array':
        this.#note(json, ['type', 'items'])
        return { type: 'array', items: this.type(json['items'], `${name}Item`, depth + 1) }
      case 'object':
        return this.#object(json, name, depth)
      default:
        throw new Inexpressible(`"${name}" is of any type`)
    }
  }

  #object(json: Json, name: string, depth: number): Schema {
    this.#note(json, ['type', 'properties', 'required', 'additionalProperties'])
    const { properties, required, additionalProperties: rest } = json
    if (!isObject(properties) || Object.keys(properties).length === 0) {
      if (isObject(rest)) return { type: 'map', values: this.type(rest, `${name}Value`, depth + 1) }
      return { type: 'record', name, fields: [] }
    }
    // Values are checked for the fields that the schema names; others pass.
    if (rest === false || isObject(rest)) this.ignored.add('additionalProperties')
    const known = this.#records.get(json)
    if (known) return known
    const fields: RecordField[] = []
    const record: Schema = { type: 'record', name, fields }
    this.#records.set(json, record)
    const needed = new Set(Array.isArray(required) ? required : [])
    for (const [field, entry] of Object.entries(properties)) {
      const schema = this.type(entry, field, depth + 1)
      const isOpen = needed.has(field) || isNullable(schema)
      fields.push({ name: field, schema: isOpen ? schema : union([{ type: 'null' }, schema], field) })
    }
    return record
  }

  #symbols(values: readonly unknown[], name: string): Schema {
    if (values.every((value) => typeof value === 'string')) {
      return { type: 'enum', name, symbols: [...new Set(values as string[])] }
    }
    throw new Inexpressible(`"${name}" is one of values that are not all text`)
  }

  #target(reference: string): unknown {
    if (!reference.startsWith('#')) throw new Inexpressible(`it refers to "${reference}"`)
    let found = this.#root
    for (const step of reference.slice(1).split('/').filter(Boolean)) {
      const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
      found = isObject(found) && Object.hasOwn(found, key) ? found[key] : undefined
    }
    if (found === undefined) throw new Inexpressible(`it refers to "${reference}", which it does not have`)
    return found
  }

  #note(json: Json, known: readonly string[]): void {
    for (const keyword of Object.keys(json)) {
      if (!known.includes(keyword) && !silent.has(keyword)) this.ignored.add(keyword)
    }
  }
}

function union(branches: readonly Schema[], name: string): Schema {
  const flat = branches.flatMap((branch) => (branch.type === 'union' ? branch.branches : [branch]))
  const unique = flat.filter((branch, i) => flat.findIndex((b) => b === branch || isSamePlain(b, branch)) === i)
  if (unique.length === 0) throw new Inexpressible(`"${name}" has no types`)
  return unique.length === 1 ? (unique[0] as Schema) : { type: 'union', branches: unique }
}

function isSamePlain(a: Schema, b: Schema): boolean {
  return (
    a.type === b.type &&
    !('name' in a) &&
    describeSchema(a) === describeSchema(b) &&
    a.type !== 'array' &&
    a.type !== 'map'
  )
}

/** A JSON Schema (draft-07) for values of a schema, as they stand in JSON. */
export function toJsonSchema(schema: Schema): object {
  const definitions: Record<string, object> = {}
  const print = (type: Schema): object => {
    switch (type.type) {
      case 'null':
      case 'boolean':
      case 'string':
        return { type: type.type }
      case 'int':
      case 'long':
        return { type: 'integer' }
      case 'float':
      case 'double':
        return { type: 'number' }
      case 'bytes':
      case 'fixed':
        return { type: 'string' }
      case 'enum':
        return { type: 'string', enum: type.symbols }
      case 'array':
        return { type: 'array', items: print(type.items) }
      case 'map':
        return { type: 'object', additionalProperties: print(type.values) }
      case 'union':
        return { oneOf: type.branches.map(print) }
      case 'record': {
        if (!(type.name in definitions)) {
          definitions[type.name] = {}
          definitions[type.name] = {
            type: 'object',
            title: type.name,
            properties: Object.fromEntries(type.fields.map((f) => [f.name, print(f.schema)])),
            required: type.fields.filter((f) => !('default' in f) && !isNullable(f.schema)).map((f) => f.name),
          }
        }
        return { $ref: `#/definitions/${type.name.replaceAll('~', '~0').replaceAll('/', '~1')}` }
      }
      default:
        return type satisfies never
    }
  }
  const root = print(schema)
  const $schema = 'http://json-schema.org/draft-07/schema#'
  if (Object.keys(definitions).length === 0) return { $schema, ...root }
  // The root itself is spelled out, so that its title names it.
  const own = schema.type === 'record' ? definitions[schema.name] : root
  return { $schema, ...own, definitions }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
