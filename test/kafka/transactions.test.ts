import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { committedOffsets } from '../../src/clients/kafka/admin.ts'
import { KafkaCluster, kafkaSettings } from '../../src/clients/kafka/cluster.ts'
import { IdempotentProducer, noMembership, TransactionalProducer } from '../../src/clients/kafka/producer.ts'
import { unlessAborted } from '../../src/core/unless-aborted.ts'
import { seeded } from '../random.ts'
import { kafkaCluster } from '../support/kafka.ts'
import { numbers, readTexts, texts } from '../support/kafka-read.ts'
import { uniqueName } from '../support/kafka-topics.ts'
import type { ApiName, TcpProxy } from '../support/tcp-proxy.ts'

const kafka = await kafkaCluster({ brokers: 1, isProxied: true })
const protocols = ['v2', 'classic'] as const

describe.skipIf(kafka.reason !== null)('transactions through faults', { timeout: 120_000 }, () => {
  const proxy = kafka.proxies[0] as TcpProxy
  const clusterOf = (requestTimeoutMs: number) =>
    new KafkaCluster(kafkaSettings(kafka.bootstrapServers, { requestTimeoutMs, connectTimeoutMs: 10_000 }))
  const cluster = clusterOf(10_000)
  const impatient = clusterOf(2000)
  const opened: TransactionalProducer[] = []
  beforeAll(async () => {
    // The first transaction makes the topic of the coordinators, which takes brokers seconds.
    const topic = await kafka.topic('first')
    await commitThrough(await open(uniqueName('task'), 'v2'), { topic, group: 'first', value: '0', position: 1 })
  }, 120_000)
  afterEach(async () => {
    proxy.holdNothing()
    await Promise.all(opened.splice(0).map((producer) => producer.close()))
  })
  afterAll(() => Promise.all([cluster.close(), impatient.close()]))

  async function open(
    transactionalId: string,
    protocol: (typeof protocols)[number],
    of = cluster,
  ): Promise<TransactionalProducer> {
    const producer = await TransactionalProducer.open(of, { transactionalId, protocol })
    opened.push(producer)
    return producer
  }

  /** Commits `value` with `position`, while `fault` happens to the next message of the kind. */
  async function commitThrough(
    producer: TransactionalProducer,
    { topic, group, value, position }: { topic: string; group: string; value: string; position: number },
  ): Promise<string> {
    const transaction = producer.begin()
    transaction.produce(topic, 0, texts([value]))
    transaction.addPosition(noMembership(group), topic, 0, position)
    return await transaction.commit().then(
      () => 'committed',
      (error) => error.code as string,
    )
  }

  it('taking an id over is given up as soon as it is to stop, and not tried again, however long the answer takes', async () => {
    const id = uniqueName('task')
    const patient = clusterOf(600_000)
    const stop = new AbortController()
    const held = proxy.hold('initProducerId', 'request')
    const again = proxy.hold('initProducerId', 'request', 1, id)
    const opening = TransactionalProducer.open(patient, { transactionalId: id }, stop.signal)
    const given = unlessAborted(opening, stop.signal)
    const message = await held
    stop.abort(new Error('stopped'))
    await expect(given).rejects.toThrow('stopped')
    message.cut()
    await expect(opening).rejects.toMatchObject({ code: 'CLIENT_KAFKA_INDEFINITE' })
    await patient.close()
    expect(await Promise.race([again, Promise.resolve('nothing')])).toBe('nothing')
  })

  it('closing does not wait until the cluster can be reached, and leaves nothing of what was not committed', async () => {
    const topic = await kafka.topic('outputs')
    const patient = clusterOf(600_000)
    const id = uniqueName('task')
    const transactional = await TransactionalProducer.open(patient, { transactionalId: id })
    const idempotent = await IdempotentProducer.open(patient)
    const transaction = transactional.begin()
    transaction.produce(topic, 0, texts(['aborted']))
    await transaction.flush()
    proxy.isRefusing = true
    proxy.cut()
    try {
      idempotent.produce(topic, 0, texts(['given up']))
      await idempotent.abandon()
      await transactional.close()
      await patient.close()
    } finally {
      proxy.isRefusing = false
    }
    await open(id, 'v2') // ends what is left of the transaction
    expect(await readTexts(cluster, topic)).toEqual([])
  })

  it.each(protocols)('an EndTxn whose answer is lost is right or rejected, never in between, %s', async (protocol) => {
    const topic = await kafka.topic('outputs')
    const [id, group] = [uniqueName('task'), uniqueName('group')]
    const producer = await open(id, protocol)
    const held = proxy.hold('endTxn', 'response')
    const committing = commitThrough(producer, { topic, group, value: '0', position: 1 })
    ;(await held).cut()
    const outcome = await committing
    expect(outcome).toBe(protocol === 'v2' ? 'committed' : 'CLIENT_KAFKA_INDEFINITE')
    // The request had arrived, so it was committed: whoever goes on finds positions and outputs alike.
    const next = await open(id, protocol)
    expect((await committedOffsets(cluster, group, topic)).get(0)?.offset).toBe(1)
    expect(await commitThrough(next, { topic, group, value: '1', position: 2 })).toBe('committed')
    expect(await readTexts(cluster, topic)).toEqual(['0', '1'])
  })

  it.each(protocols)('an EndTxn that never arrives leaves nothing, or is repeated, %s', async (protocol) => {
    const topic = await kafka.topic('outputs')
    const [id, group] = [uniqueName('task'), uniqueName('group')]
    const producer = await open(id, protocol)
    const held = proxy.hold('endTxn', 'request')
    const committing = commitThrough(producer, { topic, group, value: '0', position: 1 })
    ;(await held).cut()
    const outcome = await committing
    expect(outcome).toBe(protocol === 'v2' ? 'committed' : 'CLIENT_KAFKA_INDEFINITE')
    const isCommitted = outcome === 'committed'
    const next = await open(id, protocol)
    expect((await committedOffsets(cluster, group, topic)).get(0)?.offset).toBe(isCommitted ? 1 : undefined)
    expect(await commitThrough(next, { topic, group, value: '1', position: 2 })).toBe('committed')
    expect(await readTexts(cluster, topic)).toEqual(isCommitted ? ['0', '1'] : ['1'])
  })

  it.each(protocols)('an EndTxn that arrives late does not end a later transaction, %s', async (protocol) => {
    const topic = await kafka.topic('outputs')
    const [id, group] = [uniqueName('task'), uniqueName('group')]
    const producer = await open(id, protocol, impatient)
    const held = proxy.hold('endTxn', 'request')
    // The client gives up waiting for the answer; what it sends next overtakes the request that is held.
    const outcome = await commitThrough(producer, { topic, group, value: '0', position: 1 })
    expect(outcome).toBe(protocol === 'v2' ? 'committed' : 'CLIENT_KAFKA_INDEFINITE')
    const next = protocol === 'v2' ? producer : await open(id, protocol)
    const later = next.begin()
    later.produce(topic, 0, texts(['aborted']))
    await later.flush()
    ;(await held).forward()
    later.produce(topic, 0, texts(['aborted too']))
    await later.flush()
    later.abort()
    expect(await commitThrough(next, { topic, group, value: 'last', position: 2 })).toBe('committed')
    expect(await readTexts(cluster, topic)).toEqual(protocol === 'v2' ? ['0', 'last'] : ['last'])
  })

  it.each(protocols)(
    'a task that resumes after every error yields each output once (seed 21), %s',
    async (protocol) => {
      const random = seeded(21)
      const steps = 40
      const topic = await kafka.topic('outputs', { partitions: 2 })
      const inputs = await kafka.topic('inputs')
      const [id, group] = [uniqueName('task'), uniqueName('group')]
      const faults: readonly ApiName[] = [
        'produce',
        'txnOffsetCommit',
        'endTxn',
        'addPartitionsToTxn',
        'initProducerId',
      ]
      let rejected = 0
      let producer: TransactionalProducer | null = null
      for (let rounds = 0; rounds < 400; rounds++) {
        if (random() < 0.4) {
          const api = faults[Math.floor(random() * faults.length)] as ApiName
          const held = proxy.hold(api, random() < 0.5 ? 'request' : 'response')
          held.then((message) => message.cut())
        }
        try {
          producer ??= await open(id, protocol)
          const position = (await committedOffsets(cluster, group, inputs)).get(0)?.offset ?? 0
          if (position >= steps) break
          const transaction = producer.begin()
          transaction.produce(topic, 0, texts([String(position)]))
          transaction.produce(topic, 1, texts([String(position)]))
          transaction.addPosition(noMembership(group), inputs, 0, position + 1)
          await transaction.commit()
        } catch (error) {
          expect(error).toMatchObject({ isRetryable: true })
          rejected++
          await producer?.close()
          producer = null
        }
        proxy.holdNothing()
      }
      expect(await readTexts(cluster, topic, 0)).toEqual(numbers(0, steps))
      expect(await readTexts(cluster, topic, 1)).toEqual(numbers(0, steps))
      if (protocol === 'classic') expect(rejected).toBeGreaterThan(0)
    },
  )

  it('a producer whose connections are cut delivers everything once and in order (seed 22)', async () => {
    const random = seeded(22)
    const topic = await kafka.topic('outputs', { partitions: 2 })
    const producer = await IdempotentProducer.open(cluster, { maxBatchBytes: 3000 })
    for (let i = 0; i < 300; i++) {
      await producer.produce(topic, i % 2, texts(numbers(i * 50, i * 50 + 50)))
      const at = random()
      if (at < 0.03) proxy.hold('produce', 'response').then((message) => message.cut())
      else if (at < 0.06) proxy.hold('produce', 'request').then((message) => message.cut())
      else if (at < 0.1) proxy.cut()
      if (random() < 0.1) await producer.flush()
    }
    await producer.close()
    for (const partition of [0, 1]) {
      const mine = Array.from({ length: 300 }, (_, i) => i).filter((i) => i % 2 === partition)
      const expected = mine.flatMap((i) => numbers(i * 50, i * 50 + 50))
      expect(await readTexts(cluster, topic, partition)).toEqual(expected)
    }
  })

  const sayings = protocols.flatMap((protocol) => [
    { protocol, goesOn: false },
    { protocol, goesOn: true },
  ])
  it.each(sayings)(
    'a transaction that outlasts its time-out was aborted, and its producer is of no use any more, %o',
    async ({ protocol, goesOn }) => {
      const topic = await kafka.topic('outputs')
      const id = uniqueName('task')
      const options = { transactionalId: id, transactionTimeoutMs: 5000, protocol }
      const producer = await TransactionalProducer.open(cluster, options)
      opened.push(producer)
      const transaction = producer.begin()
      transaction.produce(topic, 0, texts(['late']))
      await transaction.flush()
      // The partition has its abort marker when a reader of committed records comes to the end.
      expect(await readTexts(cluster, topic)).toEqual([])
      // By the state of the transaction or by the epoch, whichever the broker looks at first.
      const code = expect.stringMatching(/^CLIENT_KAFKA_(ABORTED|FENCED)$/)
      if (goesOn) transaction.produce(topic, 0, texts(['later']))
      if (goesOn) await expect(transaction.flush()).rejects.toMatchObject({ code })
      await expect(transaction.commit()).rejects.toMatchObject({ code })
      const next = await open(id, protocol)
      expect(await commitThrough(next, { topic, group: uniqueName('g'), value: 'kept', position: 1 })).toBe('committed')
      expect(await readTexts(cluster, topic)).toEqual(['kept'])
    },
  )
})
