import { MillraceError } from '../core/errors.ts'
import type { CutFrames, Cutter } from './envelope.ts'

/** Frames found so far in one buffer; the arrays grow by doubling. */
export class FrameList {
  #starts = new Int32Array(256)
  #ends = new Int32Array(256)
  #origins = new Int32Array(256)
  length = 0

  /** Adds the frame `[start, end)`; its framing starts at `origin`. */
  add(origin: number, start: number, end: number): void {
    if (this.length === this.#starts.length) {
      this.#starts = doubled(this.#starts)
      this.#ends = doubled(this.#ends)
      this.#origins = doubled(this.#origins)
    }
    this.#origins[this.length] = origin
    this.#starts[this.length] = start
    this.#ends[this.length] = end
    this.length++
  }

  /** The frames over `bytes`, whose first byte has the stream position `base`; the list is empty afterwards. */
  take(bytes: Uint8Array, base: number, end: number): CutFrames {
    const { length } = this
    this.length = 0
    const positions = new Float64Array(length)
    for (let i = 0; i < length; i++) positions[i] = base + (this.#origins[i] as number)
    const values = { bytes, starts: this.#starts.slice(0, length), ends: this.#ends.slice(0, length), length }
    return { values, positions, end }
  }
}

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(array.length * 2)
  grown.set(array)
  return grown
}

/** How an envelope finds frames in a buffer. */
export interface Framing {
  /** Adds the complete frames of `[0, end)` to the list and returns where the incomplete one starts. Bytes before `searched` were seen by an earlier call without completing a frame. `base` is the position of byte 0, for messages. */
  cut(bytes: Buffer, searched: number, end: number, base: number, frames: FrameList): number
  /** Adds the frame that the end of the stream completes; `size` bytes are left. */
  finish(size: number, base: number, frames: FrameList): void
  readonly maxFrameBytes: number
}

/**
 * The cutter of any framing. Frames share the chunk's buffer unless a frame began in an earlier chunk: then the chunk is
 * appended to the bytes carried over, and the frames share that buffer. It grows by doubling, so a frame of many chunks
 * is copied a constant number of times.
 */
export class ChunkCutter implements Cutter {
  readonly #framing: Framing
  readonly #frames = new FrameList()
  #carried: Buffer = Buffer.alloc(0)
  #size = 0
  /** Stream position of the first byte carried over. */
  #position: number

  constructor(framing: Framing, position: number) {
    this.#framing = framing
    this.#position = position
  }

  push(chunk: Uint8Array): CutFrames {
    const searched = this.#size
    const bytes = searched === 0 ? asBuffer(chunk) : this.#append(chunk)
    const end = searched + chunk.length
    const base = this.#position
    const rest = this.#framing.cut(bytes, searched, end, base, this.#frames)
    const { maxFrameBytes } = this.#framing
    if (end - rest > maxFrameBytes) {
      const position = base + rest
      throw new MillraceError('ENVELOPE_FRAME_TOO_LARGE', { position, size: end - rest, limit: maxFrameBytes })
    }
    if (searched === 0 || rest > 0) this.#carry(bytes, rest, end)
    else this.#size = end
    this.#position = base + rest
    return this.#frames.take(bytes, base, this.#position)
  }

  finish(): CutFrames {
    const base = this.#position
    this.#framing.finish(this.#size, base, this.#frames)
    this.#position += this.#size
    this.#size = 0
    return this.#frames.take(this.#carried, base, this.#position)
  }

  /** Keeps a copy of `[start, end)`: the frames handed out own the old buffer. */
  #carry(bytes: Buffer, start: number, end: number): void {
    this.#size = end - start
    if (this.#size === 0) return
    this.#carried = Buffer.allocUnsafe(Math.max(4096, this.#size * 2))
    bytes.copy(this.#carried, 0, start, end)
  }

  #append(chunk: Uint8Array): Buffer {
    const needed = this.#size + chunk.length
    if (needed > this.#carried.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#carried.length * 2))
      this.#carried.copy(grown, 0, 0, this.#size)
      this.#carried = grown
    }
    this.#carried.set(chunk, this.#size)
    return this.#carried
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
