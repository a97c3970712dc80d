import { type OptionValues, text } from '../../config/option.ts'
import { MillraceError } from '../../core/errors.ts'
import { describeSchema } from '../../schema/schema.ts'
import type { Encoder, Encoding, EncodingContext } from '../encoding.ts'
import type { ReferencedSchema, SchemaText } from '../schema-registry/client.ts'
import { HeadedEncoder } from '../schema-registry/headed-encoder.ts'
import { openRegistryDecoder, openRegistryEncoder } from '../schema-registry/open.ts'
import { type RegistryOptions, registryOption } from '../schema-registry/options.ts'
import { headerOf } from '../schema-registry/wire-format.ts'
import { ProtobufDecoder } from './decoder.ts'
import { ProtobufEncoder } from './encoder.ts'
import { type LoadedMessage, loadMessage, type SchemaSource } from './load-schema.ts'

const options = {
  file: text({
    summary: 'path of the .proto file that defines the message; this or schema is needed',
    isOptional: true,
    examples: ['proto/wine.proto'],
  }),
  schema: text({ summary: 'text of a .proto file, in place of its path', isOptional: true }),
  message: text({
    summary:
      'name of the message, with its package where the name alone is not unique; needed but with a registry, where it is the first of the file',
    isOptional: true,
    examples: ['WineRecord', 'com.example.Order'],
  }),
  registry: registryOption,
}

type ProtobufOptions = OptionValues<typeof options>

function messageFor({ file, schema, message, registry }: ProtobufOptions, context: EncodingContext): LoadedMessage {
  const { place, baseFolder } = context
  if ((file === undefined) === (schema === undefined)) {
    const reason = `expected either "file" or "schema", got ${file === undefined ? 'neither' : 'both'}`
    throw new MillraceError('ENCODING_PROTOBUF_SCHEMA', { place, source: 'options', reason })
  }
  if (message === undefined && registry === undefined) {
    throw new MillraceError('ENCODING_PROTOBUF_SCHEMA', { place, source: 'options', reason: 'expected "message"' })
  }
  checkStreamSchema(context)
  return loadMessage({ file: file ?? null, text: schema ?? null, message: message ?? null, baseFolder, place })
}

function checkStreamSchema({ schema, place }: EncodingContext): void {
  if (schema === null || schema.type === 'record') return
  const actual = describeSchema(schema)
  throw new MillraceError('ENCODING_SCHEMA_UNFIT', { place, encoding: 'protobuf', expected: 'a record', actual })
}

/** A message of a registry's file; nothing is read from this machine. */
function registeredMessage(
  { text }: SchemaText,
  references: readonly ReferencedSchema[],
  message: SchemaSource['message'],
  { place, baseFolder }: EncodingContext,
): LoadedMessage {
  const imports = new Map(references.map((reference) => [reference.name, reference.text]))
  return loadMessage({ file: null, text, message, baseFolder, place, imports })
}

function openRegistered(registry: RegistryOptions, values: ProtobufOptions, context: EncodingContext): Encoder {
  checkStreamSchema(context)
  const hasOwn = values.file !== undefined || values.schema !== undefined
  const own = hasOwn ? messageFor(values, context) : null
  const open = ({ plan, indexes }: LoadedMessage, id: number) =>
    new HeadedEncoder(new ProtobufEncoder(plan, context.schema), headerOf(id, indexes ?? [0]))
  return openRegistryEncoder(registry, 'PROTOBUF', context, {
    own: own && { type: 'PROTOBUF', text: own.text, references: [] },
    recordName: own?.fullName ?? values.message ?? null,
    open: (found, references) => open(registeredMessage(found, references, values.message ?? null, context), found.id),
    openOwn: (id) => open(own as LoadedMessage, id),
  })
}

/**
 * Records as protobuf messages of a `.proto` document (proto2 and proto3). Field names are as written there; enums are names; 64-bit
 * numbers are numbers up to 2^53 and bigints beyond; bytes are Uint8Array; lists of double and float are typed arrays;
 * fields without presence have their default, others are absent when they were not sent.
 */
export const protobufEncoding: Encoding<typeof options> = Object.freeze({
  kind: 'encoding',
  name: 'protobuf',
  summary: 'protobuf messages of a .proto document',
  stability: 'stable',
  since: '0.1.0',
  options,
  isSelfDelimiting: false,
  hasFields: true,
  schemaRule: 'record',
  openDecoder: (values: ProtobufOptions, context: EncodingContext) => {
    if (values.registry === undefined) return new ProtobufDecoder(messageFor(values, context).plan, context.schema)
    checkStreamSchema(context)
    return openRegistryDecoder(values.registry, 'PROTOBUF', context, (found, references, indexes) => {
      const { plan } = registeredMessage(found, references, indexes, context)
      return new ProtobufDecoder(plan, context.schema)
    })
  },
  openEncoder: (values: ProtobufOptions, context: EncodingContext) =>
    values.registry === undefined
      ? new ProtobufEncoder(messageFor(values, context).plan, context.schema)
      : openRegistered(values.registry, values, context),
})
