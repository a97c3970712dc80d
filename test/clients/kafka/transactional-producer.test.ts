import { afterAll, describe, expect, it } from 'vitest'
import { committedOffsets } from '../../../src/clients/kafka/admin.ts'
import { KafkaCluster, kafkaSettings } from '../../../src/clients/kafka/cluster.ts'
import { noMembership, TransactionalProducer } from '../../../src/clients/kafka/producer.ts'
import { kafkaService } from '../../support/kafka.ts'
import { numbers, readTexts, texts } from '../../support/kafka-read.ts'
import { uniqueName } from '../../support/kafka-topics.ts'

const kafka = await kafkaService()

describe.skipIf(kafka.reason !== null).each(['v2', 'classic'] as const)('a transactional producer, %s', (protocol) => {
  const cluster = new KafkaCluster(kafkaSettings(kafka.bootstrapServers))
  afterAll(() => cluster.close())
  const open = (transactionalId: string, other = {}) =>
    TransactionalProducer.open(cluster, { transactionalId, protocol, ...other })

  it('shows readers what was committed, whole, and nothing that was aborted', async () => {
    const outputs = await kafka.topic('outputs', { partitions: 2 })
    const letters = await kafka.topic('letters')
    const inputs = await kafka.topic('inputs')
    const group = noMembership(uniqueName('group'))
    const producer = await open(uniqueName('task'))
    const committed: number[] = []
    for (let i = 0; i < 12; i++) {
      const transaction = producer.begin()
      transaction.produce(outputs, 0, texts(numbers(i * 10, i * 10 + 10)))
      transaction.produce(outputs, 1, texts([String(i)]))
      transaction.produce(letters, 0, texts([String(i)]))
      transaction.addPosition(group, inputs, 0, i)
      if (i % 4 === 1) await transaction.flush()
      if (i % 2 === 1) transaction.abort()
      else {
        await transaction.commit()
        committed.push(i)
      }
    }
    await producer.close()
    const whole = committed.flatMap((i) => numbers(i * 10, i * 10 + 10))
    expect(await readTexts(cluster, outputs, 0)).toEqual(whole)
    expect(await readTexts(cluster, outputs, 1)).toEqual(committed.map(String))
    expect(await readTexts(cluster, letters)).toEqual(committed.map(String))
    expect((await committedOffsets(cluster, group.group, inputs)).get(0)?.offset).toBe(10)
    // What was flushed before its abort is there for readers of everything.
    expect((await readTexts(cluster, outputs, 0, false)).length).toBeGreaterThan(whole.length)
  })

  it('loses nothing for readers that begin at the marker of an aborted transaction', async () => {
    const topic = await kafka.topic('outputs')
    const producer = await open(uniqueName('task'))
    const aborted = producer.begin()
    aborted.produce(topic, 0, texts(['aborted']))
    await aborted.flush()
    aborted.abort()
    const committed = producer.begin()
    committed.produce(topic, 0, texts(['kept']))
    await committed.commit()
    await producer.close()
    for (const offset of [0, 1, 2]) expect(await readTexts(cluster, topic, 0, true, offset)).toEqual(['kept'])
  })

  it('ends one transaction after the other, however fast they are begun and aborted', async () => {
    const [outputs, inputs] = [await kafka.topic('outputs'), await kafka.topic('inputs')]
    const group = noMembership(uniqueName('group'))
    const producer = await open(uniqueName('task'))
    const started = async (value: string) => {
      const transaction = producer.begin()
      transaction.produce(outputs, 0, texts([value]))
      await transaction.flush()
      return transaction
    }
    for (let round = 0; round < 5; round++) {
      const first = await started('aborted')
      first.abort()
      const positions = producer.begin()
      positions.addPosition(group, inputs, 0, round)
      await positions.commit()
      const second = await started('aborted')
      second.abort()
      const third = producer.begin()
      third.produce(outputs, 0, texts(['dropped']))
      third.abort()
      const fourth = await started('aborted too')
      fourth.abort()
      const last = producer.begin()
      last.produce(outputs, 0, texts([String(round)]))
      await last.commit()
    }
    await producer.close()
    expect(await readTexts(cluster, outputs)).toEqual(numbers(0, 5))
    expect((await committedOffsets(cluster, group.group, inputs)).get(0)?.offset).toBe(4)
  })

  it('costs no request while nothing happens in it', async () => {
    const producer = await open(uniqueName('task'))
    for (let i = 0; i < 1000; i++) await producer.begin().commit()
    producer.begin().abort()
    await producer.close()
  })

  it('takes positions alone', async () => {
    const topic = await kafka.topic('inputs')
    const group = noMembership(uniqueName('group'))
    const producer = await open(uniqueName('task'))
    for (const offset of [3, 4]) {
      const transaction = producer.begin()
      transaction.addPosition(group, topic, 0, offset)
      await transaction.commit()
    }
    await producer.close()
    expect((await committedOffsets(cluster, group.group, topic)).get(0)?.offset).toBe(4)
  })

  it('fences the older of two owners, whose transaction is aborted', async () => {
    const topic = await kafka.topic('outputs')
    const id = uniqueName('task')
    const older = await open(id)
    const lost = older.begin()
    lost.produce(topic, 0, texts(['lost']))
    await lost.flush()
    const newer = await open(id)
    const kept = newer.begin()
    kept.produce(topic, 0, texts(['kept']))
    await kept.commit()
    lost.addPosition(noMembership(uniqueName('group')), topic, 0, 1)
    await expect(lost.commit()).rejects.toMatchObject({ code: 'CLIENT_KAFKA_FENCED' })
    expect(() => older.begin()).toThrow('taken over')
    expect(await readTexts(cluster, topic)).toEqual(['kept'])
    await older.close()
    const again = newer.begin()
    again.produce(topic, 0, texts(['again']))
    await again.commit()
    expect(await readTexts(cluster, topic)).toEqual(['kept', 'again'])
    await newer.close()
  })

  it('aborts what is open when it is closed', async () => {
    const topic = await kafka.topic('outputs')
    const producer = await open(uniqueName('task'))
    const transaction = producer.begin()
    transaction.produce(topic, 0, texts(['open']))
    await transaction.flush()
    await producer.close()
    // A reader of committed records is not held up by it: the end of what it may read is the end of the partition.
    expect(await readTexts(cluster, topic)).toEqual([])
    expect(await readTexts(cluster, topic, 0, false)).toEqual(['open'])
  })

  it('lets records of the next transaction wait while the last one is aborted', async () => {
    const topic = await kafka.topic('outputs')
    const producer = await open(uniqueName('task'))
    for (let i = 0; i < 5; i++) {
      const dropped = producer.begin()
      dropped.produce(topic, 0, texts([`dropped ${i}`]))
      if (i % 2 === 0) await dropped.flush()
      dropped.abort()
      const kept = producer.begin()
      kept.produce(topic, 0, texts([`kept ${i}`]))
      await kept.commit()
    }
    await producer.close()
    expect(await readTexts(cluster, topic)).toEqual(numbers(0, 5).map((i) => `kept ${i}`))
  })

  it('begins no transaction before the last one has ended', async () => {
    const producer = await open(uniqueName('task'))
    producer.begin()
    expect(() => producer.begin()).toThrow('before the last one had ended')
    await producer.close()
  })
})
