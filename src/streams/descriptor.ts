import { type OptionsOrigin, parseOptions } from '../config/parse.ts'
import type { Registry } from '../config/registry.ts'
import type { Encoding } from '../encodings/encoding.ts'
import type { Envelope } from '../envelopes/envelope.ts'
import type { Transport } from '../transports/transport.ts'
import { checkAvailable } from './availability.ts'
import { DescriptorFaults } from './descriptor-faults.ts'
import { fromFastscore, isFastscore } from './fastscore.ts'
import { expandLiteral, isLiteral } from './literal.ts'
import { brokenRules, isBinary } from './rules.ts'
import { streamOptions } from './stream-options.ts'

/** A component by name with its options: `{type: 'log', topic: 'orders'}`. */
export interface ComponentChoice {
  readonly type: string
  readonly [option: string]: unknown
}

/**
 * A stream as understood: every default filled in, every shortcut spelled out. Frozen, plain data (it crosses threads).
 *
 * Example: `log:iris` is `{version: '1', name: 'iris', description: '', transport: {type: 'log', topic: 'iris'}, envelope: null,
 * encoding: {type: 'json'}, schema: '$inherit', batching: {maxRecords: 1000, maxDelayMs: 0}, loop: false, start: 'earliest',
 * lingerMs: 3000, controlRecords: false}`.
 */
export interface StreamDescriptor {
  readonly version: string
  readonly name: string
  readonly description: string
  readonly transport: ComponentChoice
  /** null = the transport keeps records, or every value's bytes tell where they end. */
  readonly envelope: ComponentChoice | null
  readonly encoding: ComponentChoice
  /** Avro schema in JSON, `{$ref: name}`, `'$inherit'`, or null = untyped. */
  readonly schema: unknown
  readonly batching: { readonly maxRecords: number; readonly maxDelayMs: number }
  readonly loop: boolean
  readonly start: 'earliest' | 'latest' | number
  readonly lingerMs: number
  readonly controlRecords: boolean
}

/** Where a descriptor stands and what it is used for. */
export interface StreamOrigin extends OptionsOrigin {
  /** Name of the stream when the descriptor has none. */
  readonly name?: string
  /** Direction of the slot, when it is known: some transports go one way only. */
  readonly direction?: 'in' | 'out'
  /** Takes sentences about what was accepted though it should be changed. */
  readonly warn?: (warning: string) => void
}

/** A descriptor before the stream table has checked it: shortcuts spelled out, names checked. */
type Draft = Readonly<Record<string, unknown>>

/**
 * Reads a stream descriptor: a literal (`log:orders`), our own document or FastScore's. Throws one ConfigFaults with
 * everything that is wrong and where.
 */
export function normalise(value: unknown, origin: StreamOrigin, registry: Registry): StreamDescriptor {
  const faults = new DescriptorFaults(origin)
  if (isFastscore(value)) return fromFastscore(value, origin, registry, normalise)
  const draft = faults.collect([], () => draftOf(value, faults)) as Draft
  checkAvailable(draft, registry, faults)
  faults.throwIfAny()
  const values = parseOptions(streamOptions(registry), draft, origin)
  const descriptor = completed(values as unknown as Parsed, draft, origin, registry)
  for (const { path, reason } of brokenRules(descriptor, registry, origin.direction)) {
    faults.add(path, 'STREAM_RULE_BROKEN', { reason })
  }
  faults.collect(['transport'], () => {
    const transport = registry.get<Transport>('transport', descriptor.transport.type, faults.place(['transport']))
    transport.check?.(descriptor.transport, faults.place(['transport']))
  })
  const { envelope } = descriptor
  if (envelope) {
    // Opening a cutter costs nothing and checks what no single option shows (an empty separator).
    faults.collect(['envelope'], () => {
      registry.get<Envelope>('envelope', envelope.type, faults.place(['envelope'])).openCutter(envelope, 0)
    })
  }
  faults.throwIfAny()
  return deepFreeze(descriptor)
}

/** What the stream table yields. */
interface Parsed extends Omit<StreamDescriptor, 'name' | 'start' | 'envelope' | 'encoding'> {
  readonly name?: string
  readonly start: string
  readonly envelope?: ComponentChoice
  readonly encoding?: ComponentChoice
}

/** The document with its shortcuts spelled out. */
function draftOf(value: unknown, faults: DescriptorFaults): Draft {
  if (typeof value === 'string') return { ...expandLiteral(value, faults.place([])) }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value as Draft
  const { transport, envelope: given, encoding, start, ...rest } = value as Record<string, unknown>
  const envelope = given === 'none' ? null : given
  const expanded =
    typeof transport === 'string' && isLiteral(transport)
      ? faults.collect(['transport'], () => expandLiteral(transport, faults.place(['transport'])))
      : null
  return {
    ...rest,
    ...present('transport', expanded ? expanded.transport : choiceOf(transport)),
    ...present('envelope', envelope === null ? undefined : choiceOf(envelope)),
    ...(envelope === null ? { [explicitlyNone]: true } : {}),
    ...present('encoding', encoding === null ? { type: 'raw' } : (choiceOf(encoding) ?? expanded?.encoding)),
    ...present('start', typeof start === 'number' ? String(start) : start),
  }
}

/** Marks a draft whose envelope is null by the user's wish; a symbol, so that no document can hold it. */
const explicitlyNone = Symbol('envelope: null')

function present(name: string, value: unknown): Draft {
  return value === undefined ? {} : { [name]: value }
}

/** A component's name alone stands for the component with its defaults. */
function choiceOf(value: unknown): unknown {
  return typeof value === 'string' ? { type: value } : value
}

function completed(parsed: Parsed, draft: Draft, origin: StreamOrigin, registry: Registry): StreamDescriptor {
  const { transport } = parsed
  const encoding = parsed.encoding ?? withDefaults('encoding', 'json', registry)
  const isNone = (draft as Readonly<Record<symbol, unknown>>)[explicitlyNone] === true
  return {
    version: parsed.version,
    name: parsed.name ?? origin.name ?? nameOf(transport),
    description: parsed.description,
    transport,
    envelope: parsed.envelope ?? (isNone ? null : defaultEnvelope(transport, encoding, registry)),
    encoding,
    schema: parsed.schema,
    batching: parsed.batching,
    loop: parsed.loop,
    start: parsed.start === 'earliest' || parsed.start === 'latest' ? parsed.start : Number(parsed.start),
    lingerMs: parsed.lingerMs,
    controlRecords: parsed.controlRecords,
  }
}

/** The envelope that a transport and an encoding need (specification 1.5.5; bytes of binary encodings may hold any separator). */
function defaultEnvelope(
  transport: ComponentChoice,
  encoding: ComponentChoice,
  registry: Registry,
): ComponentChoice | null {
  const { keepsRecords } = registry.get<Transport>('transport', transport.type, '').traits(transport)
  const { isSelfDelimiting } = registry.get<Encoding>('encoding', encoding.type, '')
  if (keepsRecords || isSelfDelimiting) return null
  if (encoding.type !== 'csv') {
    return withDefaults('envelope', isBinary(encoding.type) ? 'length-prefixed' : 'delimited', registry)
  }
  // Where a row ends depends on the quotes.
  const { delimiter, quote } = encoding
  return { ...withDefaults('envelope', 'delimited-csv', registry), delimiter, quote }
}

/** A component with the defaults of its options. */
function withDefaults(kind: 'envelope' | 'encoding', name: string, registry: Registry): ComponentChoice {
  const { options } = registry.get(kind, name, `default ${kind}`)
  return { type: name, ...parseOptions(options, {}, { source: `default ${kind}` }) }
}

function nameOf(transport: ComponentChoice): string {
  const { topic, path } = transport
  if (typeof topic === 'string') return topic
  return typeof path === 'string' ? path : transport.type
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const member of Object.values(value)) deepFreeze(member)
  }
  return value
}
