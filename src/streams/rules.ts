import type { Registry } from '../config/registry.ts'
import { MillraceError } from '../core/errors.ts'
import type { Encoding } from '../encodings/encoding.ts'
import { parseAvro } from '../schema/avro.ts'
import type { Transport } from '../transports/transport.ts'
import type { StreamDescriptor } from './descriptor.ts'
import { referenceIn } from './stream-context.ts'

/** A rule that a descriptor breaks (specification 1.10), at the option that breaks it. */
export interface BrokenRule {
  readonly path: readonly string[]
  readonly reason: string
}

const binaryEncodings: readonly string[] = ['protobuf', 'msgpack', 'avro-binary']

/** True for encodings whose bytes may hold any separator. */
export function isBinary(encoding: string): boolean {
  return binaryEncodings.includes(encoding)
}

/** The validity rules that a well-formed descriptor breaks. */
export function brokenRules(
  descriptor: StreamDescriptor,
  registry: Registry,
  direction: 'in' | 'out' | undefined,
): BrokenRule[] {
  const { transport, envelope, encoding, loop, start } = descriptor
  const traits = registry.get<Transport>('transport', transport.type, 'transport').traits(transport)
  const broken: BrokenRule[] = []
  const rule = (path: string, isBroken: boolean, reason: string) => {
    if (isBroken) broken.push({ path: [path], reason })
  }
  const named = `transport "${transport.type}"`
  rule('loop', loop && !traits.isSeekable, `loop needs a seekable transport, and ${named} is not`)
  rule(
    'start',
    typeof start === 'number' && !traits.isSeekable,
    `start needs a seekable transport, and ${named} is not`,
  )
  rule('envelope', envelope !== null && traits.keepsRecords, `${named} keeps records and takes no envelope`)
  rule(
    'envelope',
    envelope?.type === 'delimited' && isBinary(encoding.type),
    `encoding "${encoding.type}" cannot be delimited, because its bytes may hold the separator`,
  )
  const isCsv = envelope?.type === 'delimited-csv'
  rule('envelope', isCsv && encoding.type !== 'csv', `envelope "delimited-csv" needs encoding "csv"`)
  rule(
    'envelope',
    isCsv &&
      encoding.type === 'csv' &&
      (envelope['delimiter'] !== encoding['delimiter'] || envelope['quote'] !== encoding['quote']),
    'delimiter and quote of envelope "delimited-csv" differ from those of the encoding',
  )
  rule('transport', direction === 'in' && !traits.canRead, `${named} is an output only`)
  rule('transport', direction === 'out' && !traits.canWrite, `${named} is an input only`)
  const schemaReason = schemaFault(descriptor, registry)
  rule('schema', schemaReason !== null, schemaReason ?? '')
  return broken
}

/** Why the schema does not fit the encoding or is none; what is only known later (inherited, by reference) passes. */
function schemaFault({ schema, encoding }: StreamDescriptor, registry: Registry): string | null {
  if (schema === null || schema === '$inherit') return null
  if (typeof schema === 'object' && Object.hasOwn(schema, '$ref')) {
    return referenceIn(schema) === null ? 'a schema reference has the form {"$ref": name}' : null
  }
  const { schemaRule } = registry.get<Encoding>('encoding', encoding.type, 'encoding')
  try {
    const { type } = parseAvro(schema)
    const fits = schemaRule === 'any' || type === schemaRule
    return fits ? null : `encoding "${encoding.type}" needs schema "${schemaRule}" or none, not "${type}"`
  } catch (thrown) {
    if (thrown instanceof MillraceError) return thrown.message
    throw thrown
  }
}
