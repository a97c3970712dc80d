import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { KafkaTopics } from '../../../src/cli/topics/kafka-topics.ts'
import { type CoordinatorKind, KafkaCluster, kafkaSettings } from '../../../src/clients/kafka/cluster.ts'
import { bytesAt, columnOf } from '../../../src/core/bytes.ts'
import { MillraceError } from '../../../src/core/errors.ts'
import { framesOf } from '../../../src/core/frames.ts'
import { kafkaService } from '../../support/kafka.ts'

const kafka = await kafkaService()
const patience = { timeout: 20_000 }
const record = (text: string) => framesOf(columnOf([Buffer.from(text)]))

describe.skipIf(kafka.reason !== null)('topics of Kafka', () => {
  const store = new KafkaTopics(new KafkaCluster(kafkaSettings(kafka.bootstrapServers)))
  afterAll(() => store.close())

  test('two topics are written in one commit, or neither', async () => {
    const [a, b] = [await kafka.topic('store-a'), await kafka.topic('store-b')]
    const transactionalId = `store-${randomUUID()}`
    const writer = await store.writer({ transactionalId })
    await writer.append(a, 0, record('1'))
    await writer.append(b, 0, record('1'))
    await writer.commit()
    await writer.append(a, 0, record('2'))
    await writer.close()
    const later = await store.writer({ transactionalId })
    await later.append(b, 0, record('3'))
    await later.commit()
    await later.close()
    // The markers that make a commit visible are written after its answer (KIP-890 part 2).
    await expect.poll(async () => [await valuesIn(a), await valuesIn(b)], patience).toEqual([['1'], ['1', '3']])
  })

  test('of two writers of a name only the later one commits', async () => {
    const topic = await kafka.topic('store-fenced')
    const transactionalId = `store-${randomUUID()}`
    const first = await store.writer({ transactionalId })
    await first.append(topic, 0, record('first'))
    const second = await store.writer({ transactionalId })
    await second.append(topic, 0, record('second'))
    await second.commit()
    await expect(first.commit()).rejects.toThrow()
    await first.close()
    await second.close()
    await expect.poll(() => valuesIn(topic), patience).toEqual(['second'])
  })

  test('the limit of a record is that of the topic', async () => {
    const topic = await kafka.topic('store-limit', { configs: { 'max.message.bytes': '123456' } })
    expect(await store.maxMessageBytes(topic)).toBe(123_456)
    await expect(store.maxMessageBytes(`${topic}-not`)).rejects.toThrow(/no topic/)
  })

  test('a topic that is removed while all are listed is left out; asked for alone it is an error', async () => {
    const [stays, goes] = [await kafka.topic('store-stays'), await kafka.topic('store-goes')]
    class Overtaken extends KafkaCluster {
      override async topics() {
        const listed = await super.topics()
        await store.delete(goes)
        return listed
      }
    }
    const overtaken = new KafkaTopics(new Overtaken(kafkaSettings(kafka.bootstrapServers)))
    const names = (await overtaken.view(null)).map(({ name }) => name)
    await overtaken.close()
    expect(names).toContain(stays)
    expect(names).not.toContain(goes)
    await expect(store.view(goes)).rejects.toMatchObject({ code: 'CLIENT_KAFKA_TOPIC_UNKNOWN' })
  })

  test('a group that may not be seen hides no other', async () => {
    const topic = await kafka.topic('store-groups')
    const [hidden, seen] = [`a-${randomUUID()}`, `b-${randomUUID()}`]
    for (const group of [hidden, seen]) await store.commit(group, topic, 0, 0)
    class Guarded extends KafkaCluster {
      override coordinator(kind: CoordinatorKind, key: string) {
        if (key !== hidden) return super.coordinator(kind, key)
        const parameters = { server: 's', api: 'OffsetFetch', subject: key, error: 'GROUP_AUTHORIZATION_FAILED' }
        return Promise.reject(new MillraceError('CLIENT_KAFKA_REFUSED', parameters))
      }
    }
    const guarded = new KafkaTopics(new Guarded(kafkaSettings(kafka.bootstrapServers)))
    const [view] = await guarded.view(topic)
    await guarded.close()
    expect(view?.partitions[0]?.groups.map(({ group }) => group)).toEqual([seen])
  })

  /** Every committed record of partition 0. */
  async function valuesIn(topic: string): Promise<string[]> {
    const [to = 0] = await store.positions(topic, 'latest')
    const reader = await store.reader(topic, 0, 0)
    const values: string[] = []
    while (reader.position < to) {
      const batch = await reader.next(100, 1_000)
      for (let i = 0; i < batch.length; i++) values.push(Buffer.from(bytesAt(batch.values, i) ?? []).toString())
    }
    await reader.close()
    return values
  }
})
