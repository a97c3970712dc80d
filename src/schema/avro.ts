import { MillraceError } from '../core/errors.ts'
import {
  describeSchema,
  type EnumSchema,
  type FixedSchema,
  type LogicalFacets,
  type Primitive,
  primitives,
  type RecordField,
  type Schema,
} from './schema.ts'

const maxDepth = 64
const maxTypes = 10_000
const typeName = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/

/** What is known while one document is read. */
interface Reading {
  readonly named: Map<string, Schema>
  /** Defaults are judged at the end, when every reference is complete. */
  readonly defaults: { readonly place: string; readonly schema: Schema; readonly value: unknown }[]
  types: number
}

type Json = Readonly<Record<string, unknown>>

/**
 * Reads an Avro schema in any of its JSON forms: a name (`"double"`), a union (a list), an object. Docs and unknown
 * attributes are passed over; field names may be any text, because records of other encodings have such names. `place`
 * starts the messages: `engine.yaml: slots.0.schema`. `named` holds types of other documents that this one may refer to, and gets
 * its own.
 */
export function parseAvro(json: unknown, place = 'schema', named: Map<string, Schema> = new Map()): Schema {
  const reading: Reading = { named, defaults: [], types: 0 }
  const schema = parseType(json, place, '', 0, reading)
  for (const entry of reading.defaults) {
    if (isDefaultOf(entry.schema, entry.value, 0)) continue
    const type = describeSchema(entry.schema)
    throw new MillraceError('SCHEMA_DEFAULT_WRONG', { place: entry.place, value: shown(entry.value), type })
  }
  return schema
}

function parseType(json: unknown, place: string, namespace: string, depth: number, reading: Reading): Schema {
  if (depth > maxDepth) throw new MillraceError('SCHEMA_TOO_LARGE', { place, limit: maxDepth, part: 'levels' })
  if (++reading.types > maxTypes) throw new MillraceError('SCHEMA_TOO_LARGE', { place, limit: maxTypes, part: 'types' })
  if (typeof json === 'string') return typeOfName(json, place, namespace, reading)
  if (Array.isArray(json)) return parseUnion(json, place, namespace, depth, reading)
  if (!isObject(json)) throw wrong(place, json, 'a type name, a list of types or an object with "type"')
  const type = json['type']
  switch (type) {
    case 'record':
    case 'error':
      return parseRecord(json, place, namespace, depth, reading)
    case 'enum':
      return parseEnum(json, place, namespace, reading)
    case 'fixed':
      return parseFixed(json, place, namespace, reading)
    case 'array':
      return { type, items: parseType(json['items'], `${place}.items`, namespace, depth + 1, reading) }
    case 'map':
      return { type, values: parseType(json['values'], `${place}.values`, namespace, depth + 1, reading) }
    default:
      break
  }
  if (typeof type === 'string' && isPrimitive(type)) return Object.freeze({ type, ...logicalFacets(json) })
  if (type === undefined) throw wrong(`${place}.type`, type, 'a type')
  // `{"type": {"type": "double"}}` and `{"type": ["null", "int"]}` wrap another form.
  return parseType(type, `${place}.type`, namespace, depth + 1, reading)
}

function typeOfName(name: string, place: string, namespace: string, reading: Reading): Schema {
  if (isPrimitive(name)) return Object.freeze({ type: name })
  const found = reading.named.get(fullName(name, namespace)) ?? reading.named.get(name)
  if (found) return found
  throw new MillraceError('SCHEMA_TYPE_UNKNOWN', { place, type: name.slice(0, 100) })
}

function parseUnion(
  json: readonly unknown[],
  place: string,
  namespace: string,
  depth: number,
  reading: Reading,
): Schema {
  if (json.length === 0) throw wrong(place, json, 'a union of at least one type')
  const branches = json.map((branch, i) => parseType(branch, `${place}[${i}]`, namespace, depth + 1, reading))
  const seen = new Set<string>()
  for (const [i, branch] of branches.entries()) {
    if (branch.type === 'union') throw wrong(`${place}[${i}]`, json[i], 'a type that is not a union')
    const name = branchName(branch)
    if (seen.has(name)) throw new MillraceError('SCHEMA_NAME_REPEATED', { place, part: 'union branch', name })
    seen.add(name)
  }
  return { type: 'union', branches }
}

/** Name of a union's branch in Avro JSON: `{"double": 1}`, `{"com.example.Wine": {…}}`. */
export function branchName(schema: Schema): string {
  return schema.type === 'record' || schema.type === 'enum' || schema.type === 'fixed' ? schema.name : schema.type
}

function parseRecord(json: Json, place: string, namespace: string, depth: number, reading: Reading): Schema {
  const name = definedName(json, place, namespace)
  const fields: RecordField[] = []
  const record: Schema = { type: 'record', name, fields, ...typeAliases(json, name, place) }
  define(record, name, place, reading)
  const list = json['fields']
  if (!Array.isArray(list)) throw wrong(`${place}.fields`, list, 'a list of fields')
  const inner = namespaceOf(name)
  const seen = new Set<string>()
  for (const [i, entry] of (list as readonly unknown[]).entries()) {
    const at = `${place}.fields[${i}]`
    if (!isObject(entry)) throw wrong(at, entry, 'an object with "name" and "type"')
    const field = entry['name']
    if (typeof field !== 'string' || field === '') throw wrong(`${at}.name`, field, 'a field name')
    if (seen.has(field)) throw new MillraceError('SCHEMA_NAME_REPEATED', { place: at, part: 'field', name: field })
    seen.add(field)
    const schema = parseType(entry['type'], `${at}.type`, inner, depth + 1, reading)
    const aliases = aliasesIn(entry, at)
    const named = { name: field, schema, ...(aliases.length === 0 ? {} : { aliases }) }
    if ('default' in entry) {
      fields.push({ ...named, default: entry['default'] })
      reading.defaults.push({ place: `${at}.default`, schema, value: entry['default'] })
    } else fields.push(named)
  }
  return record
}

function parseEnum(json: Json, place: string, namespace: string, reading: Reading): Schema {
  const symbols = json['symbols']
  if (!Array.isArray(symbols) || symbols.length === 0) throw wrong(`${place}.symbols`, symbols, 'a list of symbols')
  const seen = new Set<string>()
  for (const [i, symbol] of (symbols as readonly unknown[]).entries()) {
    if (typeof symbol !== 'string') throw wrong(`${place}.symbols[${i}]`, symbol, 'text')
    if (seen.has(symbol)) throw new MillraceError('SCHEMA_NAME_REPEATED', { place, part: 'symbol', name: symbol })
    seen.add(symbol)
  }
  const fallback = json['default']
  if (fallback !== undefined && (typeof fallback !== 'string' || !seen.has(fallback))) {
    throw wrong(`${place}.default`, fallback, 'one of the symbols')
  }
  const name = definedName(json, place, namespace)
  const type: EnumSchema = {
    type: 'enum',
    name,
    symbols: [...seen],
    ...(fallback === undefined ? {} : { default: fallback }),
    ...typeAliases(json, name, place),
  }
  return define(type, name, place, reading)
}

function parseFixed(json: Json, place: string, namespace: string, reading: Reading): Schema {
  const size = json['size']
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > 0x7fffffff) {
    throw wrong(`${place}.size`, size, 'a number of bytes')
  }
  const name = definedName(json, place, namespace)
  const type: FixedSchema = { type: 'fixed', name, size, ...logicalFacets(json), ...typeAliases(json, name, place) }
  return define(type, name, place, reading)
}

function define(schema: Schema, name: string, place: string, reading: Reading): Schema {
  if (reading.named.has(name)) throw new MillraceError('SCHEMA_NAME_REPEATED', { place, part: 'type', name })
  reading.named.set(name, schema)
  return schema
}

function definedName(json: Json, place: string, namespace: string): string {
  const name = json['name']
  if (typeof name !== 'string' || !typeName.test(name)) {
    throw wrong(`${place}.name`, name, 'a name of letters, digits, "_" and "."')
  }
  if (isPrimitive(name)) throw wrong(`${place}.name`, name, 'a name that is not a primitive type')
  const own = json['namespace']
  if (own !== undefined && own !== null && (typeof own !== 'string' || (own !== '' && !typeName.test(own)))) {
    throw wrong(`${place}.namespace`, own, 'a namespace')
  }
  return fullName(name, typeof own === 'string' ? own : namespace)
}

/** A type's aliases as full names: one without a namespace is in that of the type. */
function typeAliases(json: Json, name: string, place: string): { readonly aliases?: readonly string[] } {
  const aliases = aliasesIn(json, place)
  return aliases.length === 0 ? {} : { aliases: aliases.map((alias) => fullName(alias, namespaceOf(name))) }
}

function aliasesIn(json: Json, place: string): readonly string[] {
  const aliases = json['aliases'] ?? []
  if (!Array.isArray(aliases)) throw wrong(`${place}.aliases`, aliases, 'a list of names')
  for (const [i, alias] of (aliases as readonly unknown[]).entries()) {
    if (typeof alias !== 'string' || alias === '') throw wrong(`${place}.aliases[${i}]`, alias, 'a name')
  }
  return aliases as readonly string[]
}

function fullName(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`
}

function namespaceOf(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot < 0 ? '' : name.slice(0, dot)
}

function logicalFacets(json: Json): LogicalFacets {
  const { logicalType, precision, scale } = json
  if (typeof logicalType !== 'string') return {}
  return {
    logicalType,
    ...(typeof precision === 'number' ? { precision } : {}),
    ...(typeof scale === 'number' ? { scale } : {}),
  }
}

/** True when `value` is a default of this type in Avro's JSON form; a union's default may be of any branch (Avro 1.12). */
export function isDefaultOf(schema: Schema, value: unknown, depth: number): boolean {
  if (depth > maxDepth) return false
  switch (schema.type) {
    case 'null':
      return value === null
    case 'boolean':
      return typeof value === 'boolean'
    case 'int':
      return typeof value === 'number' && (value | 0) === value
    case 'long':
      return typeof value === 'number' && Number.isInteger(value)
    case 'float':
    case 'double':
      return typeof value === 'number'
    case 'string':
    case 'bytes':
      return typeof value === 'string'
    case 'fixed':
      return typeof value === 'string' && value.length === schema.size
    case 'enum':
      return typeof value === 'string' && schema.symbols.includes(value)
    case 'array':
      return Array.isArray(value) && value.every((item) => isDefaultOf(schema.items, item, depth + 1))
    case 'map':
      return isObject(value) && Object.values(value).every((item) => isDefaultOf(schema.values, item, depth + 1))
    case 'union':
      return schema.branches.some((branch) => isDefaultOf(branch, value, depth + 1))
    case 'record':
      return (
        isObject(value) &&
        schema.fields.every((f) =>
          Object.hasOwn(value, f.name) ? isDefaultOf(f.schema, value[f.name], depth + 1) : 'default' in f,
        )
      )
    default:
      return schema satisfies never
  }
}

/** The schema in Avro's JSON form: each named type is spelled out at its first use and referred to by full name later. */
export function printAvro(schema: Schema): unknown {
  const printed = new Set<Schema>()
  const print = (type: Schema, namespace: string): unknown => {
    switch (type.type) {
      case 'record':
      case 'enum':
      case 'fixed': {
        if (printed.has(type)) return type.name
        printed.add(type)
        // Without a namespace of its own a name would join the one around it.
        const own = namespace !== '' && !type.name.includes('.') ? { namespace: '' } : {}
        if (type.type !== 'record') return { ...type, ...own }
        const inner = namespaceOf(type.name)
        return {
          type: 'record',
          name: type.name,
          ...own,
          ...(type.aliases === undefined ? {} : { aliases: type.aliases }),
          fields: type.fields.map((f) => ({
            name: f.name,
            type: print(f.schema, inner),
            ...('default' in f ? { default: f.default } : {}),
            ...(f.aliases === undefined ? {} : { aliases: f.aliases }),
          })),
        }
      }
      case 'array':
        return { type: 'array', items: print(type.items, namespace) }
      case 'map':
        return { type: 'map', values: print(type.values, namespace) }
      case 'union':
        return type.branches.map((branch) => print(branch, namespace))
      default:
        return type.logicalType === undefined ? type.type : { ...type }
    }
  }
  return print(schema, '')
}

function isPrimitive(name: string): name is Primitive {
  return (primitives as readonly string[]).includes(name)
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(place: string, value: unknown, expected: string): MillraceError {
  return new MillraceError('SCHEMA_FORM_WRONG', { place, value: shown(value), expected })
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
