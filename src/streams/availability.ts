import type { Registry } from '../config/registry.ts'
import type { DescriptorFaults } from './descriptor-faults.ts'

/** Components that the FastScore reference knows; those the registry does not have are announced, not unknown. */
const known = {
  transport: ['http', 'https', 'kafka-offset', 's3', 'odbc', 'hdfs', 'tcp', 'udp', 'exec', 'time', 'console'],
  envelope: ['fixed', 'ocf-block', 'delimited-csv'],
  encoding: ['csv', 'msgpack', 'soap-rpc', 'bert'],
} as const

/** True when a component is known by name and not there yet. */
export function isPending(kind: keyof typeof known, name: string, registry: Registry): boolean {
  return (known[kind] as readonly string[]).includes(name) && !registry.has(kind, name)
}

/** Components of the FastScore reference that Millrace has no place for, and why. */
const impossible: Readonly<Record<string, string>> = {
  'transport "kafka-offset"':
    'positions are committed together with the effects of the records that they pass, never by a model',
}

/** What to say about a component that is pending: most are announced, some never come. */
export function pendingFault(
  kind: keyof typeof known,
  name: string,
):
  | { readonly code: 'STREAM_NOT_AVAILABLE'; readonly what: string }
  | { readonly code: 'STREAM_RULE_BROKEN'; readonly reason: string } {
  const what = `${kind} "${name}"`
  const reason = impossible[what.toLowerCase()]
  if (reason !== undefined) return { code: 'STREAM_RULE_BROKEN', reason: `${what} is not available: ${reason}` }
  return { code: 'STREAM_NOT_AVAILABLE', what }
}

/** Reports the components of a descriptor that are not available yet. */
export function checkAvailable(
  descriptor: Readonly<Record<string, unknown>>,
  registry: Registry,
  faults: DescriptorFaults,
): void {
  if (typeof descriptor !== 'object' || descriptor === null) return
  for (const kind of ['transport', 'envelope', 'encoding'] as const) {
    const choice = descriptor[kind]
    if (typeof choice !== 'object' || choice === null) continue
    const { type } = choice as { readonly type?: unknown }
    if (typeof type !== 'string' || !isPending(kind, type, registry)) continue
    const { code, ...parameters } = pendingFault(kind, type)
    faults.add([kind], code, parameters as never)
  }
}
