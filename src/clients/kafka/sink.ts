import type { FrameBatch } from '../../core/frames.ts'
import type { Transaction } from '../../core/transaction.ts'
import type { GroupMembership } from './membership.ts'

/** What marks a KafkaSink among transactions. */
export const kafkaSink = Symbol('kafka sink')

/** What a commit on Kafka looks like to writers, readers and stores: records and positions that become durable together. */
export interface KafkaSink extends Transaction {
  readonly [kafkaSink]: true
  /**
   * Takes the batch for one partition. Its bytes are copied before this returns; keys, headers and times are kept, positions are not
   * looked at. Resolves when there is room for more (backpressure). Throws CLIENT_KAFKA_RECORD_TOO_LARGE for a record that the topic
   * does not take, and whatever has broken the transaction. Batches of one partition keep their order.
   */
  produce(topic: string, partition: number, batch: FrameBatch): Promise<void> | void
  /** Commits with the rest that the group has done everything before `offset`; the last call for a partition counts. */
  addPosition(group: GroupMembership, topic: string, partition: number, offset: number, metadata?: string): void
  /** Resolves when the cluster has everything produced so far; it is visible to readers of committed records after `commit` only. */
  flush(): Promise<void>
}

/** True for a transaction of this folder; compare `domain` to know of which cluster. */
export function isKafkaSink(transaction: Transaction): transaction is KafkaSink {
  return kafkaSink in transaction
}
