import {
  commitOffsets,
  committedOffsets,
  configsOf,
  createTopic,
  deleteTopic,
  describeTopic,
  listOffsets,
  listTopics,
} from '../../clients/kafka/admin.ts'
import { type GroupOffset, listGroupNames, offsetsOfGroup, partitionBytes } from '../../clients/kafka/admin-listing.ts'
import { KafkaCluster, protocolErrorOf, type TopicMetadata } from '../../clients/kafka/cluster.ts'
import { PartitionFetcher } from '../../clients/kafka/fetcher.ts'
import { IdempotentProducer } from '../../clients/kafka/idempotent-producer.ts'
import { type KafkaClusterValues, kafkaSettingsOf } from '../../clients/kafka/options.ts'
import type { KafkaSink } from '../../clients/kafka/sink.ts'
import { TransactionalProducer } from '../../clients/kafka/transactional-producer.ts'
import type { Clock } from '../../core/clock.ts'
import { MillraceError } from '../../core/errors.ts'
import type { FrameBatch } from '../../core/frames.ts'
import type {
  MadeTopic,
  NewTopic,
  PositionAt,
  TopicReader,
  TopicStore,
  TopicView,
  TopicWriter,
  WriterSettings,
} from './topic-store.ts'

/** Bytes that one partition may hold ahead, twice. */
const FETCH_BYTES = 2 ** 20
const FETCH_WAIT_MS = 500
/** How long brokers may be silent until somebody is told. */
const SILENCE_MS = 3_000

/** Topics of a Kafka cluster. */
export class KafkaTopics implements TopicStore {
  readonly name: string
  readonly domain: string
  readonly #cluster: KafkaCluster
  readonly #closing = new AbortController()

  /** `onSilence` is called once when no broker has answered for some seconds. */
  constructor(cluster: KafkaCluster, onSilence = () => {}) {
    this.#cluster = cluster
    void cluster.clock.sleep(SILENCE_MS, this.#closing.signal).then(() => {
      if (!cluster.hasAnswered && !this.#closing.signal.aborted) onSilence()
    })
    this.name = `kafka:${cluster.servers}`
    this.domain = cluster.domain
  }

  /** The cluster that the options of a stream or of the command line mean; it connects at first use. */
  static open(values: KafkaClusterValues, folder: string, clock: Clock, onSilence?: () => void): KafkaTopics {
    return new KafkaTopics(new KafkaCluster(kafkaSettingsOf(values, folder), clock), onSilence)
  }

  async create(
    topic: string,
    { partitions, replication, retentionMs, isCompacted, configs }: NewTopic,
  ): Promise<MadeTopic> {
    const settings = {
      ...(isCompacted ? { 'cleanup.policy': 'compact' } : {}),
      ...(retentionMs === undefined
        ? {}
        : { 'retention.ms': Number.isFinite(retentionMs) ? String(Math.round(retentionMs)) : '-1' }),
      ...configs,
    }
    const wanted = { name: topic, partitions: partitions ?? null, replication: replication ?? null, configs: settings }
    try {
      const made = await createTopic(this.#cluster, wanted)
      return { name: topic, partitions: made.partitions.length, isNew: true }
    } catch (thrown) {
      if (protocolErrorOf(thrown) !== 'TOPIC_ALREADY_EXISTS') throw thrown
    }
    const actual = await this.partitions(topic)
    if (partitions !== undefined && partitions !== actual) {
      throw new MillraceError('CLI_TOPIC_DIFFERS', { topic, place: this.name, actual, expected: partitions })
    }
    return { name: topic, partitions: actual, isNew: false }
  }

  async delete(topic: string): Promise<void> {
    await deleteTopic(this.#cluster, topic)
  }

  async find(topic: string): Promise<{ readonly partitions: number } | null> {
    const found = await this.#cluster.findTopic(topic)
    return found && { partitions: found.partitions.length }
  }

  async partitions(topic: string): Promise<number> {
    return (await this.#cluster.topic(topic)).partitions.length
  }

  async view(topic: string | null): Promise<TopicView[]> {
    const topics = topic === null ? await listTopics(this.#cluster) : [await this.#cluster.topic(topic)]
    // Not every user may see these; what is asked for is the topics.
    const bytes = await partitionBytes(this.#cluster).catch(unlessAway(new Map<string, number>()))
    const groups = await this.#groupOffsets()
    const views: TopicView[] = []
    for (const metadata of topics) {
      try {
        views.push(await this.#viewOf(metadata, bytes, groups))
      } catch (thrown) {
        // Somebody has removed it since it was listed.
        const isGone = thrown instanceof MillraceError && thrown.code === 'CLIENT_KAFKA_TOPIC_UNKNOWN'
        if (topic !== null || !isGone) throw thrown
      }
    }
    return views
  }

  async #viewOf(
    { name, partitions }: TopicMetadata,
    bytes: ReadonlyMap<string, number>,
    groups: readonly GroupOffset[],
  ): Promise<TopicView> {
    const { configs } = await describeTopic(this.#cluster, name)
    const [starts, ends] = [await this.positions(name, 'earliest'), await this.positions(name, 'latest')]
    return {
      name,
      facts: { replication: partitions[0]?.replicas.length ?? 0, configs },
      partitions: ends.map((end, partition) => ({
        partition,
        start: starts[partition] as number,
        end,
        bytes: bytes.get(`${name}/${partition}`) ?? null,
        groups: groups
          .filter((entry) => entry.topic === name && entry.partition === partition)
          .map(({ group, offset }) => ({ group, position: offset, lag: Math.max(0, end - offset) })),
      })),
    }
  }

  async positions(topic: string, at: PositionAt): Promise<number[]> {
    const partitions = await this.partitions(topic)
    const numbers = Array.from({ length: partitions }, (_, partition) => partition)
    return (await listOffsets(this.#cluster, topic, numbers, at)).map(({ offset }) => offset)
  }

  async committed(group: string, topic: string): Promise<(number | null)[]> {
    const partitions = await this.partitions(topic)
    const committed = await committedOffsets(this.#cluster, group, topic)
    return Array.from({ length: partitions }, (_, partition) => committed.get(partition)?.offset ?? null)
  }

  async topicsOf(group: string): Promise<string[]> {
    const offsets = await offsetsOfGroup(this.#cluster, group)
    return [...new Set(offsets.map(({ topic }) => topic))].sort()
  }

  async commit(group: string, topic: string, partition: number, position: number): Promise<void> {
    await commitOffsets(this.#cluster, group, topic, new Map([[partition, position]]))
  }

  async maxMessageBytes(topic: string): Promise<number | null> {
    await this.#cluster.topic(topic)
    const configs = await configsOf(this.#cluster, 'topic', topic)
    const value = Number(configs.get('max.message.bytes')?.value ?? Number.NaN)
    return Number.isSafeInteger(value) ? value : null
  }

  async reader(topic: string, partition: number, position: number): Promise<TopicReader> {
    return new PartitionFetcher(this.#cluster, {
      topic,
      partition,
      offset: position,
      isCommittedOnly: true,
      maxBytes: FETCH_BYTES,
      maxWaitMs: FETCH_WAIT_MS,
      gone: 'earliest',
    })
  }

  async writer({ transactionalId }: WriterSettings): Promise<TopicWriter> {
    if (transactionalId === null) return new PlainWriter(await IdempotentProducer.open(this.#cluster))
    return new TransactionWriter(await TransactionalProducer.open(this.#cluster, { transactionalId }))
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#cluster.close()
  }

  /** Of the groups that this user may see. */
  async #groupOffsets(): Promise<GroupOffset[]> {
    const offsets: GroupOffset[] = []
    for (const group of await listGroupNames(this.#cluster).catch(unlessAway([]))) {
      offsets.push(...(await offsetsOfGroup(this.#cluster, group).catch(unlessAway([]))))
    }
    return offsets
  }
}

/** Each append stands for itself; order within a partition is kept, and nothing is repeated. */
class PlainWriter implements TopicWriter {
  readonly #producer: IdempotentProducer

  constructor(producer: IdempotentProducer) {
    this.#producer = producer
  }

  async append(topic: string, partition: number, batch: FrameBatch): Promise<void> {
    await this.#producer.produce(topic, partition, batch)
  }

  async commit(): Promise<void> {
    await this.#producer.flush()
  }

  async close(): Promise<void> {
    await this.#producer.close()
  }
}

class TransactionWriter implements TopicWriter {
  readonly #producer: TransactionalProducer
  #sink: KafkaSink | null = null

  constructor(producer: TransactionalProducer) {
    this.#producer = producer
  }

  async append(topic: string, partition: number, batch: FrameBatch): Promise<void> {
    const sink = this.#sink ?? this.#producer.begin()
    this.#sink = sink
    await sink.produce(topic, partition, batch)
  }

  async commit(): Promise<void> {
    const sink = this.#sink
    this.#sink = null
    await sink?.commit()
  }

  async close(): Promise<void> {
    this.#sink?.abort()
    await this.#producer.close()
  }
}

/** What the cluster refuses to tell is `nothing`; a cluster that does not answer stays an error. */
function unlessAway<T>(nothing: T): (thrown: unknown) => T {
  return (thrown) => {
    if (thrown instanceof MillraceError && thrown.code === 'CLIENT_KAFKA_REFUSED') return nothing
    throw thrown
  }
}
