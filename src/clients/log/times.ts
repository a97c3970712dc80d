import { decodeBatch } from './batch-blob.ts'
import type { LogFile } from './log-file.ts'
import { SQL } from './schema.ts'
import type { Tail } from './tails.ts'

type Row = [base: number, span: number, blob: Uint8Array]
type Outline = [base: number, span: number, newestMs: number, highestMs: number, appended: number, bytes: number]

/**
 * Position of the first record with a timestamp of at least `timeMs`, or the end when there is none.
 *
 * Timestamps may go back and forth, but the highest one up to a row only rises, so the first row that reaches the time is
 * found by halving. Where retention removed the record that reached it, rows after it are tried in turn.
 */
export function positionForTime(file: LogFile, partitionId: number, tail: Tail, timeMs: number, place: string): number {
  const outlines = file.statement(SQL.outlinesFrom)
  let low = tail.start
  let high = tail.end
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const row = file.statement(`${SQL.outlinesFrom} LIMIT 1`).get(partitionId, middle) as unknown as Outline | undefined
    if (!row || row[0] >= high) high = middle
    else if (row[3] >= timeMs) high = Math.min(row[0], middle)
    else low = row[0] + row[1]
  }
  for (const [base, , newestMs] of outlines.iterate(partitionId, low) as unknown as Iterable<Outline>) {
    if (newestMs < timeMs) continue
    const [, span, blob] = file.statement(`${SQL.batchesFrom} LIMIT 1`).get(partitionId, base) as unknown as Row
    const batch = decodeBatch(blob, base, span, `${place}@${base}`)
    const index = batch.timestampsMs?.findIndex((time) => time >= timeMs) ?? 0
    return batch.positions[index] as number
  }
  return tail.end
}
