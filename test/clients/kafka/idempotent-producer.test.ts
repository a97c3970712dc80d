import { afterAll, describe, expect, it } from 'vitest'
import { committedOffsets } from '../../../src/clients/kafka/admin.ts'
import { KafkaCluster, kafkaSettings } from '../../../src/clients/kafka/cluster.ts'
import { compressions } from '../../../src/clients/kafka/compression.ts'
import { IdempotentProducer, noMembership } from '../../../src/clients/kafka/producer.ts'
import { columnOf } from '../../../src/core/bytes.ts'
import { framesOf } from '../../../src/core/frames.ts'
import { kafkaService } from '../../support/kafka.ts'
import { numbers, readTexts, texts } from '../../support/kafka-read.ts'
import { uniqueName } from '../../support/kafka-topics.ts'

const kafka = await kafkaService()

describe.skipIf(kafka.reason !== null)('an idempotent producer', () => {
  const cluster = new KafkaCluster(kafkaSettings(kafka.bootstrapServers))
  afterAll(() => cluster.close())

  it.each(compressions)('delivers many small batches in their order, with %s', async (compression) => {
    const topic = await kafka.topic('producer', { partitions: 3 })
    const producer = await IdempotentProducer.open(cluster, { compression, maxBatchBytes: 2000 })
    for (let i = 0; i < 200; i++) await producer.produce(topic, i % 3, texts(numbers(i * 10, i * 10 + 10)))
    await producer.close()
    for (const partition of [0, 1, 2]) {
      const expected = Array.from({ length: 200 }, (_, i) => i).filter((i) => i % 3 === partition)
      const values = expected.flatMap((i) => numbers(i * 10, i * 10 + 10))
      expect(await readTexts(cluster, topic, partition)).toEqual(values)
    }
  })

  it('makes its caller wait beyond its memory, and goes on', async () => {
    const topic = await kafka.topic('producer')
    const producer = await IdempotentProducer.open(cluster, { maxBufferedBytes: 10_000 })
    const waits = producer.produce(topic, 0, texts(numbers(0, 5000)))
    expect(waits).toBeInstanceOf(Promise)
    await waits
    expect(producer.produce(topic, 0, texts(['last']))).toBeUndefined()
    await producer.flush()
    expect((await readTexts(cluster, topic)).length).toBe(5001)
    await producer.close()
  })

  it('refuses a record that the topic does not take, and goes on with others', async () => {
    const topic = await kafka.topic('producer', { configs: { 'max.message.bytes': '5000' } })
    const producer = await IdempotentProducer.open(cluster)
    await producer.prepare(topic)
    const large = framesOf(columnOf([Buffer.from('before'), Buffer.alloc(6000)]))
    expect(() => producer.produce(topic, 0, large)).toThrow(
      /^record 1 of a batch .* has 60\d\d bytes, more than the 5000 of max.message.bytes/,
    )
    await producer.produce(topic, 0, texts(numbers(0, 3000)))
    await producer.close()
    expect(await readTexts(cluster, topic)).toEqual(numbers(0, 3000))
  })

  it('splits batches that the topic does not take, and keeps their order', async () => {
    const topic = await kafka.topic('producer', { configs: { 'max.message.bytes': '5000' } })
    const producer = await IdempotentProducer.open(cluster)
    // The topic is not looked up beforehand: the limit is learned from the broker's answer.
    for (let i = 0; i < 5; i++) producer.produce(topic, 0, texts(numbers(i * 1000, i * 1000 + 1000)))
    await producer.close()
    expect(await readTexts(cluster, topic)).toEqual(numbers(0, 5000))
  })

  it('ends of a record that only the broker could tell to be too large, and says its size', async () => {
    const topic = await kafka.topic('producer', { configs: { 'max.message.bytes': '5000' } })
    const producer = await IdempotentProducer.open(cluster)
    producer.produce(topic, 0, framesOf(columnOf([Buffer.alloc(6000)])))
    await expect(producer.flush()).rejects.toMatchObject({ code: 'CLIENT_KAFKA_REFUSED' })
    expect(() => producer.produce(topic, 0, texts(['a']))).toThrow(/batch of 60\d\d bytes for .* MESSAGE_TOO_LARGE/)
    await producer.close()
  })

  it('ends when there is no such topic or partition', async () => {
    const topic = await kafka.topic('producer')
    const producer = await IdempotentProducer.open(cluster)
    producer.produce(topic, 7, texts(['a']))
    await expect(producer.flush()).rejects.toMatchObject({ code: 'CLIENT_KAFKA_PARTITION_UNKNOWN' })
    await producer.close()
    const other = await IdempotentProducer.open(cluster)
    await expect(other.prepare(uniqueName('nowhere'))).rejects.toMatchObject({ code: 'CLIENT_KAFKA_TOPIC_UNKNOWN' })
    await other.close()
  })

  it('commits positions after everything is there', async () => {
    const topic = await kafka.topic('producer')
    const group = uniqueName('group')
    const producer = await IdempotentProducer.open(cluster)
    const sink = producer.begin()
    sink.produce(topic, 0, texts(numbers(0, 10)))
    sink.addPosition(noMembership(group), topic, 0, 4)
    sink.addPosition(noMembership(group), topic, 0, 5, 'note')
    await sink.commit()
    expect(await readTexts(cluster, topic)).toEqual(numbers(0, 10))
    expect((await committedOffsets(cluster, group, topic)).get(0)).toEqual({ offset: 5, metadata: 'note' })
    expect(() => sink.produce(topic, 0, texts(['late']))).toThrow('closed')
    await producer.close()
  })
})
