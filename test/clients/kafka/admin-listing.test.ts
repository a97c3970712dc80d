import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { commitOffsets } from '../../../src/clients/kafka/admin.ts'
import { listGroupNames, offsetsOfGroup, partitionBytes } from '../../../src/clients/kafka/admin-listing.ts'
import { KafkaCluster, kafkaSettings } from '../../../src/clients/kafka/cluster.ts'
import { kafkaService } from '../../support/kafka.ts'

const kafka = await kafkaService()

describe.skipIf(kafka.reason !== null)('listings of a cluster', () => {
  const cluster = new KafkaCluster(kafkaSettings(kafka.bootstrapServers))
  afterAll(() => cluster.close())

  test('a group is listed with what it has committed in every topic', async () => {
    const topics = [await kafka.topic('listing-a', { partitions: 2 }), await kafka.topic('listing-b')]
    const group = `listing-${randomUUID()}`
    expect(await offsetsOfGroup(cluster, group)).toEqual([])
    await commitOffsets(cluster, group, topics[0] as string, new Map([[1, 0]]))
    await commitOffsets(cluster, group, topics[1] as string, new Map([[0, 0]]))
    expect(await listGroupNames(cluster)).toContain(group)
    const offsets = await offsetsOfGroup(cluster, group)
    expect(offsets.sort((a, b) => a.partition - b.partition)).toEqual([
      { group, topic: topics[1], partition: 0, offset: 0 },
      { group, topic: topics[0], partition: 1, offset: 0 },
    ])
  })

  test('every partition has its size on disk', async () => {
    const topic = await kafka.topic('listing-size', { partitions: 2 })
    const sizes = async () => {
      const bytes = await partitionBytes(cluster)
      return [0, 1, 2].map((partition) => bytes.get(`${topic}/${partition}`))
    }
    // A broker makes the folders of a new topic one after the other.
    await expect.poll(sizes, { timeout: 20_000 }).toEqual([0, 0, undefined])
  })
})
