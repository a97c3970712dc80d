import { createTopic, describeTopic } from '../../clients/kafka/admin.ts'
import { type KafkaCluster, protocolErrorOf } from '../../clients/kafka/cluster.ts'
import { MillraceError } from '../../core/errors.ts'

/** A changelog topic to be made where it is missing. */
export interface ChangelogTopic {
  readonly name: string
  readonly partitions: number
  /** Copies of each partition; null takes the cluster's default. */
  readonly replication: number | null
  /** False: a missing topic is an error. */
  readonly isCreated: boolean
}

/**
 * Positions change with every commit, so segments are small and closed soon, and compaction begins early: what has to be read after a
 * fail-over stays at some megabytes.
 */
const configs = {
  'cleanup.policy': 'compact',
  'segment.bytes': String(8 * 1024 * 1024),
  'segment.ms': String(10 * 60 * 1000),
  'min.cleanable.dirty.ratio': '0.1',
}

/** Makes sure that the topic is there and keeps the last record of each key; returns the number of its partitions. */
export async function ensureChangelog(cluster: KafkaCluster, topic: ChangelogTopic): Promise<number> {
  const { name, partitions, replication, isCreated } = topic
  if ((await cluster.findTopic(name, 0)) === null && isCreated) {
    try {
      return (await createTopic(cluster, { name, partitions, replication, configs })).partitions.length
    } catch (thrown) {
      // Another instance was first.
      if (protocolErrorOf(thrown) !== 'TOPIC_ALREADY_EXISTS') throw thrown
    }
  }
  const found = await cluster.topic(name, 0)
  await checkCompacted(cluster, name)
  return found.partitions.length
}

/** Where this client may not see the topic's settings, they are taken on trust. */
async function checkCompacted(cluster: KafkaCluster, name: string): Promise<void> {
  let policy: string
  try {
    policy = (await describeTopic(cluster, name)).configs['cleanup.policy'] ?? 'delete'
  } catch (thrown) {
    if (protocolErrorOf(thrown)?.endsWith('AUTHORIZATION_FAILED')) return
    throw thrown
  }
  if (policy !== 'compact') throw new MillraceError('STATE_CHANGELOG_NOT_COMPACTED', { topic: name, policy })
}
