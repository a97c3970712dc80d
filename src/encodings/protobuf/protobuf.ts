import { type OptionValues, text } from '../../config/option.ts'
import { MillraceError } from '../../core/errors.ts'
import { describeSchema } from '../../schema/schema.ts'
import type { Encoding, EncodingContext } from '../encoding.ts'
import { ProtobufDecoder } from './decoder.ts'
import { ProtobufEncoder } from './encoder.ts'
import { loadMessagePlan } from './load-schema.ts'
import type { MessagePlan } from './message-plan.ts'

const options = {
  file: text({
    summary: 'path of the .proto file that defines the message; this or schema is needed',
    isOptional: true,
    examples: ['proto/wine.proto'],
  }),
  schema: text({ summary: 'text of a .proto file, in place of its path', isOptional: true }),
  message: text({
    summary: 'name of the message, with its package where the name alone is not unique',
    examples: ['WineRecord', 'com.example.Order'],
  }),
}

type ProtobufOptions = OptionValues<typeof options>

function planFor({ file, schema, message }: ProtobufOptions, context: EncodingContext): MessagePlan {
  const { place, baseFolder } = context
  if ((file === undefined) === (schema === undefined)) {
    const reason = `expected either "file" or "schema", got ${file === undefined ? 'neither' : 'both'}`
    throw new MillraceError('ENCODING_PROTOBUF_SCHEMA', { place, source: 'options', reason })
  }
  if (context.schema !== null && context.schema.type !== 'record') {
    const actual = describeSchema(context.schema)
    throw new MillraceError('ENCODING_SCHEMA_UNFIT', { place, encoding: 'protobuf', expected: 'a record', actual })
  }
  return loadMessagePlan({ file: file ?? null, text: schema ?? null, message, baseFolder, place })
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
  openDecoder: (values: ProtobufOptions, context: EncodingContext) =>
    new ProtobufDecoder(planFor(values, context), context.schema),
  openEncoder: (values: ProtobufOptions, context: EncodingContext) =>
    new ProtobufEncoder(planFor(values, context), context.schema),
})
