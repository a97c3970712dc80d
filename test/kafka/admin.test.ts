import { afterAll, describe, expect, it } from 'vitest'
import {
  commitOffsets,
  committedOffsets,
  configsOf,
  createTopic,
  deleteGroup,
  deleteTopic,
  describeGroup,
  describeTopic,
  lag,
  listOffsets,
  listTopics,
  setConfigs,
} from '../../src/clients/kafka/admin.ts'
import { KafkaCluster, kafkaSettings } from '../../src/clients/kafka/cluster.ts'
import { systemClock } from '../../src/core/clock.ts'
import { kafkaService } from '../support/kafka.ts'
import { uniqueName } from '../support/kafka-topics.ts'

const kafka = await kafkaService()

describe.skipIf(kafka.reason !== null)('administration with a broker', () => {
  const cluster = new KafkaCluster(kafkaSettings(kafka.bootstrapServers))
  afterAll(() => cluster.close())

  it('makes a topic as told, shows it, changes it and removes it', async () => {
    const name = uniqueName('admin')
    const configs = { 'cleanup.policy': 'compact', 'max.message.bytes': '2000000' }
    const made = await createTopic(cluster, { name, partitions: 3, replication: 1, configs })
    expect(made.partitions).toHaveLength(3)
    expect(await describeTopic(cluster, name)).toMatchObject({ name, id: made.id, configs })
    expect((await listTopics(cluster)).map((topic) => topic.name)).toContain(name)
    await setConfigs(cluster, 'topic', name, { 'max.message.bytes': null })
    while (!(await configsOf(cluster, 'topic', name)).get('max.message.bytes')?.isDefault) await systemClock.sleep(20)
    const again = createTopic(cluster, { name, partitions: null, replication: null, configs: {} })
    await expect(again).rejects.toThrow('TOPIC_ALREADY_EXISTS')
    await deleteTopic(cluster, name)
    await expect(deleteTopic(cluster, name)).rejects.toMatchObject({ code: 'CLIENT_KAFKA_TOPIC_UNKNOWN' })
  })

  it('shows a topic to all who wanted to make it at the same time', async () => {
    const clusters = [1, 2, 3, 4].map(() => new KafkaCluster(kafkaSettings(kafka.bootstrapServers)))
    for (let round = 0; round < 5; round++) {
      const topic = { name: uniqueName('admin'), partitions: 4, replication: 1, configs: {} }
      const ids = clusters.map(async (one) => {
        await createTopic(one, topic).catch(() => {})
        return (await one.topic(topic.name, 0)).id
      })
      expect(new Set(await Promise.all(ids)).size).toBe(1)
    }
    await Promise.all(clusters.map((one) => one.close()))
  })

  it('says what is wrong with a topic that cannot be made', async () => {
    const topic = { name: uniqueName('admin'), partitions: 1, replication: 1, configs: { 'cleanup.policy': 'burn' } }
    await expect(createTopic(cluster, topic)).rejects.toThrow(/INVALID_CONFIG \(.*cleanup\.policy/)
  })

  it('commits offsets for a group without members, reads them and counts the lag', async () => {
    const topic = await kafka.topic('admin', { partitions: 2 })
    const group = uniqueName('admin')
    expect((await describeGroup(cluster, group)).members).toEqual([])
    expect(await listOffsets(cluster, topic, [1, 0], { timestampMs: 0 })).toEqual([
      { partition: 1, offset: 0 },
      { partition: 0, offset: 0 },
    ])
    await commitOffsets(cluster, group, topic, new Map([[1, 0]]))
    expect([...(await committedOffsets(cluster, group, topic))]).toEqual([[1, { offset: 0, metadata: '' }]])
    expect(await lag(cluster, group, topic)).toEqual([
      { partition: 0, committed: null, start: 0, end: 0, records: 0 },
      { partition: 1, committed: 0, start: 0, end: 0, records: 0 },
    ])
    await deleteGroup(cluster, group)
    expect((await committedOffsets(cluster, group, topic)).size).toBe(0)
  })
})
