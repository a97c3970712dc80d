import type { Component } from '../config/component.ts'
import type { OptionTable, OptionValues } from '../config/option.ts'
import type { BytesColumn, BytesWriter } from '../core/bytes.ts'

/** Frames cut out of a byte stream. `positions[i]` is the byte index of frame `i`; `end` is where the next frame starts. */
export interface CutFrames {
  readonly values: BytesColumn
  readonly positions: Float64Array // [values.length]
  readonly end: number
}

/**
 * Cuts a byte stream into frames. Chunks arrive in order; a frame may span chunks, and its bytes are then copied once.
 * Frames returned by `push` may share the chunk's buffer.
 */
export interface Cutter {
  /** Frames completed by this chunk (possibly none). Throws a MillraceError of scope `stream` when the framing is broken. */
  push(chunk: Uint8Array): CutFrames
  /** The frame that the end of the stream completes, if any. */
  finish(): CutFrames
}

/** A way to cut bytes into frames. */
export interface Envelope<T extends OptionTable = OptionTable> extends Component<'envelope', T> {
  /** A cutter whose first chunk starts at byte `position` of the stream. */
  openCutter(options: OptionValues<T>, position: number): Cutter
  /** Appends the frames' bytes with their framing to the writer, as one entry per frame. */
  wrap(options: OptionValues<T>, frames: BytesColumn, writer: BytesWriter): void
}
