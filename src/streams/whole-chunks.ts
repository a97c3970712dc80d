import { type BytesColumn, columnOf } from '../core/bytes.ts'
import type { CutFrames, Cutter } from '../envelopes/envelope.ts'

/** Without an envelope every chunk of a byte transport is a frame, as it comes. */
export class WholeChunks implements Cutter {
  #position: number

  constructor(position: number) {
    this.#position = position
  }

  push(chunk: Uint8Array): CutFrames {
    const start = this.#position
    this.#position += chunk.length
    const values: BytesColumn = { bytes: chunk, starts: Int32Array.of(0), ends: Int32Array.of(chunk.length), length: 1 }
    return { values, positions: Float64Array.of(start), end: this.#position }
  }

  finish(): CutFrames {
    return { values: columnOf([]), positions: new Float64Array(0), end: this.#position }
  }
}
