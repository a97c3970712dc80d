import {
  listOffsetsV4,
  listOffsetsV5,
  listOffsetsV6,
  listOffsetsV7,
  listOffsetsV8,
  listOffsetsV9,
  offsetFetchV8,
  offsetFetchV9,
} from '@platformatic/kafka'
import { api, checkCode, damagedAnswer, type KafkaCluster } from './cluster.ts'
import { sendOffsets } from './group-offsets.ts'
import type { AnswerPlace } from './protocol-errors.ts'

const listOffsetsApi = api('ListOffsets', [
  listOffsetsV9.api,
  listOffsetsV8.api,
  listOffsetsV7.api,
  listOffsetsV6.api,
  listOffsetsV5.api,
  listOffsetsV4.api,
])
const offsetFetch = api('OffsetFetch', [offsetFetchV9.api, offsetFetchV8.api])

const CONSUMER_REPLICA = -1
const NO_EPOCH = -1
/** Answer to a time after that of the last record. */
const NO_OFFSET = -1
const isolationLevels = { readUncommitted: 0, readCommitted: 1 } as const

/** Whether what open transactions have written counts: `readCommitted` ends before the first open one. */
export type Isolation = keyof typeof isolationLevels

/** Which offset of a partition is wanted: its first, the one after its last record, or that of the first record that is not older than a time. */
export type OffsetWanted = 'earliest' | 'latest' | { readonly timestampMs: number }

/** An offset that was asked for. */
export interface ListedOffset {
  readonly partition: number
  readonly offset: number
}

/** What a group has committed for a partition. */
export interface CommittedOffset {
  /** The next record to read. */
  readonly offset: number
  /** Text that the committer added; empty when none. */
  readonly metadata: string
}

/** How far a group is behind in a partition. */
export interface PartitionLag {
  readonly partition: number
  /** Null when the group has committed nothing. */
  readonly committed: number | null
  /** First offset that is still there. */
  readonly start: number
  /** After the last record that a reader of committed records gets. */
  readonly end: number
  /** Records between both; all that are there when nothing is committed. */
  readonly records: number
}

/**
 * Offsets of partitions, in the order of `partitions`. With a time that no record is as young as, the offset is the end of the partition.
 */
export async function listOffsets(
  cluster: KafkaCluster,
  topic: string,
  partitions: readonly number[],
  wanted: OffsetWanted,
  isolation: Isolation = 'readCommitted',
): Promise<readonly ListedOffset[]> {
  const found = await cluster.retry({ topic }, () => askLeaders(cluster, topic, partitions, wanted, isolation))
  const beyond = partitions.filter((partition) => found.get(partition) === NO_OFFSET)
  if (beyond.length > 0) {
    for (const { partition, offset } of await listOffsets(cluster, topic, beyond, 'latest', isolation)) {
      found.set(partition, offset)
    }
  }
  return partitions.map((partition) => ({ partition, offset: found.get(partition) as number }))
}

/** `listOffsets` of one partition. */
export async function listOffset(
  cluster: KafkaCluster,
  topic: string,
  partition: number,
  wanted: OffsetWanted,
  isolation: Isolation = 'readCommitted',
): Promise<number> {
  const [found] = await listOffsets(cluster, topic, [partition], wanted, isolation)
  return (found as ListedOffset).offset
}

/** What a group has committed for a topic, by partition; waits for transactions that are committing. */
export async function committedOffsets(
  cluster: KafkaCluster,
  group: string,
  topic: string,
): Promise<ReadonlyMap<number, CommittedOffset>> {
  const { partitions } = await cluster.topic(topic)
  const stored = await storedOffsets(cluster, group, { topic, partitions: partitions.map((_, i) => i) })
  return new Map(stored.map(({ partition, offset, metadata }) => [partition, { offset, metadata }]))
}

/** `committedOffsets` of one partition, or null: other partitions' transactions, of which one is always committing where there are many, are not waited for. */
export async function committedOffset(
  cluster: KafkaCluster,
  group: string,
  topic: string,
  partition: number,
): Promise<CommittedOffset | null> {
  const [found] = await storedOffsets(cluster, group, { topic, partitions: [partition] })
  return found ?? null
}

/** What a group has committed for one partition of any topic. */
interface StoredOffset extends CommittedOffset {
  readonly topic: string
  readonly partition: number
}

/** What a group has committed: for partitions of one topic, waiting for transactions that are committing; or (null) in all topics as of now. */
export async function storedOffsets(
  cluster: KafkaCluster,
  group: string,
  wanted: { readonly topic: string; readonly partitions: readonly number[] } | null,
): Promise<StoredOffset[]> {
  // No list of topics means all of them.
  const topics = wanted && [{ name: wanted.topic, partitionIndexes: [...wanted.partitions] }]
  const asked = [{ groupId: group, memberId: null, memberEpoch: NO_EPOCH, topics: topics as never }]
  return await cluster.retry({ coordinator: { kind: 'group', key: group } }, async () => {
    const connection = await cluster.coordinator('group', group)
    const place = { server: connection.address, api: offsetFetch.name, subject: `group "${group}"` }
    const { groups } = await connection.ask(offsetFetch, asked, wanted !== null)
    checkCode(groups[0]?.errorCode ?? 0, place)
    const answered = (groups[0]?.topics ?? []).flatMap(({ name, partitions }) =>
      partitions.map((one) => {
        const at = { ...place, subject: `group "${group}" at ${name}/${one.partitionIndex}` }
        checkCode(one.errorCode, at)
        const offset = safe(one.committedOffset, at)
        return { topic: name, partition: one.partitionIndex, offset, metadata: one.metadata ?? '' }
      }),
    )
    // What is left out would be taken for something that was never committed.
    if (groups.length === 0 || (wanted !== null && answered.length < wanted.partitions.length)) {
      const reason = `it tells of ${answered.length} partitions of ${wanted?.partitions.length ?? 'all'} for group "${group}"`
      throw damagedAnswer(place, reason)
    }
    return answered.filter(({ offset }) => offset >= 0)
  })
}

/** Commits offsets of a group without members, as Kafka's own tool for resetting them does; CLIENT_KAFKA_REFUSED while it has any. */
export async function commitOffsets(
  cluster: KafkaCluster,
  group: string,
  topic: string,
  offsets: ReadonlyMap<number, number>,
): Promise<void> {
  const nobody = { group, epoch: NO_EPOCH, memberId: '', instanceId: null }
  const wanted = [...offsets].map(([partition, offset]) => ({ topic, partition, offset, metadata: '' }))
  await cluster.retry({ coordinator: { kind: 'group', key: group } }, async () => {
    const place = { server: cluster.servers, api: 'OffsetCommit', subject: `group "${group}"` }
    const results = await sendOffsets(cluster, nobody, wanted)
    for (const { errorCode } of results) checkCode(errorCode, place)
    if (results.length >= wanted.length) return
    throw damagedAnswer(place, `it tells of ${results.length} of ${wanted.length} partitions`)
  })
}

/** How far a group is behind in every partition of a topic. */
export async function lag(cluster: KafkaCluster, group: string, topic: string): Promise<readonly PartitionLag[]> {
  const { partitions } = await cluster.topic(topic, 0)
  const numbers = partitions.map((_, partition) => partition)
  const [committed, starts, ends] = await Promise.all([
    committedOffsets(cluster, group, topic),
    listOffsets(cluster, topic, numbers, 'earliest'),
    listOffsets(cluster, topic, numbers, 'latest'),
  ])
  return numbers.map((partition) => {
    const { offset: start } = starts[partition] as ListedOffset
    const { offset: end } = ends[partition] as ListedOffset
    const position = committed.get(partition)?.offset ?? null
    return {
      partition,
      committed: position,
      start,
      end,
      records: Math.max(0, end - Math.max(start, position ?? start)),
    }
  })
}

/** Asks the leader of each partition; NO_OFFSET where a time is after the last record. */
async function askLeaders(
  cluster: KafkaCluster,
  topic: string,
  partitions: readonly number[],
  wanted: OffsetWanted,
  isolation: Isolation,
): Promise<Map<number, number>> {
  const byLeader = new Map<number, number[]>()
  for (const partition of partitions) {
    const leader = await cluster.leader(topic, partition)
    const list = byLeader.get(leader)
    if (list) list.push(partition)
    else byLeader.set(leader, [partition])
  }
  const timestamp = timestampOf(wanted)
  const found = new Map<number, number>()
  for (const [leader, list] of byLeader) {
    const connection = await cluster.shared(leader)
    const asked = list.map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: NO_EPOCH, timestamp }))
    const level = isolationLevels[isolation]
    const answer = await connection.ask(listOffsetsApi, CONSUMER_REPLICA, level, [{ name: topic, partitions: asked }])
    for (const one of answer.topics[0]?.partitions ?? []) {
      const subject = `partition ${topic}/${one.partitionIndex}`
      const place = { server: connection.address, api: listOffsetsApi.name, subject }
      checkCode(one.errorCode, place)
      found.set(one.partitionIndex, safe(one.offset, place))
    }
    const least = typeof wanted === 'object' ? NO_OFFSET : 0
    const missing = list.find((partition) => !((found.get(partition) ?? Number.NaN) >= least))
    if (missing !== undefined) {
      const reason = `the offset of partition ${topic}/${missing} is ${found.get(missing) ?? 'missing'}`
      throw damagedAnswer({ server: connection.address, api: listOffsetsApi.name }, reason)
    }
  }
  return found
}

function timestampOf(wanted: OffsetWanted): bigint {
  if (wanted === 'earliest') return -2n
  if (wanted === 'latest') return -1n
  return BigInt(Math.ceil(Math.max(0, wanted.timestampMs)))
}

/** Offsets beyond 2^53 cannot be counted with; none is reached by counting from 0. */
function safe(offset: bigint, place: AnswerPlace): number {
  const number = Number(offset)
  if (Number.isSafeInteger(number)) return number
  throw damagedAnswer(place, `${place.subject} is at offset ${offset}`)
}
