import { partitionOfKey } from '../clients/kafka/partition-of-key.ts'
import { bytesAt, columnOf } from '../core/bytes.ts'
import { type FrameBatch, framesOf } from '../core/frames.ts'
import { encodeHeaders } from '../core/headers.ts'
import { chunkHeaders } from '../engine/chunk-assembler.ts'
import type { ModelAction } from '../engine/model-message.ts'
import type { OpenTopic } from './topics/topic-address.ts'
import type { TopicStore } from './topics/topic-store.ts'

/** What a message is about. */
export interface ModelSubject {
  readonly action: ModelAction
  readonly dataType: string
  readonly name: string
  readonly version: string
}

/**
 * The key of a message, chosen so that compaction never changes what a reader of the whole topic ends up with: `iris/tree/2` for the artifact of a
 * version, and keys of their own for the last word about it, `iris/tree/2#retire`, and about the pin, `iris#pin`. Under the key of its artifact, a
 * retirement would take the activation away too, and with it the fact that the version before was replaced.
 */
export function modelMessageKey({ action, dataType, name, version }: ModelSubject): string {
  if (action === 'pin' || action === 'unpin') return `${dataType}#pin`
  const key = version === '' ? `${dataType}/${name}` : `${dataType}/${name}/${version}`
  return action === 'retire' ? `${key}#retire` : key
}

/** The partition of a message: that of the records which the model scores, where models and data are partitioned alike. */
export function modelPartition(dataType: string, partitions: number): number {
  return partitionOfKey(Buffer.from(dataType), partitions)
}

/**
 * Parts of an artifact, one record each: keys `iris/tree/2#0`, `iris/tree/2#1`, …, headers as the engine puts them together by. The message
 * that refers to them comes behind them in the same partition.
 */
export function* chunkRecords(
  key: string,
  artifact: Uint8Array,
  digest: string,
  chunkBytes: number,
): Generator<FrameBatch> {
  const count = Math.max(1, Math.ceil(artifact.length / chunkBytes))
  for (let index = 0; index < count; index++) {
    const part = artifact.subarray(index * chunkBytes, (index + 1) * chunkBytes)
    const headers = encodeHeaders([
      [chunkHeaders.digest, digest],
      [chunkHeaders.index, String(index)],
      [chunkHeaders.count, String(count)],
    ])
    yield {
      ...framesOf(columnOf([part])),
      keys: columnOf([Buffer.from(`${key}#${index}`)]),
      headers: columnOf([headers]),
    }
  }
}

/** Records without a value for a version and the parts of its artifact: compaction then removes all of it. */
export async function tombstonesFor({ store, topic }: OpenTopic, partition: number, key: string): Promise<FrameBatch> {
  const keys = [key, ...(await partKeys(store, topic, partition, key))]
  return {
    ...framesOf(columnOf(keys.map(() => null))),
    keys: columnOf(keys.map((one) => Buffer.from(one))),
  }
}

/** Keys of the parts that the topic holds of a version; how many there are only the topic knows. */
async function partKeys(store: TopicStore, topic: string, partition: number, key: string): Promise<string[]> {
  const from = (await store.positions(topic, 'earliest'))[partition] as number
  const to = (await store.positions(topic, 'latest'))[partition] as number
  const reader = await store.reader(topic, partition, from)
  const found = new Set<string>()
  try {
    while (reader.position < to) {
      const { length, keys } = await reader.next(100, 1_000)
      for (let i = 0; keys && i < length; i++) {
        const text = Buffer.from(bytesAt(keys, i) ?? []).toString()
        if (text.startsWith(`${key}#`) && /^\d+$/.test(text.slice(key.length + 1))) found.add(text)
      }
    }
  } finally {
    await reader.close()
  }
  return [...found]
}
