import {
  consumerGroupDescribeV0,
  deleteGroupsV1,
  deleteGroupsV2,
  describeGroupsV4,
  describeGroupsV5,
} from '@platformatic/kafka'
import { setConfigs } from './admin-configs.ts'
import { api, checkCode, errorName, type KafkaCluster, type KafkaConnection } from './cluster.ts'
import { rising } from './group-share.ts'
import { decodeAssignment, decodeSubscription, type TopicPartitions } from './group-subscription.ts'

const describeConsumerGroup = api('ConsumerGroupDescribe', [consumerGroupDescribeV0.api])
const describeClassicGroup = api('DescribeGroups', [describeGroupsV5.api, describeGroupsV4.api])
const deleteGroups = api('DeleteGroups', [deleteGroupsV2.api, deleteGroupsV1.api])

/** One member of a group. */
export interface GroupMemberDescription {
  readonly memberId: string
  /** `group.instance.id` of a static member, or null. */
  readonly instanceId: string | null
  readonly clientId: string
  /** Address that the member connects from. */
  readonly host: string
  /** Topics that it wants to read. */
  readonly topics: readonly string[]
  /** What it has now. */
  readonly partitions: TopicPartitions
}

/** A consumer group with its members. */
export interface GroupDescription {
  readonly group: string
  readonly protocol: 'consumer' | 'classic'
  /** As the cluster calls it: `Stable`, `Empty`, `Dead`, `PreparingRebalance`, `Assigning`… A group that nobody knows is `Dead`. */
  readonly state: string
  readonly members: readonly GroupMemberDescription[]
}

/** Who is in a group and has which partitions. */
export async function describeGroup(cluster: KafkaCluster, group: string): Promise<GroupDescription> {
  return await cluster.retry({ coordinator: { kind: 'group', key: group } }, async () => {
    const connection = await cluster.coordinator('group', group)
    return (await describeConsumer(connection, group)) ?? (await describeClassic(connection, group))
  })
}

/** Removes a group with its committed offsets; CLIENT_KAFKA_REFUSED while it has members. */
export async function deleteGroup(cluster: KafkaCluster, group: string): Promise<void> {
  await cluster.retry({ coordinator: { kind: 'group', key: group } }, async (number) => {
    const connection = await cluster.coordinator('group', group)
    const { results } = await connection.ask(deleteGroups, [group])
    const code = results[0]?.errorCode ?? 0
    if (number > 0 && errorName(code) === 'GROUP_ID_NOT_FOUND') return
    checkCode(code, { server: connection.address, api: deleteGroups.name, subject: `group "${group}"` })
  })
}

/** Changes settings of a group of the consumer protocol, such as `consumer.session.timeout.ms`. */
export async function setGroupConfigs(
  cluster: KafkaCluster,
  group: string,
  configs: Readonly<Record<string, string | null>>,
): Promise<void> {
  await setConfigs(cluster, 'group', group, configs)
}

/** Null for a group of the classic protocol, and where the cluster knows no other. */
async function describeConsumer(connection: KafkaConnection, group: string): Promise<GroupDescription | null> {
  if (connection.versionOf(describeConsumerGroup) === null) return null
  const { groups } = await connection.ask(describeConsumerGroup, [group], false)
  const found = groups[0]
  const error = errorName(found?.errorCode ?? 0)
  if (!found || error === 'GROUP_ID_NOT_FOUND' || error === 'UNSUPPORTED_VERSION') return null
  const place = { server: connection.address, api: describeConsumerGroup.name, subject: `group "${group}"` }
  checkCode(found.errorCode, place, found.errorMessage ?? null)
  const members = found.members.map((member) => ({
    memberId: member.memberId,
    instanceId: member.instanceId ?? null,
    clientId: member.clientId,
    host: member.clientHost,
    topics: member.subscribedTopicNames,
    partitions: new Map(member.assignment.topicPartitions.map((t) => [t.topicName, rising(t.partitions)])),
  }))
  return { group, protocol: 'consumer', state: found.groupState, members }
}

async function describeClassic(connection: KafkaConnection, group: string): Promise<GroupDescription> {
  const { groups } = await connection.ask(describeClassicGroup, [group], false)
  const found = groups[0]
  const place = { server: connection.address, api: describeClassicGroup.name, subject: `group "${group}"` }
  if (found && errorName(found.errorCode) !== 'GROUP_ID_NOT_FOUND') checkCode(found.errorCode, place)
  const members = (found?.members ?? []).map((member) => {
    const partitions = readable(member.memberAssignment, decodeAssignment) ?? new Map<string, readonly number[]>()
    const subscription = readable(member.memberMetadata, decodeSubscription)
    return {
      memberId: member.memberId,
      instanceId: member.groupInstanceId ?? null,
      clientId: member.clientId,
      host: member.clientHost,
      topics: subscription?.topics ?? [...partitions.keys()],
      partitions: new Map([...partitions].map(([topic, list]) => [topic, rising(list)])),
    }
  })
  return { group, protocol: 'classic', state: found?.groupState ?? 'Dead', members }
}

/** While a group rebalances its members have neither; members of other kinds (Kafka Connect) have something else there. */
function readable<T>(bytes: Uint8Array | null, decode: (bytes: Uint8Array) => T): T | null {
  if (!bytes || bytes.length === 0) return null
  try {
    return decode(bytes)
  } catch {
    return null
  }
}
