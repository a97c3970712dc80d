import { createTopic } from '../../clients/kafka/admin.ts'
import { KafkaCluster, protocolErrorOf, type TopicMetadata } from '../../clients/kafka/cluster.ts'
import { kafkaSettingsOf } from '../../clients/kafka/options.ts'
import type { TransportContext } from '../transport.ts'
import type { KafkaTransportOptions } from './kafka.ts'

/** The cluster of a descriptor; it connects at first use. */
export function openCluster(
  values: KafkaTransportOptions,
  { baseFolder, clock }: Pick<TransportContext, 'baseFolder'> & Partial<Pick<TransportContext, 'clock'>>,
): KafkaCluster {
  return new KafkaCluster(kafkaSettingsOf(values, baseFolder), clock)
}

/** The topic of a descriptor; made when there is none and the descriptor says of how many partitions. */
export async function topicOf(cluster: KafkaCluster, values: KafkaTransportOptions): Promise<TopicMetadata> {
  const { topic, partitions } = values
  if (partitions === undefined) return await cluster.topic(topic)
  const found = await cluster.findTopic(topic, 0)
  if (found !== null) return found
  try {
    return await createTopic(cluster, { name: topic, partitions, replication: null, configs: {} })
  } catch (thrown) {
    if (protocolErrorOf(thrown) !== 'TOPIC_ALREADY_EXISTS') throw thrown
    // Another task or instance was faster; the error comes when the cluster sees the topic.
    return await cluster.topic(topic)
  }
}
