import { WIRE, WireFault, WireReader } from '../../core/protobuf-wire.ts'
import { arrayOf, type Field, type FieldKind, MAX_MESSAGES, MessageBudget, type MessageType } from './message-type.ts'

type NumberArray = NonNullable<ReturnType<typeof arrayOf>>

/** What reading a type needs, made once per type: fields by number, and the names of those that are lists of numbers. */
interface Plan {
  readonly name: string
  readonly byNumber: ReadonlyMap<number, readonly [name: string, field: Field<unknown>]>
  readonly hasNumberLists: boolean
  readonly absent: Readonly<Record<string, unknown>>
}

const plans = new WeakMap<MessageType<unknown>, Plan>()

function planOf(type: MessageType<unknown>): Plan {
  const known = plans.get(type)
  if (known) return known
  const fields = Object.entries(type.fields as Readonly<Record<string, Field<unknown>>>)
  const plan = {
    name: type.name,
    byNumber: new Map(fields.map(([name, field]) => [field.number, [name, field] as const])),
    hasNumberLists: fields.some(([, field]) => field.isList && arrayOf(field.kind, 0) !== null),
    absent: Object.fromEntries(fields.map(([name, field]) => [name, field.absent])),
  }
  plans.set(type, plan)
  return plan
}

/**
 * Reads a message of the wire format. Byte strings are views of the document. Throws a WireFault with the byte, and one that says
 * so when the document has too many messages.
 *
 * A message that occurs twice where one is expected is merged by protobuf; writers give it once, so the last one counts here.
 */
export function readBinary<T>(type: MessageType<T>, document: Uint8Array): T {
  const reading = new Reading(document)
  return reading.message(type as MessageType<unknown>, 0, document.length, 0) as T
}

const MAX_DEPTH = 100

class Reading {
  readonly #document: Uint8Array
  readonly #budget = new MessageBudget()

  constructor(document: Uint8Array) {
    this.#document = document
  }

  message(type: MessageType<unknown>, start: number, end: number, depth: number): unknown {
    const plan = planOf(type)
    const reader = this.#reader(plan.name, start, end, depth)
    const out: Record<string, unknown> = { ...plan.absent }
    const lists = plan.hasNumberLists ? this.#numberLists(plan, start, end, depth) : null
    while (reader.next()) {
      const known = plan.byNumber.get(reader.field)
      if (known === undefined) continue
      const [name, field] = known
      const list = lists?.get(name)
      if (list) {
        list.at = fill(reader, field.kind, list.values, list.at)
        out[name] = list.values
      } else if (field.kind === 'map') this.#entry(reader, name, field, out, depth)
      else {
        const value = this.#value(reader, field, depth)
        if (!field.isList) out[name] = value
        else if (out[name] === field.absent) out[name] = [value]
        else (out[name] as unknown[]).push(value)
      }
    }
    return out
  }

  #reader(name: string, start: number, end: number, depth: number): WireReader {
    if (!this.#budget.take()) throw new WireFault(name, start, `the document has more than ${MAX_MESSAGES} messages`)
    if (depth > MAX_DEPTH) throw new WireFault(name, start, `messages are nested more than ${MAX_DEPTH} deep`)
    return new WireReader(this.#document, name, start, end, depth)
  }

  /** Arrays of the size that the lists of numbers have, so that memory is taken once and no more than the bytes tell. */
  #numberLists(
    plan: Plan,
    start: number,
    end: number,
    depth: number,
  ): Map<string, { values: NumberArray; at: number }> {
    const counts = new Map<string, { kind: FieldKind; count: number }>()
    const reader = new WireReader(this.#document, plan.name, start, end, depth)
    while (reader.next()) {
      const [name, field] = plan.byNumber.get(reader.field) ?? ['', null]
      if (field === null || !field.isList || arrayOf(field.kind, 0) === null) continue
      const found = counts.get(name) ?? { kind: field.kind, count: 0 }
      found.count += reader.count(wireOf(field.kind))
      counts.set(name, found)
    }
    return new Map(
      [...counts].map(([name, { kind, count }]) => [name, { values: arrayOf(kind, count) as NumberArray, at: 0 }]),
    )
  }

  #value(reader: WireReader, { kind, type }: Field<unknown>, depth: number): unknown {
    switch (kind) {
      case 'int32':
      case 'enum':
        return Number(BigInt.asIntN(32, reader.int64()))
      case 'uint32':
        return Number(BigInt.asUintN(32, reader.int64()))
      case 'fixed32':
        return reader.fixed32()
      case 'int64':
        return reader.int64()
      case 'uint64':
        return BigInt.asUintN(64, reader.int64())
      case 'bool':
        return reader.bool()
      case 'float':
        return reader.float()
      case 'double':
        return reader.double()
      case 'text':
        return reader.text()
      case 'bytes':
        return reader.bytes()
      case 'message': {
        const [start, end] = this.#span(reader)
        return this.message((type as () => MessageType<unknown>)(), start, end, depth + 1)
      }
      case 'map':
        throw new Error('maps are read by their entries')
      default:
        throw kind satisfies never
    }
  }

  #span(reader: WireReader): [start: number, end: number] {
    const view = reader.bytes()
    const start = view.byteOffset - this.#document.byteOffset
    return [start, start + view.length]
  }

  /** An entry of a map is a message with the key as field 1 and the value as field 2. */
  #entry(outer: WireReader, name: string, field: Field<unknown>, out: Record<string, unknown>, depth: number): void {
    const [start, end] = this.#span(outer)
    const reader = this.#reader(name, start, end, depth + 1)
    let key = field.hasNumberKeys ? '0' : ''
    let value: unknown = field.type ? null : ''
    while (reader.next()) {
      if (reader.field === 1) key = field.hasNumberKeys ? String(reader.varint()) : reader.text()
      else if (reader.field !== 2) continue
      else if (!field.type) value = reader.text()
      else {
        const [from, to] = this.#span(reader)
        value = this.message(field.type(), from, to, depth + 2)
      }
    }
    if (field.type && value === null) value = { ...planOf(field.type()).absent }
    if (out[name] === field.absent) out[name] = new Map()
    ;(out[name] as Map<string, unknown>).set(key, value)
  }
}

function wireOf(kind: FieldKind): 0 | 1 | 5 {
  if (kind === 'float') return WIRE.fixed32
  return kind === 'double' ? WIRE.fixed64 : WIRE.varint
}

function fill(reader: WireReader, kind: FieldKind, values: NumberArray, at: number): number {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return reader.int64sInto(values, at)
  if (values instanceof Float64Array) return reader.doublesInto(values, at)
  if (values instanceof Float32Array) return reader.floatsInto(values, at)
  const end = reader.int32sInto(values, at)
  if (kind === 'bool') for (let i = at; i < end; i++) values[i] = values[i] === 0 ? 0 : 1
  return end
}
