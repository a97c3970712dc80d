import type { Compression } from './compression.ts'
import type { BodyFamily } from './connection.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { ProduceAnswer } from './produce-request.ts'
import type { ProducerIdentity } from './transaction-requests.ts'

/** How records are sent. */
export interface SenderSettings {
  /** Null: idempotent, outside of transactions. */
  readonly transactionalId: string | null
  readonly family: BodyFamily<ProduceAnswer>
  readonly compression: Compression
  readonly maxBatchBytes: number
  readonly maxRequestBytes: number
  /** What is written and not yet acknowledged; beyond it `append` makes its caller wait. */
  readonly maxBufferedBytes: number
  /** A partition for which nothing is accepted for so long ends the sender. */
  readonly deliveryTimeoutMs: number
  /** False: a request without an answer ends the sender, because sending it again could put it into a later transaction. */
  readonly repeatsUnanswered: boolean
  /** Makes partitions part of the transaction before anything is sent to them, until the signal; null where sending does that. */
  readonly addPartitions: ((queues: readonly PartitionQueue[], signal: AbortSignal) => Promise<void>) | null
  /** The identity to go on with after the broker has lost track of the sequence numbers, or null when that ends the sender (KIP-360). */
  readonly nextIdentity: (() => Promise<ProducerIdentity>) | null
}
