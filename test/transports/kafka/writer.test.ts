import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { listOffsets } from '../../../src/clients/kafka/admin.ts'
import { IdempotentProducer } from '../../../src/clients/kafka/producer.ts'
import { columnOf } from '../../../src/core/bytes.ts'
import { framesOf } from '../../../src/core/frames.ts'
import { encodeHeaders } from '../../../src/core/headers.ts'
import { openKafkaReader } from '../../../src/transports/kafka/reader.ts'
import { type KafkaWriter, openKafkaWriter } from '../../../src/transports/kafka/writer.ts'
import type { TransportContext } from '../../../src/transports/transport.ts'
import { kafkaService } from '../../support/kafka.ts'
import { clusterOf, kafkaOptions, readTexts } from '../../support/kafka-transport.ts'
import { contextFor } from '../../support/transport-context.ts'

const kafka = await kafkaService()

describe.skipIf(kafka.reason !== null)('a writer', () => {
  const cluster = clusterOf(kafka.bootstrapServers)
  const opened: KafkaWriter[] = []
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((writer) => writer.close()))
  })
  afterAll(() => cluster.close())

  const valuesOf = (options: object) => kafkaOptions({ bootstrapServers: kafka.bootstrapServers, ...options })

  async function open(options: object, context: Partial<TransportContext> = {}): Promise<KafkaWriter> {
    const writer = await openKafkaWriter(valuesOf(options), contextFor(context))
    opened.push(writer)
    return writer
  }

  const texts = (list: readonly (string | null)[]) =>
    columnOf(list.map((text) => (text === null ? null : Buffer.from(text))))
  const batch = (values: readonly string[], keys: readonly (string | null)[] | null = null) => ({
    ...framesOf(texts(values)),
    keys: keys && texts(keys),
  })

  /** Everything in the topic, by partition. */
  async function contents(topic: string, partitions: number): Promise<string[][]> {
    const ends = await listOffsets(cluster, topic, [...Array(partitions).keys()], 'latest')
    return await Promise.all(
      ends.map(async ({ partition, offset }) => {
        const reader = await openKafkaReader(valuesOf({ topic, partition }), contextFor(), '', null)
        const all = await readTexts(reader, offset)
        await reader.close()
        return all
      }),
    )
  }

  test('says how large a record may be; one of that size is taken, a larger one is not', async () => {
    const topic = await kafka.topic('writer', { configs: { 'max.message.bytes': '10000' } })
    const writer = await open({ topic })
    const most = writer.maxRecordBytes as number
    expect(most).toBeGreaterThan(9_000)
    const headers = columnOf([encodeHeaders(Array.from({ length: 100 }, (_, i) => [`n${i}`, 'v'] as const))])
    const rest = (headers.ends[0] as number) + 3
    await writer.write({ ...batch(['x'.repeat(most - rest)], ['key']), headers }, null)
    await writer.flush()
    expect((await contents(topic, 1))[0]).toHaveLength(1)
    const larger = async () => writer.write(batch(['x'.repeat(10_000)]), null)
    await expect(larger()).rejects.toMatchObject({ code: 'CLIENT_KAFKA_RECORD_TOO_LARGE' })
  })

  test("puts records with a key where Java does, in their order, and those without to the input's number", async () => {
    const topic = await kafka.topic('writer', { partitions: 7 })
    const writer = await open({ topic }, { partition: 8 })
    const values = ['0', '1', '2', '3', '4', '5']
    await writer.write(batch(values, ['a', 'ab', 'a', null, 'orders-1', 'k0']), null)
    await writer.write(batch(['6', '7']), null)
    await writer.flush()
    // "a" hashes to 5, "ab" and "orders-1" to 0, "k0" to 2 (test/transports/kafka/partitioner.test.ts); 8 modulo 7 is 1.
    expect(await contents(topic, 7)).toEqual([['1', '4'], ['3', '6', '7'], ['5'], [], [], ['0', '2'], []])
  })

  test('keeps to the number of the input, or to the one partition, where it is told so', async () => {
    const topic = await kafka.topic('writer', { partitions: 3 })
    const same = await open({ topic, partitioner: 'same' }, { partition: 4 })
    await same.write(batch(['same'], ['a']), null)
    const fixed = await open({ topic, partition: 2 }, { partition: 4 })
    await fixed.write(batch(['fixed'], ['a']), null)
    await Promise.all([same.flush(), fixed.flush()])
    expect(await contents(topic, 3)).toEqual([[], ['same'], ['fixed']])
  })

  test('has taken the bytes when it returns, from the first batch on', async () => {
    const topic = await kafka.topic('writer')
    const writer = await open({ topic, compression: 'lz4' })
    const written = ['first', 'again'].map((text) => {
      const frames = batch([text])
      const waiting = writer.write(frames, null)
      frames.values.bytes.fill(0)
      return waiting
    })
    await Promise.all(written)
    await writer.flush()
    expect(await contents(topic, 1)).toEqual([['first', 'again']])
  })

  test('writes into a sink of its cluster, which makes it durable', async () => {
    const topic = await kafka.topic('writer')
    const writer = await open({ topic })
    const producer = await IdempotentProducer.open(cluster)
    const sink = producer.begin()
    await writer.write(batch(['a']), sink)
    await sink.commit()
    expect(await contents(topic, 1)).toEqual([['a']])
    const foreign = { domain: 'log:/x', commit: async () => {}, abort: () => {} }
    expect(() => writer.write(batch(['b']), foreign)).toThrow('a transaction of "log:/x" cannot take part')
    await producer.close()
  })

  test('of a topic that is not there is refused at open', async () => {
    const topic = await kafka.topic('writer')
    await expect(open({ topic: `${topic}-x` })).rejects.toMatchObject({ code: 'CLIENT_KAFKA_TOPIC_UNKNOWN' })
  })
})
