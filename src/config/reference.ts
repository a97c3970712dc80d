import { isRequired, type OptionTable } from './option.ts'
import { mask } from './redact.ts'

/** One line of an options table in the reference docs. */
export interface ReferenceRow {
  /** Dotted name; `[]` stands for any item, `*` for any name: `batching.maxRecords`, `fields[].name`. */
  readonly name: string
  readonly type: string
  readonly unit: string | null
  /** As JSON; null when there is none. */
  readonly default: string | null
  readonly isRequired: boolean
  readonly isSecret: boolean
  readonly since: string | null
  readonly deprecated: string | null
  readonly examples: readonly string[]
  readonly summary: string
  /** Value of `type` under which the option exists, or null. */
  readonly when: string | null
}

/** All options of a table and of the tables below it, in order. */
export function referenceOf(table: OptionTable): ReferenceRow[] {
  return rowsOf(table, '', null)
}

function rowsOf(table: OptionTable, prefix: string, when: string | null): ReferenceRow[] {
  return Object.entries(table).flatMap(([name, option]) => {
    const { facets, type } = option
    const row: ReferenceRow = {
      name: `${prefix}${name}`,
      type,
      unit: facets.unit ?? null,
      default: facets.default === undefined ? null : facets.isSecret ? mask : JSON.stringify(facets.default),
      isRequired: isRequired(option),
      isSecret: facets.isSecret === true,
      since: facets.since ?? null,
      deprecated: facets.deprecated ?? null,
      examples: (facets.examples ?? []).map((example) => JSON.stringify(example)),
      summary: facets.summary,
      when,
    }
    return [row, ...rowsBelow(option.form, `${prefix}${name}`)]
  })
}

function rowsBelow(form: OptionTable[string]['form'], name: string): ReferenceRow[] {
  switch (form.kind) {
    case 'group':
      return rowsOf(form.table, `${name}.`, null)
    case 'tagged':
      return Object.entries(form.alternatives).flatMap(([tag, table]) => rowsOf(table, `${name}.`, tag))
    case 'list':
      return rowsBelow(form.item.form, `${name}[]`)
    case 'map':
      return rowsBelow(form.item.form, `${name}.*`)
    default:
      return []
  }
}
