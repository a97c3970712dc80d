import type { Clock } from '../core/clock.ts'
import { emptyFrames, type FrameBatch, sliceFrames } from '../core/frames.ts'
import type { FrameReader } from '../transports/transport.ts'
import type { Control, ControlDetector } from './control-records.ts'
import { bytesIn, joinFrames } from './gather.ts'

/** Held frames never exceed this by more than one batch, whatever the batching says. */
const MAX_HELD_BYTES = 32 * 1024 * 1024

/** How frames become batches. */
export interface Batching {
  readonly maxRecords: number
  /** How long the first record of a batch waits for more; 0 delivers what is there. */
  readonly maxDelayMs: number
}

/**
 * What stands between a reader of frames and the engine: takes control records out and makes batches by count and time.
 *
 * A control record closes its batch. Frames that are held for a batch stay when `next` runs out of time or is interrupted.
 */
export class FrameGate {
  readonly #reader: FrameReader
  readonly #batching: Batching
  readonly #detect: ControlDetector | null
  readonly #isLooping: boolean
  readonly #clock: Clock
  /** Read, and not yet looked through for control records. */
  #unseen: FrameBatch | null = null
  #held: FrameBatch[] = []
  #heldRecords = 0
  #heldBytes = 0
  #releaseAtMs = 0
  #isComplete = false
  #hasEnded = false
  /** Control records taken out so far, by type. */
  readonly controls: Record<Control, number> = { end: 0, set: 0, pig: 0 }

  constructor(
    reader: FrameReader,
    settings: {
      readonly batching: Batching
      readonly detect: ControlDetector | null
      readonly isLooping: boolean
      readonly clock: Clock
    },
  ) {
    this.#reader = reader
    this.#batching = settings.batching
    this.#detect = settings.detect
    this.#isLooping = settings.isLooping
    this.#clock = settings.clock
  }

  async next(maxRecords: number, waitMs: number): Promise<FrameBatch | null> {
    const limit = Math.min(maxRecords, this.#batching.maxRecords)
    if (this.#batching.maxDelayMs === 0 && this.#heldRecords === 0) return this.#read(limit, waitMs)
    const giveUpMs = this.#clock.monotonicMs() + waitMs
    while (!this.#isReady(limit)) {
      const untilMs = this.#heldRecords > 0 ? Math.min(giveUpMs, this.#releaseAtMs) : giveUpMs
      const remainingMs = Math.max(0, untilMs - this.#clock.monotonicMs())
      const batch = await this.#read(limit - this.#heldRecords, remainingMs)
      if (batch === null) return this.#heldRecords > 0 ? this.#release(limit) : null
      if (batch.length > 0) this.#hold(batch)
      else if (!this.#isReady(limit)) return this.#nothingYet(batch.end)
    }
    return this.#release(limit)
  }

  /** Forgets what is held: the reader was moved. */
  reset(): void {
    this.#unseen = null
    this.#held = []
    this.#heldRecords = 0
    this.#heldBytes = 0
    this.#isComplete = false
    this.#hasEnded = false
  }

  #isReady(limit: number): boolean {
    if (this.#heldRecords === 0) return false
    if (this.#heldRecords >= limit || this.#isComplete || this.#heldBytes >= MAX_HELD_BYTES) return true
    return this.#clock.monotonicMs() >= this.#releaseAtMs
  }

  #nothingYet(end: number): FrameBatch {
    const first = this.#held[0]
    if (first) return emptyFrames(first.positions[0] as number)
    this.#isComplete = false // a control record without frames before it closes nothing
    return emptyFrames(end)
  }

  #hold(batch: FrameBatch): void {
    if (this.#heldRecords === 0) this.#releaseAtMs = this.#clock.monotonicMs() + this.#batching.maxDelayMs
    this.#held.push(batch)
    this.#heldRecords += batch.length
    this.#heldBytes += bytesIn(batch.values)
  }

  #release(limit: number): FrameBatch {
    const all = joinFrames(this.#held)
    this.#held = []
    this.#heldRecords = 0
    this.#heldBytes = 0
    this.#isComplete = false
    if (all.length <= limit) return all
    // The caller asks for less than before: the rest is held on, and its time has come already.
    const rest = sliceFrames(all, limit, all.length)
    this.#held.push(rest)
    this.#heldRecords = rest.length
    this.#heldBytes = bytesIn(rest.values)
    return sliceFrames(all, 0, limit)
  }

  /** The next data frames; a control record ends them. */
  async #read(maxRecords: number, waitMs: number): Promise<FrameBatch | null> {
    if (this.#hasEnded) return null
    const batch = this.#unseen ?? (await this.#reader.next(maxRecords, waitMs))
    this.#unseen = null
    if (batch === null) this.#hasEnded = true
    if (batch === null || this.#detect === null) return batch
    const { values } = batch
    for (let i = 0; i < values.length; i++) {
      const control = this.#detect(values, i)
      if (control !== null) return this.#splitAt(batch, i, control)
    }
    if (batch.length <= maxRecords) return batch
    this.#unseen = sliceFrames(batch, maxRecords, batch.length)
    return sliceFrames(batch, 0, maxRecords)
  }

  /** The frames before control record `index`; those after it come later, or never when it ends the stream. */
  async #splitAt(batch: FrameBatch, index: number, control: Control): Promise<FrameBatch> {
    this.controls[control]++
    this.#isComplete = true
    const after = sliceFrames(batch, index + 1, batch.length)
    const end = index + 1 < batch.length ? (batch.positions[index + 1] as number) : batch.end
    if (control !== 'end') this.#unseen = after.length > 0 ? after : null
    else if (this.#isLooping) await this.#reader.seek(0)
    else this.#hasEnded = true
    return { ...sliceFrames(batch, 0, index), end }
  }
}
