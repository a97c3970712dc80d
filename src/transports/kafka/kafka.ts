import type { GroupMembership } from '../../clients/kafka/membership.ts'
import { kafkaClusterOptions, kafkaDomain, kafkaSettingsOf } from '../../clients/kafka/options.ts'
import { choice, integer, type OptionValues, text } from '../../config/option.ts'
import { MillraceError } from '../../core/errors.ts'
import type { Assignment, Transport, TransportContext } from '../transport.ts'

const options = {
  topic: text({ summary: 'topic to read or to write', since: '0.1.0', examples: ['orders'] }),
  ...kafkaClusterOptions,
  partition: integer(
    {
      summary: 'the one partition to read or to write; by default all of them, which instances of a group share',
      isOptional: true,
      since: '0.1.0',
    },
    { min: 0 },
  ),
  partitions: integer(
    {
      summary: 'makes the topic with so many partitions when there is none; by default that is an error',
      isOptional: true,
      since: '0.1.0',
    },
    { min: 1, max: 10_000 },
  ),
  group: text({
    summary:
      'consumer group that positions are committed for, and that divides the partitions; the name of the engine by default',
    isOptional: true,
    since: '0.1.0',
  }),
  groupProtocol: choice(['auto', 'consumer', 'classic'], {
    summary: 'how the group is kept: by the brokers (KIP-848), by its members, or by the brokers where they can',
    default: 'auto',
    since: '0.1.0',
  }),
  groupInstanceId: text({
    summary: 'name of a static member: a restart within the session time-out moves no partitions',
    isOptional: true,
    since: '0.1.0',
  }),
  sessionTimeoutMs: integer(
    {
      summary: 'a member that is not heard of for so long loses its partitions; the default is that of the brokers',
      unit: 'milliseconds',
      isOptional: true,
      since: '0.1.0',
    },
    { min: 1 },
  ),
  startAt: text(
    {
      summary:
        'without a committed position, reading starts at the first record of this time or later; wins over start',
      isOptional: true,
      since: '0.1.0',
      examples: ['2026-11-21T08:00:00Z'],
    },
    { regex: /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/, form: 'time as in ISO 8601' },
  ),
  isolation: choice(['committed', 'uncommitted'], {
    summary: 'whether records of open and aborted transactions are read too',
    default: 'committed',
    since: '0.1.0',
  }),
  gone: choice(['error', 'earliest', 'latest'], {
    summary:
      'what a reader does when the partition has no record at its position any more: stop, or go on at either end',
    default: 'error',
    since: '0.1.0',
  }),
  idleEndMs: integer(
    {
      summary: 'the stream ends when nothing came for so long; by default it never does',
      unit: 'milliseconds',
      isOptional: true,
      since: '0.1.0',
    },
    { min: 1 },
  ),
  fetchBytes: integer(
    {
      summary: 'most bytes of one answer, of which a reader holds two',
      unit: 'bytes',
      default: 2 ** 20,
      since: '0.1.0',
    },
    { min: 1, max: 2 ** 30 },
  ),
  fetchWaitMs: integer(
    {
      summary: 'how long a broker holds an answer back while there is no record',
      unit: 'milliseconds',
      default: 500,
      since: '0.1.0',
    },
    { min: 0, max: 60_000 },
  ),
  partitioner: choice(['key', 'same'], {
    summary: "where records are written: by their key as Java's clients do, or to the number of the input's partition",
    default: 'key',
    since: '0.1.0',
  }),
  compression: choice(['none', 'gzip', 'snappy', 'lz4', 'zstd'], {
    summary: 'how batches are written outside of transactions; in a transaction the checkpoint store says it',
    default: 'none',
    since: '0.1.0',
  }),
  maxRequestBytes: integer(
    {
      summary: 'most bytes of one request of a writer outside of transactions',
      unit: 'bytes',
      default: 2 ** 20,
      since: '0.1.0',
    },
    { min: 1000, max: 2 ** 30 },
  ),
}

/** Values of the options of this transport. */
export type KafkaTransportOptions = OptionValues<typeof options>

/** Topics of Kafka. The client library is loaded when something is opened. */
export const kafkaTransport: Transport<typeof options> = {
  kind: 'transport',
  name: 'kafka',
  summary: 'topics of Apache Kafka, divided among instances by consumer groups',
  stability: 'beta',
  since: '0.1.0',
  guarantee: {
    level: 'exactly-once',
    condition: 'input, outputs and checkpoints are in the same cluster; at-least-once otherwise',
  },
  options,
  traits: () => ({ canRead: true, canWrite: true, keepsRecords: true, isSeekable: true, carriesHeaders: true }),
  check: (values, place) => {
    const wrong = (option: string, value: unknown, expected: string) =>
      new MillraceError('CONFIG_OPTION_WRONG', { place, option, value: JSON.stringify(value), expected })
    if (values.bootstrapServers.length === 0) throw wrong('bootstrapServers', [], 'at least one "host:port"')
    if (values.topic === '') throw wrong('topic', '', 'the name of a topic')
    if (values.startAt !== undefined && Number.isNaN(Date.parse(values.startAt))) {
      throw wrong('startAt', values.startAt, 'a time that there is')
    }
  },
  partitions: async (values, { baseFolder }) => {
    if (values.partition !== undefined) return 1
    const { openCluster, topicOf } = await import('./cluster.ts')
    const cluster = openCluster(values, { baseFolder })
    try {
      return (await topicOf(cluster, values)).partitions.length
    } finally {
      await cluster.close()
    }
  },
  // Without the servers: they change while the cluster stays, and a task has its checkpoint and transactional id by this name.
  source: ({ topic, partition }) => `${topic}${partition === undefined ? '' : `/${partition}`}`,
  domain: ({ bootstrapServers }) => kafkaDomain(bootstrapServers),

  openAssignment: async (values, context): Promise<Assignment | null> => {
    const group = groupOf(values, context)
    if (group === '' || values.partition !== undefined) return null
    const { GroupMember, groupSettings } = await import('../../clients/kafka/group.ts')
    const settings = groupSettings(group, values.topic, {
      protocol: values.groupProtocol,
      instanceId: values.groupInstanceId ?? null,
      sessionTimeoutMs: values.sessionTimeoutMs ?? null,
      address: context.address,
    })
    return await GroupMember.open(kafkaSettingsOf(values, context.baseFolder), settings, context.clock, context.signal)
  },

  openReader: async (values, context) => {
    const { openKafkaReader } = await import('./reader.ts')
    const membership = context.membership as GroupMembership | undefined
    return await openKafkaReader(values, context, groupOf(values, context), membership ?? null)
  },

  openWriter: async (values, context) => {
    const { openKafkaWriter } = await import('./writer.ts')
    return await openKafkaWriter(values, context)
  },
}

/** The descriptor's group, else that of the engine; empty where nobody commits. */
function groupOf({ group }: KafkaTransportOptions, context: Pick<TransportContext, 'group'>): string {
  return context.group === '' ? '' : (group ?? context.group)
}
