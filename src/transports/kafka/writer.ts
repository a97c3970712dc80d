import type { KafkaCluster } from '../../clients/kafka/cluster.ts'
import { IdempotentProducer } from '../../clients/kafka/producer.ts'
import type { KafkaSink } from '../../clients/kafka/sink.ts'
import { TopicLimits } from '../../clients/kafka/topic-limits.ts'
import type { BytesColumn } from '../../core/bytes.ts'
import { type FrameBatch, pickFrames } from '../../core/frames.ts'
import type { Transaction } from '../../core/transaction.ts'
import type { FrameWriter, TransportContext } from '../transport.ts'
import { openCluster, topicOf } from './cluster.ts'
import type { KafkaTransportOptions } from './kafka.ts'
import { partitionsByKey } from './partitioner.ts'
import { ownSink } from './reader.ts'

/** Opens a writer; the topic must be there, or its number of partitions be given. */
export async function openKafkaWriter(values: KafkaTransportOptions, context: TransportContext): Promise<KafkaWriter> {
  const cluster = openCluster(values, context)
  try {
    const { partitions } = await topicOf(cluster, values)
    const maxBatchBytes = await new TopicLimits(cluster).of(values.topic)
    return new KafkaWriter(cluster, values, context, { partitions: partitions.length, maxBatchBytes })
  } catch (error) {
    await cluster.close()
    throw error
  }
}

/** A topic as it was when its writer was opened. */
export interface WrittenTopic {
  readonly partitions: number
  /** Its `max.message.bytes`, or null where the cluster does not tell. */
  readonly maxBatchBytes: number | null
}

/** More than a batch of one record has besides the record's key, value and headers; a header takes less there than in our form. */
const BATCH_BOUND_BYTES = 512

/** Partitions may be added to a topic: after so long their number is asked for again. */
const PARTITIONS_AGE_MS = 300_000

/** Writes to the partitions of a topic: in the cluster's transactions, or by a producer of its own. */
export class KafkaWriter implements FrameWriter {
  readonly accepts = 'frames'
  readonly isCopying = true
  /** Counted before compression, as nobody knows earlier what that saves. */
  readonly maxRecordBytes: number | null
  readonly domain: string
  readonly #cluster: KafkaCluster
  readonly #values: KafkaTransportOptions
  readonly #context: TransportContext
  #partitions: number
  #countedMs: number
  #opening: Promise<IdempotentProducer> | null = null
  #producer: IdempotentProducer | null = null
  #isClosed = false

  constructor(
    cluster: KafkaCluster,
    values: KafkaTransportOptions,
    context: TransportContext,
    { partitions, maxBatchBytes }: WrittenTopic,
  ) {
    this.domain = cluster.domain
    this.#cluster = cluster
    this.#values = values
    this.#context = context
    this.maxRecordBytes = maxBatchBytes === null ? null : Math.max(0, maxBatchBytes - BATCH_BOUND_BYTES)
    this.#partitions = partitions
    this.#countedMs = cluster.clock.monotonicMs()
  }

  write(batch: FrameBatch, transaction: Transaction | null): Promise<void> | void {
    if (batch.length === 0) return
    if (transaction !== null) return this.#produce(ownSink(transaction, this.domain, this.#context.place), batch)
    if (this.#producer !== null) return this.#produce(this.#producer, batch)
    return this.#produceSoon(copyOf(batch))
  }

  async flush(): Promise<void> {
    await (await this.#opening)?.flush()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    try {
      await (await this.#opening)?.close()
    } finally {
      await this.#cluster.close()
    }
  }

  /** Hands everything over before it returns, so that the caller may reuse the batch's memory. */
  #produce(sink: Pick<KafkaSink, 'produce'>, batch: FrameBatch): Promise<void> | void {
    this.#countAgain()
    const waits: Promise<void>[] = []
    for (const [partition, frames] of this.#divided(batch)) {
      const full = sink.produce(this.#values.topic, partition, frames)
      if (full) waits.push(full)
    }
    if (waits.length > 0) return Promise.all(waits).then(() => {})
  }

  /** The first batches outside of transactions: the producer that they need is being opened. */
  async #produceSoon(batch: FrameBatch): Promise<void> {
    const { compression, maxRequestBytes } = this.#values
    this.#opening ??= IdempotentProducer.open(this.#cluster, { compression, maxRequestBytes })
    try {
      this.#producer = await this.#opening
    } catch (thrown) {
      this.#opening = null
      throw thrown
    }
    await this.#produce(this.#producer, batch)
  }

  /** The batch by partition; frames share its bytes. */
  #divided(batch: FrameBatch): Iterable<readonly [number, FrameBatch]> {
    const { partition, partitioner } = this.#values
    if (partition !== undefined) return [[partition, batch]]
    const count = this.#partitions
    const own = this.#context.partition % count
    if (count === 1 || partitioner === 'same' || batch.keys === null) return [[own, batch]]
    const indexes = partitionsByKey(batch.keys, count, own)
    if (indexes.size === 1) return [...indexes.keys()].map((number) => [number, batch] as const)
    return [...indexes].map(([number, of]) => [number, pickFrames(batch, of)] as const)
  }

  /** Takes partitions that were added into account some time later; an error is left to those who write. */
  #countAgain(): void {
    const now = this.#cluster.clock.monotonicMs()
    if (now - this.#countedMs < PARTITIONS_AGE_MS) return
    this.#countedMs = now
    this.#cluster.topic(this.#values.topic, 0).then(
      ({ partitions }) => {
        this.#partitions = partitions.length
      },
      () => {},
    )
  }
}

/** The batch with bytes of its own. */
function copyOf(batch: FrameBatch): FrameBatch {
  const copied = (column: BytesColumn): BytesColumn => ({ ...column, bytes: Buffer.from(column.bytes) })
  const { values, keys, headers } = batch
  return { ...batch, values: copied(values), keys: keys && copied(keys), headers: headers && copied(headers) }
}
