import type { Clock } from '../core/clock.ts'
import { emptyFrames, type FrameBatch, sliceFrames } from '../core/frames.ts'
import type { Transaction } from '../core/transaction.ts'
import type { CutFrames, Cutter } from '../envelopes/envelope.ts'
import type { ChunkReader, FrameReader } from '../transports/transport.ts'

/** A byte transport and the envelope that cuts it, as a reader of frames. It starts at a frame boundary. */
export class CutReader implements FrameReader {
  readonly delivers = 'frames'
  readonly #chunks: ChunkReader
  readonly #openCutter: (position: number) => Cutter
  readonly #clock: Clock
  #cutter: Cutter
  /** Cut and not yet delivered, in order; none is empty. */
  #ready: FrameBatch[] = []
  #hasEnded = false
  #position: number

  constructor(chunks: ChunkReader, openCutter: (position: number) => Cutter, clock: Clock) {
    this.#chunks = chunks
    this.#openCutter = openCutter
    this.#clock = clock
    this.#position = chunks.position
    this.#cutter = openCutter(this.#position)
  }

  get domain(): string | null {
    return this.#chunks.domain
  }

  get position(): number {
    return this.#position
  }

  async next(maxRecords: number, waitMs: number): Promise<FrameBatch | null> {
    const deadline = this.#clock.monotonicMs() + waitMs
    while (this.#ready.length === 0) {
      if (this.#hasEnded) return null
      // Bytes that are there are read on, whatever the time: a frame may be longer than a chunk.
      const remainingMs = deadline - this.#clock.monotonicMs()
      if (!(await this.#readChunk(Math.max(0, remainingMs)))) return emptyFrames(this.#position)
    }
    return this.#deliver(maxRecords)
  }

  async seek(position: number): Promise<void> {
    await this.#chunks.seek(position)
    this.#ready = []
    this.#hasEnded = false
    this.#position = position
    this.#cutter = this.#openCutter(position)
  }

  commit(end: number, transaction: Transaction | null): Promise<void> {
    return this.#chunks.commit(end, transaction)
  }

  interrupt(): void {
    this.#chunks.interrupt()
  }

  close(): Promise<void> {
    return this.#chunks.close()
  }

  /** Cuts one chunk, or what the end completes; false when the transport had nothing. */
  async #readChunk(waitMs: number): Promise<boolean> {
    const chunk = await this.#chunks.next(waitMs)
    if (chunk === null) {
      this.#hasEnded = true
      this.#accept(this.#cutter.finish())
      return true
    }
    if (chunk.bytes.length > 0) this.#accept(this.#cutter.push(chunk.bytes))
    if (chunk.endsLap) {
      const cutter = this.#cutter
      this.#cutter = this.#openCutter(chunk.position + chunk.bytes.length)
      this.#accept(cutter.finish())
    }
    return chunk.bytes.length > 0 || chunk.endsLap === true
  }

  #accept({ values, positions, end }: CutFrames): void {
    if (values.length === 0) return
    const { length } = values
    this.#ready.push({ length, values, keys: null, headers: null, timestampsMs: null, positions, end })
  }

  #deliver(maxRecords: number): FrameBatch {
    const first = this.#ready[0] as FrameBatch
    const batch = first.length <= maxRecords ? first : sliceFrames(first, 0, maxRecords)
    if (batch === first) this.#ready.shift()
    else this.#ready[0] = sliceFrames(first, maxRecords, first.length)
    this.#position = batch.end
    return batch
  }
}
