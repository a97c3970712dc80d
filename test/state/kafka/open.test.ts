import { expect, test } from 'vitest'
import { kafkaSettings } from '../../../src/clients/kafka/cluster.ts'
import { openKafkaCheckpoints } from '../../../src/state/kafka/open.ts'
import { silentServer } from '../../support/silent-server.ts'

const values = {
  topic: 'state',
  createTopic: true,
  partitions: 2,
  guarantee: 'exactly-once',
  commitIntervalMs: 20,
  transactionTimeoutMs: 1_000,
  compression: 'lz4',
} as const

test('opens without connecting; what cannot be reached is told by whoever uses it, and may pass', async () => {
  const settings = kafkaSettings(['127.0.0.1:1'], { requestTimeoutMs: 50, connectTimeoutMs: 50 })
  const store = openKafkaCheckpoints(settings, values)
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

test('gives up taking a task over, and closes, as soon as it is to stop, however long the servers may take', async () => {
  const silent = await silentServer()
  const settings = kafkaSettings([silent.address], { connectTimeoutMs: 600_000, requestTimeoutMs: 600_000 })
  const store = openKafkaCheckpoints(settings, values)
  const stop = new AbortController()
  const acquiring = store.acquire('a', { partition: 0 }, stop.signal)
  await silent.asked
  stop.abort(new Error('stopped'))
  await expect(acquiring).rejects.toThrow('stopped')
  const other = store.load('b', AbortSignal.abort(new Error('stopped')))
  await expect(other).rejects.toThrow('stopped')
  await store.close()
})
