import {
  describeLogDirsV2,
  describeLogDirsV3,
  describeLogDirsV4,
  listGroupsV4,
  listGroupsV5,
} from '@platformatic/kafka'
import { storedOffsets } from './admin-offsets.ts'
import { api, checkCode, type KafkaCluster } from './cluster.ts'

const listGroups = api('ListGroups', [listGroupsV5.api, listGroupsV4.api])
const describeLogDirs = api('DescribeLogDirs', [describeLogDirsV4.api, describeLogDirsV3.api, describeLogDirsV2.api])

/** What a group has committed for one partition. */
export interface GroupOffset {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** Names of the groups that commit offsets: consumer groups of both protocols, sorted. */
export async function listGroupNames(cluster: KafkaCluster): Promise<string[]> {
  const names = new Set<string>()
  // Each broker knows the groups that it coordinates.
  for (const node of await cluster.nodes()) {
    await cluster.retry({}, async () => {
      const connection = await cluster.shared(node)
      const answer = await connection.ask(listGroups, [], [])
      checkCode(answer.errorCode, { server: connection.address, api: listGroups.name, subject: 'the groups' })
      for (const { groupId, protocolType } of answer.groups) {
        if (protocolType === '' || protocolType === 'consumer') names.add(groupId)
      }
    })
  }
  return [...names].sort()
}

/** Everything that a group has committed, in all topics. */
export async function offsetsOfGroup(cluster: KafkaCluster, group: string): Promise<GroupOffset[]> {
  const stored = await storedOffsets(cluster, group, null)
  return stored.map(({ topic, partition, offset }) => ({ group, topic, partition, offset }))
}

/** Bytes on disk of the partitions of all topics, by `topic/partition`: of the largest copy, as followers may be behind. */
export async function partitionBytes(cluster: KafkaCluster): Promise<ReadonlyMap<string, number>> {
  const bytes = new Map<string, number>()
  for (const node of await cluster.nodes()) {
    const { results } = await cluster.retry({}, async () => {
      const connection = await cluster.shared(node)
      return await connection.ask(describeLogDirs, null)
    })
    for (const { name, partitions } of results.flatMap(({ topics }) => topics)) {
      for (const { partitionIndex, partitionSize } of partitions) {
        const id = `${name}/${partitionIndex}`
        bytes.set(id, Math.max(bytes.get(id) ?? 0, Number(partitionSize)))
      }
    }
  }
  return bytes
}
