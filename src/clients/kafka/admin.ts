import {
  createPartitionsV2,
  createPartitionsV3,
  createTopicsV5,
  createTopicsV6,
  createTopicsV7,
  deleteTopicsV6,
} from '@platformatic/kafka'
import { MillraceError } from '../../core/errors.ts'
import { configsOf } from './admin-configs.ts'
import { api, checkCode, damagedAnswer, type KafkaCluster, protocolErrorOf, type TopicMetadata } from './cluster.ts'

export { type ConfigEntry, configsOf, setConfigs } from './admin-configs.ts'
export {
  deleteGroup,
  describeGroup,
  type GroupDescription,
  type GroupMemberDescription,
  setGroupConfigs,
} from './admin-groups.ts'
export {
  type CommittedOffset,
  commitOffsets,
  committedOffset,
  committedOffsets,
  type ListedOffset,
  lag,
  listOffset,
  listOffsets,
  type OffsetWanted,
  type PartitionLag,
} from './admin-offsets.ts'

const createTopics = api('CreateTopics', [createTopicsV7.api, createTopicsV6.api, createTopicsV5.api])
const deleteTopics = api('DeleteTopics', [deleteTopicsV6.api])
const createPartitions = api('CreatePartitions', [createPartitionsV3.api, createPartitionsV2.api])

/** A topic to be made; what is null is the cluster's default. */
export interface NewTopic {
  readonly name: string
  readonly partitions: number | null
  /** Copies of each partition. */
  readonly replication: number | null
  /** Example: `{'cleanup.policy': 'compact'}`. */
  readonly configs: Readonly<Record<string, string>>
}

/** A topic with its settings. */
export interface TopicDescription extends TopicMetadata {
  /** Settings that are not the cluster's defaults. */
  readonly configs: Readonly<Record<string, string>>
}

/**
 * Makes a topic and resolves when every partition has a leader. CLIENT_KAFKA_REFUSED with `TOPIC_ALREADY_EXISTS` where there is one of that
 * name, as soon as `cluster` sees it (somebody else may have made it just now); a repetition after a lost answer takes that as done.
 */
export async function createTopic(cluster: KafkaCluster, topic: NewTopic): Promise<TopicMetadata> {
  const { name, partitions, replication, configs } = topic
  const wanted = {
    name,
    numPartitions: partitions ?? -1,
    replicationFactor: replication ?? -1,
    assignments: [],
    configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
  }
  const hasLeaders = (found: TopicMetadata | null) => found?.partitions.every((p) => p?.leader >= 0) ?? false
  try {
    await onController(cluster, 'CreateTopics', name, 'TOPIC_ALREADY_EXISTS', async (connection) => {
      const { topics } = await connection.ask(createTopics, [wanted], cluster.settings.requestTimeoutMs, false)
      return topics[0]
    })
  } catch (thrown) {
    if (protocolErrorOf(thrown) === 'TOPIC_ALREADY_EXISTS') await whenVisible(cluster, name, hasLeaders).catch(() => {})
    throw thrown
  }
  return await whenVisible(cluster, name, hasLeaders)
}

/** Removes a topic with its records; resolves when the cluster does not show it any more. CLIENT_KAFKA_TOPIC_UNKNOWN when there is none. */
export async function deleteTopic(cluster: KafkaCluster, name: string): Promise<void> {
  await cluster.topic(name, 0)
  await onController(cluster, 'DeleteTopics', name, 'UNKNOWN_TOPIC_OR_PARTITION', async (connection) => {
    const { responses } = await connection.ask(deleteTopics, [{ name }], cluster.settings.requestTimeoutMs)
    return responses[0]
  })
  await whenVisible(cluster, name, (found) => found === null)
}

/** Raises the number of a topic's partitions to `partitions`; records stay where they are, keys may go elsewhere from now on. */
export async function addPartitions(cluster: KafkaCluster, name: string, partitions: number): Promise<void> {
  await onController(cluster, 'CreatePartitions', name, 'INVALID_PARTITIONS', async (connection) => {
    const wanted = [{ name, count: partitions, assignments: null as never }]
    const { results } = await connection.ask(createPartitions, wanted, cluster.settings.requestTimeoutMs, false)
    return results[0]
  })
  await whenVisible(cluster, name, (found) => (found?.partitions.length ?? 0) >= partitions)
}

/** All topics but the cluster's own, by name. */
export async function listTopics(cluster: KafkaCluster): Promise<readonly TopicMetadata[]> {
  const topics = await cluster.topics()
  return topics.filter(({ name }) => !name.startsWith('__')).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** A topic with its partitions and settings; CLIENT_KAFKA_TOPIC_UNKNOWN when there is none. */
export async function describeTopic(cluster: KafkaCluster, name: string): Promise<TopicDescription> {
  const topic = await cluster.topic(name, 0)
  const entries = await configsOf(cluster, 'topic', name)
  const configs: Record<string, string> = {}
  for (const [key, { value, isDefault }] of entries) if (!isDefault && value !== null) configs[key] = value
  return { ...topic, configs }
}

interface TopicResult {
  readonly errorCode: number
  readonly errorMessage?: string | null | undefined
}

/** Sends a change of a topic to the controller; `done` is the refusal that means, at a repetition, that the first attempt took effect. */
async function onController(
  cluster: KafkaCluster,
  apiName: string,
  topic: string,
  done: string,
  send: (connection: Awaited<ReturnType<KafkaCluster['shared']>>) => Promise<TopicResult | undefined>,
): Promise<void> {
  await cluster.retry({}, async (number) => {
    const connection = await cluster.shared(await cluster.controller())
    const result = await send(connection)
    const place = { server: connection.address, api: apiName, subject: `topic "${topic}"` }
    if (!result) throw damagedAnswer(place, `it says nothing about topic "${topic}"`)
    try {
      checkCode(result.errorCode, place, result.errorMessage ?? null)
    } catch (thrown) {
      if (number === 0 || protocolErrorOf(thrown) !== done) throw thrown
    }
  })
}

/** Brokers learn of a change one after the other: waits until the one that is asked shows it. */
async function whenVisible(
  cluster: KafkaCluster,
  name: string,
  isVisible: (topic: TopicMetadata | null) => boolean,
): Promise<TopicMetadata> {
  const found = await cluster.retry({}, async () => {
    const topic = await cluster.findTopic(name, 0)
    if (isVisible(topic)) return { topic }
    const error = 'the change is not visible yet'
    const subject = `topic "${name}"`
    throw new MillraceError('CLIENT_KAFKA_RETRYABLE', { server: cluster.servers, api: 'Metadata', subject, error })
  })
  return found.topic as TopicMetadata
}
