import type { OptionValues } from '../../config/option.ts'
import { fromJsonSchema, toJsonSchema } from '../../schema/json-schema.ts'
import type { Schema } from '../../schema/schema.ts'
import type { Encoder, Encoding, EncodingContext } from '../encoding.ts'
import type { SchemaText } from '../schema-registry/client.ts'
import { HeadedEncoder } from '../schema-registry/headed-encoder.ts'
import { openRegistryDecoder, openRegistryEncoder } from '../schema-registry/open.ts'
import { type RegistryOptions, registryOption } from '../schema-registry/options.ts'
import { headerOf } from '../schema-registry/wire-format.ts'
import { JsonDecoder } from './decoder.ts'
import { JsonEncoder } from './encoder.ts'

const options = { registry: registryOption }

type JsonOptions = OptionValues<typeof options>

/** The schema that values are checked with: the stream's, or what the registry's says as far as it can be expressed. */
function checkedSchema(found: SchemaText & { readonly id: number }, context: EncodingContext): Schema | null {
  if (context.schema !== null) return context.schema
  const expressed = fromJsonSchema(JSON.parse(found.text))
  const what = `JSON Schema ${found.id} of the registry`
  if (typeof expressed === 'string') {
    context.warn?.(`${context.place}: records are not checked with ${what}: ${expressed}`)
    return null
  }
  if (expressed.ignored.length > 0) {
    context.warn?.(`${context.place}: ${what} is checked except for ${expressed.ignored.join(', ')}`)
  }
  return expressed.schema
}

function openRegistered(registry: RegistryOptions, context: EncodingContext): Encoder {
  const { schema } = context
  return openRegistryEncoder(registry, 'JSON', context, {
    own: schema === null ? null : { type: 'JSON', text: JSON.stringify(toJsonSchema(schema)), references: [] },
    recordName: schema !== null && 'name' in schema ? schema.name : null,
    open: (found) => new HeadedEncoder(new JsonEncoder(checkedSchema(found, context)), headerOf(found.id, null)),
    openOwn: (id) => new HeadedEncoder(new JsonEncoder(schema), headerOf(id, null)),
  })
}

/** Records as JSON texts (RFC 8259), one value per frame. */
export const jsonEncoding: Encoding<typeof options> = Object.freeze({
  kind: 'encoding',
  name: 'json',
  summary: 'JSON text, read by the learned layout of the records and written without intermediate text',
  stability: 'stable',
  since: '0.1.0',
  options,
  isSelfDelimiting: false,
  hasFields: true,
  schemaRule: 'any',
  openDecoder: ({ registry }: JsonOptions, context: EncodingContext) =>
    registry === undefined
      ? new JsonDecoder(context.schema)
      : openRegistryDecoder(registry, 'JSON', context, (found) => new JsonDecoder(checkedSchema(found, context))),
  openEncoder: ({ registry }: JsonOptions, context: EncodingContext) =>
    registry === undefined ? new JsonEncoder(context.schema) : openRegistered(registry, context),
})
