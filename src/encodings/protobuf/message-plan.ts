import protobuf from 'protobufjs'

/** Scalar types of protobuf, with the wire type that carries each: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes. */
export const wireTypes = {
  double: 1,
  float: 5,
  int32: 0,
  uint32: 0,
  sint32: 0,
  int64: 0,
  uint64: 0,
  sint64: 0,
  fixed32: 5,
  sfixed32: 5,
  fixed64: 1,
  sfixed64: 1,
  bool: 0,
  string: 2,
  bytes: 2,
} as const
export type Scalar = keyof typeof wireTypes

/** How one value is written, apart from its tag. */
export type ValuePlan =
  | { readonly kind: Scalar }
  | {
      readonly kind: 'enum'
      readonly names: ReadonlyMap<number, string>
      readonly numbers: ReadonlyMap<string, number>
    }
  | { readonly kind: 'message' | 'group'; readonly message: MessagePlan }

/** A field as the codecs need it. */
export interface FieldPlan {
  readonly name: string
  readonly id: number
  readonly value: ValuePlan
  /** Type of a map's keys, or null for a field that is no map. */
  readonly mapKey: Scalar | null
  readonly isRepeated: boolean
  readonly isPacked: boolean
  readonly isRequired: boolean
  /** True when absence differs from the default: messages, oneofs, `optional`. */
  readonly hasPresence: boolean
  /** Value of a field that is not on the wire; undefined when it is then absent. */
  readonly default: string | number | boolean | undefined
  /** Names of the other members of its oneof. */
  readonly rivals: readonly string[]
}

/** A message type; a recursive one is a cyclic object. */
export interface MessagePlan {
  readonly name: string
  readonly fields: readonly FieldPlan[]
  readonly byName: ReadonlyMap<string, FieldPlan>
}

/** Wire type of one value, where `packed` is not in question. */
export function wireTypeOf(value: ValuePlan): number {
  switch (value.kind) {
    case 'enum':
      return 0
    case 'message':
      return 2
    case 'group':
      return 3
    default:
      return wireTypes[value.kind]
  }
}

/** The plan of a resolved message type. */
export function planOf(type: protobuf.Type, known = new Map<protobuf.Type, MessagePlan>()): MessagePlan {
  const found = known.get(type)
  if (found) return found
  const fields: FieldPlan[] = []
  const byName = new Map<string, FieldPlan>()
  const plan: MessagePlan = { name: type.name, fields, byName }
  known.set(type, plan)
  for (const field of type.fieldsArray) {
    const entry = fieldOf(field, known)
    fields.push(entry)
    byName.set(entry.name, entry)
  }
  return plan
}

function fieldOf(field: protobuf.Field, known: Map<protobuf.Type, MessagePlan>): FieldPlan {
  const value = valuePlanOf(field, known)
  const isMap = field instanceof protobuf.MapField
  const isRepeated = field.repeated
  const isMessage = value.kind === 'message' || value.kind === 'group'
  const hasPresence = !isRepeated && !isMap && (Boolean(field.hasPresence) || field.partOf !== null || isMessage)
  return {
    name: field.name,
    id: field.id,
    value,
    mapKey: isMap ? (field.keyType as Scalar) : null,
    isRepeated,
    // Proto3 calls every repeated field packed; only numbers can be.
    isPacked: isRepeated && field.packed && wireTypeOf(value) !== 2 && wireTypeOf(value) !== 3,
    isRequired: field.required,
    hasPresence,
    default: isRepeated || isMap ? undefined : defaultOf(field, value, hasPresence),
    rivals: (field.partOf?.oneof ?? []).filter((name) => name !== field.name),
  }
}

function valuePlanOf(field: protobuf.Field, known: Map<protobuf.Type, MessagePlan>): ValuePlan {
  const type = field.resolvedType
  if (type instanceof protobuf.Enum) {
    const numbers = new Map(Object.entries(type.values))
    // The first of several names of a number is the one that is read.
    const names = new Map([...numbers].reverse().map(([name, number]) => [number, name]))
    return { kind: 'enum', names, numbers }
  }
  if (type instanceof protobuf.Type)
    return { kind: field.delimited ? 'group' : 'message', message: planOf(type, known) }
  return { kind: field.type as Scalar }
}

function defaultOf(
  field: protobuf.Field,
  value: ValuePlan,
  hasPresence: boolean,
): string | number | boolean | undefined {
  if (field.required) return undefined
  const stated = field.getOption('default') as unknown
  if (hasPresence && (stated === undefined || field.partOf !== null)) return undefined
  switch (value.kind) {
    case 'message':
    case 'group':
      return undefined
    case 'enum':
      return value.names.get(Number(field.typeDefault)) ?? Number(field.typeDefault)
    case 'bool':
      return stated === true || stated === 'true'
    case 'string':
    case 'bytes':
      return typeof stated === 'string' ? stated : ''
    default:
      return stated === undefined ? 0 : Number(stated)
  }
}
