/** How a value is written in a message. An enum is its number; 64-bit numbers are bigint, lists of numbers typed arrays. */
export type FieldKind =
  | 'int32'
  | 'uint32'
  | 'fixed32'
  | 'int64'
  | 'uint64'
  | 'bool'
  | 'float'
  | 'double'
  | 'enum'
  | 'text'
  | 'bytes'
  | 'message'
  | 'map'

/** One field of a protobuf message that is read. `V` is what its value becomes. */
export interface Field<V> {
  readonly number: number
  readonly kind: FieldKind
  readonly isList: boolean
  /** What an absent field reads as; a list is empty. */
  readonly absent: V
  /** Type of a message, or of the values of a map. A function, as types are recursive. */
  readonly type?: () => MessageType<unknown>
  /** Numbers by name, for enums in text. */
  readonly words?: ReadonlyMap<string, number>
  /** True when the keys of a map are whole numbers. */
  readonly hasNumberKeys?: boolean
}

/** The fields of a message that are read, by the names that text has for them; others are passed over. */
export interface MessageType<T> {
  readonly name: string
  readonly fields: { readonly [K in keyof T]-?: Field<T[K]> }
}

const plain = <V>(number: number, kind: FieldKind, absent: V): Field<V> => ({ number, kind, isList: false, absent })
const listOf = <V>(number: number, kind: FieldKind, absent: V): Field<V> => ({ number, kind, isList: true, absent })

export const int32 = (number: number) => plain(number, 'int32', 0)
export const uint32 = (number: number) => plain(number, 'uint32', 0)
export const fixed32 = (number: number) => plain(number, 'fixed32', 0)
export const int64 = (number: number) => plain(number, 'int64', 0n)
export const bool = (number: number) => plain(number, 'bool', false)
export const text = (number: number) => plain(number, 'text', '')
export const bytes = (number: number) => plain(number, 'bytes', new Uint8Array(0))
export const choice = (number: number, words: ReadonlyMap<string, number>): Field<number> => ({
  ...plain(number, 'enum', 0),
  words,
})

/** A field whose absence is told from its default: members of a oneof. */
export const optional = <V>(field: Field<V>): Field<V | undefined> => ({ ...field, absent: undefined })

export const optionalFloat = (number: number) => plain<number | undefined>(number, 'float', undefined)

export const texts = (number: number) => listOf<readonly string[]>(number, 'text', [])
export const byteStrings = (number: number) => listOf<readonly Uint8Array[]>(number, 'bytes', [])
export const int32s = (number: number) => listOf(number, 'int32', new Int32Array(0))
export const uint32s = (number: number) => listOf(number, 'uint32', new Uint32Array(0))
export const int64s = (number: number) => listOf(number, 'int64', new BigInt64Array(0))
export const uint64s = (number: number) => listOf(number, 'uint64', new BigUint64Array(0))
export const bools = (number: number) => listOf(number, 'bool', new Uint8Array(0))
export const floats = (number: number) => listOf(number, 'float', new Float32Array(0))
export const doubles = (number: number) => listOf(number, 'double', new Float64Array(0))
export const choices = (number: number, words: ReadonlyMap<string, number>): Field<Int32Array> => ({
  ...listOf(number, 'enum', new Int32Array(0)),
  words,
})

/** A nested message; undefined where absent. */
export const message = <T>(number: number, type: () => MessageType<T>): Field<T | undefined> => ({
  ...plain<T | undefined>(number, 'message', undefined),
  type,
})

/** A list of messages. */
export const messages = <T>(number: number, type: () => MessageType<T>): Field<readonly T[]> => ({
  ...listOf<readonly T[]>(number, 'message', []),
  type,
})

/** A map from text, or from whole numbers (as text), to messages. The last of equal keys counts, as in protobuf. */
export const mapOf = <T>(
  number: number,
  type: () => MessageType<T>,
  hasNumberKeys = false,
): Field<ReadonlyMap<string, T>> => ({
  ...plain<ReadonlyMap<string, T>>(number, 'map', new Map()),
  type,
  hasNumberKeys,
})

/** A map from text to text. */
export const textMap = (number: number): Field<ReadonlyMap<string, string>> =>
  plain<ReadonlyMap<string, string>>(number, 'map', new Map())

/** More messages than this are not read: each of two bytes could be an object of a hundred. */
export const MAX_MESSAGES = 4_000_000

/** Counts the messages of one document. */
export class MessageBudget {
  #left = MAX_MESSAGES

  /** Takes one; false when there is none left. */
  take(): boolean {
    return this.#left-- > 0
  }
}

/** Typed array of a list of numbers. */
export function arrayOf(kind: FieldKind, size: number) {
  switch (kind) {
    case 'int32':
    case 'enum':
      return new Int32Array(size)
    case 'uint32':
      return new Uint32Array(size)
    case 'int64':
      return new BigInt64Array(size)
    case 'uint64':
      return new BigUint64Array(size)
    case 'bool':
      return new Uint8Array(size)
    case 'float':
      return new Float32Array(size)
    case 'double':
      return new Float64Array(size)
    default:
      return null
  }
}
