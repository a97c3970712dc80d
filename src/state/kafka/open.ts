import { KafkaCluster } from '../../clients/kafka/cluster.ts'
import { IdempotentProducer } from '../../clients/kafka/idempotent-producer.ts'
import type { KafkaSettings } from '../../clients/kafka/settings.ts'
import { TransactionalProducer } from '../../clients/kafka/transactional-producer.ts'
import { ensureChangelog } from './changelog-topic.ts'
import { KafkaCheckpoints } from './store.ts'

/** What the store needs of the component's options. */
export interface KafkaStateValues {
  readonly topic: string
  readonly createTopic: boolean
  readonly partitions: number
  readonly replication?: number | undefined
  readonly guarantee: 'exactly-once' | 'at-least-once'
  readonly commitIntervalMs: number
  readonly transactionTimeoutMs: number
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
}

/** Opens a store; loads the Kafka client. It connects when it is first used. */
export function openKafkaCheckpoints(settings: KafkaSettings, values: KafkaStateValues): KafkaCheckpoints {
  const cluster = new KafkaCluster(settings)
  const { topic, createTopic, partitions, replication, commitIntervalMs, transactionTimeoutMs, compression } = values
  const isAtomic = values.guarantee === 'exactly-once'
  return new KafkaCheckpoints(cluster, {
    topic,
    commitIntervalMs,
    transactionTimeoutMs,
    isAtomic,
    openProducer: async (transactionalId, signal) => {
      if (isAtomic) {
        return await TransactionalProducer.open(cluster, { transactionalId, transactionTimeoutMs, compression }, signal)
      }
      const producer = await IdempotentProducer.open(cluster, { compression }, signal)
      // What was not committed is done again by whoever has the task then.
      return { begin: () => producer.begin(), close: () => producer.abandon() }
    },
    ensureTopic: () =>
      ensureChangelog(cluster, {
        name: topic,
        partitions,
        replication: replication ?? null,
        isCreated: createTopic,
      }),
  })
}
