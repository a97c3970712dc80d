import { type BytesColumn, columnOf, NO_VALUE, pickColumn, sliceColumn } from './bytes.ts'

/**
 * A batch of frames of one partition, in order, column by column.
 *
 * Positions are what the transport seeks by: an offset in a log, a byte index in a file. `positions[i]` is where frame
 * `i` is; `end` is where reading goes on after the batch, and what is committed once its effects are durable.
 *
 * Example: three records of log `iris/0`: positions = [40, 41, 42], end = 43.
 */
export interface FrameBatch {
  readonly length: number
  readonly values: BytesColumn
  /** Transport keys, or null when no frame has one. */
  readonly keys: BytesColumn | null
  /** Encoded headers (core/headers.ts), or null when no frame has any. */
  readonly headers: BytesColumn | null
  /** Wall time in ms since the epoch at which each record entered its stream, or null when the transport has none. */
  readonly timestampsMs: Float64Array | null // [length]
  readonly positions: Float64Array // [length]
  readonly end: number
}

/** Frames `[from, to)` of a batch, sharing its bytes; `end` becomes the position of frame `to`. */
export function sliceFrames(batch: FrameBatch, from: number, to: number): FrameBatch {
  if (from === 0 && to === batch.length) return batch
  return {
    length: to - from,
    values: sliceColumn(batch.values, from, to),
    keys: batch.keys && sliceColumn(batch.keys, from, to),
    headers: batch.headers && sliceColumn(batch.headers, from, to),
    timestampsMs: batch.timestampsMs?.subarray(from, to) ?? null,
    positions: batch.positions.subarray(from, to),
    end: to === batch.length ? batch.end : (batch.positions[to] as number),
  }
}

/** Frames at `indexes`, in that order, sharing the batch's bytes; `end` stays. */
export function pickFrames(batch: FrameBatch, indexes: ArrayLike<number>): FrameBatch {
  const timestamps = batch.timestampsMs
  return {
    length: indexes.length,
    values: pickColumn(batch.values, indexes),
    keys: batch.keys && pickColumn(batch.keys, indexes),
    headers: batch.headers && pickColumn(batch.headers, indexes),
    timestampsMs: timestamps && Float64Array.from(indexes, (i) => timestamps[i] as number),
    positions: Float64Array.from(indexes, (i) => batch.positions[i] as number),
    end: batch.end,
  }
}

/** A batch of values alone (no keys, headers or times) at consecutive positions from `firstPosition`. */
export function framesOf(values: BytesColumn, firstPosition = 0): FrameBatch {
  const positions = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) positions[i] = firstPosition + i
  return {
    length: values.length,
    values,
    keys: null,
    headers: null,
    timestampsMs: null,
    positions,
    end: firstPosition + values.length,
  }
}

const noFrames = framesOf(columnOf([]))

/** A batch without frames at `position`. */
export function emptyFrames(position: number): FrameBatch {
  return { ...noFrames, end: position }
}

/** True when entry `index` of an optional column holds a value. */
export function hasEntry(column: BytesColumn | null, index: number): column is BytesColumn {
  return column !== null && (column.ends[index] as number) !== NO_VALUE
}
