import { closest } from '../config/closest.ts'
import type { Registry } from '../config/registry.ts'
import { defaultSecretsFolder, resolveSecrets, type SecretSource } from '../config/secrets.ts'
import { MillraceError } from '../core/errors.ts'
import type { Guarantee } from '../core/guarantee.ts'
import type { Encoding, EncodingContext } from '../encodings/encoding.ts'
import { parseAvro } from '../schema/avro.ts'
import type { Schema } from '../schema/schema.ts'
import type { Transport, TransportContext } from '../transports/transport.ts'
import type { ComponentChoice, StreamDescriptor } from './descriptor.ts'
import type { StreamEnd } from './guarantee.ts'

/** What a stream is opened with besides its descriptor. */
export interface StreamContext extends Omit<TransportContext, 'isLooping' | 'start'> {
  /** Schema of the model's slot, which `$inherit` stands for; null when there is none. */
  readonly inheritedSchema?: Schema | null
  /** Avro documents by name, which `{$ref: name}` looks up. */
  readonly schemas?: ReadonlyMap<string, unknown>
  /** Where `secret://name` is looked up; by default the secrets folder of this process. */
  readonly secrets?: SecretSource
}

/** Where a stream's folder and document are: enough to look at it without opening it. */
export type StreamPlace = Pick<StreamContext, 'baseFolder' | 'place' | 'secrets'>

/** Context of the transport for this descriptor. */
export function transportContext(descriptor: StreamDescriptor, context: StreamContext): TransportContext {
  const { inheritedSchema: _inherited, schemas: _schemas, secrets: _secrets, ...rest } = context
  return { ...rest, isLooping: descriptor.loop, start: descriptor.start }
}

/** The transport's options with secrets in place of their references: for opening, never for showing. */
export function transportOptions(
  descriptor: StreamDescriptor,
  { secrets }: Pick<StreamContext, 'secrets'>,
): ComponentChoice {
  return resolveSecrets(descriptor.transport, secrets ?? { folder: defaultSecretsFolder(process.env) })
}

/** The encoding's options with secrets in place of their references: for opening, never for showing. */
export function encodingOptions(
  descriptor: StreamDescriptor,
  { secrets }: Pick<StreamContext, 'secrets'>,
): ComponentChoice {
  return resolveSecrets(descriptor.encoding, secrets ?? { folder: defaultSecretsFolder(process.env) })
}

/** Context of the encoding for this descriptor. */
export function encodingContext(descriptor: StreamDescriptor, context: StreamContext): EncodingContext {
  const { topic } = descriptor.transport
  return {
    schema: resolveSchema(descriptor, context),
    baseFolder: context.baseFolder,
    place: `${context.place}.encoding`,
    topic: typeof topic === 'string' ? topic : descriptor.name,
    clock: context.clock,
    warn: (warning) => process.emitWarning(warning, 'MillraceWarning'),
  }
}

/** Number of partitions that the stream has now. */
export function streamPartitions(
  descriptor: StreamDescriptor,
  registry: Registry,
  place: StreamPlace,
): Promise<number> {
  return transportOf(descriptor, registry, place.place).partitions(transportOptions(descriptor, place), place)
}

/** Which records the stream's positions count, as text: `log:data/millrace.db/iris`. */
export function streamSource(descriptor: StreamDescriptor, registry: Registry, place: string): string {
  const transport = transportOf(descriptor, registry, place)
  const source = transport.source?.(descriptor.transport)
  return source === undefined ? transport.name : `${transport.name}:${source}`
}

/** What `guaranteeOf` needs to know about a stream that is used in one direction. */
export function streamEnd(
  descriptor: StreamDescriptor,
  registry: Registry,
  direction: 'in' | 'out',
  place: StreamPlace,
): StreamEnd {
  const transport = transportOf(descriptor, registry, place.place)
  return {
    name: `${direction === 'in' ? 'input' : 'output'} "${descriptor.name}"`,
    domain: transport.domain(transportOptions(descriptor, place), place),
    guarantee: directedGuarantee(transport, direction),
  }
}

/** What a transport promises in one direction. */
export function directedGuarantee(transport: Transport, direction: 'in' | 'out'): Guarantee {
  const directed = direction === 'in' ? transport.guaranteeIn : transport.guaranteeOut
  return directed ?? transport.guarantee ?? { level: 'at-most-once', condition: 'the transport states nothing' }
}

/** The transport of a descriptor. */
export function transportOf(descriptor: StreamDescriptor, registry: Registry, place: string): Transport {
  return registry.get<Transport>('transport', descriptor.transport.type, `${place}.transport`)
}

/** The encoding of a descriptor. */
export function encodingOf(descriptor: StreamDescriptor, registry: Registry, place: string): Encoding {
  return registry.get<Encoding>('encoding', descriptor.encoding.type, `${place}.encoding`)
}

/** The schema that a descriptor stands for in this context, or null for an untyped stream. */
function resolveSchema(descriptor: StreamDescriptor, context: StreamContext): Schema | null {
  const { schema } = descriptor
  const place = `${context.place}.schema`
  if (schema === null) return null
  if (schema === '$inherit') return context.inheritedSchema ?? null
  const name = referenceIn(schema)
  if (name === null) return parseAvro(schema, place)
  if (context.schemas?.has(name)) return parseAvro(context.schemas.get(name), `${place} "${name}"`)
  const known = [...(context.schemas?.keys() ?? [])]
  throw new MillraceError('STREAM_SCHEMA_MISSING', { place, name, hint: closest(name, known) })
}

/** The name in `{"$ref": name}`, or null when the schema is not a reference. */
export function referenceIn(schema: unknown): string | null {
  if (typeof schema !== 'object' || schema === null || !Object.hasOwn(schema, '$ref')) return null
  const name = (schema as { readonly $ref: unknown }).$ref
  return typeof name === 'string' ? name : null
}
