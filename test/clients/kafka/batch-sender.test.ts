import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { BatchSender } from '../../../src/clients/kafka/batch-sender.ts'
import { KafkaCluster, kafkaSettings } from '../../../src/clients/kafka/cluster.ts'
import { produce } from '../../../src/clients/kafka/produce-request.ts'
import { producerSettings } from '../../../src/clients/kafka/producer-settings.ts'
import { initProducerId, type ProducerIdentity } from '../../../src/clients/kafka/transaction-requests.ts'
import { MillraceError } from '../../../src/core/errors.ts'
import { kafkaService } from '../../support/kafka.ts'
import { numbers, readTexts, texts } from '../../support/kafka-read.ts'

const kafka = await kafkaService()

describe.skipIf(kafka.reason !== null)('batch sender', () => {
  const cluster = new KafkaCluster(kafkaSettings(kafka.bootstrapServers))
  const opened: BatchSender[] = []
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((sender) => sender.close()))
  })
  afterAll(() => cluster.close())

  async function newIdentity(): Promise<ProducerIdentity> {
    return await cluster.retry({}, async () => {
      const connection = await cluster.shared('any')
      const { producerId, producerEpoch } = await connection.call(initProducerId, null, 60_000)
      return { id: producerId, epoch: producerEpoch }
    })
  }

  async function open(other = {}): Promise<BatchSender> {
    const sender = new BatchSender(cluster, await newIdentity(), {
      ...producerSettings({}),
      transactionalId: null,
      family: produce,
      repeatsUnanswered: true,
      addPartitions: null,
      nextIdentity: null,
      ...other,
    })
    opened.push(sender)
    return sender
  }

  it('sends nothing while it is held, then everything', async () => {
    const topic = await kafka.topic('sender')
    const sender = await open()
    sender.hold(true)
    sender.append(topic, 0, texts(numbers(0, 10)))
    await sender.prepare(topic)
    expect(await readTexts(cluster, topic)).toEqual([])
    sender.hold(false)
    await sender.flush()
    expect(await readTexts(cluster, topic)).toEqual(numbers(0, 10))
  })

  it('drops what is there, and keeps what comes while it is held', async () => {
    const topic = await kafka.topic('sender')
    const sender = await open()
    sender.hold(true)
    sender.append(topic, 0, texts(['dropped']))
    const dropped = sender.drop()
    sender.append(topic, 0, texts(['kept']))
    await dropped
    sender.hold(false)
    await sender.flush()
    expect(await readTexts(cluster, topic)).toEqual(['kept'])
  })

  it('goes on in a new epoch when the broker has lost track of the sequence (KIP-360)', async () => {
    const topic = await kafka.topic('sender')
    const identities: ProducerIdentity[] = []
    const sender = await open({
      nextIdentity: async () => {
        const { id, epoch } = sender.identity
        identities.push({ id, epoch: epoch + 1 })
        return { id, epoch: epoch + 1 }
      },
    })
    sender.append(topic, 0, texts(numbers(0, 10)))
    await sender.flush()
    // Another producer of the same identity, for whom the broker expects number 10 and gets 0 of other records.
    const { id, epoch } = sender.identity
    const other = await open({ nextIdentity: async () => ({ id, epoch: epoch + 1 }) })
    other.become({ id, epoch })
    other.append(topic, 0, texts(['x', 'y', 'z']))
    await other.flush()
    expect(other.identity.epoch).toBe(epoch + 1)
    expect(await readTexts(cluster, topic)).toEqual([...numbers(0, 10), 'x', 'y', 'z'])
    expect(identities).toEqual([])
  })

  it('adds partitions to the transaction once, before anything is sent to them', async () => {
    const topic = await kafka.topic('sender', { partitions: 2 })
    const added: string[] = []
    const sender = await open({
      addPartitions: async (queues: readonly { place: string }[]) => {
        added.push(...queues.map(({ place }) => place))
      },
    })
    for (let i = 0; i < 4; i++) sender.append(topic, i % 2, texts([String(i)]))
    await sender.flush()
    sender.append(topic, 0, texts(['4']))
    await sender.flush()
    expect(added).toEqual([`${topic}/0`, `${topic}/1`])
    expect(await readTexts(cluster, topic)).toEqual(['0', '2', '4'])
  })

  it('throws what ended it from then on', async () => {
    const topic = await kafka.topic('sender')
    const sender = await open()
    sender.hold(true)
    sender.append(topic, 0, texts(['a']))
    const flushed = expect(sender.flush()).rejects.toMatchObject({ code: 'CORE_CLOSED' })
    sender.fail(new MillraceError('CORE_CLOSED', { subject: 'x' }))
    await flushed
    expect(() => sender.append(topic, 0, texts(['b']))).toThrow('closed')
    await expect(sender.flush()).rejects.toThrow('closed')
  })
})
