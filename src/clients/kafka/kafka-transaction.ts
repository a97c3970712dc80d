import { MillraceError } from '../../core/errors.ts'
import type { FrameBatch } from '../../core/frames.ts'
import type { BatchSender } from './batch-sender.ts'
import type { KafkaCluster } from './cluster.ts'
import { OffsetsByGroup } from './group-offsets.ts'
import type { GroupMembership } from './membership.ts'
import { type KafkaSink, kafkaSink } from './sink.ts'
import type { TransactionCoordinator } from './transaction-coordinator.ts'
import { explainTransactionError } from './transaction-errors.ts'

/**
 * Where a transaction is.
 *
 *     open ──commit──► committing ──► ended
 *       └───abort───► aborting ────► ended
 */
type Stage = 'open' | 'committing' | 'aborting' | 'ended'

/** One transaction of a transactional producer. Everything that goes wrong in it is kept by the sender, which is of no use then. */
export class KafkaTransaction implements KafkaSink {
  readonly [kafkaSink] = true
  readonly domain: string
  readonly #coordinator: TransactionCoordinator
  readonly #sender: BatchSender
  readonly #offsets = new OffsetsByGroup()
  #stage: Stage = 'open'
  #hasProduced = false
  /** True from when the request to commit may reach the cluster on: aborting would contradict it. */
  #isDecided = false
  /** The end of the transaction before: until then the producer's identity and what is under way are of that one. */
  readonly #before: Promise<void>
  #aborted: Promise<void> = Promise.resolve()
  /** True when the numbers of what was dropped are missing: only a new epoch lets them begin anew. */
  #isEpochSpent = false

  /** `before` never rejects. */
  constructor(
    cluster: KafkaCluster,
    coordinator: TransactionCoordinator,
    sender: BatchSender,
    before: Promise<void> = Promise.resolve(),
  ) {
    this.domain = cluster.domain
    this.#coordinator = coordinator
    this.#sender = sender
    this.#before = before
  }

  /** True when another transaction may begin; after an abort that one waits for `handOver` before it sends. */
  get isEnded(): boolean {
    return this.#stage === 'ended' || this.#stage === 'aborting'
  }

  produce(topic: string, partition: number, batch: FrameBatch): Promise<void> | void {
    this.#check()
    if (batch.length === 0) return
    const written = this.#sender.append(topic, partition, batch)
    this.#hasProduced = true
    return written
  }

  addPosition(group: GroupMembership, topic: string, partition: number, offset: number, metadata = ''): void {
    this.#check()
    this.#offsets.add(group, { topic, partition, offset, metadata })
  }

  flush(): Promise<void> {
    return this.#sender.flush()
  }

  /**
   * Sends what is left, then the positions, then the end. Rejects with CLIENT_KAFKA_FENCED when another producer has the id, with
   * CLIENT_KAFKA_INDEFINITE when it is unknown whether it took place, and with other errors when it did not.
   */
  async commit(): Promise<void> {
    this.#check()
    this.#stage = 'committing'
    try {
      await this.#commit()
    } catch (thrown) {
      const error = explainTransactionError(
        MillraceError.from(thrown, 'kafka transaction'),
        this.#coordinator.transactionalId,
      )
      this.#sender.fail(error)
      if (!this.#isDecided && error.code !== 'CLIENT_KAFKA_FENCED') await this.#abortQuietly()
      throw error
    } finally {
      this.#stage = 'ended'
    }
  }

  /** Drops everything; the cluster is told in the background. */
  abort(): void {
    if (this.#stage !== 'open') return
    this.#stage = 'aborting'
    this.#sender.hold()
    this.#aborted = this.#abort()
      .catch((thrown) => this.#sender.fail(MillraceError.from(thrown, 'kafka transaction')))
      .finally(() => {
        this.#stage = 'ended'
        this.#sender.release()
      })
  }

  /**
   * What the transaction that begins after this one waits for: the end of an abort and, in the classic protocol, another epoch. It is not
   * taken before it is needed: whoever goes after an abort may have a successor by then, whose transaction that request would end. Never
   * rejects; called once.
   */
  async handOver(): Promise<void> {
    if (this.#stage !== 'aborting' && !this.#isEpochSpent) return
    this.#sender.hold()
    try {
      await this.#aborted
      if (!this.#isEpochSpent || this.#sender.failure !== null) return
      this.#sender.become(await this.#coordinator.init(this.#sender.identity))
    } catch (thrown) {
      this.#sender.fail(MillraceError.from(thrown, 'kafka transaction'))
    } finally {
      this.#sender.release()
    }
  }

  /** Aborts what is open and resolves when the cluster has been told, or cannot be. */
  async end(): Promise<void> {
    this.abort()
    await this.#aborted
  }

  async #commit(): Promise<void> {
    await this.#before
    await this.#sender.flush()
    if (!this.#hasProduced && this.#offsets.isEmpty) return
    const { identity } = this.#sender
    for (const group of this.#offsets.groups) await this.#coordinator.commitOffsets(identity, group)
    this.#isDecided = true
    this.#next(await this.#coordinator.end(identity, true))
  }

  async #abort(): Promise<void> {
    // What is there now is dropped at once: the next transaction may begin to gather records.
    const dropped = this.#sender.drop()
    await this.#before
    await dropped
    // Positions are sent by `commit` alone: without records under way there is nothing to abort.
    if (!this.#sender.isInTransaction) return
    const { failure } = this.#sender
    if (failure !== null) {
      if (failure.code !== 'CLIENT_KAFKA_FENCED') await this.#abortQuietly()
      return
    }
    const next = await this.#coordinator.end(this.#sender.identity, false)
    this.#next(next)
    this.#isEpochSpent = this.#coordinator.protocol === 'classic'
  }

  /** After a failure: readers need not wait for the time-out of the transaction, if the cluster can be told at all. */
  async #abortQuietly(): Promise<void> {
    await this.#sender.drop()
    try {
      await this.#coordinator.end(this.#sender.identity, false)
    } catch {
      // The next owner of the transactional id ends it, or the cluster does so after the transaction's time-out.
    }
  }

  #next(identity: { readonly id: bigint; readonly epoch: number }): void {
    const { id, epoch } = this.#sender.identity
    if (identity.id !== id || identity.epoch !== epoch) this.#sender.become(identity)
    this.#sender.endTransaction()
  }

  #check(): void {
    if (this.#stage !== 'open') {
      throw new MillraceError('CORE_CLOSED', { subject: `transaction of "${this.#coordinator.transactionalId}"` })
    }
  }
}
