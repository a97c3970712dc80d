import type { Reader } from '@platformatic/kafka'

/** What is wrong with an answer: it becomes CLIENT_KAFKA_RESPONSE_DAMAGED with this sentence. */
export class AnswerFault extends Error {}

/**
 * Reads the fields of an answer in a flexible version (KIP-482) and never leaves it: a length or a number of elements that the bytes
 * left cannot hold is an AnswerFault before anything is made for it.
 */
export class AnswerReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** The rest of what the library's reader has. */
  static of(reader: Reader): AnswerReader {
    return new AnswerReader(reader.buffer.slice(reader.position))
  }

  get remaining(): number {
    return this.#bytes.length - this.#at
  }

  boolean(): boolean {
    return this.#bytes.readInt8(this.#take(1)) !== 0
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#take(2))
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4))
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#take(8))
  }

  /** UNSIGNED_VARINT of up to 32 bits. */
  uvarint(): number {
    let value = 0
    for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
      const byte = this.#bytes[this.#take(1)] as number
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    throw new AnswerFault(`the number before byte ${this.#at} has more than 32 bits`)
  }

  /** COMPACT_NULLABLE_STRING. */
  nullableText(): string | null {
    const size = this.uvarint() - 1
    if (size < 0) return null
    const at = this.#take(size)
    return this.#bytes.toString('utf8', at, at + size)
  }

  /** COMPACT_STRING. */
  text(): string {
    return this.nullableText() ?? ''
  }

  /** COMPACT_ARRAY, null as an empty one, of elements that have at least `leastBytes` bytes each. */
  array<T>(leastBytes: number, element: () => T): T[] {
    const count = this.uvarint() - 1
    if (count * leastBytes > this.remaining) {
      throw new AnswerFault(`${count} elements at byte ${this.#at} do not fit the ${this.remaining} bytes left`)
    }
    const elements: T[] = []
    for (let i = 0; i < count; i++) elements.push(element())
    return elements
  }

  /** The tagged fields that end a structure; those without a handler are passed over. */
  tags(handlers: Readonly<Record<number, (field: AnswerReader) => void>> = {}): void {
    const count = this.uvarint()
    for (let i = 0; i < count; i++) {
      const tag = this.uvarint()
      const size = this.uvarint()
      const at = this.#take(size)
      handlers[tag]?.(new AnswerReader(this.#bytes.subarray(at, at + size)))
    }
  }

  #take(size: number): number {
    const at = this.#at
    if (size > this.#bytes.length - at) {
      throw new AnswerFault(`${size} bytes at byte ${at} are not there, the answer has ${this.#bytes.length}`)
    }
    this.#at = at + size
    return at
  }
}
