import { type BytesColumn, columnOf } from '../../core/bytes.ts'
import { MillraceError } from '../../core/errors.ts'

/** The inline options after validation. */
export interface InlineValues {
  readonly records?: readonly string[] | undefined
  readonly binaryRecords?: readonly string[] | undefined
  readonly text?: string | undefined
  readonly binary?: string | undefined
}

/** What an inline descriptor holds: records, or bytes that an envelope cuts. */
export type InlineContent =
  | { readonly isList: true; readonly records: BytesColumn }
  | { readonly isList: false; readonly bytes: Buffer }

/** The content of an inline descriptor; not exactly one option is an error. */
export function contentOf(values: InlineValues, place: string): InlineContent {
  const names = ['records', 'binaryRecords', 'text', 'binary'] as const
  const given = names.filter((name) => values[name] !== undefined)
  if (given.length !== 1) {
    const value = given.length === 0 ? 'without content' : `given with ${given.join(' and ')}`
    const expected = `exactly one of ${names.join(', ')}`
    throw new MillraceError('CONFIG_OPTION_WRONG', { place, option: 'inline', value, expected })
  }
  if (values.records) return { isList: true, records: columnOf(values.records.map((record) => Buffer.from(record))) }
  if (values.binaryRecords) {
    return { isList: true, records: columnOf(values.binaryRecords.map((record) => Buffer.from(record, 'base64'))) }
  }
  if (values.text !== undefined) return { isList: false, bytes: Buffer.from(values.text) }
  return { isList: false, bytes: Buffer.from(values.binary ?? '', 'base64') }
}
