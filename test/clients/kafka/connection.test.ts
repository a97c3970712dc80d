import { createServer, type Socket } from 'node:net'
import { alterClientQuotasV1, describeClientQuotasV0, offsetFetchV8, offsetFetchV9 } from '@platformatic/kafka'
import { afterEach, describe, expect, it } from 'vitest'
import { api, KafkaConnection } from '../../../src/clients/kafka/connection.ts'
import { produce, produceBody } from '../../../src/clients/kafka/produce-request.ts'
import { RecordBatchBuilder, stampProducer } from '../../../src/clients/kafka/record-batch-builder.ts'
import { kafkaSettings } from '../../../src/clients/kafka/settings.ts'
import { initProducerId } from '../../../src/clients/kafka/transaction-requests.ts'
import { columnOf } from '../../../src/core/bytes.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { framesOf } from '../../../src/core/frames.ts'
import { kafkaService } from '../../support/kafka.ts'
import { uniqueName } from '../../support/kafka-topics.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A listener that is no broker: `onConnect` does what a broken peer does. */
async function listen(onConnect: (socket: Socket) => void): Promise<string> {
  const server = createServer(onConnect)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  return `127.0.0.1:${(server.address() as { port: number }).port}`
}

async function codeOf(address: string, other = {}): Promise<string> {
  const settings = kafkaSettings([address], { requestTimeoutMs: 50, ...other })
  return await KafkaConnection.open(address, settings).then(
    () => 'open',
    (error) => error.code,
  )
}

describe('kafka connection', () => {
  it('orders the versions of a request newest first', () => {
    const family = api('OffsetFetch', [offsetFetchV8.api, offsetFetchV9.api])
    expect([family.key, family.versions.map(({ version }) => version)]).toEqual([9, [9, 8]])
  })

  it('says that what is no address cannot be reached', async () => {
    expect(await codeOf('nowhere:port')).toBe('CLIENT_KAFKA_UNREACHABLE')
  })

  it('says that a closed port cannot be reached', async () => {
    const address = await listen(() => {})
    for (const close of closing.splice(0)) close()
    expect(await codeOf(address)).toBe('CLIENT_KAFKA_UNREACHABLE')
  })

  it('gives up on a peer that answers nothing', async () => {
    const sockets: Socket[] = []
    const address = await listen((socket) => sockets.push(socket.on('error', () => {})))
    expect(await codeOf(address)).toBe('CLIENT_KAFKA_UNREACHABLE')
    for (const socket of sockets) socket.destroy()
  })

  it('waits no longer for the first answer than for the connection', async () => {
    const sockets: Socket[] = []
    const address = await listen((socket) => sockets.push(socket.on('error', () => {})))
    expect(await codeOf(address, { connectTimeoutMs: 50, requestTimeoutMs: 600_000 })).toBe('CLIENT_KAFKA_UNREACHABLE')
    for (const socket of sockets) socket.destroy()
  })

  it('gives up on a peer that hangs up', async () => {
    const address = await listen((socket) => socket.on('error', () => {}).on('data', () => socket.destroy()))
    expect(await codeOf(address)).toBe('CLIENT_KAFKA_UNREACHABLE')
  })

  it('gives up on a peer that answers with something else', async () => {
    const address = await listen((socket) => {
      socket.on('error', () => {}).on('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
    })
    expect(await codeOf(address)).toBe('CLIENT_KAFKA_UNREACHABLE')
  })
})

const kafka = await kafkaService()
const alterClientQuotas = api('AlterClientQuotas', [alterClientQuotasV1.api])
const describeClientQuotas = api('DescribeClientQuotas', [describeClientQuotasV0.api])

describe.skipIf(kafka.reason !== null)('kafka connection to a broker that has a quota for it', () => {
  /** A connection whose broker has just said that it listens to nothing for about a second. */
  async function throttled() {
    const proxy = await TcpProxy.listen()
    closing.push(() => void proxy.close())
    proxy.forwardTo(Number(kafka.bootstrapServers[0]?.split(':')[1]))
    const server = `127.0.0.1:${proxy.port}`
    const [clientId, topic] = [uniqueName('quota'), await kafka.topic('quota')]
    const admin = await setQuota(server, clientId)
    const clock = new ManualClock()
    const connection = await KafkaConnection.open(server, kafkaSettings([server], { clientId }), { clock })
    closing.push(() => void connection.close())
    const builder = new RecordBatchBuilder(2000)
    builder.append(framesOf(columnOf([Buffer.alloc(1000)])), 0, 1, 2000, 0)
    const batch = builder.finish('none')
    stampProducer(batch, { producerId: -1n, producerEpoch: -1, baseSequence: -1, isTransactional: false })
    const deadline = systemClock.monotonicMs() + 60_000
    while (connection.throttledUntilMs <= clock.monotonicMs()) {
      if (systemClock.monotonicMs() > deadline) throw new Error('the broker has not made use of its quota')
      await connection.callWithBody('t', produce, produceBody(null, 1000, [{ topic, partition: 0, batch }]))
    }
    return { clock, connection, admin, arrival: proxy.hold('initProducerId', 'request', 1, clientId) }
  }

  async function setQuota(server: string, clientId: string): Promise<KafkaConnection> {
    const admin = await KafkaConnection.open(server, kafkaSettings([server]))
    closing.push(() => void admin.close())
    const ops = [{ key: 'producer_byte_rate', value: 1000, remove: false }] as const
    const entities = [{ entityType: 'client-id', entityName: clientId }] as const
    await admin.call(alterClientQuotas, [{ entities: [...entities], ops: [...ops] }], false)
    const deadline = systemClock.monotonicMs() + 60_000
    const asked = [{ entityType: 'client-id', matchType: 0, match: clientId }]
    while (((await admin.call(describeClientQuotas, asked as never, true)).entries ?? []).length === 0) {
      if (systemClock.monotonicMs() > deadline) throw new Error('the broker has not heard of the quota')
      await systemClock.sleep(20)
    }
    return admin
  }

  it('holds requests back while it listens to nothing (KIP-219), and sends them then', {
    timeout: 60_000,
  }, async () => {
    const { clock, connection, admin, arrival } = await throttled()
    let hasArrived = false
    void arrival.then((message) => {
      hasArrived = true
      void message.forward()
    })
    const answer = connection.ask(initProducerId, null, 60_000)
    await clock.advance(connection.throttledUntilMs - clock.monotonicMs() - 1)
    // What was sent would have arrived before these are answered.
    for (let i = 0; i < 20; i++) await admin.ask(initProducerId, null, 60_000)
    expect([hasArrived, clock.sleeping]).toEqual([false, 1])
    await clock.advance(1)
    await answer
    expect(hasArrived).toBe(true)
    expect(clock.sleeping).toBe(0)
  })

  it('does not wait for that when it is closed', { timeout: 60_000 }, async () => {
    const { clock, connection } = await throttled()
    const answer = connection.call(initProducerId, null, 60_000)
    void connection.close()
    await expect(answer).rejects.toMatchObject({ code: 'CLIENT_KAFKA_INDEFINITE' })
    expect(clock.sleeping).toBe(0)
  })
})
