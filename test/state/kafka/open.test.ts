import { expect, test } from 'vitest'
import { kafkaSettings } from '../../../src/clients/kafka/cluster.ts'
import { openKafkaCheckpoints } from '../../../src/state/kafka/open.ts'

test('opens without connecting; what cannot be reached is told by whoever uses it, and may pass', async () => {
  const settings = kafkaSettings(['127.0.0.1:1'], { requestTimeoutMs: 50, connectTimeoutMs: 50 })
  const store = openKafkaCheckpoints(settings, {
    topic: 'state',
    createTopic: true,
    partitions: 2,
    guarantee: 'exactly-once',
    commitIntervalMs: 20,
    transactionTimeoutMs: 1_000,
    compression: 'lz4',
  })
  expect([store.domain, store.commitIntervalMs]).toEqual(['kafka:127.0.0.1:1', 20])
  for (let n = 0; n < 2; n++) {
    await expect(store.acquire('a', { partition: 0 })).rejects.toMatchObject({
      code: 'CLIENT_KAFKA_UNREACHABLE',
      isRetryable: true,
    })
  }
  await store.close()
  await store.close()
})
