import {
  Connection,
  describeTransactionsV0,
  findCoordinatorV6,
  initProducerIdV5,
  metadataV12,
} from '@platformatic/kafka'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { kafkaCluster } from '../support/kafka.ts'
import { uniqueName } from '../support/kafka-topics.ts'
import type { TcpProxy } from '../support/tcp-proxy.ts'

const cluster = await kafkaCluster({ brokers: 1, isProxied: true })
const proxy = cluster.proxies[0] as TcpProxy

async function client(): Promise<Connection> {
  const connection = new Connection('proxy-test', { connectTimeout: 10_000, requestTimeout: 20_000 })
  await connection.connect('127.0.0.1', proxy.port)
  onTestFinished(() => void connection.close().catch(() => {}))
  return connection
}

function epochOf(connection: Connection, transactionalId: string): Promise<number> {
  return initProducerIdV5.api
    .async(connection, transactionalId, 60_000, -1n, -1)
    .then(({ producerEpoch }) => producerEpoch)
}

/** The epoch as it is, which `epochOf` raises. */
async function epochNow(connection: Connection, transactionalId: string): Promise<number | undefined> {
  const { transactionStates } = await describeTransactionsV0.api.async(connection, [transactionalId])
  return transactionStates[0]?.producerEpoch
}

/** The first epoch: asking for the coordinator makes its topic, and it may still be loading. */
async function firstEpoch(connection: Connection, transactionalId: string): Promise<number> {
  for (;;) {
    try {
      await findCoordinatorV6.api.async(connection, 1, [transactionalId])
      return await epochOf(connection, transactionalId)
    } catch {
      await systemClock.sleep(50)
    }
  }
}

describe.skipIf(cluster.reason !== null)('a proxy in front of a broker', () => {
  test('clients are told the port of the proxy', async () => {
    const { brokers } = await metadataV12.api.async(await client(), [], false, false)
    expect(brokers.map(({ port }) => port)).toEqual([proxy.port])
    await cluster.topic('through')
  })

  test('a request that is held reaches the broker after its client has gone', { timeout: 120_000 }, async () => {
    const id = uniqueName('held')
    const connection = await client()
    const epoch = await firstEpoch(connection, id)
    const held = proxy.hold('initProducerId', 'request')
    const lost = epochOf(connection, id).catch(() => 'lost')
    const message = await held
    await connection.close()
    expect(await lost).toBe('lost')
    const other = await client()
    expect(await epochOf(other, id)).toBe(epoch + 1)
    expect(await epochNow(other, id)).toBe(epoch + 1)
    // The answer says that the broker has done it: for whoever forwarded it, as there is no client any more.
    expect((await message.forward())?.readInt32BE(4)).toBe(message.bytes.readInt32BE(8))
    expect(await epochNow(other, id)).toBe(epoch + 2)
  })

  test('requests of one transactional id are told from others, and a client alone is hung up on', async () => {
    const [id, other] = [uniqueName('meant'), uniqueName('other')]
    const connection = await client()
    const epoch = await firstEpoch(connection, id)
    const otherEpoch = await firstEpoch(connection, other)
    const held = proxy.hold('initProducerId', 'request', 1, id)
    expect(await epochOf(connection, other)).toBe(otherEpoch + 1)
    const lost = epochOf(connection, id).catch(() => 'lost')
    const message = await held
    message.hangUp()
    expect(await lost).toBe('lost')
    expect(await message.forward()).not.toBeNull()
    expect(await epochOf(await client(), id)).toBe(epoch + 2)
    const cut = proxy.hold('initProducerId', 'request', 1, id)
    const gone = epochOf(await client(), id).catch(() => 'gone')
    const late = await cut
    proxy.cut()
    expect(await gone).toBe('gone')
    expect(await late.forward()).toBeNull()
  }, 120_000)

  test('an answer that is dropped leaves the effect, one that is cut ends the connection', async () => {
    const id = uniqueName('dropped')
    const connection = await client()
    const epoch = await firstEpoch(connection, id)
    const held = proxy.hold('initProducerId', 'response')
    const lost = epochOf(connection, id).catch(() => 'lost')
    ;(await held).drop()
    expect(await epochOf(connection, id)).toBe(epoch + 2)
    const second = proxy.hold('initProducerId', 'response', 2)
    expect(await epochOf(connection, id)).toBe(epoch + 3)
    const cut = epochOf(connection, id).catch(() => 'cut')
    ;(await second).cut()
    expect(await Promise.all([lost, cut])).toEqual(['lost', 'cut'])
    expect(await epochOf(await client(), id)).toBe(epoch + 5)
  })

  test('connections are cut and refused, and accepted again; delay and throttle only take time', async () => {
    const connection = await client()
    const ended = new Promise<void>((resolve) => connection.once('close', () => resolve()))
    proxy.isRefusing = true
    proxy.cut()
    await ended
    await expect(client().then((c) => metadataV12.api.async(c, [], false, false))).rejects.toThrow()
    proxy.isRefusing = false
    proxy.delayMs = 20
    proxy.bytesPerSecond = 50_000
    const { brokers } = await metadataV12.api.async(await client(), [], false, false)
    expect(brokers).toHaveLength(1)
    proxy.delayMs = 0
    proxy.bytesPerSecond = null
  })
})
