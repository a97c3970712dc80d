import { listOffsets } from '../../src/clients/kafka/admin.ts'
import type { KafkaCluster } from '../../src/clients/kafka/cluster.ts'
import { PartitionFetcher } from '../../src/clients/kafka/fetcher.ts'
import { bytesAt, columnOf } from '../../src/core/bytes.ts'
import { type FrameBatch, framesOf } from '../../src/core/frames.ts'

/** Frames of texts. */
export function texts(values: readonly string[]): FrameBatch {
  return framesOf(columnOf(values.map((value) => Buffer.from(value))))
}

/** The numbers `[from, to)` as texts. */
export function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => String(from + i))
}

/**
 * The values of a partition from its beginning, or `offset`, to its present end, as readers of committed records see it, or of all. Transactions
 * that are ending are waited for, so none may be left open.
 */
export async function readTexts(
  cluster: KafkaCluster,
  topic: string,
  partition = 0,
  isCommittedOnly = true,
  offset = 0,
): Promise<string[]> {
  const [last] = await listOffsets(cluster, topic, [partition], 'latest', 'readUncommitted')
  const end = last?.offset ?? 0
  const settings = { topic, partition, offset, isCommittedOnly, maxBytes: 2 ** 20, maxWaitMs: 200 }
  const fetcher = new PartitionFetcher(cluster, { ...settings, gone: 'error' })
  const values: string[] = []
  try {
    while (fetcher.position < end) {
      const batch = await fetcher.next(10_000, 5000)
      for (let i = 0; i < batch.length; i++) values.push(Buffer.from(bytesAt(batch.values, i) ?? []).toString())
    }
  } finally {
    await fetcher.close()
  }
  return values
}
