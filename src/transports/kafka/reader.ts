import { committedOffset, listOffset } from '../../clients/kafka/admin.ts'
import type { KafkaCluster } from '../../clients/kafka/cluster.ts'
import { PartitionFetcher } from '../../clients/kafka/fetcher.ts'
import { commitGroupOffsets, GroupOffsets } from '../../clients/kafka/group-offsets.ts'
import { type GroupMembership, noMembership } from '../../clients/kafka/membership.ts'
import { isKafkaSink, type KafkaSink } from '../../clients/kafka/sink.ts'
import { MillraceError } from '../../core/errors.ts'
import type { FrameBatch } from '../../core/frames.ts'
import type { Transaction } from '../../core/transaction.ts'
import type { FrameReader, TransportContext } from '../transport.ts'
import { openCluster, topicOf } from './cluster.ts'
import type { KafkaTransportOptions } from './kafka.ts'

/** What a reader is made of. */
interface ReaderParts {
  readonly cluster: KafkaCluster
  readonly fetcher: PartitionFetcher
  readonly topic: string
  readonly partition: number
  /** Null: commits nothing. */
  readonly membership: GroupMembership | null
  readonly hasCommitted: boolean
  /** Null: the stream never ends. */
  readonly idleEndMs: number | null
  readonly isCommittedOnly: boolean
  readonly isLooping: boolean
  readonly place: string
}

/** Opens a reader where its group has got to, else where the descriptor says. */
export async function openKafkaReader(
  values: KafkaTransportOptions,
  context: TransportContext,
  group: string,
  member: GroupMembership | null,
): Promise<KafkaReader> {
  const cluster = openCluster(values, context)
  try {
    const { topic, isolation, gone, fetchBytes, fetchWaitMs, idleEndMs } = values
    const partition = values.partition ?? context.partition
    await topicOf(cluster, values)
    const committed = group === '' ? null : ((await committedOffset(cluster, group, topic, partition))?.offset ?? null)
    const offset = committed ?? (await startOf(cluster, values, partition, context.start))
    const isCommittedOnly = isolation === 'committed'
    return new KafkaReader({
      cluster,
      fetcher: new PartitionFetcher(cluster, {
        ...{ topic, partition, offset, isCommittedOnly, gone },
        // So that the end is found in time: idleness is counted by the answers.
        ...{ maxBytes: fetchBytes, maxWaitMs: Math.min(fetchWaitMs, idleEndMs ?? fetchWaitMs) },
      }),
      topic,
      partition,
      membership: group === '' ? null : (member ?? noMembership(group)),
      hasCommitted: committed !== null,
      idleEndMs: idleEndMs ?? null,
      isCommittedOnly,
      isLooping: context.isLooping,
      place: context.place,
    })
  } catch (error) {
    await cluster.close()
    throw error
  }
}

async function startOf(
  cluster: KafkaCluster,
  { topic, startAt, isolation }: KafkaTransportOptions,
  partition: number,
  start: TransportContext['start'],
): Promise<number> {
  if (startAt === undefined && typeof start === 'number') return start
  const wanted = startAt === undefined ? (start as 'earliest' | 'latest') : { timestampMs: Date.parse(startAt) }
  const level = isolation === 'committed' ? 'readCommitted' : 'readUncommitted'
  return await listOffset(cluster, topic, partition, wanted, level)
}

/** Reads one partition of a topic. */
export class KafkaReader implements FrameReader {
  readonly delivers = 'frames'
  readonly domain: string
  readonly hasCommitted: boolean
  readonly #parts: ReaderParts
  #hasEnded = false
  /** The position that the group has by this reader's doing. */
  #committedEnd = -1

  constructor(parts: ReaderParts) {
    this.domain = parts.cluster.domain
    this.hasCommitted = parts.hasCommitted
    this.#parts = parts
  }

  get position(): number {
    return this.#parts.fetcher.position
  }

  async end(): Promise<number> {
    const { cluster, topic, partition, isCommittedOnly } = this.#parts
    const level = isCommittedOnly ? 'readCommitted' : 'readUncommitted'
    return await listOffset(cluster, topic, partition, 'latest', level)
  }

  async writtenEnd(): Promise<number> {
    const { cluster, topic, partition } = this.#parts
    return await listOffset(cluster, topic, partition, 'latest', 'readUncommitted')
  }

  async next(maxRecords: number, waitMs: number): Promise<FrameBatch | null> {
    const { fetcher, idleEndMs } = this.#parts
    if (idleEndMs === null) return await fetcher.next(maxRecords, waitMs)
    if (this.#hasEnded) return null
    const batch = await fetcher.next(maxRecords, Math.min(waitMs, idleEndMs))
    return batch.length === 0 && fetcher.idleMs >= idleEndMs ? await this.#ended(batch) : batch
  }

  async seek(position: number): Promise<void> {
    this.#hasEnded = false
    this.#parts.fetcher.seek(position)
  }

  async commit(end: number, transaction: Transaction | null): Promise<void> {
    const { membership, topic, partition, cluster, place } = this.#parts
    if (membership === null) return
    if (transaction !== null) {
      ownSink(transaction, this.domain, place).addPosition(membership, topic, partition, end)
      return
    }
    if (end === this.#committedEnd) return
    const offsets = new GroupOffsets(membership)
    offsets.add({ topic, partition, offset: end, metadata: '' })
    await commitGroupOffsets(cluster, offsets)
    this.#committedEnd = end
  }

  interrupt(): void {
    this.#parts.fetcher.interrupt()
  }

  async close(): Promise<void> {
    await this.#parts.fetcher.close()
    await this.#parts.cluster.close()
  }

  /** A looping stream begins again at its first record. */
  async #ended(batch: FrameBatch): Promise<FrameBatch | null> {
    const { isLooping, cluster, topic, partition, fetcher } = this.#parts
    if (!isLooping) {
      this.#hasEnded = true
      return null
    }
    fetcher.seek(await listOffset(cluster, topic, partition, 'earliest'))
    return batch
  }
}

/** The transaction as one of this cluster; another is an error, as its effects would not be part of it. */
export function ownSink(transaction: Transaction, domain: string, place: string): KafkaSink {
  if (isKafkaSink(transaction) && transaction.domain === domain) return transaction
  throw new MillraceError('TRANSPORT_FOREIGN_TRANSACTION', { place, actual: transaction.domain, expected: domain })
}
