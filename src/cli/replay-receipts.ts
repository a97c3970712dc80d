import { bytesAt, columnOf } from '../core/bytes.ts'
import { type FrameBatch, framesOf } from '../core/frames.ts'
import type { TopicStore } from './topics/topic-store.ts'

/** Positions `[from, to)` of a partition. */
type Range = readonly [from: number, to: number]

/**
 * What was replayed of a dead-letter topic, kept in a topic beside it, `<topic>.replayed`, of one partition. A record is JSON:
 * `{"partition": 0, "ranges": [[3, 5], [9, 10]]}`, positions of letters that were sent, ends exclusive. It is written in the commit that
 * sends the letters, so that a replay that was cut off goes on where it stopped, whatever its filter.
 */
export class ReplayReceipts {
  readonly topic: string
  readonly #done: ReadonlyMap<number, readonly Range[]>

  private constructor(topic: string, done: ReadonlyMap<number, readonly Range[]>) {
    this.topic = topic
    this.#done = done
  }

  /** Reads what was replayed so far. */
  static async read(store: TopicStore, deadLetterTopic: string): Promise<ReplayReceipts> {
    const topic = `${deadLetterTopic}.replayed`
    const done = new Map<number, Range[]>()
    if ((await store.find(topic)) === null) return new ReplayReceipts(topic, done)
    const [from = 0] = await store.positions(topic, 'earliest')
    const [to = 0] = await store.positions(topic, 'latest')
    const reader = await store.reader(topic, 0, from)
    try {
      while (reader.position < to) {
        const batch = await reader.next(1_000, 1_000)
        for (let i = 0; i < batch.length; i++) {
          const { partition, ranges } = receiptIn(bytesAt(batch.values, i))
          done.set(partition, [...(done.get(partition) ?? []), ...ranges])
        }
      }
    } finally {
      await reader.close()
    }
    return new ReplayReceipts(topic, done)
  }

  /** Makes the topic when there is none. */
  async prepare(store: TopicStore): Promise<void> {
    if ((await store.find(this.topic)) === null) {
      await store.create(this.topic, { partitions: 1, retentionMs: Number.POSITIVE_INFINITY })
    }
  }

  has(partition: number, position: number): boolean {
    return this.#done.get(partition)?.some(([from, to]) => position >= from && position < to) ?? false
  }
}

/** The receipt for letters at these positions of a partition, which rise. */
export function receiptFor(partition: number, positions: readonly number[]): FrameBatch {
  const ranges: [number, number][] = []
  for (const position of positions) {
    const last = ranges.at(-1)
    if (last?.[1] === position) last[1] = position + 1
    else ranges.push([position, position + 1])
  }
  return framesOf(columnOf([Buffer.from(JSON.stringify({ partition, ranges }))]))
}

/** What is no receipt covers nothing: somebody else's record in the topic must not hide letters. */
function receiptIn(value: Uint8Array | null): { readonly partition: number; readonly ranges: readonly Range[] } {
  const none = { partition: -1, ranges: [] }
  try {
    const receipt = JSON.parse(Buffer.from(value ?? []).toString()) as { partition?: unknown; ranges?: unknown }
    if (!Number.isInteger(receipt.partition) || !Array.isArray(receipt.ranges)) return none
    const ranges = receipt.ranges.filter(
      (range): range is Range => Array.isArray(range) && range.every(Number.isFinite),
    )
    return { partition: receipt.partition as number, ranges }
  } catch {
    return none
  }
}
