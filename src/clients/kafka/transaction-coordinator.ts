import type { KafkaCluster } from './cluster.ts'
import { commitInName, type GroupOffsets } from './group-offsets.ts'
import type { PartitionQueue } from './partition-queue.ts'
import { checkCode, errorName } from './protocol-errors.ts'
import {
  addOffsetsToTxn,
  addPartitionsToTxn,
  initProducerId,
  type ProducerIdentity,
  transactionClassic,
  transactionV2,
} from './transaction-requests.ts'

/** Which protocol a producer's transactions follow: with one epoch for each (KIP-890 part 2), or with one for all. */
export type TransactionProtocol = 'classic' | 'v2'

/** The requests of one transactional id to its coordinator and to those of groups. */
export class TransactionCoordinator {
  readonly transactionalId: string
  readonly protocol: TransactionProtocol
  readonly #cluster: KafkaCluster
  readonly #timeoutMs: number

  constructor(cluster: KafkaCluster, transactionalId: string, timeoutMs: number, protocol: TransactionProtocol) {
    this.#cluster = cluster
    this.transactionalId = transactionalId
    this.#timeoutMs = timeoutMs
    this.protocol = protocol
  }

  /**
   * A new epoch; with the present identity only if nobody else has taken one since (else CLIENT_KAFKA_FENCED). Repeating it is safe; after the
   * signal it is neither sent nor repeated.
   */
  async init(present: ProducerIdentity | null, signal?: AbortSignal): Promise<ProducerIdentity> {
    const send: Request<ProducerIdentity> = async (connection) => {
      signal?.throwIfAborted() // the id may be somebody else's by now
      const { transactionalId } = this
      const timeoutMs = this.#timeoutMs
      const answer =
        present === null
          ? await connection.ask(initProducerId, transactionalId, timeoutMs)
          : await connection.ask(initProducerId, transactionalId, timeoutMs, present.id, present.epoch)
      return {
        errorCode: answer.errorCode,
        value: { id: answer.producerId, epoch: answer.producerEpoch },
      }
    }
    return await this.#retry('InitProducerId', send, true, signal)
  }

  /** Makes partitions part of the transaction, in one request, which is not tried again after the signal; the classic protocol alone. */
  async addPartitions(
    producer: ProducerIdentity,
    queues: readonly PartitionQueue[],
    signal: AbortSignal,
  ): Promise<void> {
    const topics = new Map<string, number[]>()
    for (const { topic, partition } of queues) topics.set(topic, [...(topics.get(topic) ?? []), partition])
    const request = {
      transactionalId: this.transactionalId,
      producerId: producer.id,
      producerEpoch: producer.epoch,
      verifyOnly: false,
      topics: [...topics].map(([name, partitions]) => ({ name, partitions })),
    }
    const send: Request<undefined> = async (connection) => {
      const answer = await connection.ask(addPartitionsToTxn, [request])
      const codes = answer.resultsByTransaction.flatMap(({ topicResults }) =>
        topicResults.flatMap(({ resultsByPartition }) =>
          resultsByPartition.map(({ partitionErrorCode }) => partitionErrorCode),
        ),
      )
      // OPERATION_NOT_ATTEMPTED stands beside the error of another partition.
      const failed = codes.filter((code) => code !== 0)
      const errorCode = failed.find((code) => errorName(code) !== 'OPERATION_NOT_ATTEMPTED') ?? failed[0] ?? 0
      return { errorCode, value: undefined }
    }
    await this.#retry('AddPartitionsToTxn', send, false, signal)
  }

  /** Makes the positions of a group part of the transaction. */
  async commitOffsets(producer: ProducerIdentity, group: GroupOffsets): Promise<void> {
    const { transactionalId, protocol } = this
    if (protocol === 'classic') {
      const add: Request<undefined> = async (connection) => {
        const { id, epoch } = producer
        const answer = await connection.ask(addOffsetsToTxn, transactionalId, id, epoch, group.membership.group)
        return { errorCode: answer.errorCode, value: undefined }
      }
      await this.#retry('AddOffsetsToTxn', add, false)
    }
    const { txnOffsetCommit } = protocol === 'v2' ? transactionV2 : transactionClassic
    const settings = { request: 'TxnOffsetCommit', repeatsUnanswered: protocol === 'v2' }
    await commitInName(this.#cluster, group, settings, async (member, offsets) => {
      const connection = await this.#cluster.coordinator('group', member.group)
      return (await connection.call(txnOffsetCommit, transactionalId, producer, member, offsets)).results
    })
  }

  /** Ends the transaction; returns who produces in the next one. */
  async end(producer: ProducerIdentity, isCommit: boolean): Promise<ProducerIdentity> {
    const { transactionalId, protocol } = this
    const { endTxn } = protocol === 'v2' ? transactionV2 : transactionClassic
    const send: Request<ProducerIdentity> = async (connection) => {
      const { errorCode, next } = await connection.ask(endTxn, transactionalId, producer, isCommit)
      return { errorCode, value: next ?? producer }
    }
    // With an epoch per transaction a repetition can only mean this one; without, it could end a later one.
    return await this.#retry('EndTxn', send, protocol === 'v2')
  }

  get #subject(): string {
    return `transactional id "${this.transactionalId}"`
  }

  /** Repeats until there is a definite answer; without `repeatsUnanswered` a lost answer is the end. */
  async #retry<T>(request: string, send: Request<T>, repeatsUnanswered = true, signal?: AbortSignal): Promise<T> {
    const { transactionalId } = this
    const coordinator = { kind: 'transaction', key: transactionalId } as const
    // As long as the cluster keeps the transaction, and long enough for a second request where one was not answered.
    const forMs = Math.max(this.#timeoutMs, 2 * this.#cluster.settings.requestTimeoutMs)
    return await this.#cluster.retry({ coordinator, repeatsUnanswered, forMs, signal }, async () => {
      const connection = await this.#cluster.coordinator('transaction', transactionalId)
      const { errorCode, value } = await send(connection)
      checkCode(errorCode, { server: connection.address, api: request, subject: this.#subject })
      return value
    })
  }
}

type Connection = Awaited<ReturnType<KafkaCluster['coordinator']>>
type Request<T> = (connection: Connection) => Promise<{ readonly errorCode: number; readonly value: T }>
