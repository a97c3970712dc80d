import { MillraceError } from '../../core/errors.ts'
import { BatchSender } from './batch-sender.ts'
import type { KafkaCluster } from './cluster.ts'
import { KafkaTransaction } from './kafka-transaction.ts'
import { produce, produceInTransaction } from './produce-request.ts'
import { type ProducerOptions, producerSettings } from './producer-settings.ts'
import type { KafkaSink } from './sink.ts'
import { TransactionCoordinator } from './transaction-coordinator.ts'

/** How long closing waits for an abort: the next owner of the id, or the transaction's time-out, ends what the cluster was not told of. */
const CLOSE_MS = 5_000

/** Options of a transactional producer. */
export interface TransactionalOptions extends ProducerOptions {
  /** Name under which the cluster keeps one owner: opening it anew fences whoever had it. */
  readonly transactionalId: string
  /** The cluster aborts a transaction that lasts longer; 60 s by default. */
  readonly transactionTimeoutMs?: number
  /** `classic` for clusters without transactions of version 2, and for tests of it; what the cluster has by default. */
  readonly protocol?: 'classic' | 'v2'
}

/**
 * Produces in transactions, one at a time: records and positions become visible together at `commit`, or never. After a commit that
 * was rejected, and after an abort that was not answered, the producer is of no use any more: close it and open another, which ends
 * what is left of the transaction.
 */
export class TransactionalProducer {
  readonly #sender: BatchSender
  readonly #coordinator: TransactionCoordinator
  readonly #cluster: KafkaCluster
  #current: KafkaTransaction | null = null

  private constructor(cluster: KafkaCluster, coordinator: TransactionCoordinator, sender: BatchSender) {
    this.#cluster = cluster
    this.#coordinator = coordinator
    this.#sender = sender
  }

  /**
   * Takes the transactional id over: the former owner is fenced, and its unfinished transaction is aborted before this resolves. After
   * the signal nothing is tried again.
   */
  static async open(
    cluster: KafkaCluster,
    options: TransactionalOptions,
    signal?: AbortSignal,
  ): Promise<TransactionalProducer> {
    const { transactionalId, transactionTimeoutMs = 60_000 } = options
    const has = (await cluster.features(signal)).transactionVersion >= 2 ? 'v2' : 'classic'
    const protocol = options.protocol ?? has
    const coordinator = new TransactionCoordinator(cluster, transactionalId, transactionTimeoutMs, protocol)
    const identity = await coordinator.init(null, signal)
    const sender: BatchSender = new BatchSender(cluster, identity, {
      ...producerSettings(options),
      transactionalId,
      family: protocol === 'v2' ? produceInTransaction : produce,
      // With an epoch per transaction a late repetition is refused; without, it could join a later transaction (KIP-890).
      repeatsUnanswered: protocol === 'v2',
      addPartitions:
        protocol === 'v2' ? null : (queues, signal) => coordinator.addPartitions(sender.identity, queues, signal),
      nextIdentity: null,
    })
    return new TransactionalProducer(cluster, coordinator, sender)
  }

  /** What the cluster knows this producer as. */
  get transactionalId(): string {
    return this.#coordinator.transactionalId
  }

  /** Looks up leaders and limits of a topic beforehand; CLIENT_KAFKA_TOPIC_UNKNOWN when there is none. */
  prepare(topic: string): Promise<void> {
    return this.#sender.prepare(topic)
  }

  /** A new transaction; the one before has ended. It costs no request until something is produced or a position is added. */
  begin(): KafkaSink {
    if (this.#sender.failure !== null) throw this.#sender.failure
    if (this.#current !== null && !this.#current.isEnded) {
      const reason = 'a transaction was begun before the last one had ended'
      throw new MillraceError('CORE_INTERNAL', { where: `transactional id ${this.transactionalId}`, reason })
    }
    const before = this.#current?.handOver() ?? Promise.resolve()
    this.#current = new KafkaTransaction(this.#cluster, this.#coordinator, this.#sender, before)
    return this.#current
  }

  /** Aborts what is unfinished, if the cluster answers soon, and ends the connections. Idempotent. */
  async close(): Promise<void> {
    const isEnded = new AbortController()
    await Promise.race([this.#current?.end(), this.#cluster.clock.sleep(CLOSE_MS, isEnded.signal)])
    isEnded.abort()
    await this.#sender.close()
  }
}
