import { describe, expect, onTestFinished, test } from 'vitest'
import { KafkaCluster, kafkaSettings } from '../../../src/clients/kafka/cluster.ts'
import { IdempotentProducer } from '../../../src/clients/kafka/idempotent-producer.ts'
import { TransactionalProducer } from '../../../src/clients/kafka/transactional-producer.ts'
import { MillraceError } from '../../../src/core/errors.ts'
import { changelogFrames } from '../../../src/state/kafka/changelog.ts'
import { ChangelogPartition } from '../../../src/state/kafka/changelog-partition.ts'
import { kafkaService } from '../../support/kafka.ts'
import { uniqueName } from '../../support/kafka-topics.ts'

const kafka = await kafkaService()

async function world(requestTimeoutMs = 30_000) {
  const cluster = new KafkaCluster(kafkaSettings(kafka.bootstrapServers, { requestTimeoutMs }))
  const topic = await kafka.topic('changelog', { configs: { 'cleanup.policy': 'compact' } })
  const open = (transactionTimeoutMs = 60_000) => {
    const partition = new ChangelogPartition(cluster, { topic, partition: 0, transactionTimeoutMs })
    onTestFinished(() => partition.close())
    return partition
  }
  onTestFinished(() => cluster.close())
  const state = (task: string, text: string) => changelogFrames([{ task, kind: 'state', text }], 0)
  return { cluster, topic, open, state }
}

describe.skipIf(kafka.reason !== null)('a changelog partition', () => {
  test('is read to its end, and from there on the next time', async () => {
    const { cluster, topic, open, state } = await world()
    const producer = await IdempotentProducer.open(cluster)
    onTestFinished(() => producer.close())
    const partition = open()
    await partition.catchUp(false)
    expect(partition.table.tasks()).toEqual([])
    for (let n = 0; n < 3; n++) {
      await producer.produce(topic, 0, state('a', String(n)))
      await producer.flush()
      await Promise.all([partition.catchUp(false), partition.catchUp(false)])
      expect(partition.table.stateOf('a')).toBe(n)
    }
  })

  test('tells what is open how long it waits for it, and does not count what was aborted', async () => {
    const { cluster, topic, open, state } = await world(2_000)
    const transactionalId = uniqueName('changelog')
    const producer = await TransactionalProducer.open(cluster, { transactionalId })
    const transaction = producer.begin()
    await transaction.produce(topic, 0, state('a', '1'))
    await transaction.flush()
    await expect(open(10).catchUp(true)).rejects.toMatchObject({ code: 'STATE_CHANGELOG_LATE', isRetryable: true })
    const passing = open()
    await passing.catchUp(false)
    expect(passing.table.tasks()).toEqual([])
    const waiting = open()
    const caughtUp = waiting.catchUp(true)
    const next = await TransactionalProducer.open(cluster, { transactionalId })
    await caughtUp
    expect(waiting.table.tasks()).toEqual([])
    await producer.close()
    await next.close()
  })

  test('is followed: what is committed is told, and catching up waits for the follower', async () => {
    const { cluster, topic, open, state } = await world()
    const producer = await IdempotentProducer.open(cluster)
    onTestFinished(() => producer.close())
    const partition = open()
    const told: [string, unknown][] = []
    partition.follow((task, value) => told.push([task, value]))
    partition.follow(() => {
      throw new Error('followed twice')
    })
    for (let n = 0; n < 3; n++) {
      await producer.produce(topic, 0, state('a', String(n)))
      await producer.flush()
      await partition.catchUp(false)
      expect(partition.table.stateOf('a')).toBe(n)
    }
    await producer.produce(topic, 0, state('a', '{"half'))
    await producer.produce(topic, 0, state('b', 'null'))
    await producer.flush()
    await partition.catchUp(false)
    expect(told).toEqual([['a', 0], ['a', 1], ['a', 2], ['b', null]]) // biome-ignore format: one line
    expect(() => partition.table.get('a')).toThrow('is damaged')
    await partition.close()
    await partition.close()
  })

  test('that is followed gives a wait up at the signal and at the end of the store', async () => {
    const { cluster, topic, open, state } = await world(2_000)
    const producer = await TransactionalProducer.open(cluster, { transactionalId: uniqueName('changelog') })
    onTestFinished(() => producer.close())
    const transaction = producer.begin()
    await transaction.produce(topic, 0, state('a', '1'))
    await transaction.flush()
    for (const isFollowed of [true, false]) {
      const partition = open()
      if (isFollowed) partition.follow(null)
      const signal = new AbortController()
      const given = partition.catchUp(true, signal.signal)
      const waiting = partition.catchUp(true)
      const closed = [given, waiting].map((wait) => expect(wait).rejects.toMatchObject({ code: 'CORE_CLOSED' }))
      signal.abort()
      await closed[0]
      await partition.close()
      await closed[1]
    }
    const late = open(10)
    late.follow(null)
    await expect(late.catchUp(true)).rejects.toMatchObject({ code: 'STATE_CHANGELOG_LATE' })
    transaction.abort()
  })

  test('that cannot be followed says why, at once where it would not pass', async () => {
    const { cluster, topic, open, state } = await world(1_000)
    const producer = await IdempotentProducer.open(cluster)
    onTestFinished(() => producer.close())
    const errors = [
      new MillraceError('CLIENT_KAFKA_UNREACHABLE', { server: 'here', reason: 'it is cut' }),
      new MillraceError('CLIENT_KAFKA_BATCH_DAMAGED', { place: 'here', offset: 0, reason: 'it is cut' }),
    ]
    for (const [i, error] of errors.entries()) {
      const partition = open(i === 0 ? 10 : 600_000)
      partition.follow(null)
      partition.table.apply = () => {
        throw error
      }
      await producer.produce(topic, 0, state('a', '1'))
      await producer.flush()
      await expect(partition.catchUp(false)).rejects.toThrow(error)
    }
  })
})
