import { describe, expect, onTestFinished, test } from 'vitest'
import { kafkaCluster } from '../support/kafka.ts'
import type { ApiName, Direction, HeldMessage, TcpProxy } from '../support/tcp-proxy.ts'
import { EngineWorld } from './engine-world.ts'

const kafka = await kafkaCluster({ brokers: 1, isProxied: true })
const proxy = kafka.proxies[0] as TcpProxy

/** What goes wrong, and what becomes of the message. */
const faults: readonly [string, ApiName, Direction, (message: HeldMessage) => void][] = [
  ['the answer to a commit is cut off', 'endTxn', 'response', (message) => message.cut()],
  ['a commit never arrives', 'endTxn', 'request', (message) => message.cut()],
  ['the answer to a write is cut off', 'produce', 'response', (message) => message.cut()],
  ['the answer to the positions is cut off', 'txnOffsetCommit', 'response', (message) => message.cut()],
]

describe.skipIf(kafka.reason !== null)('an engine in transactions', () => {
  test('scores every record once whatever answers are lost', { timeout: 300_000 }, async () => {
    const world = await EngineWorld.open(kafka, { engineServers: [`127.0.0.1:${proxy.port}`] })
    onTestFinished(() => world.close())
    await world.publish()
    const engine = await world.start()
    await world.feed(40)
    await world.untilOutcomes(world.sent)
    for (const [, api, direction, fault] of faults) {
      // The first write is that of the records themselves.
      const held = proxy.hold(api, direction, api === 'produce' ? 2 : 1)
      const fed = world.feed(40)
      fault(await held)
      await fed
      await world.feed(40)
      await world.untilOutcomes(world.sent)
    }
    // A commit that is delayed beyond the takeover by the next producer must not take effect then.
    const held = proxy.hold('endTxn', 'request')
    await world.feed(40)
    const delayed = await held
    proxy.cut()
    await world.feed(40)
    await world.untilOutcomes(world.sent)
    delayed.forward()
    await world.feed(40)
    await world.untilOutcomes(world.sent)
    await world.end(engine, 'SIGTERM')
    expect(await world.findings()).toEqual({ lost: [], repeated: [], reordered: [], wronglyScored: [] })
  })
})
