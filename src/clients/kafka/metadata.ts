import {
  findCoordinatorV4,
  findCoordinatorV5,
  findCoordinatorV6,
  metadataV9,
  metadataV10,
  metadataV11,
  metadataV12,
} from '@platformatic/kafka'
import { closest } from '../../config/closest.ts'
import { MillraceError } from '../../core/errors.ts'
import { type ApiFamily, api, type KafkaConnection } from './connection.ts'
import { checkCode, damagedAnswer, errorName } from './protocol-errors.ts'
import type { CoordinatorKind } from './retries.ts'

/** A partition as the cluster describes it. */
export interface PartitionMetadata {
  /** Node id of the broker that serves it; -1 while there is none. */
  readonly leader: number
  /** -1 when the broker does not tell. */
  readonly leaderEpoch: number
  /** Node ids. */
  readonly replicas: readonly number[]
}

/** A topic as the cluster describes it; partition `i` is `partitions[i]`. */
export interface TopicMetadata {
  readonly name: string
  /** Unique over time: a topic that was deleted and made again has another. All zeros where the broker does not tell. */
  readonly id: string
  readonly partitions: readonly PartitionMetadata[]
}

type MetadataResponse = ReturnType<typeof metadataV12.parseResponse>
type MetadataArguments = [topics: string[] | null, allowAutoTopicCreation: boolean]
type MetadataFamily = ApiFamily<MetadataArguments, MetadataResponse>

// The versions differ in fields that this client does not use, and in `topicId`, which is missing before version 10.
const metadata = api('Metadata', [
  metadataV12.api,
  metadataV11.api,
  metadataV10.api,
  metadataV9.api,
] as unknown as MetadataFamily['versions'])

const findCoordinator = api('FindCoordinator', [findCoordinatorV6.api, findCoordinatorV5.api, findCoordinatorV4.api])

const NO_ID = '00000000-0000-0000-0000-000000000000'

/** A broker's address. */
export interface Broker {
  readonly node: number
  readonly address: string
}

/** Asks for topics (null: for all); an unknown one is missing from the answer. */
export async function fetchMetadata(
  connection: KafkaConnection,
  names: readonly string[] | null,
): Promise<{ readonly brokers: readonly Broker[]; readonly controller: number; readonly topics: TopicMetadata[] }> {
  const answer = await connection.ask(metadata, names === null ? null : [...names], false)
  const brokers = answer.brokers.map(brokerOf)
  const topics: TopicMetadata[] = []
  for (const topic of answer.topics) {
    const name = topic.name ?? ''
    const error = errorName(topic.errorCode)
    if (error === 'UNKNOWN_TOPIC_OR_PARTITION') continue
    // A topic whose leaders are being elected comes with its partitions; what has none is refused.
    if (error !== 'LEADER_NOT_AVAILABLE') {
      checkCode(topic.errorCode, { server: connection.address, api: 'Metadata', subject: `topic "${name}"` })
    }
    topics.push({ name, id: topic.topicId ?? NO_ID, partitions: partitionsOf(connection, topic) })
  }
  return { brokers, controller: answer.controllerId, topics }
}

function partitionsOf(connection: KafkaConnection, topic: MetadataResponse['topics'][number]): PartitionMetadata[] {
  const partitions: PartitionMetadata[] = []
  for (const { partitionIndex, leaderId, leaderEpoch, replicaNodes } of topic.partitions) {
    if (partitionIndex < 0 || partitionIndex >= topic.partitions.length) {
      const reason = `partition ${partitionIndex} of ${topic.partitions.length} of topic "${topic.name}"`
      throw damagedAnswer({ server: connection.address, api: 'Metadata' }, reason)
    }
    partitions[partitionIndex] = { leader: leaderId, leaderEpoch, replicas: replicaNodes }
  }
  return partitions
}

/** The error for a topic that is not there, with the closest name that is. */
export function topicUnknown(server: string, topic: string, known: readonly TopicMetadata[]): MillraceError {
  const names = known.map(({ name }) => name).filter((name) => !name.startsWith('__'))
  return new MillraceError('CLIENT_KAFKA_TOPIC_UNKNOWN', { server, topic, hint: closest(topic, names) })
}

const keyTypes: Readonly<Record<CoordinatorKind, number>> = { group: 0, transaction: 1 }

/** Asks which broker coordinates a group or a transactional id. */
export async function fetchCoordinator(
  connection: KafkaConnection,
  kind: CoordinatorKind,
  key: string,
): Promise<Broker> {
  const answer = await connection.ask(findCoordinator, keyTypes[kind], [key])
  const subject = kind === 'group' ? `group "${key}"` : `transactional id "${key}"`
  const place = { server: connection.address, api: 'FindCoordinator', subject }
  const found = answer.coordinators[0]
  if (found === undefined) throw damagedAnswer(place, 'it names no coordinator')
  checkCode(found.errorCode, place, found.errorMessage)
  return brokerOf(found)
}

/** An IPv6 address is put in brackets. */
function brokerOf({ nodeId, host, port }: { nodeId: number; host: string; port: number }): Broker {
  return { node: nodeId, address: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}` }
}
