/** Why and where a frame is not of its type; becomes the record's error. */
export class FrameFault extends Error {
  readonly at: number

  constructor(reason: string, at: number) {
    super(reason)
    this.at = at
  }
}

/**
 * Reads varints of 64 bits, as protobuf and Avro write them: 7 bits a byte, low bits first, up to ten bytes. Methods start at `p`, set
 * `at` to where the value ends, do not read from `end` on, and throw a FrameFault when the value runs past it.
 */
export class Varint64 {
  at = 0
  /** The halves of the varint that was read last. */
  low = 0
  high = 0
  readonly #dropsBits: boolean

  /** `dropsBits`: what is beyond 64 bits is dropped, as protobuf has it; else it is a fault. */
  constructor(dropsBits: boolean) {
    this.#dropsBits = dropsBits
  }

  /** Into `low` and `high`. */
  varint(b: Uint8Array, from: number, end: number): void {
    // Most lengths, indexes and small numbers have one byte.
    if (from < end && (b[from] as number) < 128) {
      this.low = b[from] as number
      this.high = 0
      this.at = from + 1
      return
    }
    let p = from
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      if (p >= end) throw new FrameFault('a number runs past the end', from)
      const byte = b[p++] as number
      const bits = byte & 0x7f
      if (shift < 28) low |= bits << shift
      else if (shift === 28) {
        low |= bits << 28
        high = bits >>> 4
      } else if (shift === 63 && byte > 1 && byte < 128 && !this.#dropsBits)
        throw new FrameFault('a number has more than 64 bits', from)
      else high |= bits << (shift - 32)
      if (byte < 128) {
        this.low = low
        this.high = high
        this.at = p
        return
      }
    }
    throw new FrameFault('a number has more than 10 bytes', from)
  }

  /** A number with its sign in the lowest bit. */
  zigzag(b: Uint8Array, p: number, end: number): number | bigint {
    this.varint(b, p, end)
    const sign = -(this.low & 1)
    return signedLong(((this.low >>> 1) | (this.high << 31)) ^ sign, (this.high >>> 1) ^ sign)
  }
}

/** Two halves as a number with a sign; a bigint beyond 2^53. */
export function signedLong(low: number, high: number): number | bigint {
  const value = (high | 0) * 2 ** 32 + (low >>> 0)
  return Number.isSafeInteger(value) ? value : (BigInt(high | 0) << 32n) | BigInt(low >>> 0)
}
