import { boolean, choice, integer, type OptionValues } from '../../config/option.ts'
import { type BytesColumn, type BytesWriter, NO_VALUE } from '../../core/bytes.ts'
import { MillraceError } from '../../core/errors.ts'
import { ChunkCutter, type FrameList, type Framing } from '../chunk-cutter.ts'
import type { Envelope } from '../envelope.ts'

const options = {
  prefix: choice(['uint8', 'uint16', 'uint32', 'uint64', 'varint'], {
    summary: 'how the length is written; varint is what protobuf calls delimited messages',
    default: 'uint32',
  }),
  byteOrder: choice(['big-endian', 'little-endian'], {
    summary: 'order of the bytes of a length of fixed size',
    default: 'big-endian',
  }),
  countsPrefix: boolean({ summary: 'whether the length includes the bytes of the prefix', default: false }),
  maxFrameBytes: integer(
    { summary: 'longest record; a longer one is an error', unit: 'bytes', default: 64 * 1024 * 1024 },
    { min: 1, max: 1024 * 1024 * 1024 },
  ),
}

type PrefixOptions = OptionValues<typeof options>

const prefixBytes = { uint8: 1, uint16: 2, uint32: 4, uint64: 8 } as const
/** A varint of a length below 2^35; longer ones are beyond any limit. */
const maxVarintBytes = 5

/** A length and how many bytes wrote it; size 0 means that more bytes are needed. */
interface Prefix {
  value: number
  size: number
}

/** `stream = { length record }`; the length is an unsigned integer of fixed size, or a varint (7 bits a byte, low bits first). */
class LengthFraming implements Framing {
  readonly maxFrameBytes: number
  readonly #options: PrefixOptions
  readonly #prefix: Prefix = { value: 0, size: 0 }

  constructor(values: PrefixOptions) {
    this.#options = values
    this.maxFrameBytes = values.maxFrameBytes + 8
  }

  cut(bytes: Buffer, _searched: number, end: number, base: number, frames: FrameList): number {
    let at = 0
    for (;;) {
      const { value, size } = this.#read(bytes, at, end, base)
      if (size === 0) return at
      const length = this.#options.countsPrefix ? value - size : value
      if (length < 0) throw lengthWrong(base + at, value, `${size} or more, because it counts its own bytes`)
      const limit = this.#options.maxFrameBytes
      if (length > limit) {
        throw new MillraceError('ENVELOPE_FRAME_TOO_LARGE', { position: base + at, size: length, limit })
      }
      if (at + size + length > end) return at
      frames.add(at, at + size, at + size + length)
      at += size + length
    }
  }

  finish(size: number, base: number, _frames: FrameList): void {
    if (size > 0) throw new MillraceError('ENVELOPE_STREAM_CUT', { position: base, end: base + size })
  }

  #read(bytes: Buffer, at: number, end: number, base: number): Prefix {
    const { prefix, byteOrder } = this.#options
    const result = this.#prefix
    result.size = 0
    if (prefix === 'varint') {
      let value = 0
      for (let i = 0; at + i < end; i++) {
        if (i === maxVarintBytes) throw lengthWrong(base + at, 'longer than 5 bytes', 'a varint of at most 5 bytes')
        const byte = bytes[at + i] as number
        value += (byte & 0x7f) * 2 ** (7 * i)
        if (byte < 0x80) {
          result.value = value
          result.size = i + 1
          break
        }
      }
      return result
    }
    const size = prefixBytes[prefix]
    if (at + size > end) return result
    const isBig = byteOrder === 'big-endian'
    if (size === 8) {
      const high = isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at + 4)
      result.value = high * 2 ** 32 + (isBig ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at))
    } else result.value = isBig ? bytes.readUIntBE(at, size) : bytes.readUIntLE(at, size)
    result.size = size
    return result
  }
}

function lengthWrong(position: number, value: number | string, expected: string): MillraceError {
  return new MillraceError('ENVELOPE_LENGTH_WRONG', { position, value, expected })
}

/** Writes the prefix of a record of `length` bytes at `at` and returns where it ends. */
function writePrefix(values: PrefixOptions, length: number, bytes: Buffer, at: number): number {
  if (values.prefix === 'varint') {
    let size = 1
    // The prefix's own size can lengthen it.
    while (values.countsPrefix && length + size >= 2 ** (7 * size)) size++
    let rest = values.countsPrefix ? length + size : length
    let p = at
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes[p++] = (rest & 0x7f) | 0x80
    bytes[p++] = rest
    return p
  }
  const size = prefixBytes[values.prefix]
  const value = values.countsPrefix ? length + size : length
  if (value >= 2 ** (8 * size)) {
    throw new MillraceError('ENVELOPE_FRAME_UNFIT', {
      size: length,
      reason: `is too long for a ${values.prefix} prefix`,
    })
  }
  const isBig = values.byteOrder === 'big-endian'
  const words = size === 8 ? 4 : 0
  if (words > 0) bytes.writeUInt32BE(0, isBig ? at : at + 4)
  const low = Math.min(size, 4)
  if (isBig) bytes.writeUIntBE(value, at + words, low)
  else bytes.writeUIntLE(value, at, low)
  return at + size
}

/** Records that are each preceded by their length. */
export const lengthPrefixedEnvelope: Envelope<typeof options> = Object.freeze({
  kind: 'envelope',
  name: 'length-prefixed',
  summary: 'each record is preceded by its length in bytes',
  stability: 'stable',
  since: '0.1.0',
  options,
  openCutter: (values: PrefixOptions, position: number) => new ChunkCutter(new LengthFraming(values), position),
  wrap: (values: PrefixOptions, frames: BytesColumn, writer: BytesWriter) => {
    const { length, size } = writer
    for (let i = 0; i < frames.length; i++) {
      const start = frames.starts[i] as number
      const end = frames.ends[i] === NO_VALUE ? start : (frames.ends[i] as number)
      const at = writer.reserve(end - start + 10)
      try {
        const body = writePrefix(values, end - start, writer.bytes, at)
        writer.bytes.set(frames.bytes.subarray(start, end), body)
        writer.commit(body + end - start)
      } catch (thrown) {
        writer.rewind(length, size)
        throw thrown
      }
    }
  },
})
