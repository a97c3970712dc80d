import { CopySource } from './record-batch-copy.ts'

/** What is wrong with a record; the batch that it is in is known where this is caught. */
export class RecordFault extends Error {}

/** Reads varints of `bytes[at, end)` and never leaves them. */
export class VarintReader {
  readonly bytes: Uint8Array
  at: number
  readonly end: number
  #source: CopySource | null = null

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  /** To copy from what is read. */
  get source(): CopySource {
    this.#source ??= new CopySource(this.bytes)
    return this.#source
  }

  /** The length of a record; returns where it ends, which is at most where the records end. */
  record(): number {
    const length = this.varint()
    const end = this.at + length
    if (length < 1 || end > this.end) throw new RecordFault(`a record at byte ${this.at} has length ${length}`)
    return end
  }

  /** A zigzag number of up to 32 bits. */
  varint(): number {
    const { bytes } = this
    let at = this.at
    if (at + 5 > this.end) return this.#varintNearEnd()
    let byte = bytes[at++] as number
    let value = byte & 127
    if (byte > 127) {
      byte = bytes[at++] as number
      value |= (byte & 127) << 7
      if (byte > 127) {
        byte = bytes[at++] as number
        value |= (byte & 127) << 14
        if (byte > 127) {
          byte = bytes[at++] as number
          value |= (byte & 127) << 21
          if (byte > 127) {
            byte = bytes[at++] as number
            value |= byte << 28
            if (byte > 15) throw new RecordFault(`a number at byte ${this.at} has more than 32 bits`)
          }
        }
      }
    }
    this.at = at
    return (value >>> 1) ^ -(value & 1)
  }

  /** A zigzag number of up to 64 bits; beyond 2 ** 53 it is rounded. */
  varlong(): number {
    const { bytes, end } = this
    let at = this.at
    let low = 0
    for (let shift = 0; shift < 28; shift += 7) {
      if (at >= end) throw new RecordFault(`a number at byte ${this.at} is cut`)
      const byte = bytes[at++] as number
      low |= (byte & 127) << shift
      if (byte < 128) {
        this.at = at
        return (low >>> 1) ^ -(low & 1)
      }
    }
    let value = low
    let scale = 2 ** 28
    for (let i = 4; i < 10; i++) {
      if (at >= end) throw new RecordFault(`a number at byte ${this.at} is cut`)
      const byte = bytes[at++] as number
      value += (byte & 127) * scale
      scale *= 128
      if (byte < 128) {
        this.at = at
        return low & 1 ? -((value - 1) / 2) - 1 : value / 2
      }
    }
    throw new RecordFault(`a number at byte ${this.at} has more than 64 bits`)
  }

  skip(size: number): void {
    if (size < 0 || size > this.end - this.at) throw new RecordFault(`${size} bytes at byte ${this.at} are not there`)
    this.at += size
  }

  #varintNearEnd(): number {
    const { bytes, end } = this
    let at = this.at
    let value = 0
    for (let shift = 0; at < end; shift += 7) {
      const byte = bytes[at++] as number
      value |= (byte & 127) << shift
      if (byte < 128) {
        this.at = at
        return (value >>> 1) ^ -(value & 1)
      }
    }
    throw new RecordFault(`a number at byte ${this.at} is cut`)
  }
}

/** Bytes of a number of 32 bits as a zigzag varint. */
export function varintSize(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0
  if (zigzag < 2 ** 7) return 1
  if (zigzag < 2 ** 14) return 2
  if (zigzag < 2 ** 21) return 3
  return zigzag < 2 ** 28 ? 4 : 5
}

/** Writes a number of 32 bits as a zigzag varint; returns where it ends. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  let to = at
  for (; rest > 127; rest >>>= 7) bytes[to++] = (rest & 127) | 128
  bytes[to++] = rest
  return to
}

const isInt = (value: number) => value === (value | 0)

/** Bytes of a whole number within 2 ** 52 as a zigzag varint. */
export function varlongSize(value: number): number {
  if (isInt(value)) return varintSize(value)
  let size = 1
  for (let rest = zigzagOf(value); rest > 127; rest = Math.floor(rest / 128)) size++
  return size
}

/** Writes a whole number within 2 ** 52 as a zigzag varint; returns where it ends. */
export function writeVarlong(bytes: Uint8Array, at: number, value: number): number {
  if (isInt(value)) return writeVarint(bytes, at, value)
  let rest = zigzagOf(value)
  let to = at
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes[to++] = (rest % 128) | 128
  bytes[to++] = rest
  return to
}

const zigzagOf = (value: number) => (value < 0 ? -2 * value - 1 : 2 * value)
