import { describe, expect, onTestFinished, test } from 'vitest'
import { KafkaCluster, kafkaSettings } from '../../src/clients/kafka/cluster.ts'
import { kafkaCluster } from '../support/kafka.ts'
import { useClassicTransactions } from '../support/kafka-features.ts'
import type { ApiName, Direction, HeldMessage, TcpProxy } from '../support/tcp-proxy.ts'
import { EngineWorld } from './engine-world.ts'

const kafka = await kafkaCluster({ brokers: 1, isProxied: true })
const proxy = kafka.proxies[0] as TcpProxy

/** What goes wrong, and what becomes of the message. */
const faults: readonly [string, ApiName, Direction, (message: HeldMessage) => void][] = [
  ['the answer to a commit is cut off', 'endTxn', 'response', (message) => message.cut()],
  ['a commit never arrives', 'endTxn', 'request', (message) => message.cut()],
  ['the answer to a write is cut off', 'produce', 'response', (message) => message.cut()],
  ['a write never arrives', 'produce', 'request', (message) => message.cut()],
  ['the answer to the positions is cut off', 'txnOffsetCommit', 'response', (message) => message.cut()],
]
const nothing = { lost: [], repeated: [], reordered: [], wronglyScored: [] }
/** Codes of PRODUCER_FENCED, INVALID_PRODUCER_EPOCH and INVALID_TXN_STATE: the transaction is not the sender's any more. */
const refusals = [90, 47, 48]

/** Error code of an EndTxn answer: int32 size, int32 correlation id, tags, int32 throttle time, int16 code. */
function codeOf(answer: Buffer | null): number | undefined {
  return answer?.readInt16BE(13)
}

/** An engine behind the proxy, with its first model. */
async function openWorld(): Promise<EngineWorld> {
  const world = await EngineWorld.open(kafka)
  onTestFinished(() => world.close())
  onTestFinished(() => proxy.holdNothing())
  await world.publish()
  return world
}

describe.skipIf(kafka.reason !== null).each(['v2', 'classic'])('an engine in transactions, %s', (protocol) => {
  test('scores every record once whatever answers are lost', { timeout: 600_000 }, async () => {
    if (protocol === 'classic') await useClassicTransactions(kafka.bootstrapServers[0] as string)
    await expectProtocol(protocol)
    const world = await openWorld()
    const engine = await world.start()
    await world.feed(40)
    await world.untilOutcomes(world.sent)
    for (const [, api, direction, fault] of faults) {
      // What feeds the engine goes through the same proxy: the requests of the engine's transactions are meant.
      const held = proxy.hold(api, direction, 1, transactions(world))
      await world.feed(40)
      fault(await held)
      await world.feed(40)
      await world.untilOutcomes(world.sent)
    }
    await world.end(engine, 'SIGTERM')
    // Where an answer that is lost stays open the task has begun anew; with an epoch per transaction it asks again.
    if (protocol === 'classic') expect(world.errors).toContain('CLIENT_KAFKA_INDEFINITE')
    expect(await world.findings()).toEqual(nothing)
  })

  test('a commit that arrives during a later transaction of its task ends nothing', { timeout: 600_000 }, async () => {
    await expectProtocol(protocol)
    const world = await openWorld()
    const engine = await world.start()
    await world.feed(40)
    await world.untilOutcomes(world.sent)
    for (let round = 0; round < 3; round++) {
      const first = proxy.hold('endTxn', 'request', 1, transactions(world))
      await world.feed(40, [0])
      const late = await first
      // As after a time-out: the engine settles the question, and goes on.
      late.hangUp()
      await world.untilOutcomes(world.sent)
      const second = proxy.hold('endTxn', 'request', 1, transactions(world))
      await world.feed(40, [0])
      const open = await second
      expect(refusals).toContain(codeOf(await late.forward()))
      await world.feed(40, [0])
      expect(codeOf(await open.forward())).toBe(0)
      await world.untilOutcomes(world.sent)
    }
    await world.end(engine, 'SIGTERM')
    // Where an answer that is lost stays open the task has begun anew; with an epoch per transaction it asks again.
    if (protocol === 'classic') expect(world.errors).toContain('CLIENT_KAFKA_INDEFINITE')
    expect(await world.findings()).toEqual(nothing)
  })
})

/** How the transactional ids of a world's tasks begin. */
function transactions({ name }: EngineWorld): string {
  return `millrace-${name}`
}

/** The cluster has the transactions that the test is about, and a client that comes now would use them. */
async function expectProtocol(protocol: string): Promise<void> {
  const cluster = new KafkaCluster(kafkaSettings(kafka.bootstrapServers))
  try {
    const { transactionVersion } = await cluster.features()
    expect(transactionVersion >= 2 ? 'v2' : 'classic').toBe(protocol)
  } finally {
    await cluster.close()
  }
}
