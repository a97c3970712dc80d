import { isNullable, type RecordSchema, type Schema } from '../../schema/schema.ts'

/** A column as a field of the record. */
export interface CsvField {
  readonly name: string
  /** What a cell holds besides no value; null without a schema: text. */
  readonly type: Schema['type'] | null
  readonly isNullable: boolean
  /** Value of an empty cell whose type has no null, where the schema gives one. */
  readonly default: unknown
}

/** Columns by name, or the fields of the schema in their order. */
export function fieldsOf(columns: readonly string[], schema: RecordSchema | null): CsvField[] {
  const names = columns.length > 0 ? columns : (schema?.fields.map((field) => field.name) ?? [])
  return names.map((name) => {
    const field = schema?.fields.find((candidate) => candidate.name === name)
    if (!field) return { name, type: null, isNullable: true, default: undefined }
    return { name, type: innerType(field.schema), isNullable: isNullable(field.schema), default: field.default }
  })
}

/** The type besides null. */
function innerType(schema: Schema): Schema['type'] {
  if (schema.type !== 'union') return schema.type
  const others = schema.branches.filter((branch) => branch.type !== 'null')
  return others.length === 1 ? (others[0] as Schema).type : 'union'
}
