import { NO_VALUE } from '../../core/bytes.ts'
import { MillraceError } from '../../core/errors.ts'
import type { FrameBatch } from '../../core/frames.ts'
import { alignedBuffer, type EncodedBatch, encodeBatch } from './batch-blob.ts'
import type { LogFile } from './log-file.ts'
import { SQL } from './schema.ts'
import type { Tails } from './tails.ts'

/** A batch is cut into rows of about this many bytes: large enough to be fast, small enough to read a part of a batch. */
const ROW_BYTES = 1024 * 1024
const ROW_RECORDS = 65_536
/** SQLite holds at most 1e9 bytes in a value; the rest is for the blob's header. */
const MAX_RECORD_BYTES = 999_000_000

/** Encodes a batch as one or more rows, in memory that `allocate` gives; the bytes are copied, so the caller may reuse its buffers. */
export function encodeRows(
  batch: FrameBatch,
  nowMs: number,
  place: string,
  allocate: (size: number) => Buffer = alignedBuffer,
): EncodedBatch[] {
  const rows: EncodedBatch[] = []
  let from = 0
  let bytes = 0
  for (let i = 0; i < batch.length; i++) {
    const size = recordBytes(batch, i)
    if (size > MAX_RECORD_BYTES) {
      throw new MillraceError('CLIENT_LOG_RECORD_TOO_LARGE', { bytes: size, place, maxBytes: MAX_RECORD_BYTES })
    }
    if (i > from && (bytes + size > ROW_BYTES || i - from === ROW_RECORDS)) {
      rows.push(encodeBatch(batch, from, i, nowMs, null, allocate))
      from = i
      bytes = 0
    }
    bytes += size
  }
  if (batch.length > from) rows.push(encodeBatch(batch, from, batch.length, nowMs, null, allocate))
  return rows
}

/** Inserts rows at the end of a partition, inside a write transaction; returns the first record's position. */
export function insertRows(file: LogFile, tails: Tails, partitionId: number, rows: readonly EncodedBatch[]): number {
  const tail = tails.of(partitionId)
  const first = tail.end
  const insert = file.statement(SQL.insertBatch)
  for (const { blob, count, newestMs } of rows) {
    const highestMs = Math.max(tail.highestMs, newestMs)
    const appendedBytes = tail.appendedBytes + blob.length
    insert.run(partitionId, tail.end, count, newestMs, highestMs, appendedBytes, blob)
    tail.end += count
    tail.highestMs = highestMs
    tail.appendedBytes = appendedBytes
  }
  return first
}

function recordBytes({ values, keys, headers }: FrameBatch, i: number): number {
  const end = values.ends[i] as number
  let size = end === NO_VALUE ? 0 : end - (values.starts[i] as number)
  if (keys && keys.ends[i] !== NO_VALUE) size += (keys.ends[i] as number) - (keys.starts[i] as number)
  if (headers && headers.ends[i] !== NO_VALUE) size += (headers.ends[i] as number) - (headers.starts[i] as number)
  return size
}
