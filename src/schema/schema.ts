/** Avro schema, resolved: named types are expanded by reference. Example: a record `{x: double}`. */
export type Schema =
  | {
      readonly type: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string'
      readonly logicalType?: string
    }
  | { readonly type: 'array'; readonly items: Schema }
  | { readonly type: 'map'; readonly values: Schema }
  | { readonly type: 'enum'; readonly name: string; readonly symbols: readonly string[] }
  | { readonly type: 'fixed'; readonly name: string; readonly size: number }
  | { readonly type: 'union'; readonly branches: readonly Schema[] }
  | RecordSchema

export interface RecordSchema {
  readonly type: 'record'
  readonly name: string
  readonly fields: readonly { readonly name: string; readonly schema: Schema; readonly default?: unknown }[]
}
