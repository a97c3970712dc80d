import { MillraceError } from '../../core/errors.ts'
import type { KafkaCluster } from './cluster.ts'
import type { PartitionQueue } from './partition-queue.ts'

/** Attempts after which a topic that is not there is believed to be missing. */
const TOPIC_ATTEMPTS = 5

/** Finds out who leads the partition. Rejects with a MillraceError. */
export async function lookUpLeader(cluster: Pick<KafkaCluster, 'leader'>, queue: PartitionQueue): Promise<void> {
  queue.isLookingUp = true
  try {
    const isLast = queue.attempts >= TOPIC_ATTEMPTS
    queue.leader = await cluster.leader(queue.topic, queue.partition, isLast)
  } catch (thrown) {
    throw MillraceError.from(thrown, 'kafka producer')
  } finally {
    queue.isLookingUp = false
  }
}

/** True when another look may find the leader: also for a topic that was just made, which not all brokers know at once. */
export function mayAppear(error: MillraceError, { attempts }: Pick<PartitionQueue, 'attempts'>): boolean {
  return error.isRetryable || (error.code === 'CLIENT_KAFKA_TOPIC_UNKNOWN' && attempts < TOPIC_ATTEMPTS)
}
