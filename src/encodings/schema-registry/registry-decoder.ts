import { type BytesColumn, NO_VALUE } from '../../core/bytes.ts'
import type { Clock } from '../../core/clock.ts'
import { MillraceError } from '../../core/errors.ts'
import type { Value } from '../../schema/value.ts'
import type { DecodedBatch, Decoder } from '../encoding.ts'
import type { ReferencedSchema, RegisteredSchema, SchemaRegistryClient, SchemaType } from './client.ts'
import { headerBytes, messageIndexesAt, schemaIdAt } from './wire-format.ts'

/** Makes the decoder of what follows the header; throws when the schema cannot be used. `indexes` is null but for protobuf. */
export type OpenPayload = (
  schema: RegisteredSchema,
  references: readonly ReferencedSchema[],
  indexes: readonly number[] | null,
) => Decoder

/** How long an id that the registry does not know is not asked for again. */
const unknownForMs = 30_000
/** Messages of one file that records have. */
const maxPayloads = 1_000
/** Ids that cannot be used are in records of anybody's making: beyond so many they are forgotten before the next batch. */
const maxFaults = 1_000
/** Requests under way at the same time. */
const maxRequests = 8

/** What is known of an id. */
interface Entry {
  readonly schema: RegisteredSchema | null
  readonly references: readonly ReferencedSchema[]
  /** Why records of it become dead letters. */
  readonly error: MillraceError | null
  /** Until when the error holds, in monotonic ms. */
  readonly untilMs: number
  /** Decoders by message indexes; one under '' for other languages than protobuf. */
  readonly payloads: Map<string, Decoder | MillraceError>
}

/**
 * Decodes records in Confluent's wire format. `prepare` fetches the schemas of ids that are new; a registry that is away rejects it,
 * which is a fault of the stream, while an id that the registry does not know and a schema that cannot be used are faults of the
 * records that have them. Positions in messages count from behind the header.
 */
export class RegistryDecoder implements Decoder {
  readonly #client: SchemaRegistryClient
  readonly #type: SchemaType
  readonly #open: OpenPayload
  readonly #clock: Clock
  readonly #entries = new Map<number, Entry>()
  /** Entries with an error. */
  readonly #faults = new Map<number, Entry>()

  constructor(client: SchemaRegistryClient, type: SchemaType, open: OpenPayload, clock: Clock) {
    this.#client = client
    this.#type = type
    this.#open = open
    this.#clock = clock
  }

  prepare(frames: BytesColumn): Promise<void> | null {
    if (this.#faults.size > maxFaults) this.#faults.clear()
    const { bytes, starts, ends } = frames
    let last = -1
    let wanted: Set<number> | null = null
    for (let i = 0; i < frames.length; i++) {
      const id = schemaIdAt(bytes, starts[i] as number, ends[i] as number)
      if (id === last || id < 0) continue
      last = id
      if (!this.#isKnown(id)) {
        wanted ??= new Set()
        wanted.add(id)
      }
    }
    return wanted === null ? null : this.#fetch(wanted)
  }

  #isKnown(id: number): boolean {
    if (this.#entries.has(id)) return true
    const fault = this.#faults.get(id)
    return fault !== undefined && this.#clock.monotonicMs() < fault.untilMs
  }

  async #fetch(ids: ReadonlySet<number>): Promise<void> {
    const all = [...ids]
    for (let from = 0; from < all.length; from += maxRequests) {
      await Promise.all(
        all.slice(from, from + maxRequests).map(async (id) => {
          const entry = await this.#entryOf(id)
          this.#faults.delete(id)
          if (entry.error === null) this.#entries.set(id, entry)
          else this.#faults.set(id, entry)
        }),
      )
    }
  }

  async #entryOf(id: number): Promise<Entry> {
    const fault = (error: MillraceError, untilMs: number): Entry => ({
      schema: null,
      references: [],
      error,
      untilMs,
      payloads: new Map(),
    })
    const schema = await this.#client.byId(id)
    if (schema === null) {
      const untilMs = this.#clock.monotonicMs() + unknownForMs
      return fault(new MillraceError('ENCODING_REGISTRY_ID_UNKNOWN', { id, registry: this.#client.name }), untilMs)
    }
    if (schema.type !== this.#type) {
      return fault(schemaError(id, `it is of type ${schema.type}, expected ${this.#type}`), Number.POSITIVE_INFINITY)
    }
    try {
      const references = await this.#client.references(schema)
      return { schema, references, error: null, untilMs: Number.POSITIVE_INFINITY, payloads: new Map() }
    } catch (thrown) {
      if (thrown instanceof MillraceError && thrown.scope === 'stream') throw thrown
      return fault(schemaError(id, (thrown as Error).message, thrown), this.#clock.monotonicMs() + unknownForMs)
    }
  }

  decode(frames: BytesColumn): DecodedBatch {
    const { length } = frames
    const starts = new Int32Array(length)
    const deciders: (Decoder | MillraceError)[] = new Array(length)
    for (let i = 0; i < length; i++) deciders[i] = this.#payloadOf(frames, i, starts)
    const first = deciders[0]
    const shifted = { ...frames, starts }
    if (first !== undefined && !(first instanceof MillraceError) && deciders.every((d) => d === first)) {
      const { values, errors } = first.decode(shifted)
      return { values, errors }
    }
    return decodeRuns(shifted, deciders)
  }

  /** What decodes frame `index`, or its error; `starts[index]` becomes where its payload starts. */
  #payloadOf(frames: BytesColumn, index: number, starts: Int32Array): Decoder | MillraceError {
    const { bytes } = frames
    const start = frames.starts[index] as number
    const end = frames.ends[index] as number
    starts[index] = start
    if (end === NO_VALUE) return new MillraceError('ENCODING_NULL_RECORD', {})
    const id = schemaIdAt(bytes, start, end)
    if (id < 0) return new MillraceError('ENCODING_REGISTRY_FRAME', { reason: frameFault(bytes, start, end) })
    const entry = this.#entries.get(id) ?? this.#faults.get(id)
    if (entry === undefined) {
      return new MillraceError('ENCODING_REGISTRY_ID_UNKNOWN', { id, registry: this.#client.name })
    }
    if (entry.error !== null) return entry.error
    starts[index] = start + headerBytes
    if (this.#type !== 'PROTOBUF') return this.#payload(entry, '', null)
    const found = messageIndexesAt(bytes, start + headerBytes, end)
    if (found === null) return new MillraceError('ENCODING_REGISTRY_FRAME', { reason: 'its message indexes are cut' })
    starts[index] = found.end
    return this.#payload(entry, found.indexes.join('.'), found.indexes)
  }

  #payload(entry: Entry, key: string, indexes: readonly number[] | null): Decoder | MillraceError {
    const known = entry.payloads.get(key)
    if (known !== undefined) return known
    const schema = entry.schema as RegisteredSchema
    let payload: Decoder | MillraceError
    try {
      payload = this.#open(schema, entry.references, indexes)
    } catch (thrown) {
      payload = schemaError(schema.id, (thrown as Error).message, thrown)
    }
    if (entry.payloads.size < maxPayloads) entry.payloads.set(key, payload)
    return payload
  }
}

/** Decodes frames next to each other that have the same decoder together. */
function decodeRuns(frames: BytesColumn, deciders: readonly (Decoder | MillraceError)[]): DecodedBatch {
  const values: (Value | undefined)[] = new Array(frames.length)
  const errors = new Map<number, MillraceError>()
  for (let from = 0; from < frames.length; ) {
    const decider = deciders[from] as Decoder | MillraceError
    let to = from + 1
    while (to < frames.length && deciders[to] === decider) to++
    if (decider instanceof MillraceError) {
      for (let i = from; i < to; i++) {
        values[i] = undefined
        errors.set(i, decider)
      }
    } else {
      const run = {
        bytes: frames.bytes,
        starts: frames.starts.subarray(from, to),
        ends: frames.ends.subarray(from, to),
      }
      const decoded = decider.decode({ ...run, length: to - from })
      for (let i = from; i < to; i++) values[i] = decoded.values[i - from]
      for (const [i, error] of decoded.errors ?? []) errors.set(from + i, error)
    }
    from = to
  }
  return { values, errors: errors.size === 0 ? null : errors }
}

function frameFault(bytes: Uint8Array, start: number, end: number): string {
  if (end - start < headerBytes) return `it has ${end - start} bytes, expected ${headerBytes} or more`
  if (bytes[start] !== 0) return `it begins with byte ${bytes[start]}, expected 0`
  return 'its schema id is negative'
}

function schemaError(id: number, reason: string, cause?: unknown): MillraceError {
  return new MillraceError('ENCODING_REGISTRY_SCHEMA', { id, reason }, cause)
}
