import { type TextBuffer, TextReader } from '../../core/utf8.ts'
import { FrameFault, signedLong, Varint64 } from '../../core/varint64.ts'

/** Deepest nesting of messages that is read, as in protobuf's own libraries. */
export const maxDepth = 100

/**
 * Reads the protobuf wire format (varints, fixed numbers, length-delimited bytes, groups) from a buffer. Every method starts at
 * `p`, sets `at` to where the value ends, does not read from `end` on, and throws a FrameFault when the value runs past it.
 */
export class WireReader extends Varint64 {
  readonly #texts = new TextReader()

  constructor() {
    super(true)
  }

  fault(reason: string, at: number): FrameFault {
    return new FrameFault(reason, at)
  }

  /** A tag or a length: an unsigned varint of 32 bits. */
  uint32(b: Uint8Array, p: number, end: number): number {
    if (p < end && (b[p] as number) < 128) {
      this.at = p + 1
      return b[p] as number
    }
    this.varint(b, p, end)
    return this.low >>> 0
  }

  int32(b: Uint8Array, p: number, end: number): number {
    return this.uint32(b, p, end) | 0
  }

  sint32(b: Uint8Array, p: number, end: number): number {
    const value = this.uint32(b, p, end)
    return (value >>> 1) ^ -(value & 1)
  }

  bool(b: Uint8Array, p: number, end: number): boolean {
    this.varint(b, p, end)
    return (this.low | this.high) !== 0
  }

  int64(b: Uint8Array, p: number, end: number): number | bigint {
    this.varint(b, p, end)
    return signedLong(this.low, this.high)
  }

  uint64(b: Uint8Array, p: number, end: number): number | bigint {
    this.varint(b, p, end)
    return unsigned(this.low, this.high)
  }

  sint64(b: Uint8Array, p: number, end: number): number | bigint {
    return this.zigzag(b, p, end)
  }

  fixed64(view: DataView, p: number, end: number): number | bigint {
    this.#fixed(p, end, 8)
    return unsigned(view.getInt32(p, true), view.getInt32(p + 4, true))
  }

  sfixed64(view: DataView, p: number, end: number): number | bigint {
    this.#fixed(p, end, 8)
    return signedLong(view.getInt32(p, true), view.getInt32(p + 4, true))
  }

  fixed32(view: DataView, p: number, end: number): number {
    this.#fixed(p, end, 4)
    return view.getUint32(p, true)
  }

  sfixed32(view: DataView, p: number, end: number): number {
    this.#fixed(p, end, 4)
    return view.getInt32(p, true)
  }

  double(view: DataView, p: number, end: number): number {
    this.#fixed(p, end, 8)
    return view.getFloat64(p, true)
  }

  float(view: DataView, p: number, end: number): number {
    this.#fixed(p, end, 4)
    return view.getFloat32(p, true)
  }

  string(b: TextBuffer, p: number, end: number): string {
    const stop = this.stop(b, p, end)
    const start = this.at
    const text = this.#texts.utf8(b, start, stop)
    if (text === null) throw new FrameFault('text is not UTF-8', start)
    this.at = stop
    return text
  }

  /** A copy, because values outlive the frames. */
  bytes(b: Uint8Array, p: number, end: number): Uint8Array {
    const stop = this.stop(b, p, end)
    const copy = new Uint8Array(b.subarray(this.at, stop))
    this.at = stop
    return copy
  }

  /** Reads a length; `at` is where the content starts, the result is where it ends. */
  stop(b: Uint8Array, p: number, end: number): number {
    const size = this.uint32(b, p, end)
    if (size > end - this.at) throw new FrameFault(`a length of ${size} bytes runs past the end`, p)
    return this.at + size
  }

  /** Passes over an unknown field whose tag ends at `p`. */
  skip(b: Uint8Array, tag: number, p: number, end: number, depth: number): void {
    const id = tag >>> 3
    if (id === 0) throw new FrameFault('field number 0', p)
    switch (tag & 7) {
      case 0:
        this.varint(b, p, end)
        return
      case 1:
        this.#fixed(p, end, 8)
        return
      case 2:
        this.at = this.stop(b, p, end)
        return
      case 3:
        this.#skipGroup(b, id, p, end, depth + 1)
        return
      case 5:
        this.#fixed(p, end, 4)
        return
      default:
        throw new FrameFault(`field ${id} has wire type ${tag & 7}`, p)
    }
  }

  #skipGroup(b: Uint8Array, id: number, p: number, end: number, depth: number): void {
    if (depth > maxDepth) throw new FrameFault(`nested deeper than ${maxDepth} levels`, p)
    this.at = p
    for (;;) {
      const tag = this.uint32(b, this.at, end)
      if (tag === ((id << 3) | 4)) return
      this.skip(b, tag, this.at, end, depth)
    }
  }

  #fixed(p: number, end: number, size: number): void {
    if (p + size > end) throw new FrameFault(`a number of ${size} bytes runs past the end`, p)
    this.at = p + size
  }
}

function unsigned(low: number, high: number): number | bigint {
  const value = (high >>> 0) * 2 ** 32 + (low >>> 0)
  return Number.isSafeInteger(value) ? value : (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)
}
