import { describe, expect, it } from 'vitest'
import { createTopic, deleteTopic, listTopics } from '../../../src/clients/kafka/admin.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { protocolError, ScriptedKafka } from '../../support/scripted-kafka.ts'

const orders = { name: 'orders', partitions: 3, replication: null, configs: { 'cleanup.policy': 'compact' } }
const exists = { topics: [{ errorCode: 36, errorMessage: 'it exists' }] }

describe('createTopic', () => {
  it('refuses a name that is taken', async () => {
    const kafka = new ScriptedKafka()
    kafka.answer(exists)
    await expect(createTopic(kafka.cluster(new ManualClock()), orders)).rejects.toThrow(
      'refuses CreateTopics for topic "orders": TOPIC_ALREADY_EXISTS (it exists)',
    )
    expect(kafka.requests[0]?.values[0]).toEqual([
      { name: 'orders', numPartitions: 3, replicationFactor: -1, assignments: [], configs: [{ name: 'cleanup.policy', value: 'compact' }] }, // biome-ignore format: one line
    ])
  })

  it('takes a taken name as done when the first answer was lost', async () => {
    const kafka = new ScriptedKafka()
    kafka.partitions.set('orders', 0)
    kafka.answer(protocolError('REQUEST_TIMED_OUT'), exists)
    expect(await createTopic(kafka.cluster(new ManualClock()), orders)).toMatchObject({ name: 'orders' })
  })

  it('says that an answer without the topic is damaged', async () => {
    const kafka = new ScriptedKafka()
    kafka.answer({ topics: [] }, { topics: [] })
    await expect(createTopic(kafka.cluster(new ManualClock()), orders)).rejects.toMatchObject({
      code: 'CLIENT_KAFKA_RESPONSE_DAMAGED',
    })
  })
})

describe('deleteTopic', () => {
  it('takes an unknown name as done when the first answer was lost', async () => {
    const kafka = new ScriptedKafka()
    kafka.partitions.set('orders', 1)
    const deleting = deleteTopic(kafka.cluster(new ManualClock()), 'orders')
    await kafka.untilRequests(1)
    kafka.partitions.delete('orders')
    kafka.answer(protocolError('REQUEST_TIMED_OUT'), { responses: [{ errorCode: 3, errorMessage: null }] })
    await deleting
    expect(kafka.requests.map(({ api }) => api)).toEqual(['DeleteTopics', 'DeleteTopics'])
  })
})

describe('listTopics', () => {
  it("leaves the cluster's own out and sorts the others", async () => {
    const kafka = new ScriptedKafka()
    for (const name of ['wine', '__consumer_offsets', 'iris']) kafka.partitions.set(name, 1)
    expect((await listTopics(kafka.cluster(new ManualClock()))).map(({ name }) => name)).toEqual(['iris', 'wine'])
  })
})
