import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { committedOffsets } from '../../../src/clients/kafka/admin.ts'
import { GroupOffsets } from '../../../src/clients/kafka/group-offsets.ts'
import { IdempotentProducer, noMembership } from '../../../src/clients/kafka/producer.ts'
import { TransactionCoordinator } from '../../../src/clients/kafka/transaction-coordinator.ts'
import { columnOf } from '../../../src/core/bytes.ts'
import { framesOf } from '../../../src/core/frames.ts'
import type { Transaction } from '../../../src/core/transaction.ts'
import { type KafkaReader, openKafkaReader, ownSink } from '../../../src/transports/kafka/reader.ts'
import type { TransportContext } from '../../../src/transports/transport.ts'
import { kafkaService } from '../../support/kafka.ts'
import { produceFrames, produceTexts } from '../../support/kafka-produce.ts'
import { clusterOf, kafkaOptions, readTexts } from '../../support/kafka-transport.ts'
import { contextFor } from '../../support/transport-context.ts'

test('a transaction of another domain is refused with both names', () => {
  const other: Transaction = { domain: 'log:/x.db', commit: async () => {}, abort: () => {} }
  expect(() => ownSink(other, 'kafka:a:1', 'slot 0')).toThrow(
    'slot 0: a transaction of "log:/x.db" cannot take part in "kafka:a:1"',
  )
})

const kafka = await kafkaService()

describe.skipIf(kafka.reason !== null)('a reader', () => {
  const cluster = clusterOf(kafka.bootstrapServers)
  const opened: KafkaReader[] = []
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((reader) => reader.close()))
  })
  afterAll(() => cluster.close())

  async function open(options: object, context: Partial<TransportContext> = {}, group = ''): Promise<KafkaReader> {
    const values = kafkaOptions({ bootstrapServers: kafka.bootstrapServers, ...options })
    const reader = await openKafkaReader(values, contextFor(context), group, null)
    opened.push(reader)
    return reader
  }

  test('starts where it is told: at either end, an offset, or the first record of a time', async () => {
    const topic = await kafka.topic('reader')
    const frames = framesOf(columnOf(['a', 'b', 'c', 'd'].map((text) => Buffer.from(text))))
    const day = Date.parse('2026-01-01T00:00:00Z')
    await produceFrames(cluster, topic, 0, { ...frames, timestampsMs: Float64Array.of(day, day + 1, day + 2, day + 3) })
    const positionAt = async (options: object, start: TransportContext['start'] = 'earliest') =>
      (await open({ topic, ...options }, { start })).position
    expect(await positionAt({}, 'earliest')).toBe(0)
    expect(await positionAt({}, 'latest')).toBe(4)
    expect(await positionAt({}, 3)).toBe(3)
    expect(await positionAt({ startAt: '2026-01-01T00:00:00.002Z' })).toBe(2)
    expect(await positionAt({ startAt: '2025-12-31' })).toBe(0)
    expect(await positionAt({ startAt: '2026-01-02' }, 'earliest')).toBe(4)
    expect(await (await open({ topic })).end()).toBe(4)
  })

  test("goes on where its group has got to, which wins over the descriptor's start", async () => {
    const topic = await kafka.topic('reader')
    await produceTexts(cluster, topic, 0, ['a', 'b', 'c'])
    const first = await open({ topic }, {}, topic)
    expect([first.position, first.hasCommitted]).toEqual([0, false])
    expect(await readTexts(first, 2)).toEqual(['a', 'b'])
    await first.commit(2, null)
    await first.commit(2, null)
    const second = await open({ topic, startAt: '2020-01-01' }, { start: 'latest' }, topic)
    expect([second.position, second.hasCommitted]).toEqual([2, true])
    expect((await open({ topic })).position).toBe(0)
  })

  test('opens although the position of another partition is in a transaction that has not ended', async () => {
    const topic = await kafka.topic('reader', { partitions: 2 })
    const { transactionVersion } = await cluster.features()
    const protocol = transactionVersion >= 2 ? 'v2' : 'classic'
    const coordinator = new TransactionCoordinator(cluster, topic, 600_000, protocol)
    const producer = await coordinator.init(null)
    const position = new GroupOffsets(noMembership(topic))
    position.add({ topic, partition: 1, offset: 7, metadata: '' })
    await coordinator.commitOffsets(producer, position)
    expect((await open({ topic }, { partition: 0 }, topic)).hasCommitted).toBe(false)
    await coordinator.end(producer, true)
    expect((await open({ topic }, { partition: 1 }, topic)).position).toBe(7)
  })

  test('commits with a sink of its cluster what is committed with the sink, and nothing before', async () => {
    const topic = await kafka.topic('reader')
    const reader = await open({ topic }, {}, topic)
    const producer = await IdempotentProducer.open(cluster)
    const sink = producer.begin()
    await reader.commit(5, sink)
    expect((await committedOffsets(cluster, topic, topic)).size).toBe(0)
    await sink.commit()
    expect((await committedOffsets(cluster, topic, topic)).get(0)?.offset).toBe(5)
    await producer.close()
  })

  test('without a group commits nothing', async () => {
    const topic = await kafka.topic('reader')
    const reader = await open({ topic })
    await reader.commit(5, null)
    expect((await committedOffsets(cluster, topic, topic)).size).toBe(0)
  })

  test('ends when nothing came for as long as the descriptor says; an interrupt ends nothing', async () => {
    const topic = await kafka.topic('reader')
    await produceTexts(cluster, topic, 0, ['a', 'b'])
    const patient = await open({ topic, idleEndMs: 600_000 })
    expect(await readTexts(patient, 2)).toEqual(['a', 'b'])
    const waiting = patient.next(10, 600_000)
    patient.interrupt()
    expect((await waiting)?.length).toBe(0)
    const reader = await open({ topic, idleEndMs: 100 })
    expect(await readTexts(reader, 2)).toEqual(['a', 'b'])
    let batch = await reader.next(10, 30)
    while (batch !== null) batch = await reader.next(10, 30)
    expect(await reader.next(10, 600_000)).toBeNull()
    await reader.seek(1)
    expect(await readTexts(reader, 1)).toEqual(['b'])
  })

  test('begins again when it loops', async () => {
    const topic = await kafka.topic('reader')
    await produceTexts(cluster, topic, 0, ['a', 'b'])
    const reader = await open({ topic, idleEndMs: 50 }, { isLooping: true })
    expect(await readTexts(reader, 5)).toEqual(['a', 'b', 'a', 'b', 'a'])
  })

  test('reads the one partition that the descriptor names', async () => {
    const topic = await kafka.topic('reader', { partitions: 3 })
    await produceTexts(cluster, topic, 2, ['two'])
    expect(await readTexts(await open({ topic, partition: 2 }), 1)).toEqual(['two'])
  })
})
