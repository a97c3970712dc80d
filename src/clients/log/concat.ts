import { type BytesColumn, columnOf, NO_VALUE } from '../../core/bytes.ts'
import type { FrameBatch } from '../../core/frames.ts'

/** One batch of the frames of several, in their order; an empty list gives an empty batch at `position`. */
export function concatFrames(parts: readonly FrameBatch[], position: number): FrameBatch {
  let length = 0
  for (const part of parts) length += part.length
  const positions = new Float64Array(length)
  const timestampsMs = parts.some((part) => part.timestampsMs) ? new Float64Array(length).fill(Number.NaN) : null
  let at = 0
  for (const part of parts) {
    positions.set(part.positions, at)
    if (part.timestampsMs) timestampsMs?.set(part.timestampsMs, at)
    at += part.length
  }
  return {
    length,
    values: concatColumns(parts, length, (part) => part.values) ?? columnOf([]),
    keys: concatColumns(parts, length, (part) => part.keys),
    headers: concatColumns(parts, length, (part) => part.headers),
    timestampsMs,
    positions,
    end: parts.at(-1)?.end ?? position,
  }
}

/** The columns back to back in one buffer, or null when no part has one. */
function concatColumns(
  parts: readonly FrameBatch[],
  length: number,
  columnOf: (part: FrameBatch) => BytesColumn | null,
): BytesColumn | null {
  let size = 0
  let hasColumn = false
  for (const part of parts) {
    const column = columnOf(part)
    if (column === null) continue
    hasColumn = true
    size += extentOf(column).size
  }
  if (!hasColumn) return null
  const bytes = Buffer.allocUnsafe(size)
  const starts = new Int32Array(length)
  const ends = new Int32Array(length).fill(NO_VALUE)
  let at = 0
  let record = 0
  for (const part of parts) {
    const column = columnOf(part)
    if (column !== null) {
      const { from, size: extent } = extentOf(column)
      bytes.set(column.bytes.subarray(from, from + extent), at)
      const shift = at - from
      for (let i = 0; i < part.length; i++) {
        const end = column.ends[i] as number
        starts[record + i] = (column.starts[i] as number) + shift
        if (end !== NO_VALUE) ends[record + i] = end + shift
      }
      at += extent
    }
    record += part.length
  }
  return { bytes, starts, ends, length }
}

/** The range of bytes that a column's entries lie in. */
function extentOf(column: BytesColumn): { from: number; size: number } {
  let from = Number.POSITIVE_INFINITY
  let to = 0
  for (let i = 0; i < column.length; i++) {
    const end = column.ends[i] as number
    if (end === NO_VALUE) continue
    if (end > to) to = end
    if ((column.starts[i] as number) < from) from = column.starts[i] as number
  }
  return from > to ? { from: 0, size: 0 } : { from, size: to - from }
}
