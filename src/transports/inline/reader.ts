import { type BytesColumn, sliceColumn } from '../../core/bytes.ts'
import type { FrameBatch } from '../../core/frames.ts'
import { Wake } from '../../core/wake.ts'
import type { Chunk, ChunkReader, FrameReader, TransportContext } from '../transport.ts'

const CHUNK_BYTES = 64 * 1024

/** Reader of a list of records; the position counts records and goes on counting when the list starts again. */
export function openFrameReader(records: BytesColumn, context: TransportContext): FrameReader {
  const cursor = new Cursor(records.length, context)
  return {
    delivers: 'frames',
    ...cursor.members,
    get position() {
      return cursor.position
    },
    next: async (maxRecords, waitMs) => {
      const [from, to] = await cursor.take(maxRecords, waitMs)
      if (from === -1) return null
      return frames(sliceColumn(records, from, to), cursor.position)
    },
  }
}

/** Reader of one byte string; the position counts bytes and goes on counting when the bytes start again. */
export function openChunkReader(bytes: Uint8Array, context: TransportContext): ChunkReader {
  const cursor = new Cursor(bytes.length, context)
  let isLapEnd = false
  return {
    delivers: 'chunks',
    ...cursor.members,
    get position() {
      return cursor.position
    },
    seek: async (position) => {
      isLapEnd = false
      cursor.seek(position)
    },
    next: async (waitMs): Promise<Chunk | null> => {
      if (isLapEnd) {
        isLapEnd = false
        return { bytes: bytes.subarray(0, 0), position: cursor.position, endsLap: true }
      }
      const [from, to] = await cursor.take(CHUNK_BYTES, waitMs)
      if (from === -1) return null
      isLapEnd = context.isLooping && to === bytes.length && to > from
      return { bytes: bytes.subarray(from, to), position: cursor.position - (to - from) }
    },
  }
}

/** Walks over `size` units, once or for ever. */
class Cursor {
  position: number
  readonly #size: number
  readonly #context: TransportContext
  readonly #wake = new Wake()

  constructor(size: number, context: TransportContext) {
    this.#size = size
    this.#context = context
    this.position = context.start === 'earliest' ? 0 : context.start === 'latest' ? size : context.start
  }

  /** The members that both readers share. */
  get members() {
    return {
      domain: null,
      seek: async (position: number) => this.seek(position),
      commit: async () => {},
      interrupt: () => this.#wake.wake(),
      close: async () => {},
    }
  }

  seek(position: number): void {
    this.position = position
  }

  /** The next range `[from, to)` of units; from = -1 is the end, an empty range means that there was nothing to wait for. */
  async take(max: number, waitMs: number): Promise<readonly [number, number]> {
    if (this.#size === 0 && this.#context.isLooping) {
      await this.#wake.wait(waitMs, this.#context.clock)
      return [0, 0]
    }
    const from = this.#context.isLooping ? this.position % this.#size : this.position
    if (from >= this.#size) return [-1, -1]
    const to = Math.min(this.#size, from + max)
    this.position += to - from
    return [from, to]
  }
}

function frames(values: BytesColumn, end: number): FrameBatch {
  const positions = new Float64Array(values.length)
  const first = end - values.length
  for (let i = 0; i < positions.length; i++) positions[i] = first + i
  return { length: values.length, values, keys: null, headers: null, timestampsMs: null, positions, end }
}
