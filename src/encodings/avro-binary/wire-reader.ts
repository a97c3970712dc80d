import { type TextBuffer, TextReader } from '../../core/utf8.ts'
import { FrameFault, Varint64 } from '../../core/varint64.ts'

/** Deepest nesting of records, lists and maps that is read or written. */
export const maxDepth = 128

/** Items of no bytes (null, a record of nulls) that one frame may hold: five bytes could ask for 2^31 of them. */
const maxEmptyItems = 65_536

/** Texts up to this size are compared with remembered ones; longer ones are cut by the runtime. */
const shortTextBytes = 24

/** Thrown where values are nested deeper than `maxDepth`. */
export class DepthFault extends FrameFault {}

/**
 * Reads the parts of Avro's binary encoding from a buffer. Every method starts at `p`, sets `at` to where the value ends, does not read from
 * `end` on, and throws a FrameFault when the value runs past it.
 *
 * ```
 * long, int  = zigzag, then 7 bits a byte, low bits first, up to 10 bytes
 * bytes, string = long size, then the bytes
 * array, map = { block } 0;  block = long count, items  |  -count, long size in bytes, items
 * union      = long index, value;  enum = int index
 * ```
 */
export class WireReader extends Varint64 {
  /** Items of no bytes in the frame so far. */
  emptyItems = 0
  readonly #texts = new TextReader()

  constructor() {
    super(false)
  }

  fault(reason: string, at: number): FrameFault {
    return new FrameFault(reason, at)
  }

  tooDeep(at: number): DepthFault {
    return new DepthFault(`nested deeper than ${maxDepth} levels`, at)
  }

  long(b: Uint8Array, p: number, end: number): number | bigint {
    return this.zigzag(b, p, end)
  }

  int(b: Uint8Array, p: number, end: number): number {
    this.varint(b, p, end)
    if (this.high !== 0) throw new FrameFault('a number outside of 32 bits', p)
    const low = this.low
    return (low >>> 1) ^ -(low & 1)
  }

  boolean(b: Uint8Array, p: number, end: number): boolean {
    if (p >= end) throw new FrameFault('true or false runs past the end', p)
    const byte = b[p] as number
    if (byte > 1) throw new FrameFault(`byte ${byte} is neither true (1) nor false (0)`, p)
    this.at = p + 1
    return byte === 1
  }

  float(view: DataView, p: number, end: number): number {
    if (p + 4 > end) throw new FrameFault('a number of 4 bytes runs past the end', p)
    this.at = p + 4
    return view.getFloat32(p, true)
  }

  double(view: DataView, p: number, end: number): number {
    if (p + 8 > end) throw new FrameFault('a number of 8 bytes runs past the end', p)
    this.at = p + 8
    return view.getFloat64(p, true)
  }

  string(b: TextBuffer, p: number, end: number): string {
    const stop = this.stop(b, p, end)
    const start = this.at
    this.at = stop
    if (stop - start <= shortTextBytes) {
      const text = this.#texts.utf8(b, start, stop)
      if (text === null) throw new FrameFault('text is not UTF-8', start)
      return text
    }
    const text = b.utf8Slice(start, stop)
    // The runtime puts U+FFFD where bytes are not UTF-8; only such a text has to be looked at again.
    if (text.includes('\ufffd') && this.#texts.utf8(b, start, stop) === null) {
      throw new FrameFault('text is not UTF-8', start)
    }
    return text
  }

  /** A copy, because values outlive the frames. */
  bytes(b: Uint8Array, p: number, end: number): Uint8Array {
    const stop = this.stop(b, p, end)
    const start = this.at
    this.at = stop
    return new Uint8Array(b.subarray(start, stop))
  }

  fixed(b: Uint8Array, p: number, end: number, size: number): Uint8Array {
    this.skipFixed(p, end, size)
    return new Uint8Array(b.subarray(p, p + size))
  }

  skipFixed(p: number, end: number, size: number): void {
    if (size > end - p) throw new FrameFault(`a value of ${size} bytes runs past the end`, p)
    this.at = p + size
  }

  skipLong(b: Uint8Array, p: number, end: number): void {
    this.varint(b, p, end)
  }

  /** Reads a size; `at` is where the content starts, the result is where it ends. */
  stop(b: Uint8Array, p: number, end: number): number {
    const first = p < end ? (b[p] as number) : 0xff
    if (first < 0x80 && (first & 1) === 0 && p + 1 + (first >>> 1) <= end) {
      this.at = p + 1
      return p + 1 + (first >>> 1)
    }
    const size = this.long(b, p, end)
    if (size < 0) throw new FrameFault(`a size of ${size} bytes`, p)
    if (size > end - this.at) throw new FrameFault(`a size of ${size} bytes runs past the end`, p)
    return this.at + Number(size)
  }

  /** Index of a union's branch or an enum's symbol, of which there are `count`. */
  index(b: Uint8Array, p: number, end: number, count: number, of: string): number {
    const index = this.long(b, p, end)
    if (index < 0 || index >= count) throw new FrameFault(`${of} ${index} of ${count}`, p)
    return Number(index)
  }

  /** Number of items of the next block, 0 after the last; each has at least `minBytes` bytes. */
  block(b: Uint8Array, p: number, end: number, minBytes: number): number {
    if (p < end && b[p] === 0) {
      this.at = p + 1
      return 0
    }
    let count = this.long(b, p, end)
    if (count < 0) {
      count = -count
      // The size in bytes is only for passing over the block, but it must not lie.
      this.stop(b, this.at, end)
    }
    const room = end - this.at
    if (minBytes === 0) {
      if (count > maxEmptyItems - this.emptyItems) {
        throw new FrameFault(`a block of ${count} items without bytes, where ${maxEmptyItems} are allowed`, p)
      }
      this.emptyItems += Number(count)
    } else if (count > room / minBytes) throw new FrameFault(`a block of ${count} items runs past the end`, p)
    return Number(count)
  }

  /**
   * Passes over whole blocks that state their size; the result is the number of items of one that does not, and 0 after the last.
   */
  skipBlocks(b: Uint8Array, p: number, end: number, minBytes: number): number {
    this.at = p
    for (;;) {
      const from = this.at
      const count = this.long(b, from, end)
      if (count >= 0) return this.block(b, from, end, minBytes)
      this.at = this.stop(b, this.at, end)
    }
  }
}
