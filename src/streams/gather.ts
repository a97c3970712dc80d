import { type BytesColumn, NO_VALUE } from '../core/bytes.ts'
import type { FrameBatch } from '../core/frames.ts'

/** Joins batches of one partition, in order; the bytes are copied unless there is only one. */
export function joinFrames(batches: readonly FrameBatch[]): FrameBatch {
  const first = batches[0] as FrameBatch
  if (batches.length === 1) return first
  const length = batches.reduce((sum, batch) => sum + batch.length, 0)
  const positions = new Float64Array(length)
  const hasTimes = batches.some((batch) => batch.timestampsMs !== null)
  const timestampsMs = hasTimes ? new Float64Array(length).fill(Number.NaN) : null
  let at = 0
  for (const batch of batches) {
    positions.set(batch.positions, at)
    if (timestampsMs && batch.timestampsMs) timestampsMs.set(batch.timestampsMs, at)
    at += batch.length
  }
  return {
    length,
    values: joinColumns(batches.map((batch) => batch.values)),
    keys: joinOptional(batches, (batch) => batch.keys),
    headers: joinOptional(batches, (batch) => batch.headers),
    timestampsMs,
    positions,
    end: (batches.at(-1) as FrameBatch).end,
  }
}

/** Bytes that the entries of a column refer to. */
export function bytesIn(column: BytesColumn): number {
  let bytes = 0
  for (let i = 0; i < column.length; i++) {
    const end = column.ends[i] as number
    if (end !== NO_VALUE) bytes += end - (column.starts[i] as number)
  }
  return bytes
}

function joinOptional(
  batches: readonly FrameBatch[],
  of: (batch: FrameBatch) => BytesColumn | null,
): BytesColumn | null {
  if (batches.every((batch) => of(batch) === null)) return null
  return joinColumns(batches.map((batch) => of(batch) ?? emptyColumn(batch.length)))
}

/** A column of nulls. */
function emptyColumn(length: number): BytesColumn {
  return { bytes: Buffer.alloc(0), starts: new Int32Array(length), ends: new Int32Array(length).fill(NO_VALUE), length }
}

/** Copies entry by entry: a slice of a large chunk would otherwise bring the whole chunk along. */
function joinColumns(columns: readonly BytesColumn[]): BytesColumn {
  const length = columns.reduce((sum, column) => sum + column.length, 0)
  const bytes = Buffer.allocUnsafe(columns.reduce((sum, column) => sum + bytesIn(column), 0))
  const starts = new Int32Array(length)
  const ends = new Int32Array(length)
  let at = 0
  let i = 0
  for (const column of columns) {
    for (let k = 0; k < column.length; k++, i++) {
      const end = column.ends[k] as number
      if (end === NO_VALUE) {
        ends[i] = NO_VALUE
        continue
      }
      const start = column.starts[k] as number
      bytes.set(column.bytes.subarray(start, end), at)
      starts[i] = at
      at += end - start
      ends[i] = at
    }
  }
  return { bytes, starts, ends, length }
}
