import { describe, expect, test } from 'vitest'
import { openCluster, topicOf } from '../../../src/transports/kafka/cluster.ts'
import { kafkaService } from '../../support/kafka.ts'
import { uniqueName } from '../../support/kafka-topics.ts'
import { kafkaOptions } from '../../support/kafka-transport.ts'
import { contextFor } from '../../support/transport-context.ts'

const kafka = await kafkaService()

describe.skipIf(kafka.reason !== null)('a topic that a descriptor makes', () => {
  test('is made once, by whoever of several is first', async () => {
    const topic = uniqueName('made')
    const values = kafkaOptions({ bootstrapServers: kafka.bootstrapServers, topic, partitions: 2 })
    const clusters = [1, 2, 3].map(() => openCluster(values, contextFor()))
    const made = await Promise.all(clusters.map((cluster) => topicOf(cluster, values)))
    expect(made.map(({ name, partitions }) => [name, partitions.length])).toEqual(Array(3).fill([topic, 2]))
    expect(new Set(made.map(({ id }) => id)).size).toBe(1)
    await Promise.all(clusters.map((cluster) => cluster.close()))
  })
})
