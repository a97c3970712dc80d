import { systemClock } from '../../core/clock.ts'
import type { Encoder, EncodingContext } from '../encoding.ts'
import {
  type ReferencedSchema,
  type RegisteredSchema,
  SchemaRegistryClient,
  type SchemaText,
  type SchemaType,
} from './client.ts'
import { type RegistryOptions, registrySettings, subjectOf } from './options.ts'
import { type OpenPayload, RegistryDecoder } from './registry-decoder.ts'
import { RegistryEncoder } from './registry-encoder.ts'

/** What an encoding writes with a registry. */
export interface Written {
  /** The stream's own schema, or null when it has none. */
  readonly own: SchemaText | null
  /** Name of its records, which some subjects are named after; null when it has none. */
  readonly recordName: string | null
  /** Makes the encoder of a schema that was found, with its header. */
  open(schema: RegisteredSchema, references: readonly ReferencedSchema[]): Encoder
  /** Makes the encoder of the stream's own schema under its id. */
  openOwn(id: number): Encoder
}

/** Opens the decoder of records whose schemas are in a registry. */
export function openRegistryDecoder(
  options: RegistryOptions,
  type: SchemaType,
  context: EncodingContext,
  open: OpenPayload,
): RegistryDecoder {
  return new RegistryDecoder(clientOf(options, context), type, open, context.clock ?? systemClock)
}

/** Opens the encoder of records whose schema is in a registry, or comes there. */
export function openRegistryEncoder(
  options: RegistryOptions,
  type: SchemaType,
  context: EncodingContext,
  written: Written,
): RegistryEncoder {
  const { place } = context
  return new RegistryEncoder({
    client: clientOf(options, context),
    choice: options.schema,
    type,
    place,
    subject: () => subjectOf(options, context.topic ?? 'records', written.recordName, place),
    own: () => written.own,
    open: written.open,
    openOwn: written.openOwn,
  })
}

function clientOf(options: RegistryOptions, context: EncodingContext): SchemaRegistryClient {
  return new SchemaRegistryClient(
    registrySettings(options, context.baseFolder, context.place),
    context.clock ?? systemClock,
  )
}
