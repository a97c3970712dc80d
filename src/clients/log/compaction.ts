import { NO_VALUE } from '../../core/bytes.ts'
import { type FrameBatch, hasEntry, pickFrames } from '../../core/frames.ts'
import { decodeBatch, encodeBatch } from './batch-blob.ts'
import { concatFrames } from './concat.ts'
import type { LogFile } from './log-file.ts'
import { saveFloors } from './retention.ts'
import { SQL } from './schema.ts'
import type { Tails } from './tails.ts'
import type { Topic, Topics } from './topics.ts'

/** Rows and bytes looked at per write transaction: some milliseconds, so that writers wait no longer. */
const STEP_ROWS = 256
const STEP_BYTES = 8 * 1024 * 1024
/** Survivors of neighbouring rows are gathered into rows of about this size; a row that large and complete is left alone. */
const GATHER_BYTES = 256 * 1024
const GATHER_RECORDS = 1000
/** A delta of the blob is an i32. */
const MAX_SPAN = 2 ** 30
/** Below this much news compaction is not worth a pass. */
const MIN_DIRTY_BYTES = 1024 * 1024

type Row = [base: number, span: number, blob: Uint8Array]
type Outline = [base: number, span: number, newestMs: number, highestMs: number, appended: number, bytes: number]

/** Where compaction is in one partition. */
interface Pass {
  readonly file: LogFile
  readonly tails: Tails
  readonly topic: Topic
  readonly partition: number
  readonly partitionId: number
  readonly nowMs: number
  /** Last position of each key (latin1 text of its bytes) when the pass began. Later records only make more obsolete. */
  readonly latest: ReadonlyMap<string, number>
  /** Rows from here on came after the pass began and stay. */
  readonly end: number
}

/** Survivors of neighbouring rows on their way into one row. */
interface Gathered {
  parts: FrameBatch[]
  bytes: number
  records: number
  /** First positions of the rows that they came from. */
  bases: number[]
  hasChanged: boolean
  highestMs: number
  appended: number
}

/** Keeps the last record of each key in every partition of a compacted topic; returns how many records went. */
export function compactTopic(file: LogFile, tails: Tails, topics: Topics, topic: Topic, nowMs: number): number {
  if (!topic.isCompacted) return 0
  let removed = 0
  topics.ids(topic.name).ids.forEach((partitionId, partition) => {
    const { start, end, appendedBytes } = { ...file.read(() => tails.of(partitionId)) }
    if (start === end) return
    const latest = latestPositions(file, topic.name, partition, partitionId, start, end)
    const pass: Pass = { file, tails, topic, partition, partitionId, nowMs, latest, end }
    for (let from = start; from < end; ) {
      const step = file.write(() => compactStep(pass, from))
      removed += step.removed
      from = step.next
    }
    file.write(() =>
      file
        .statement(`UPDATE partitions SET compacted_at = ?2, clean_bytes = (${SQL.size}) WHERE id = ?1`)
        .run(partitionId, appendedBytes),
    )
  })
  return removed
}

/** True when at least half of some partition's bytes came after its last compaction. */
export function isCompactionDue(file: LogFile, tails: Tails, topics: Topics, topic: Topic): boolean {
  if (!topic.isCompacted) return false
  return file.read(() =>
    topics.ids(topic.name).ids.some((partitionId) => {
      const [compactedAt, cleanBytes] = file
        .statement('SELECT compacted_at, clean_bytes FROM partitions WHERE id = ?')
        .get(partitionId) as unknown as [number, number]
      return tails.of(partitionId).appendedBytes - compactedAt >= Math.max(MIN_DIRTY_BYTES, cleanBytes)
    }),
  )
}

function latestPositions(
  file: LogFile,
  topic: string,
  partition: number,
  partitionId: number,
  start: number,
  end: number,
): Map<string, number> {
  const latest = new Map<string, number>()
  // One row per statement: a statement that stays open over the whole partition would hold the write-ahead log.
  for (let from = start; from < end; ) {
    const row = file.read(() => firstRow(file, partitionId, from))
    if (row === null || row[0] >= end) break
    const [base, span, blob] = row
    const batch = decodeBatch(blob, base, span, `${topic}/${partition}@${base}`)
    for (let i = 0; i < batch.length; i++) {
      const key = keyOf(batch, i)
      if (key !== null) latest.set(key, batch.positions[i] as number)
    }
    from = base + span
  }
  return latest
}

/** One write transaction: looks at some rows from `from` on and replaces those that lost records. */
function compactStep(pass: Pass, from: number): { next: number; removed: number } {
  const { file, tails, partitionId, end } = pass
  const { topic, partition } = pass
  const tail = { ...tails.of(partitionId) }
  const gathered = nothingGathered()
  let removed = 0
  let bytes = 0
  let next = from
  for (let rows = 0; rows < STEP_ROWS && bytes < STEP_BYTES && next < end; rows++) {
    const outline = firstOutline(file, partitionId, next)
    const row = outline && firstRow(file, partitionId, next)
    if (!outline || !row || row[0] >= end) {
      next = end
      break
    }
    const [base, span, blob] = row
    const batch = decodeBatch(blob, base, span, `${topic.name}/${partition}@${base}`)
    const survivors = survivorsOf(pass, batch)
    const isLarge = blob.length >= GATHER_BYTES || batch.length >= GATHER_RECORDS
    const isFar = base + span - (gathered.bases[0] ?? base) > MAX_SPAN
    if (isFar || (survivors.length === batch.length && isLarge)) flush(pass, gathered)
    if (survivors.length < batch.length || !isLarge) gather(gathered, batch, survivors, blob, outline)
    removed += batch.length - survivors.length
    bytes += blob.length
    next = base + span
    if (gathered.bytes >= GATHER_BYTES || gathered.records >= GATHER_RECORDS) flush(pass, gathered)
  }
  flush(pass, gathered)
  saveFloors(file, partitionId, tail, tail.start)
  tails.forget(partitionId)
  return { next, removed }
}

function gather(
  to: Gathered,
  batch: FrameBatch,
  survivors: readonly number[],
  blob: Uint8Array,
  outline: Outline,
): void {
  to.bases.push(outline[0])
  to.hasChanged ||= survivors.length < batch.length
  to.highestMs = outline[3]
  to.appended = outline[4]
  if (survivors.length === 0) return
  to.parts.push(survivors.length === batch.length ? batch : pickFrames(batch, survivors))
  to.bytes += Math.ceil((blob.length * survivors.length) / batch.length)
  to.records += survivors.length
}

/** Writes what was gathered as one row in place of the rows that it came from. */
function flush({ file, partitionId, nowMs }: Pass, gathered: Gathered): void {
  const { parts, bases, highestMs, appended } = gathered
  const isSame = bases.length === 1 && !gathered.hasChanged
  if (!isSame) for (const base of bases) file.statement(SQL.deleteBatches).run(partitionId, base, base + 1)
  if (!isSame && parts.length > 0) {
    const batch = parts.length === 1 ? (parts[0] as FrameBatch) : concatFrames(parts, 0)
    const base = batch.positions[0] as number
    const span = (batch.positions[batch.length - 1] as number) + 1 - base
    const { blob, newestMs } = encodeBatch(batch, 0, batch.length, nowMs, span === batch.length ? null : base)
    file.statement(SQL.insertBatch).run(partitionId, base, span, newestMs, highestMs, appended, blob)
  }
  Object.assign(gathered, nothingGathered())
}

function nothingGathered(): Gathered {
  return { parts: [], bytes: 0, records: 0, bases: [], hasChanged: false, highestMs: 0, appended: 0 }
}

function survivorsOf({ latest, topic, nowMs }: Pass, batch: FrameBatch): number[] {
  const survivors: number[] = []
  for (let i = 0; i < batch.length; i++) {
    const key = keyOf(batch, i)
    const isLatest = key === null || (latest.get(key) ?? 0) <= (batch.positions[i] as number)
    const isTombstone = key !== null && batch.values.ends[i] === NO_VALUE
    const isExpired = isTombstone && ((batch.timestampsMs?.[i] as number) ?? 0) < nowMs - topic.tombstoneRetentionMs
    if (isLatest && !isExpired) survivors.push(i)
  }
  return survivors
}

function keyOf({ keys }: FrameBatch, i: number): string | null {
  if (!hasEntry(keys, i)) return null
  return Buffer.from(keys.bytes.buffer, keys.bytes.byteOffset, keys.bytes.length).toString(
    'latin1',
    keys.starts[i] as number,
    keys.ends[i] as number,
  )
}

function firstRow(file: LogFile, partitionId: number, from: number): Row | null {
  return (file.statement(`${SQL.batchesFrom} LIMIT 1`).get(partitionId, from) as unknown as Row | undefined) ?? null
}

function firstOutline(file: LogFile, partitionId: number, from: number): Outline | null {
  return (
    (file.statement(`${SQL.outlinesFrom} LIMIT 1`).get(partitionId, from) as unknown as Outline | undefined) ?? null
  )
}
