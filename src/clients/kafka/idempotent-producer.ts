import { MillraceError } from '../../core/errors.ts'
import type { FrameBatch } from '../../core/frames.ts'
import { BatchSender } from './batch-sender.ts'
import type { KafkaCluster } from './cluster.ts'
import { commitGroupOffsets, OffsetsByGroup } from './group-offsets.ts'
import type { GroupMembership } from './membership.ts'
import { produce } from './produce-request.ts'
import { type ProducerOptions, producerSettings } from './producer-settings.ts'
import { checkCode } from './protocol-errors.ts'
import { type KafkaSink, kafkaSink } from './sink.ts'
import { initProducerId, type ProducerIdentity } from './transaction-requests.ts'

/** Epochs have 16 bits with a sign; the last one is kept free. */
const MAX_EPOCH = 2 ** 15 - 2

/** InitProducerId's transaction time-out where there is no transaction. */
const NO_TRANSACTION_TIMEOUT_MS = 2 ** 31 - 1

/**
 * Produces outside of transactions: all in-sync replicas have what `flush` has waited for, in order, and nothing twice as long as
 * the producer lives. An error of the cluster that no repetition mends ends it.
 */
export class IdempotentProducer {
  readonly #cluster: KafkaCluster
  readonly #sender: BatchSender

  private constructor(cluster: KafkaCluster, sender: BatchSender) {
    this.#cluster = cluster
    this.#sender = sender
  }

  /** Gets a producer id from the cluster, until the signal; closed by the caller, the cluster is not closed with it. */
  static async open(
    cluster: KafkaCluster,
    options: ProducerOptions = {},
    signal?: AbortSignal,
  ): Promise<IdempotentProducer> {
    const first = await newIdentity(cluster, signal)
    const sender: BatchSender = new BatchSender(cluster, first, {
      ...producerSettings(options),
      transactionalId: null,
      family: produce,
      repeatsUnanswered: true,
      addPartitions: null,
      nextIdentity: async () => {
        const { id, epoch } = sender.identity
        return epoch < MAX_EPOCH ? { id, epoch: epoch + 1 } : await newIdentity(cluster)
      },
    })
    return new IdempotentProducer(cluster, sender)
  }

  /** Looks up leaders and limits of a topic beforehand; CLIENT_KAFKA_TOPIC_UNKNOWN when there is none. */
  prepare(topic: string): Promise<void> {
    return this.#sender.prepare(topic)
  }

  /** Takes the batch; see KafkaSink.produce. It is durable after `flush`. */
  produce(topic: string, partition: number, batch: FrameBatch): Promise<void> | void {
    return this.#sender.append(topic, partition, batch)
  }

  /** Resolves when the cluster has everything produced so far; rejects with what ended the producer. */
  flush(): Promise<void> {
    return this.#sender.flush()
  }

  /**
   * A commit that repeats rather than loses: `commit` flushes everything, then commits the positions. What is produced is visible at
   * once, and `abort` drops the positions alone.
   */
  begin(): KafkaSink {
    return new FlushedSink(this.#cluster, this.#sender)
  }

  /** Flushes, then ends the connections; what cannot be flushed is given up with its error. Idempotent. */
  async close(): Promise<void> {
    try {
      if (this.#sender.failure === null) await this.#sender.flush()
    } finally {
      await this.#sender.close()
    }
  }

  /** Ends the connections; what was produced and not flushed is given up. Idempotent. */
  async abandon(): Promise<void> {
    await this.#sender.close()
  }
}

async function newIdentity(cluster: KafkaCluster, signal?: AbortSignal): Promise<ProducerIdentity> {
  return await cluster.retry({ signal }, async () => {
    const connection = await cluster.shared('any')
    const answer = await connection.ask(initProducerId, null, NO_TRANSACTION_TIMEOUT_MS)
    checkCode(answer.errorCode, { server: connection.address, api: 'InitProducerId', subject: 'a producer' })
    return { id: answer.producerId, epoch: answer.producerEpoch }
  })
}

/** Outputs first, then positions. */
class FlushedSink implements KafkaSink {
  readonly [kafkaSink] = true
  readonly domain: string
  readonly #cluster: KafkaCluster
  readonly #sender: BatchSender
  readonly #offsets = new OffsetsByGroup()
  #isEnded = false

  constructor(cluster: KafkaCluster, sender: BatchSender) {
    this.domain = cluster.domain
    this.#cluster = cluster
    this.#sender = sender
  }

  produce(topic: string, partition: number, batch: FrameBatch): Promise<void> | void {
    this.#check()
    return this.#sender.append(topic, partition, batch)
  }

  addPosition(group: GroupMembership, topic: string, partition: number, offset: number, metadata = ''): void {
    this.#check()
    this.#offsets.add(group, { topic, partition, offset, metadata })
  }

  flush(): Promise<void> {
    return this.#sender.flush()
  }

  async commit(): Promise<void> {
    this.#check()
    this.#isEnded = true
    await this.#sender.flush()
    for (const group of this.#offsets.groups) await commitGroupOffsets(this.#cluster, group)
  }

  abort(): void {
    this.#isEnded = true
  }

  #check(): void {
    if (this.#isEnded) throw new MillraceError('CORE_CLOSED', { subject: `transaction of ${this.domain}` })
  }
}
