import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { json, type OptionValues, text } from '../../config/option.ts'
import { MillraceError, reasonOf } from '../../core/errors.ts'
import { parseAvro, printAvro } from '../../schema/avro.ts'
import type { Schema } from '../../schema/schema.ts'
import type { Encoding, EncodingContext } from '../encoding.ts'
import type { ReferencedSchema, SchemaText } from '../schema-registry/client.ts'
import { openRegistryDecoder, openRegistryEncoder } from '../schema-registry/open.ts'
import { type RegistryOptions, registryOption } from '../schema-registry/options.ts'
import { headerOf } from '../schema-registry/wire-format.ts'
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
  registry: registryOption,
}

type AvroOptions = OptionValues<typeof options>

/** A schema and the document that it was read from. */
interface Stated {
  readonly schema: Schema
  readonly document: unknown
}

/** The schema that bytes are written with and the one that values have; either stands for the other where one is missing. */
function schemasOf(values: AvroOptions, context: EncodingContext): { readonly written: Schema; readonly read: Schema } {
  const written = statedSchema(values, context)?.schema ?? context.schema
  if (written === null) throw new MillraceError('ENCODING_AVRO_SCHEMA_MISSING', { place: context.place })
  return { written, read: context.schema ?? written }
}

function statedSchema({ schema, file }: AvroOptions, { baseFolder, place }: EncodingContext): Stated | null {
  const wrong = (source: string, reason: string, cause?: unknown) =>
    new MillraceError('ENCODING_AVRO_SCHEMA', { place, source, reason }, cause)
  if (schema !== undefined && file !== undefined) throw wrong('options', 'expected either "file" or "schema", got both')
  if (file === undefined && schema === undefined) return null
  try {
    const given = file === undefined ? schema : readDocument(resolve(baseFolder, file))
    const document: unknown = typeof given === 'string' && /^\s*[[{"]/.test(given) ? JSON.parse(given) : given
    return { schema: parseAvro(document), document }
  } catch (cause) {
    throw wrong(file ?? 'schema', reasonOf(cause), cause)
  }
}

function readDocument(path: string): string {
  const bytes = readFileSync(path)
  if (bytes.length > maxSchemaBytes) throw new Error(`the file has more than ${maxSchemaBytes} bytes`)
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}

/** The schema of a registry's text, which may name the types of the documents that it refers to. */
function registeredSchema({ text }: SchemaText, references: readonly ReferencedSchema[]): Schema {
  const named = new Map<string, Schema>()
  for (const reference of references) parseAvro(documentOf(reference.text), `schema "${reference.name}"`, named)
  return parseAvro(documentOf(text), 'schema', named)
}

/** A registry's text is JSON, except that the name of a primitive type may stand without its quotes. */
function documentOf(text: string): unknown {
  return /^\s*[a-z]+\s*$/.test(text) ? text.trim() : JSON.parse(text)
}

function openRegistered(
  registry: RegistryOptions,
  values: AvroOptions,
  context: EncodingContext,
): ReturnType<typeof openRegistryEncoder> {
  const stated = statedSchema(values, context)
  const schema = stated?.schema ?? context.schema
  const own =
    schema === null
      ? null
      : ({ type: 'AVRO', text: JSON.stringify(stated?.document ?? printAvro(schema)), references: [] } as const)
  const open = (written: Schema, id: number) => new AvroEncoder(written, context.schema, headerOf(id, null))
  return openRegistryEncoder(registry, 'AVRO', context, {
    own,
    recordName: schema !== null && 'name' in schema ? schema.name : null,
    open: (found, references) => open(registeredSchema(found, references), found.id),
    openOwn: (id) => open(schema as Schema, id),
  })
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
    if (values.registry !== undefined) {
      return openRegistryDecoder(values.registry, 'AVRO', context, (found, references) => {
        const written = registeredSchema(found, references)
        return new AvroDecoder(written, context.schema ?? written)
      })
    }
    const { written, read } = schemasOf(values, context)
    return new AvroDecoder(written, read)
  },
  openEncoder: (values: AvroOptions, context: EncodingContext) =>
    values.registry === undefined
      ? new AvroEncoder(schemasOf(values, context).written, context.schema)
      : openRegistered(values.registry, values, context),
})
