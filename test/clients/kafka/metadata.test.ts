import { describe, expect, it } from 'vitest'
import { fetchMetadata, topicUnknown } from '../../../src/clients/kafka/metadata.ts'

/** A connection that gives one answer to whatever is asked. */
function answering(partitions: readonly number[]) {
  const metadata = (partitionIndex: number) => ({ partitionIndex, leaderId: 2, leaderEpoch: 7, replicaNodes: [2, 3] })
  const topic = { errorCode: 0, name: 'orders', topicId: 'id', partitions: partitions.map(metadata) }
  const brokers = [{ nodeId: 2, host: '::1', port: 9092 }]
  return { address: 'a:1', ask: async () => ({ brokers, controllerId: 2, topics: [topic] }) } as never
}

describe('kafka metadata', () => {
  it('has partitions at their numbers, in whatever order they come, and brokers with their addresses', async () => {
    const { brokers, topics } = await fetchMetadata(answering([1, 0]), ['orders'])
    expect(brokers).toEqual([{ node: 2, address: '[::1]:9092' }])
    const partition = { leader: 2, leaderEpoch: 7, replicas: [2, 3] }
    expect(topics).toEqual([{ name: 'orders', id: 'id', partitions: [partition, partition] }])
  })

  it('refuses a partition with a number that there cannot be', async () => {
    for (const wrong of [-1, 2, 9]) {
      const reason = `partition ${wrong} of 2 of topic "orders"`
      await expect(fetchMetadata(answering([0, wrong]), null)).rejects.toThrow(reason)
    }
  })

  it('names the closest topic, but none of the cluster’s own', () => {
    const topic = (name: string) => ({ name, id: '', partitions: [] })
    const error = topicUnknown('a:1', 'oders', [topic('orders'), topic('__consumer_offsets')])
    expect(error.message).toBe('kafka at a:1 has no topic "oders"; did you mean "orders"?')
    expect(topicUnknown('a:1', 'x', [topic('__consumer_offsets')]).message).not.toContain('__')
  })
})
