import { afterAll, afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { createTopic, deleteTopic } from '../../../src/clients/kafka/admin.ts'
import { KafkaCluster, kafkaSettings } from '../../../src/clients/kafka/cluster.ts'
import { compressions } from '../../../src/clients/kafka/compression.ts'
import type { KafkaConnection } from '../../../src/clients/kafka/connection.ts'
import { type FetcherSettings, PartitionFetcher } from '../../../src/clients/kafka/fetcher.ts'
import { bytesAt } from '../../../src/core/bytes.ts'
import type { MillraceError } from '../../../src/core/errors.ts'
import { kafkaService } from '../../support/kafka.ts'
import { produceTexts } from '../../support/kafka-produce.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { ScriptedKafka } from '../../support/scripted-kafka.ts'

/** Code of NOT_LEADER_OR_FOLLOWER. */
const NOT_LEADER = 6

const kafka = await kafkaService()

describe.skipIf(kafka.reason !== null)('a fetcher', () => {
  const cluster = new KafkaCluster(kafkaSettings(kafka.bootstrapServers))
  const opened: PartitionFetcher[] = []
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((fetcher) => fetcher.close()))
  })
  afterAll(() => cluster.close())

  function open(topic: string, changes: Partial<FetcherSettings> = {}): PartitionFetcher {
    const settings = { topic, partition: 0, offset: 0, isCommittedOnly: true, maxBytes: 2 ** 20, maxWaitMs: 500 }
    const fetcher = new PartitionFetcher(cluster, { ...settings, gone: 'error', ...changes })
    opened.push(fetcher)
    return fetcher
  }

  /** Reads `count` records, in pieces of at most seven. */
  async function read(fetcher: PartitionFetcher, count: number): Promise<string[]> {
    const texts: string[] = []
    while (texts.length < count) {
      const batch = await fetcher.next(Math.min(7, count - texts.length), 20_000)
      expect(batch.length).toBeLessThanOrEqual(7)
      for (let i = 0; i < batch.length; i++) {
        texts.push(Buffer.from(bytesAt(batch.values, i) ?? []).toString())
        expect(batch.positions[i]).toBe(batch.end - batch.length + i)
      }
      expect(fetcher.position).toBe(batch.end)
    }
    return texts
  }

  const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => `record ${from + i}`)

  test('gives every record of every compression once, in order, also those that come later', async () => {
    const topic = await kafka.topic('fetcher')
    const fetcher = open(topic)
    for (const [i, compression] of compressions.entries()) {
      await produceTexts(cluster, topic, 0, numbers(100 * i, 100), { compression })
      expect(await read(fetcher, 100)).toEqual(numbers(100 * i, 100))
    }
  })

  test('reads a partition that is much larger than an answer, and from any offset after a seek', async () => {
    const topic = await kafka.topic('fetcher')
    for (let i = 0; i < 20; i++) await produceTexts(cluster, topic, 0, numbers(50 * i, 50))
    const fetcher = open(topic, { maxBytes: 3_000 })
    expect(await read(fetcher, 1000)).toEqual(numbers(0, 1000))
    fetcher.seek(777)
    expect(fetcher.position).toBe(777)
    expect(await read(fetcher, 223)).toEqual(numbers(777, 223))
    fetcher.seek(3)
    expect(await read(fetcher, 4)).toEqual(numbers(3, 4))
  })

  test('asks for no more than two answers while nothing is taken', async () => {
    const topic = await kafka.topic('fetcher')
    for (let i = 0; i < 10; i++) await produceTexts(cluster, topic, 0, numbers(10 * i, 10))
    let fetches = 0
    const counted = new Proxy(cluster, {
      get: (target, name) => {
        const member = Reflect.get(target, name) as unknown
        if (name === 'retry') fetches++
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
    const settings = { topic, partition: 0, offset: 0, isCommittedOnly: true, maxBytes: 1, maxWaitMs: 500 } as const
    const fetcher = new PartitionFetcher(counted, { ...settings, gone: 'error' })
    opened.push(fetcher)
    expect(await read(fetcher, 1)).toEqual(['record 0'])
    // Until a record of the next answer is handed out, the one behind it is all that is fetched ahead.
    while (fetches < 2) await new Promise((resolve) => setImmediate(resolve))
    await cluster.topic(topic, 0)
    expect(fetches).toBe(2)
    expect(await read(fetcher, 99)).toEqual(numbers(1, 99))
  })

  test('a seek keeps the connection when no request is under way', async () => {
    const topic = await kafka.topic('fetcher')
    for (let i = 0; i < 10; i++) await produceTexts(cluster, topic, 0, numbers(10 * i, 10))
    let fetches = 0
    const connections: KafkaConnection[] = []
    const counted = new Proxy(cluster, {
      get: (target, name) => {
        const member = Reflect.get(target, name) as unknown
        if (name === 'retry') fetches++
        if (name !== 'connect') return typeof member === 'function' ? member.bind(target) : member
        return async (node: number, options: object) => {
          const connection = await target.connect(node, options)
          connections.push(connection)
          return connection
        }
      },
    })
    const settings = { topic, partition: 0, offset: 0, isCommittedOnly: true, maxBytes: 1, maxWaitMs: 500 } as const
    const fetcher = new PartitionFetcher(counted, { ...settings, gone: 'error' })
    opened.push(fetcher)
    expect(await read(fetcher, 1)).toEqual(['record 0'])
    // Two answers are held: nothing is asked for any more.
    await expect.poll(() => fetches, { timeout: 20_000 }).toBe(2)
    await cluster.topic(topic, 0)
    await expect.poll(() => connections[0]?.isBusy, { timeout: 20_000 }).toBe(false)
    fetcher.seek(42)
    expect(await read(fetcher, 3)).toEqual(numbers(42, 3))
    expect(connections).toHaveLength(1)
  })

  test('an interrupt ends the wait, also one that comes before it, and nothing is lost', async () => {
    const topic = await kafka.topic('fetcher')
    const fetcher = open(topic)
    const waiting = fetcher.next(1, 600_000)
    fetcher.interrupt()
    expect((await waiting).length).toBe(0)
    fetcher.interrupt()
    expect((await fetcher.next(1, 600_000)).length).toBe(0)
    await produceTexts(cluster, topic, 0, ['a'])
    expect(await read(fetcher, 1)).toEqual(['a'])
  })

  test('an offset that is not there is an error with what is there, or reading goes on at either end', async () => {
    const topic = await kafka.topic('fetcher')
    await produceTexts(cluster, topic, 0, numbers(0, 5))
    await expect(open(topic, { offset: 9 }).next(1, 20_000)).rejects.toThrow(
      `offset 9 of ${topic}/0 is gone: the partition has 0 to 5`,
    )
    expect(await read(open(topic, { offset: 9, gone: 'earliest' }), 5)).toEqual(numbers(0, 5))
    const latest = open(topic, { offset: 9, gone: 'latest' })
    // What comes before the end was asked for is not after it. An answer without records says that it was asked for.
    const hasAsked = async () => (await latest.next(1, 100)).length === 0 && latest.idleMs > 0
    await expect.poll(hasAsked, { timeout: 20_000 }).toBe(true)
    await produceTexts(cluster, topic, 0, ['new'])
    expect(await read(latest, 1)).toEqual(['new'])
  })

  test('a topic that was deleted and made anew is an error, or reading goes on in the new one', async () => {
    const topic = await kafka.topic('fetcher')
    await produceTexts(cluster, topic, 0, numbers(0, 3))
    const [strict, lenient] = [open(topic), open(topic, { gone: 'earliest' })]
    for (const fetcher of [strict, lenient]) expect(await read(fetcher, 3)).toEqual(numbers(0, 3))
    await deleteTopic(cluster, topic)
    await createTopic(cluster, { name: topic, partitions: 1, replication: 1, configs: {} })
    await produceTexts(cluster, topic, 0, numbers(10, 5))
    // While there is no topic of the name, that is what is told; afterwards reading goes on.
    const first = async (fetcher: PartitionFetcher): Promise<unknown> => {
      try {
        const batch = await fetcher.next(7, 20_000)
        return batch.length === 0 ? await first(fetcher) : batch.length
      } catch (thrown) {
        const { code } = thrown as MillraceError
        return code === 'CLIENT_KAFKA_TOPIC_UNKNOWN' ? await first(fetcher) : code
      }
    }
    expect(await first(lenient)).toBe(5)
    expect(await first(strict)).toBe('CLIENT_KAFKA_TOPIC_REPLACED')
    expect(await first(strict)).toBe('CLIENT_KAFKA_TOPIC_REPLACED')
  })

  test('a topic and a partition that are not there are told by name', async () => {
    const topic = await kafka.topic('fetcher')
    await expect(open(topic, { partition: 4 }).next(1, 20_000)).rejects.toMatchObject({
      code: 'CLIENT_KAFKA_PARTITION_UNKNOWN',
    })
    await expect(open(`${topic}-not`).next(1, 20_000)).rejects.toMatchObject({ code: 'CLIENT_KAFKA_TOPIC_UNKNOWN' })
  })

  test('closing ends a wait under way; afterwards it is closed', async () => {
    const fetcher = open(await kafka.topic('fetcher'))
    const waiting = fetcher.next(1, 600_000)
    await fetcher.close()
    await fetcher.close()
    expect((await waiting).length).toBe(0)
    await expect(fetcher.next(1, 10)).rejects.toMatchObject({ code: 'CORE_CLOSED' })
  })
})

describe('a fetcher of answers by a script', () => {
  const empty = { throttleMs: 0, errorCode: 0, abortedTransactions: [], records: null }
  const start = () => {
    const kafka = new ScriptedKafka()
    kafka.partitions.set('t', 1)
    const clock = new ManualClock()
    const settings = {
      topic: 't',
      partition: 0,
      offset: 5,
      isCommittedOnly: true,
      maxBytes: 1,
      maxWaitMs: 500,
    } as const
    const fetcher = new PartitionFetcher(kafka.cluster(clock), { ...settings, gone: 'error' })
    onTestFinished(() => fetcher.close())
    return { kafka, clock, fetcher }
  }

  test('is idle from the first request to the last answer that there is nothing, and not after an error', async () => {
    const { kafka, clock, fetcher } = start()
    await fetcher.next(1, 0)
    await kafka.untilRequests(1)
    await clock.advance(60_000)
    expect(fetcher.idleMs).toBe(0) // nobody has said that there is nothing
    kafka.answer(empty)
    await kafka.untilRequests(2)
    expect(fetcher.idleMs).toBe(60_000)
    await clock.advance(500)
    expect(fetcher.idleMs).toBe(60_000)
    kafka.answer(empty)
    await kafka.untilRequests(3)
    expect(fetcher.idleMs).toBe(60_500)
    kafka.answer({ ...empty, errorCode: NOT_LEADER })
    await kafka.untilRequests(4)
    expect(fetcher.idleMs).toBe(0)
  })

  test('does not ask for as long as a quota says, and does not take that for idleness', async () => {
    const { kafka, clock, fetcher } = start()
    await fetcher.next(1, 0)
    await kafka.untilRequests(1)
    await clock.advance(300)
    kafka.answer({ ...empty, throttleMs: 700 })
    await clock.untilSleeping()
    await clock.advance(699)
    expect([kafka.requests.length, fetcher.idleMs]).toEqual([1, 0])
    await clock.advance(1)
    await kafka.untilRequests(2)
  })
})
