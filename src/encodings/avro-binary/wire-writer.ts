import { type BytesWriter, viewOf } from '../../core/bytes.ts'

/** Thrown where a value does not have its type; whoever encodes finds out where. */
export const noFit = Symbol('the value does not have its type')

/** Texts up to this size are written byte by byte; their size takes one byte. */
const shortText = 64

const noBytes = Buffer.alloc(0)

/**
 * Writes the parts of Avro's binary encoding at the end of a BytesWriter, in place. Generated code writes at `p` in `bytes` and `view` itself,
 * after `if (p + n > room) grow(p, n)`; methods return where the value ends.
 */
export class WireWriter {
  bytes: Buffer = noBytes
  view: DataView = viewOf(noBytes)
  /** Size of `bytes`. */
  room = 0
  #writer: BytesWriter | null = null

  /** Where the value starts. */
  begin(writer: BytesWriter): number {
    const at = writer.reserve(16)
    this.#writer = writer
    if (writer.bytes !== this.bytes) this.#use(writer)
    return at
  }

  /** Makes room for `size` bytes behind those up to `p`. */
  grow(p: number, size: number): void {
    const writer = this.#writer as BytesWriter
    const old = this.bytes
    const start = writer.size
    writer.reserve(2 * (p - start) + size)
    // The writer keeps whole entries, not the one under way.
    if (writer.bytes !== old) old.copy(writer.bytes, start, start, p)
    this.#use(writer)
  }

  /** A zigzag varint of up to 32 bits, unsigned; five bytes are there. */
  varint(p: number, value: number): number {
    const bytes = this.bytes
    let at = p
    let rest = value >>> 0
    while (rest >= 0x80) {
      bytes[at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[at++] = rest
    return at
  }

  /** A long of any size. */
  long(p: number, value: unknown): number {
    if (p + 10 > this.room) this.grow(p, 10)
    if (typeof value === 'number') {
      if ((value | 0) === value) return this.varint(p, (value << 1) ^ (value >> 31))
      if (!Number.isInteger(value)) throw noFit
    } else if (typeof value !== 'bigint') throw noFit
    const big = BigInt(value)
    if (BigInt.asIntN(64, big) !== big) throw noFit
    let rest = BigInt.asUintN(64, (big << 1n) ^ (big >> 63n))
    let at = p
    for (; rest >= 0x80n; rest >>= 7n) this.bytes[at++] = Number(rest & 0x7fn) | 0x80
    this.bytes[at++] = Number(rest)
    return at
  }

  /** Size and UTF-8 bytes. */
  string(p: number, text: unknown): number {
    if (typeof text !== 'string') throw noFit
    const { length } = text
    if (length >= shortText) return this.#longString(p, text)
    if (p + 1 + length > this.room) this.grow(p, 1 + length)
    const bytes = this.bytes
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code >= 0x80) return this.#longString(p, text)
      bytes[p + 1 + i] = code
    }
    bytes[p] = length << 1
    return p + 1 + length
  }

  #longString(p: number, text: string): number {
    const size = Buffer.byteLength(text)
    if (size !== text.length && !text.isWellFormed()) throw noFit
    if (p + 5 + size > this.room) this.grow(p, 5 + size)
    const at = this.long(p, size)
    return at + this.bytes.write(text, at, size, 'utf8')
  }

  /** Size and bytes. */
  blob(p: number, value: unknown): number {
    if (!(value instanceof Uint8Array)) throw noFit
    if (p + 5 + value.length > this.room) this.grow(p, 5 + value.length)
    return this.raw(this.long(p, value.length), value)
  }

  fixed(p: number, value: unknown, size: number): number {
    if (!(value instanceof Uint8Array) || value.length !== size) throw noFit
    return this.raw(p, value)
  }

  /** The bytes as they are. */
  raw(p: number, value: Uint8Array): number {
    if (p + value.length > this.room) this.grow(p, value.length)
    this.bytes.set(value, p)
    return p + value.length
  }

  /** Items of a list of doubles, without their count. */
  doubles(p: number, list: Float64Array): number {
    const size = 8 * list.length
    if (p + size > this.room) this.grow(p, size)
    const view = this.view
    for (let i = 0, at = p; i < list.length; i++, at += 8) view.setFloat64(at, list[i] as number, true)
    return p + size
  }

  #use(writer: BytesWriter): void {
    this.bytes = writer.bytes
    this.view = writer.view
    this.room = writer.bytes.length
  }
}
