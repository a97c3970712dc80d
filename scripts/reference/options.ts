import type { OptionTable } from '../../src/config/option.ts'
import { type ReferenceRow, referenceOf } from '../../src/config/reference.ts'
import { asSentence, code, markdownTable } from './markdown.ts'

/** The options of a table as a section of a page. */
export function optionsSection(table: OptionTable, title = 'Options'): string {
  const rows = referenceOf(table)
  if (rows.length === 0) return `## ${title}\n\nNone.\n`
  return `## ${title}\n\n${markdownTable(['Option', 'Type', 'Unit', 'Default', 'Meaning'], rows.map(cells))}\n`
}

function cells(row: ReferenceRow): string[] {
  const preset = row.default !== null ? code(row.default) : row.isRequired ? '**required**' : '–'
  const when = row.when === null ? '' : ` (type ${row.when})`
  return [`${code(row.name)}${when}`, row.type, row.unit ?? '', preset, meaning(row)]
}

function meaning(row: ReferenceRow): string {
  const notes = [asSentence(row.summary)]
  if (row.isSecret) notes.push('Secret: never printed, may be given as `secret://name`.')
  if (row.examples.length > 0) notes.push(`Examples: ${row.examples.map(code).join(', ')}.`)
  if (row.since !== null) notes.push(`Since ${row.since}.`)
  if (row.deprecated !== null) notes.push(asSentence(`deprecated: ${row.deprecated}`))
  return notes.join(' ')
}
