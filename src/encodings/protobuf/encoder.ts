import type { BytesWriter } from '../../core/bytes.ts'
import { MillraceError } from '../../core/errors.ts'
import { type Check, compileCheck, describeValue, mismatch } from '../../schema/check.ts'
import type { Schema } from '../../schema/schema.ts'
import type { Value } from '../../schema/value.ts'
import type { Encoder } from '../encoding.ts'
import { type FieldPlan, type MessagePlan, type Scalar, type ValuePlan, wireTypeOf, wireTypes } from './message-plan.ts'
import { maxDepth } from './wire-reader.ts'
import { WireWriter } from './wire-writer.ts'

/** Smallest and largest value of the whole-number types. */
const ranges: Readonly<Partial<Record<Scalar, readonly [bigint, bigint]>>> = {
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  sint64: [-(2n ** 63n), 2n ** 63n - 1n],
  sfixed64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  fixed64: [0n, 2n ** 64n - 1n],
}

/**
 * Encodes plain objects. Null and undefined fields are absent; a field that the message does not have, or a value that its
 * field cannot hold, is an error that names it. Values that equal the default of a field without presence are left out.
 */
export class ProtobufEncoder implements Encoder {
  readonly #plan: MessagePlan
  readonly #check: Check | null
  readonly #wire = new WireWriter()
  /** Names of the fields around the value under way, for messages. */
  readonly #path: (string | number)[] = []

  constructor(plan: MessagePlan, schema: Schema | null) {
    this.#plan = plan
    this.#check = schema && compileCheck(schema)
  }

  encode(value: Value, writer: BytesWriter): void {
    const fault = this.#check === null ? null : this.#check(value)
    if (fault !== null) throw mismatch(fault)
    this.#path.length = 0
    this.#wire.begin(writer)
    this.#message(this.#plan, value)
    this.#wire.commit()
  }

  #message(plan: MessagePlan, value: unknown): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
      throw this.#wrong(`a record for message ${plan.name}`, value)
    }
    if (this.#path.length > maxDepth * 2) {
      throw new MillraceError('ENCODING_TOO_DEEP', { limit: maxDepth, where: `field "${String(this.#path[0])}"` })
    }
    const { fields, byName } = plan
    let next = 0
    for (const name in value) {
      const part = (value as Readonly<Record<string, unknown>>)[name]
      if (part === undefined || part === null) continue
      // Records name their fields in the message's order more often than not.
      let field = fields[next]
      if (field?.name !== name) field = byName.get(name)
      this.#path.push(name)
      if (field === undefined) throw this.#wrong(`no such field in message ${plan.name}`, part)
      this.#field(field, part, value as Readonly<Record<string, unknown>>)
      this.#path.pop()
      next++
    }
    for (const field of fields) {
      if (!field.isRequired || (value as Readonly<Record<string, unknown>>)[field.name] != null) continue
      this.#path.push(field.name)
      throw this.#wrong(`a value, because ${plan.name} requires it`, undefined)
    }
  }

  #field(field: FieldPlan, value: unknown, record: Readonly<Record<string, unknown>>): void {
    if (field.mapKey !== null) this.#map(field, field.mapKey, value)
    else if (field.isRepeated) this.#list(field, value)
    else if (field.hasPresence || !isDefault(field, value)) {
      for (const rival of field.rivals) {
        if (record[rival] != null) throw this.#wrong(`"${rival}" or this field, because they are of one oneof`, value)
      }
      this.#tagged(field, value)
    } else this.#verify(field.value, value)
  }

  #list(field: FieldPlan, value: unknown): void {
    const isBytes = value instanceof Uint8Array
    if ((!Array.isArray(value) && !ArrayBuffer.isView(value)) || isBytes || value instanceof DataView) {
      throw this.#wrong('a list', value)
    }
    const list = value as unknown as ArrayLike<unknown>
    if (list.length === 0) return
    const mark = field.isPacked ? this.#openPacked(field) : -1
    for (let i = 0; i < list.length; i++) {
      this.#path.push(i)
      if (field.isPacked) this.#value(field, list[i])
      else this.#tagged(field, list[i])
      this.#path.pop()
    }
    if (field.isPacked) this.#wire.close(mark)
  }

  #openPacked(field: FieldPlan): number {
    this.#wire.uint32((field.id << 3) | 2)
    return this.#wire.open()
  }

  #map(field: FieldPlan, key: Scalar, value: unknown): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
      throw this.#wrong('a map', value)
    }
    for (const [name, part] of Object.entries(value)) {
      this.#path.push(name)
      this.#wire.uint32((field.id << 3) | 2)
      const mark = this.#wire.open()
      this.#wire.uint32(8 | wireTypes[key])
      this.#scalar(key, keyOf(key, name))
      this.#wire.uint32(16 | wireTypeOf(field.value))
      this.#value({ ...field, id: 2 }, part)
      this.#wire.close(mark)
      this.#path.pop()
    }
  }

  #tagged(field: FieldPlan, value: unknown): void {
    this.#wire.uint32((field.id << 3) | wireTypeOf(field.value))
    this.#value(field, value)
  }

  #value(field: FieldPlan, value: unknown): void {
    const plan = field.value
    switch (plan.kind) {
      case 'enum':
        this.#wire.int64(this.#enumNumber(plan, value))
        return
      case 'message': {
        const mark = this.#wire.open()
        this.#message(plan.message, value)
        this.#wire.close(mark)
        return
      }
      case 'group':
        this.#message(plan.message, value)
        this.#wire.uint32((field.id << 3) | 4)
        return
      default:
        this.#scalar(plan.kind, value)
    }
  }

  /** Refuses a value that is left out because it equals the default only after the type was judged. */
  #verify(plan: ValuePlan, value: unknown): void {
    if (plan.kind === 'enum') this.#enumNumber(plan, value)
  }

  #enumNumber(plan: ValuePlan & { readonly kind: 'enum' }, value: unknown): number {
    if (typeof value === 'number' && (value | 0) === value) return value
    const number = typeof value === 'string' ? plan.numbers.get(value) : undefined
    if (number !== undefined) return number
    const names = [...plan.numbers.keys()].slice(0, 10).map((n) => JSON.stringify(n))
    throw this.#wrong(`one of ${names.join(', ')}`, value)
  }

  #scalar(kind: Scalar, value: unknown): void {
    const wire = this.#wire
    switch (kind) {
      case 'double':
        wire.double(this.#number(kind, value))
        break
      case 'float':
        wire.float(this.#number(kind, value))
        break
      case 'int32':
        wire.int64(this.#whole32(kind, value, true))
        break
      case 'uint32':
        wire.uint32(this.#whole32(kind, value, false))
        break
      case 'sint32': {
        const number = this.#whole32(kind, value, true)
        wire.uint32((number << 1) ^ (number >> 31))
        break
      }
      case 'fixed32':
        wire.fixed32(this.#whole32(kind, value, false))
        break
      case 'sfixed32':
        wire.fixed32(this.#whole32(kind, value, true))
        break
      case 'int64':
      case 'uint64':
        wire.int64(this.#whole64(kind, value))
        break
      case 'sint64': {
        const number = BigInt(this.#whole64(kind, value))
        wire.int64((number << 1n) ^ (number >> 63n))
        break
      }
      case 'fixed64':
      case 'sfixed64':
        wire.fixed64(this.#whole64(kind, value))
        break
      case 'bool':
        if (typeof value !== 'boolean') throw this.#wrong('true or false', value)
        wire.uint32(value ? 1 : 0)
        break
      case 'string':
        if (typeof value !== 'string') throw this.#wrong('text', value)
        if (!value.isWellFormed()) throw this.#wrong('text without lone surrogates', value)
        wire.text(value)
        break
      case 'bytes':
        if (!(value instanceof Uint8Array)) throw this.#wrong('bytes', value)
        wire.bytes(value)
        break
      default:
        kind satisfies never
    }
  }

  #number(kind: Scalar, value: unknown): number {
    if (typeof value === 'number') return value
    if (typeof value === 'bigint') return Number(value)
    throw this.#wrong(kind, value)
  }

  #whole32(kind: Scalar, value: unknown, isSigned: boolean): number {
    if (typeof value === 'number' && (isSigned ? (value | 0) === value : value >>> 0 === value)) return value
    if (typeof value === 'bigint' && (isSigned ? BigInt.asIntN(32, value) : BigInt.asUintN(32, value)) === value) {
      return Number(value)
    }
    throw this.#wrong(kind, value)
  }

  #whole64(kind: Scalar, value: unknown): number | bigint {
    const [min, max] = ranges[kind] as readonly [bigint, bigint]
    if (typeof value === 'number' ? Number.isInteger(value) : typeof value === 'bigint') {
      const number = value as number | bigint
      if (number >= min && number <= max) return number
    }
    throw this.#wrong(kind, value)
  }

  #wrong(expected: string, value: unknown): MillraceError {
    const path = this.#path.reduce<string>(
      (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
      '',
    )
    const where = path === '' ? 'record' : `field "${path}"`
    return new MillraceError('ENCODING_VALUE_WRONG', {
      where,
      encoding: 'protobuf',
      expected,
      actual: describeValue(value),
    })
  }
}

/** True when a field without presence need not be written. -0 is not 0: its sign is on the wire. */
function isDefault(field: FieldPlan, value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === 0 && field.value.kind === 'bytes'
  if (field.value.kind === 'enum') return value === field.default || value === 0
  return Object.is(value, field.default) || (value === 0n && field.default === 0)
}

/** A map's key as its type wants it; keys of records are always text. */
function keyOf(kind: Scalar, key: string): unknown {
  if (kind === 'string') return key
  if (kind === 'bool') return key === 'true' ? true : key === 'false' ? false : key
  return /^-?\d{1,20}$/.test(key) ? BigInt(key) : key
}
