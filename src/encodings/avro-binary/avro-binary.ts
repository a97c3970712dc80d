import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { json, type OptionValues, text } from '../../config/option.ts'
import { MillraceError, reasonOf } from '../../core/errors.ts'
import { parseAvro } from '../../schema/avro.ts'
import type { Schema } from '../../schema/schema.ts'
import type { Encoding, EncodingContext } from '../encoding.ts'
import { AvroDecoder } from './decoder.ts'
import { AvroEncoder } from './encoder.ts'

const maxSchemaBytes = 4 * 1024 * 1024

const options = {
  schema: json({
    summary:
      "Avro schema that the bytes are written with, as a document or its text, where it is not the stream's: records are then resolved to the stream's",
    isOptional: true,
    examples: [{ type: 'record', name: 'Point', fields: [{ name: 'x', type: 'double' }] }],
  }),
  file: text({
    summary: 'path of an .avsc file, in place of the schema',
    isOptional: true,
    examples: ['schemas/order.avsc'],
  }),
}

type AvroOptions = OptionValues<typeof options>

/** The schema that bytes are written with and the one that values have; either stands for the other where one is missing. */
function schemasOf(values: AvroOptions, context: EncodingContext): { readonly written: Schema; readonly read: Schema } {
  const stated = statedSchema(values, context)
  const written = stated ?? context.schema
  if (written === null) throw new MillraceError('ENCODING_AVRO_SCHEMA_MISSING', { place: context.place })
  return { written, read: context.schema ?? written }
}

function statedSchema({ schema, file }: AvroOptions, { baseFolder, place }: EncodingContext): Schema | null {
  const wrong = (source: string, reason: string, cause?: unknown) =>
    new MillraceError('ENCODING_AVRO_SCHEMA', { place, source, reason }, cause)
  if (schema !== undefined && file !== undefined) throw wrong('options', 'expected either "file" or "schema", got both')
  if (file === undefined && schema === undefined) return null
  try {
    const given = file === undefined ? schema : readDocument(resolve(baseFolder, file))
    return parseAvro(typeof given === 'string' && /^\s*[[{"]/.test(given) ? JSON.parse(given) : given)
  } catch (cause) {
    throw wrong(file ?? 'schema', reasonOf(cause), cause)
  }
}

function readDocument(path: string): string {
  const bytes = readFileSync(path)
  if (bytes.length > maxSchemaBytes) throw new Error(`the file has more than ${maxSchemaBytes} bytes`)
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}

/**
 * Records in Avro's binary encoding (specification 1.12), without a header: both sides know the schema. Enums are their symbols; a long is a
 * number up to 2^53 and a bigint beyond; bytes and fixed are Uint8Array; lists of double and float are typed arrays; a
 * union's value is the plain value; logical types are the type below them.
 */
export const avroBinaryEncoding: Encoding<typeof options> = Object.freeze({
  kind: 'encoding',
  name: 'avro-binary',
  summary: "Avro's binary encoding, with resolution from the writer's schema to the stream's",
  stability: 'stable',
  since: '0.1.0',
  options,
  isSelfDelimiting: false,
  hasFields: true,
  schemaRule: 'any',
  openDecoder: (values: AvroOptions, context: EncodingContext) => {
    const { written, read } = schemasOf(values, context)
    return new AvroDecoder(written, read)
  },
  openEncoder: (values: AvroOptions, context: EncodingContext) =>
    new AvroEncoder(schemasOf(values, context).written, context.schema),
})
