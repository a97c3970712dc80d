import { MillraceError } from '../../core/errors.ts'
import type { FrameBatch } from '../../core/frames.ts'
import { type BrokerLink, BrokerLinks } from './broker-links.ts'
import { BufferAccount } from './buffer-account.ts'
import { BufferPool } from './buffer-pool.ts'
import type { KafkaCluster } from './cluster.ts'
import type { KafkaConnection } from './connection.ts'
import { lookUpLeader, mayAppear } from './partition-leader.ts'
import type { PartitionQueue, QueuedBatch } from './partition-queue.ts'
import { PartitionQueues } from './partition-queues.ts'
import { type ProduceResult, produceBody, resultOf } from './produce-request.ts'
import { judge, type ProduceVerdict } from './produce-verdict.ts'
import { backoffMs } from './retries.ts'
import type { SenderSettings } from './sender-settings.ts'
import { explainTransactionError } from './transaction-errors.ts'
import { TransactionPartitions } from './transaction-partitions.ts'
import type { ProducerIdentity } from './transaction-requests.ts'

/** Memory of batches that a sender keeps while nothing is to be sent: there may be one for every task. */
const KEPT_BYTES = 8 * 2 ** 20

/**
 * Sends the batches of all partitions: one request per broker with one batch for each partition that has something, up to five under
 * way. What fails for a moment goes again in its order; what fails for good is kept in `failure` and thrown by every later call.
 */
export class BatchSender {
  readonly #cluster: KafkaCluster
  readonly #settings: SenderSettings
  readonly #queues: PartitionQueues
  /** Those with something to send. */
  readonly #waiting = new Set<PartitionQueue>()
  readonly #links = new BrokerLinks()
  #identity: ProducerIdentity
  #failure: MillraceError | null = null
  readonly #account: BufferAccount
  #inFlight = 0
  #settleWaiters: (() => void)[] = []
  #isAwake = false
  /** Null where partitions need not be added. */
  readonly #adding: TransactionPartitions | null
  #isInTransaction = false
  /** Callers of `hold`. */
  #holds = 0
  #isClosed = false
  /** Those whose brokers have lost track of their sequence. */
  readonly #lost = new Set<PartitionQueue>()
  readonly #closing = new AbortController()
  #wakeAtMs = Number.POSITIVE_INFINITY

  constructor(cluster: KafkaCluster, identity: ProducerIdentity, settings: SenderSettings) {
    this.#cluster = cluster
    this.#settings = settings
    this.#identity = identity
    this.#account = new BufferAccount(settings.maxBufferedBytes)
    const { compression, maxBatchBytes, transactionalId, maxBufferedBytes, addPartitions } = settings
    const isTransactional = transactionalId !== null
    const memory = new BufferPool(Math.min(maxBufferedBytes, KEPT_BYTES))
    this.#queues = new PartitionQueues(cluster, { compression, maxBatchBytes, isTransactional, memory })
    this.#adding = addPartitions && new TransactionPartitions(addPartitions, (error) => this.#added(error))
  }

  get identity(): ProducerIdentity {
    return this.#identity
  }

  /** What ended the sender, or null. */
  get failure(): MillraceError | null {
    return this.#failure
  }

  /** True when the cluster may know of the transaction that began after the last `endTransaction`. */
  get isInTransaction(): boolean {
    return this.#isInTransaction
  }

  /** Copies the frames; a promise is returned only when there is no room for more. */
  append(topic: string, partition: number, frames: FrameBatch): Promise<void> | void {
    if (this.#failure !== null) throw this.#failure
    if (this.#isClosed) throw new MillraceError('CORE_CLOSED', { subject: 'kafka producer' })
    if (frames.length === 0) return
    const queue = this.#queues.of(topic, partition)
    this.#account.add(queue.append(frames, this.#cluster.clock.now()))
    this.#waiting.add(queue)
    this.#wake()
    return this.#account.room()
  }

  /** Resolves when the cluster has everything appended so far. */
  flush(): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    const flushed = this.#account.emptied()
    this.#wake()
    return flushed
  }

  /** Drops what is there now; resolves when nothing of it is under way. What is appended meanwhile stays, if the sender is held. */
  async drop(): Promise<void> {
    this.#adding?.stop()
    this.#account.reject(new MillraceError('CORE_CLOSED', { subject: 'kafka transaction' }))
    this.#dropWaiting(true)
    await this.#settled()
    this.#dropWaiting(false)
  }

  /** Goes on as another producer, whose sequence numbers begin at 0; what has numbers already keeps them, and its producer. */
  become(identity: ProducerIdentity): void {
    this.#identity = identity
  }

  /** The next transaction has no partitions yet. */
  endTransaction(): void {
    this.#isInTransaction = false
    this.#queues.forgetAdded()
  }

  /** Nothing new is sent until `release` was called as often; records gather. */
  hold(): void {
    this.#holds++
  }

  /** Ends one `hold`. */
  release(): void {
    this.#holds--
    this.#wake()
  }

  /** Looks up what is needed to send to the topic, and its limit, which records are then checked against. */
  async prepare(topic: string): Promise<void> {
    await this.#cluster.topic(topic)
    await this.#queues.prepare(topic)
  }

  /** Ends the connections; what was not acknowledged is lost. Idempotent. */
  async close(): Promise<void> {
    this.fail(new MillraceError('CORE_CLOSED', { subject: 'kafka producer' }))
    this.#isClosed = true
    this.#closing.abort()
    this.#adding?.stop()
    await this.#links.close()
  }

  /** Ends the sender: `append` and `flush` throw the error from now on. */
  fail(error: MillraceError): void {
    if (this.#failure !== null) return
    this.#failure = explainTransactionError(error, this.#settings.transactionalId)
    this.#account.reject(this.#failure)
    this.#dropWaiting(true)
  }

  /** What is produced in one turn goes in one request. */
  #wake(): void {
    if (this.#isAwake) return
    this.#isAwake = true
    Promise.resolve()
      .then(() => this.#pump())
      .catch((thrown) => this.fail(MillraceError.from(thrown, 'kafka producer')))
  }

  #wakeAt(atMs: number): void {
    if (atMs >= this.#wakeAtMs) return
    this.#wakeAtMs = atMs
    const waitMs = atMs - this.#cluster.clock.monotonicMs()
    this.#cluster.clock.sleep(Math.max(1, waitMs), this.#closing.signal).then(() => {
      if (this.#wakeAtMs === atMs) this.#wakeAtMs = Number.POSITIVE_INFINITY
      this.#wake()
    })
  }

  /** Gives every broker with room a request for the partitions that it leads. */
  #pump(): void {
    this.#isAwake = false
    if (this.#failure !== null || this.#isClosed || this.#holds > 0) return
    if (this.#lost.size > 0) {
      this.#regainSequence()
      return
    }
    const nowMs = this.#cluster.clock.monotonicMs()
    const isFlushing = this.#account.isAwaited
    const ready = new Map<number, PartitionQueue[]>()
    const toAdd: PartitionQueue[] = []
    for (const queue of this.#waiting) {
      if (!queue.hasWaiting) {
        this.#waiting.delete(queue)
        continue
      }
      if (queue.notBeforeMs > nowMs) {
        this.#wakeAt(queue.notBeforeMs)
        continue
      }
      if (!queue.isReady(isFlushing)) continue
      if (!queue.isAdded && this.#adding !== null) toAdd.push(queue)
      else if (queue.leader === null) this.#lookUp(queue)
      else {
        const ofBroker = ready.get(queue.leader)
        if (ofBroker === undefined) ready.set(queue.leader, [queue])
        else ofBroker.push(queue)
      }
    }
    if (toAdd.length > 0 && !this.#adding?.isUnderWay) {
      this.#isInTransaction = true
      this.#adding?.add(toAdd)
    }
    for (const [node, queues] of ready) this.#sendTo(node, queues, isFlushing)
  }

  #sendTo(node: number, queues: readonly PartitionQueue[], isFlushing: boolean): void {
    const link = this.#links.of(node)
    const { connection } = link
    if (connection === null) {
      if (!link.isOpening) this.#connect(link, queues)
      return
    }
    const { throttledUntilMs } = connection
    if (throttledUntilMs > this.#cluster.clock.monotonicMs()) {
      this.#wakeAt(throttledUntilMs)
      return
    }
    let left = [...queues]
    while (link.hasRoom && left.length > 0) {
      const batches: [PartitionQueue, QueuedBatch][] = []
      let bytes = 0
      for (const queue of left) {
        if (bytes >= this.#settings.maxRequestBytes) break
        const batch = queue.take(this.#identity)
        bytes += batch.bytes.length
        batches.push([queue, batch])
      }
      this.#send(link, connection, batches)
      left = left.filter((queue) => queue.hasWaiting && queue.isReady(isFlushing))
    }
    // The next request begins with those that this one had no room for.
    const kept = new Set(left)
    for (const queue of queues) {
      if (kept.has(queue)) continue
      this.#waiting.delete(queue)
      if (queue.hasWaiting) this.#waiting.add(queue)
    }
  }

  #send(link: BrokerLink, connection: KafkaConnection, batches: readonly [PartitionQueue, QueuedBatch][]): void {
    const { family, transactionalId } = this.#settings
    const parts = batches.map(([{ topic, partition }, { bytes }]) => ({ topic, partition, batch: bytes }))
    const timeoutMs = this.#cluster.settings.requestTimeoutMs
    link.inFlight++
    this.#inFlight++
    this.#isInTransaction = transactionalId !== null
    connection
      .callWithBody('partitions', family, produceBody(transactionalId, timeoutMs, parts))
      .then(
        ({ results }) => this.#answered(connection, batches, results),
        (thrown) => this.#unanswered(connection, batches, thrown),
      )
      .catch((thrown) => this.fail(MillraceError.from(thrown, 'kafka producer')))
      .finally(() => {
        link.inFlight--
        this.#inFlight--
        this.#afterAnswer()
      })
  }

  #answered(
    connection: KafkaConnection,
    batches: readonly [PartitionQueue, QueuedBatch][],
    results: readonly ProduceResult[],
  ): void {
    for (const [i, [queue, batch]] of batches.entries()) {
      const result = resultOf(results, i, queue)
      if (result === undefined) {
        const damage = { api: 'Produce', reason: `it does not tell of partition ${queue.place}` }
        this.fail(new MillraceError('CLIENT_KAFKA_RESPONSE_DAMAGED', { server: connection.address, ...damage }))
        return
      }
      const { transactionalId } = this.#settings
      const isFirst = result.errorCode !== 0 && queue.isFirst(batch)
      const batchBytes = batch.bytes.length
      this.#follow(judge(result, { server: connection.address, transactionalId, isFirst, batchBytes }), queue, batch)
    }
  }

  #follow(verdict: ProduceVerdict, queue: PartitionQueue, batch: QueuedBatch): void {
    switch (verdict.action) {
      case 'done':
        queue.acknowledge(batch)
        this.#account.subtract(batch.size)
        return
      case 'split':
        if (queue.split(batch)) this.#waiting.add(queue)
        else this.fail(verdict.error)
        return
      case 'regain':
        if (this.#settings.nextIdentity === null) {
          this.fail(verdict.error)
          return
        }
        this.#lost.add(queue)
        this.#sendAgain(queue, batch, verdict.error, false)
        return
      case 'again':
        this.#sendAgain(queue, batch, verdict.error, verdict.isLeaderStale)
        return
      case 'fail':
        this.fail(verdict.error)
    }
  }

  #sendAgain(queue: PartitionQueue, batch: QueuedBatch, error: MillraceError, isLeaderStale: boolean): void {
    queue.sendAgain(batch)
    this.#postpone(queue, error, isLeaderStale)
  }

  /** The outcome is unknown: with its sequence number the batch may go again, but for a later transaction of the same epoch. */
  #unanswered(connection: KafkaConnection, batches: readonly [PartitionQueue, QueuedBatch][], thrown: unknown): void {
    const error = MillraceError.from(thrown, 'kafka producer')
    connection.close()
    if (!error.isRetryable || !this.#settings.repeatsUnanswered) {
      this.fail(error)
      return
    }
    for (const [queue, batch] of batches) this.#sendAgain(queue, batch, error, true)
  }

  /** Tries the partition again a little later, or ends the sender when that has gone on for too long. */
  #postpone(queue: PartitionQueue, error: MillraceError, isLeaderStale: boolean): void {
    const { clock, random } = this.#cluster
    if (isLeaderStale) {
      this.#cluster.refresh(queue.topic)
      queue.leader = null
    }
    const nowMs = clock.monotonicMs()
    queue.troubledSinceMs ??= nowMs
    if (nowMs - queue.troubledSinceMs > this.#settings.deliveryTimeoutMs) {
      this.fail(error)
      return
    }
    queue.notBeforeMs = nowMs + backoffMs(queue.attempts++, random)
    this.#waiting.add(queue)
  }

  #afterAnswer(): void {
    if (this.#failure !== null) this.#dropWaiting(true)
    this.#settle()
    this.#wake()
  }

  #lookUp(queue: PartitionQueue): void {
    if (queue.isLookingUp) return
    lookUpLeader(this.#cluster, queue)
      .catch((error) => (mayAppear(error, queue) ? this.#postpone(queue, error, true) : this.fail(error)))
      .finally(() => this.#wake())
  }

  #connect(link: BrokerLink, queues: readonly PartitionQueue[]): void {
    link
      .open(this.#cluster)
      .catch((thrown) => {
        const error = MillraceError.from(thrown, 'kafka producer')
        if (!error.isRetryable) this.fail(error)
        else for (const queue of queues) this.#postpone(queue, error, true)
      })
      .finally(() => this.#wake())
  }

  #added(error: MillraceError | null): void {
    if (error !== null) this.fail(error)
    this.#settle()
    this.#wake()
  }

  /** Begins a new epoch once nothing is under way; what was refused goes again under new numbers. */
  #regainSequence(): void {
    if (this.#inFlight > 0 || this.#settings.nextIdentity === null) return
    this.hold()
    this.#settings
      .nextIdentity()
      .then(
        (identity) => {
          this.become(identity)
          for (const queue of this.#lost) queue.restart()
          this.#lost.clear()
        },
        (thrown) => this.fail(MillraceError.from(thrown, 'kafka producer')),
      )
      .finally(() => this.release())
  }

  #dropWaiting(all: boolean): void {
    this.#account.subtract(this.#queues.drop(all))
  }

  #settled(): Promise<void> {
    const settled = new Promise<void>((resolve) => this.#settleWaiters.push(resolve))
    this.#settle()
    return settled
  }

  #settle(): void {
    if (this.#inFlight > 0 || this.#adding?.isUnderWay) return
    for (const resolve of this.#settleWaiters.splice(0)) resolve()
  }
}
