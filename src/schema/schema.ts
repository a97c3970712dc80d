/** Types without parts. */
export const primitives = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const
export type Primitive = (typeof primitives)[number]

/** What a logical type adds to the type below it; it is kept and printed, and changes no check. */
export interface LogicalFacets {
  readonly logicalType?: string
  readonly precision?: number
  readonly scale?: number
}

/** Other names under which a writer may know what has them, full names for types; only schema resolution looks at them. */
export interface Aliased {
  readonly aliases?: readonly string[]
}

/**
 * Avro schema, resolved: named types are expanded by reference, so a recursive type is a cyclic object. A name is the
 * full name (`com.example.Wine`). Example: a record `{x: double}` is
 * `{type: 'record', name: 'Point', fields: [{name: 'x', schema: {type: 'double'}}]}`.
 */
export type Schema =
  | PrimitiveSchema
  | { readonly type: 'array'; readonly items: Schema }
  | { readonly type: 'map'; readonly values: Schema }
  | EnumSchema
  | FixedSchema
  | { readonly type: 'union'; readonly branches: readonly Schema[] }
  | RecordSchema

export interface PrimitiveSchema extends LogicalFacets {
  readonly type: Primitive
}

export interface EnumSchema extends Aliased {
  readonly type: 'enum'
  readonly name: string
  readonly symbols: readonly string[]
  /** Symbol that stands for one the reader does not know. */
  readonly default?: string
}

export interface FixedSchema extends LogicalFacets, Aliased {
  readonly type: 'fixed'
  readonly name: string
  readonly size: number // bytes
}

export interface RecordSchema extends Aliased {
  readonly type: 'record'
  readonly name: string
  readonly fields: readonly RecordField[]
}

/** A field of a record; `default` is in Avro's JSON form and absent when the field has none. */
export interface RecordField extends Aliased {
  readonly name: string
  readonly schema: Schema
  readonly default?: unknown
}

/** True when a value of this type may be null, so that an absent field means null. */
export function isNullable(schema: Schema): boolean {
  return schema.type === 'null' || (schema.type === 'union' && schema.branches.some((b) => b.type === 'null'))
}

/** A type in a few words, for messages: `double`, `record Wine`, `null or string`. */
export function describeSchema(schema: Schema): string {
  switch (schema.type) {
    case 'record':
      return `record ${schema.name}`
    case 'enum':
      return schema.symbols.length > 8
        ? `symbol of ${schema.name}`
        : `one of ${schema.symbols.map((s) => JSON.stringify(s)).join(', ')}`
    case 'fixed':
      return `${schema.size} bytes`
    case 'array':
      return `array of ${itemWord(schema.items)}`
    case 'map':
      return `map of ${itemWord(schema.values)}`
    case 'union':
      return schema.branches.map(describeSchema).join(' or ')
    default:
      return schema.type
  }
}

function itemWord(schema: Schema): string {
  return schema.type === 'array' || schema.type === 'map' || schema.type === 'union'
    ? schema.type
    : describeSchema(schema)
}
