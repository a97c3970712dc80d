import {
  Deferred,
  type DocumentObject,
  DocumentReader,
  type DocumentValue,
  maxDepth,
  type NumberList,
} from './tree-document.ts'

/**
 * UBJSON (draft 12), big-endian:
 *
 * ```text
 * value  = type data
 * type   = Z null, T F truths, i U I l L whole numbers of 1, 1 unsigned, 2, 4, 8 bytes, d D numbers of 4, 8 bytes,
 *          C one character, S length text, H length decimal text, [ list, { object, N nothing
 * list   = ["$" type] ["#" length] value… ["]" unless "#"]      with "$" the values have no type of their own
 * object = ["$" type] ["#" length] (length name value)… ["}" unless "#"]
 * length = a whole number with its type
 * ```
 *
 * Reads it like `readJson`. What a length promises is compared with the bytes that are left before anything is made of it.
 */
export function readUbj(bytes: Uint8Array, source: string, deferred: ReadonlySet<string>): DocumentObject {
  return new UbjReader(bytes, new DocumentReader(source, 'UBJSON of XGBoost'), deferred).document()
}

type NumberType = 'i' | 'U' | 'I' | 'l' | 'L' | 'd' | 'D'

/** Typed array and element size by type; whole numbers of 64 bits become doubles. */
const numberTypes = {
  i: { array: Int8Array, bytes: 1 },
  U: { array: Uint8Array, bytes: 1 },
  I: { array: Int16Array, bytes: 2 },
  l: { array: Int32Array, bytes: 4 },
  L: { array: Float64Array, bytes: 8 },
  d: { array: Float32Array, bytes: 4 },
  D: { array: Float64Array, bytes: 8 },
} as const satisfies Record<NumberType, unknown>

class UbjReader {
  readonly #bytes: Buffer
  readonly #reader: DocumentReader
  readonly #deferred: ReadonlySet<string>
  #at = 0

  constructor(bytes: Uint8Array, reader: DocumentReader, deferred: ReadonlySet<string>) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#reader = reader
    this.#deferred = deferred
  }

  document(): DocumentObject {
    if (this.#type() !== '{') this.#fault('expected an object', 0)
    return this.#object(0)
  }

  #fault(reason: string, at = this.#at): never {
    return this.#reader.fault(`byte ${at}`, reason)
  }

  /** Makes sure that this many bytes follow, and passes over them. */
  #take(size: number): number {
    const start = this.#at
    if (size > this.#bytes.length - start)
      this.#fault(`${size} bytes are promised, ${this.#bytes.length - start} are left`)
    this.#at = start + size
    return start
  }

  /** Next type marker; `N` means nothing and is passed over. */
  #type(): string {
    for (;;) {
      const type = String.fromCharCode(this.#bytes[this.#take(1)] as number)
      if (type !== 'N') return type
    }
  }

  #peek(): string {
    return String.fromCharCode(this.#bytes[this.#at] ?? 0)
  }

  #value(type: string, depth: number, isDeferred = false): DocumentValue {
    switch (type) {
      case 'Z':
        return null
      case 'T':
        return true
      case 'F':
        return false
      case 'C':
        return String.fromCharCode(this.#bytes[this.#take(1)] as number)
      case 'S':
        return this.#text()
      case 'H':
        return Number(this.#text())
      case '[':
        return this.#list(depth, isDeferred)
      case '{':
        return this.#object(depth)
      default:
        if (Object.hasOwn(numberTypes, type)) return this.#number(type as NumberType)
        return this.#fault(`found ${JSON.stringify(type)}, expected a type of UBJSON`, this.#at - 1)
    }
  }

  #number(type: NumberType): number {
    return readNumber(this.#bytes, this.#take(numberTypes[type].bytes), type)
  }

  #length(): number {
    const at = this.#at
    const type = this.#type()
    if (!['i', 'U', 'I', 'l', 'L'].includes(type))
      this.#fault(`found ${JSON.stringify(type)}, expected the type of a length`, at)
    const length = this.#number(type as NumberType)
    if (!Number.isSafeInteger(length) || length < 0) this.#fault(`${length} is no length`, at)
    return length
  }

  #text(): string {
    const length = this.#length()
    const start = this.#take(length)
    return this.#bytes.toString('utf8', start, start + length)
  }

  /** `$` and `#` behind the bracket of a list or an object. */
  #header(): { readonly type: string | null; readonly length: number | null } {
    let type: string | null = null
    if (this.#peek() === '$') {
      this.#at++
      type = this.#type()
      if (this.#peek() !== '#') this.#fault('a list of one type has no length')
    }
    if (this.#peek() !== '#') return { type, length: null }
    this.#at++
    const length = this.#length()
    // Every element takes a byte at least; elements without one (truths, null) would be counted for nothing.
    if (type !== null && !Object.hasOwn(numberTypes, type) && !['[', '{', 'S', 'C', 'H'].includes(type))
      this.#fault(`a list of ${JSON.stringify(type)} is not supported`)
    if (length > this.#bytes.length - this.#at)
      this.#fault(`${length} elements are promised, ${this.#bytes.length - this.#at} bytes are left`)
    return { type, length }
  }

  #list(depth: number, isDeferred: boolean): DocumentValue {
    if (depth >= maxDepth) this.#fault(`the document has more than ${maxDepth} levels of nesting`)
    const { type, length } = this.#header()
    if (type !== null && length !== null && Object.hasOwn(numberTypes, type))
      return this.#numbers(type as NumberType, length, isDeferred)
    const list: DocumentValue[] = []
    if (length !== null) {
      for (let i = 0; i < length; i++) list.push(this.#value(type ?? this.#type(), depth + 1))
    } else {
      for (let next = this.#type(); next !== ']'; next = this.#type()) list.push(this.#value(next, depth + 1))
    }
    return packed(list)
  }

  #numbers(type: NumberType, length: number, isDeferred: boolean): NumberList | Deferred {
    const start = this.#take(length * numberTypes[type].bytes)
    const read = () => readNumbers(this.#bytes, start, length, type)
    return isDeferred ? new Deferred(read) : read()
  }

  #object(depth: number): DocumentObject {
    if (depth >= maxDepth) this.#fault(`the document has more than ${maxDepth} levels of nesting`)
    const { type, length } = this.#header()
    const object = new Map<string, DocumentValue>()
    const member = () => {
      const name = this.#text()
      object.set(name, this.#value(type ?? this.#type(), depth + 1, this.#deferred.has(name)))
    }
    if (length !== null) {
      for (let i = 0; i < length; i++) member()
      return object
    }
    for (;;) {
      while (this.#peek() === 'N') this.#at++
      if (this.#peek() === '}') break
      member()
    }
    this.#at++
    return object
  }
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

function readNumbers(bytes: Buffer, start: number, length: number, type: NumberType): NumberList {
  const { array, bytes: size } = numberTypes[type]
  // A copy has the alignment that typed arrays need.
  const numbers = new array(length)
  if (type === 'L' || !isLittleEndian) {
    for (let i = 0; i < length; i++) numbers[i] = readNumber(bytes, start + i * size, type)
    return numbers
  }
  const copy = Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength)
  bytes.copy(copy, 0, start, start + length * size)
  if (size === 2) copy.swap16()
  else if (size === 4) copy.swap32()
  else if (size === 8) copy.swap64()
  return numbers
}

function readNumber(bytes: Buffer, at: number, type: NumberType): number {
  switch (type) {
    case 'i':
      return bytes.readInt8(at)
    case 'U':
      return bytes[at] as number
    case 'I':
      return bytes.readInt16BE(at)
    case 'l':
      return bytes.readInt32BE(at)
    case 'L':
      return Number(bytes.readBigInt64BE(at))
    case 'd':
      return bytes.readFloatBE(at)
    case 'D':
      return bytes.readDoubleBE(at)
  }
}

/** A list of numbers or truths as a typed array, like that of JSON. */
function packed(list: DocumentValue[]): DocumentValue {
  if (list.length === 0) return list
  const isNumeric = list.every((value) => typeof value === 'number' || typeof value === 'boolean')
  return isNumeric ? Float64Array.from(list as number[]) : list
}
