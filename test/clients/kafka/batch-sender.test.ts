import { protocolErrors } from '@platformatic/kafka'
import { afterAll, afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { BatchSender } from '../../../src/clients/kafka/batch-sender.ts'
import { KafkaCluster, kafkaSettings } from '../../../src/clients/kafka/cluster.ts'
import { produce } from '../../../src/clients/kafka/produce-request.ts'
import { producerSettings } from '../../../src/clients/kafka/producer-settings.ts'
import { initProducerId, type ProducerIdentity } from '../../../src/clients/kafka/transaction-requests.ts'
import { MillraceError } from '../../../src/core/errors.ts'
import { kafkaService } from '../../support/kafka.ts'
import { numbers, readTexts, texts } from '../../support/kafka-read.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { protocolError } from '../../support/scripted-kafka.ts'

const kafka = await kafkaService()

/** A batch as a broker got it. */
interface Sent {
  readonly partition: number
  readonly epoch: number
  readonly sequence: number
}

/** The name of an error, or an error that the request rejects with, or for how long the broker listens to nothing after it took the batch. */
type Outcome = string | Error | number

/**
 * A sender whose every partition has a broker of its own; `answer` says what becomes of a batch.
 */
function scripted(answer: (sent: Sent) => Outcome | Promise<Outcome>, other: object = {}) {
  const clock = new ManualClock()
  const sent: Sent[] = []
  const connect = async (partition: number) => ({
    throttledUntilMs: 0,
    address: `scripted:${partition}`,
    isUsable: true,
    close: async () => {},
    async callWithBody(_subject: string, _family: unknown, [, batch]: readonly Buffer[]) {
      const one = { partition, epoch: batch?.readInt16BE(51) ?? 0, sequence: batch?.readInt32BE(53) ?? 0 }
      sent.push(one)
      const outcome = await answer(one)
      if (outcome instanceof Error) throw outcome
      if (typeof outcome === 'number') this.throttledUntilMs = clock.monotonicMs() + outcome
      const errorCode = protocolErrors[outcome]?.code ?? 0
      const result = { topic: 't', partition, errorCode, errorMessage: null, baseOffset: 0 }
      return { throttleTimeMs: 0, results: [result] }
    },
  })
  const cluster = {
    ...{ clock, connect, random: () => 0, settings: { requestTimeoutMs: 1000 }, refresh: () => {} },
    leader: async (_topic: string, partition: number) => partition,
    retry: async () => {
      throw protocolError('TOPIC_AUTHORIZATION_FAILED')
    },
  } as unknown as KafkaCluster
  const settings = { ...producerSettings({}), transactionalId: null, family: produce, repeatsUnanswered: true }
  const none = { addPartitions: null, nextIdentity: null }
  const sender = new BatchSender(cluster, { id: 1n, epoch: 0 }, { ...settings, ...none, ...other })
  onTestFinished(() => sender.close())
  return { clock, sender, sent }
}

/** Moves time on until the promise is settled. */
async function settled<T>(promise: Promise<T>, clock: ManualClock): Promise<PromiseSettledResult<T>> {
  let isSettled = false
  const all = Promise.allSettled([promise]).then(([result]) => {
    isSettled = true
    return result as PromiseSettledResult<T>
  })
  for (let i = 0; i < 1000 && !isSettled; i++) await clock.advance(1000)
  return await all
}

const lost = new MillraceError('CLIENT_KAFKA_INDEFINITE', { server: 'a:1', api: 'Produce', reason: 'cut' })

describe('a batch sender of which the brokers say what a script says', () => {
  it('keeps epoch and number of a batch whose answer was lost while another partition begins anew (KIP-360)', async () => {
    const first = new Set<number>()
    const { clock, sender, sent } = scripted(
      ({ partition, epoch }) => {
        if (epoch > 0 || first.has(partition)) return 'NONE'
        first.add(partition)
        return partition === 1 ? 'UNKNOWN_PRODUCER_ID' : lost
      },
      { nextIdentity: async () => ({ id: 1n, epoch: sender.identity.epoch + 1 }) },
    )
    for (const partition of [1, 2]) sender.append('t', partition, texts(['a']))
    expect(await settled(sender.flush(), clock)).toMatchObject({ status: 'fulfilled' })
    for (const partition of [1, 2]) sender.append('t', partition, texts(['b']))
    expect(await settled(sender.flush(), clock)).toMatchObject({ status: 'fulfilled' })
    const of = (wanted: number) =>
      sent.filter(({ partition }) => partition === wanted).map(({ epoch, sequence }) => [epoch, sequence])
    expect(of(1)).toEqual([
      [0, 0],
      [1, 0],
      [1, 1],
    ])
    expect(of(2)).toEqual([
      [0, 0],
      [0, 0],
      [1, 0],
    ])
  })

  const endings = ['INVALID_TXN_STATE', 'TRANSACTION_ABORTABLE', 'INVALID_PRODUCER_ID_MAPPING', 'UNKNOWN_PRODUCER_ID']
  it.each(endings)('says at once of a transaction that got %s that it can be begun again', async (name) => {
    const { clock, sender } = scripted(() => name, { transactionalId: 'id' })
    sender.append('t', 1, texts(['a']))
    const flushed = await settled(sender.flush(), clock)
    expect(flushed).toMatchObject({ reason: { code: 'CLIENT_KAFKA_ABORTED' } })
    expect(sender.failure).toMatchObject({ isRetryable: true })
    expect(() => sender.append('t', 1, texts(['b']))).toThrow(name)
  })

  it('has dropped a transaction only when its partitions are not being added any more', async () => {
    const answered = Promise.withResolvers<void>()
    const signals: AbortSignal[] = []
    const { clock, sender } = scripted(() => 'NONE', {
      transactionalId: 'id',
      addPartitions: async (_: unknown, signal: AbortSignal) => {
        signals.push(signal)
        await answered.promise
      },
    })
    sender.append('t', 1, texts(['a']))
    while (signals.length === 0) await clock.advance(1)
    sender.hold()
    let isDropped = false
    const dropping = sender.drop().then(() => {
      isDropped = true
    })
    await clock.advance(1000)
    expect([isDropped, signals[0]?.aborted, sender.isInTransaction]).toEqual([false, true, true])
    answered.reject(protocolError('NOT_COORDINATOR'))
    await dropping
    expect(sender.failure).toBeNull()
  })

  it('sends nothing to a broker that listens to nothing because of a quota (KIP-219), and goes on with others', async () => {
    const { clock, sender, sent } = scripted(({ partition, sequence }) =>
      partition === 1 && sequence === 0 ? 5000 : 0,
    )
    const partitions = () => sent.map(({ partition }) => partition)
    sender.append('t', 1, texts(['a']))
    while (sent.length === 0) await clock.advance(0)
    await clock.advance(0)
    sender.append('t', 1, texts(['b']))
    sender.append('t', 2, texts(['a']))
    const flushed = sender.flush()
    await clock.advance(4999)
    expect(partitions()).toEqual([1, 2])
    await clock.advance(1)
    await flushed
    expect(partitions()).toEqual([1, 2, 1])
  })

  it('does not wait for the end of a quota when it is closed', async () => {
    const { clock, sender, sent } = scripted(() => 600_000)
    sender.append('t', 1, texts(['a']))
    while (sent.length === 0) await clock.advance(0)
    await clock.advance(0)
    sender.append('t', 1, texts(['b']))
    while (clock.sleeping === 0) await clock.advance(0)
    await sender.close()
    expect(clock.sleeping).toBe(0)
  })

  it('leaves no timer behind when it is closed', async () => {
    const { clock, sender, sent } = scripted(() => 'NOT_ENOUGH_REPLICAS')
    sender.append('t', 1, texts(['a']))
    while (sent.length === 0 || clock.sleeping === 0) await clock.advance(0)
    await sender.close()
    expect(clock.sleeping).toBe(0)
  })

  it('goes on when it was released as often as it was held', async () => {
    const { clock, sender, sent } = scripted(() => 'NONE')
    sender.hold()
    sender.hold()
    sender.append('t', 1, texts(['a']))
    sender.release()
    await clock.advance(1000)
    expect(sent).toEqual([])
    sender.release()
    expect(await settled(sender.flush(), clock)).toMatchObject({ status: 'fulfilled' })
  })
})

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
    sender.hold()
    sender.append(topic, 0, texts(numbers(0, 10)))
    await sender.prepare(topic)
    expect(await readTexts(cluster, topic)).toEqual([])
    sender.release()
    await sender.flush()
    expect(await readTexts(cluster, topic)).toEqual(numbers(0, 10))
  })

  it('drops what is there, and keeps what comes while it is held', async () => {
    const topic = await kafka.topic('sender')
    const sender = await open()
    sender.hold()
    sender.append(topic, 0, texts(['dropped']))
    const dropped = sender.drop()
    sender.append(topic, 0, texts(['kept']))
    await dropped
    sender.release()
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
    sender.hold()
    sender.append(topic, 0, texts(['a']))
    const flushed = expect(sender.flush()).rejects.toMatchObject({ code: 'CORE_CLOSED' })
    sender.fail(new MillraceError('CORE_CLOSED', { subject: 'x' }))
    await flushed
    expect(() => sender.append(topic, 0, texts(['b']))).toThrow('closed')
    await expect(sender.flush()).rejects.toThrow('closed')
  })
})
