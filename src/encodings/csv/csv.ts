import { list, type OptionValues, text } from '../../config/option.ts'
import { csvMarks } from '../../core/csv-scan.ts'
import { MillraceError } from '../../core/errors.ts'
import { describeSchema } from '../../schema/schema.ts'
import type { Encoding, EncodingContext } from '../encoding.ts'
import { CsvDecoder } from './decoder.ts'
import { CsvEncoder } from './encoder.ts'
import { type CsvField, fieldsOf } from './fields.ts'

const options = {
  columns: list(text({ summary: 'Name of a column' }), {
    summary: 'Names of the columns in their order; by default the fields of the schema, which must be a record',
    default: [],
  }),
  delimiter: text({ summary: 'Text between two cells', default: ',', examples: [';', '\t'] }),
  quote: text({ summary: 'Character around quoted cells, doubled inside them; empty for none', default: '"' }),
  missing: list(text({ summary: 'A text' }), {
    summary: 'Texts that mean no value, besides a cell that is empty and not quoted',
    default: ['\\N'],
  }),
}

type CsvOptions = OptionValues<typeof options>

/** Records as rows of CSV (RFC 4180), one per frame and without line end; the envelope delimited-csv cuts files into them. */
export const csvEncoding: Encoding<typeof options> = Object.freeze({
  kind: 'encoding',
  name: 'csv',
  summary: 'a row of CSV; without a schema values are text, empty cells are null',
  stability: 'beta',
  since: '0.1.0',
  options,
  isSelfDelimiting: false,
  // Columns are fixed: there is no room for a stamp.
  hasFields: false,
  schemaRule: 'record',
  openDecoder: (values: CsvOptions, context: EncodingContext) =>
    new CsvDecoder(columnsOf(values, context), checked(values, context), values.missing, context.schema),
  openEncoder: (values: CsvOptions, context: EncodingContext) =>
    new CsvEncoder(columnsOf(values, context), checked(values, context), values.missing, context.schema),
})

function checked({ delimiter, quote }: CsvOptions, { place }: EncodingContext): { delimiter: string; quote: string } {
  if (csvMarks({ delimiter, quote }) !== null) return { delimiter, quote }
  const given = `delimiter ${JSON.stringify(delimiter)} and quote ${JSON.stringify(quote)}`
  throw new MillraceError('ENCODING_CSV_MARKS', { place, given })
}

function columnsOf({ columns }: CsvOptions, { schema, place }: EncodingContext): readonly CsvField[] {
  if (schema !== null && schema.type !== 'record') {
    const parameters = { place, encoding: 'csv', expected: 'a record', actual: describeSchema(schema) }
    throw new MillraceError('ENCODING_SCHEMA_UNFIT', parameters)
  }
  if (schema === null && columns.length === 0) throw new MillraceError('ENCODING_CSV_COLUMNS', { place })
  return fieldsOf(columns, schema)
}
