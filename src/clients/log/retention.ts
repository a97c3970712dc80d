import type { LogFile } from './log-file.ts'
import { SQL } from './schema.ts'
import type { Tail, Tails } from './tails.ts'
import type { Topic, Topics } from './topics.ts'

/** Rows removed per write transaction: a few milliseconds, so that writers wait no longer. */
const ROWS_PER_STEP = 64

type Outline = [base: number, span: number, newestMs: number, highestMs: number, appended: number, bytes: number]

/** Removes the oldest rows of all partitions that are past their topic's limits; returns how many rows went. */
export function retainTopic(file: LogFile, tails: Tails, topics: Topics, topic: Topic, nowMs: number): number {
  if (topic.retentionMs === null && topic.retentionBytes === null) return 0
  let removed = 0
  for (const partitionId of topics.ids(topic.name).ids) {
    for (;;) {
      const rows = file.write(() => retainStep(file, tails, partitionId, topic, nowMs))
      removed += rows
      if (rows < ROWS_PER_STEP) break
    }
  }
  return removed
}

/** Writes down what must outlive removed rows: a partition's end, highest time and size never go back. */
export function saveFloors(file: LogFile, partitionId: number, tail: Tail, start: number): void {
  file
    .statement(
      `UPDATE partitions SET start_position = ?, end_floor = ?, highest_floor = ?, appended_floor = ? WHERE id = ?`,
    )
    .run(start, tail.end, tail.highestMs, tail.appendedBytes, partitionId)
}

/**
 * A row goes when all of its records are older than the age limit, or when the limit on bytes is still reached without it.
 * Rows go from the start only: the first that stays ends the step.
 */
function retainStep(file: LogFile, tails: Tails, partitionId: number, topic: Topic, nowMs: number): number {
  const tail = tails.of(partitionId)
  const oldestMs = topic.retentionMs === null ? Number.NEGATIVE_INFINITY : nowMs - topic.retentionMs
  const keptBytes = topic.retentionBytes ?? Number.POSITIVE_INFINITY
  // Compaction makes "appended" more than what is there; compacted topics are small enough to add up.
  let compactedBytes = topic.isCompacted ? (file.statement(SQL.size).get(partitionId) as unknown as [number])[0] : 0
  let rows = 0
  let start = tail.start
  const outlines = file.statement(SQL.outlinesFrom).iterate(partitionId, tail.start) as unknown as Iterable<Outline>
  for (const [base, span, newestMs, , appended, bytes] of outlines) {
    compactedBytes -= bytes
    const remainingBytes = topic.isCompacted ? compactedBytes : tail.appendedBytes - appended
    if (newestMs >= oldestMs && remainingBytes < keptBytes) break
    start = base + span
    if (++rows === ROWS_PER_STEP) break
  }
  if (rows > 0) {
    file.statement(SQL.deleteBatches).run(partitionId, tail.start, start)
    saveFloors(file, partitionId, tail, start)
    tails.forget(partitionId)
  }
  return rows
}
