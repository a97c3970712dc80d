import type { Direction, HeldMessage } from '../support/tcp-proxy.ts'
import { REQUEST_MS, SESSION_MS } from './kafka-plan.ts'
import type { ChaosWorld } from './kafka-world.ts'

/** Something that happens to a run, while records and models keep coming. */
export type Fault = (world: ChaosWorld) => Promise<void>

/** Longest wait for a message of the kind that a fault is about, and for the answer to one that is late. */
const MESSAGE_MS = 60_000
/** A broker that is not heard of for so long loses its partitions (broker.session.timeout.ms). */
const BROKER_SESSION_MS = 9_000

/** Everything that happens to an engine and to its connections, by name. */
export const faults = {
  /** An instance is killed, and started again after its partitions have moved, or at once. */
  'instance killed': async (world) => {
    const instance = world.pick(world.instances)
    await instance.end('SIGKILL')
    await world.sleep(world.pick([0, SESSION_MS * 2]))
    instance.start()
  },
  'two instances killed': async (world) => {
    const spared = world.integer(0, world.instances.length - 1)
    const [first, second] = world.instances.filter((_, i) => i !== spared)
    await Promise.all([first?.end('SIGKILL'), second?.end('SIGKILL')])
    first?.start()
    await world.sleep(world.integer(0, 1_000))
    second?.start()
  },
  /** An instance stands still until others have its partitions, then goes on in the belief that they are its own. */
  'instance stopped beyond its session': async (world) => {
    const instance = world.pick(world.instances)
    instance.signal('SIGSTOP')
    await world.sleep(SESSION_MS * 2)
    instance.signal('SIGCONT')
  },
  'broker killed': async (world) => {
    const { kafka } = world.cluster
    const broker = world.pick(kafka.brokers)
    broker.signal('SIGKILL')
    await broker.exited()
    await world.sleep(world.integer(0, 2_000))
    await kafka.restart(broker)
  },
  'broker restarted': async (world) => {
    const { kafka } = world.cluster
    const broker = world.pick(kafka.brokers)
    await broker.stop(20_000)
    await kafka.restart(broker)
  },
  /** The end of a transaction reaches the broker after its producer has given it up and gone on with another. */
  'end of a transaction late': async (world) => {
    const held = await messageOf(world, 'request')
    await world.sleep(REQUEST_MS + 2_000)
    const answer = await Promise.race([held.forward(), world.sleep(MESSAGE_MS).then(() => null)])
    if (answer === null) throw new Error('the broker has not answered the late end of a transaction')
  },
  'end of a transaction lost': async (world) => (await messageOf(world, 'request')).cut(),
  /** The transaction is committed, and its producer never hears of it. */
  'answer to the end of a transaction lost': async (world) => (await messageOf(world, 'response')).cut(),
  'answer to the end of a transaction dropped': async (world) => {
    const held = await messageOf(world, 'response')
    held.drop()
    await world.sleep(REQUEST_MS)
  },
  /** A broker stands still, shortly or until others lead its partitions, then goes on in the belief that it leads them. */
  'broker stopped': async (world) => {
    const broker = world.pick(world.cluster.kafka.brokers)
    broker.signal('SIGSTOP')
    await world.sleep(world.pick([3_000, BROKER_SESSION_MS + 3_000]))
    broker.signal('SIGCONT')
  },
  'connections cut': async (world) => {
    for (let times = world.integer(1, 4); times > 0; times--) {
      world.pick(world.cluster.proxies).cut()
      await world.sleep(world.integer(0, 300))
    }
  },
  'a slow network': async (world) => {
    for (const proxy of world.cluster.proxies) proxy.delayMs = 40
    await world.sleep(3_000)
    for (const proxy of world.cluster.proxies) proxy.delayMs = 0
  },
  /** Less than what comes in gets through. */
  'a narrow network': async (world) => {
    for (const proxy of world.cluster.proxies) proxy.bytesPerSecond = 20_000
    await world.sleep(5_000)
    for (const proxy of world.cluster.proxies) proxy.bytesPerSecond = null
  },
} as const satisfies Record<string, Fault>
export type FaultName = keyof typeof faults

/** The next EndTxn through any of the proxies. */
async function messageOf(world: ChaosWorld, direction: Direction): Promise<HeldMessage> {
  const { proxies } = world.cluster
  const found = Promise.withResolvers<HeldMessage | null>()
  let isFound = false
  for (const proxy of proxies) {
    void proxy.hold('endTxn', direction).then((held) => {
      if (isFound) void held.forward() // two at the same moment: only one is meant
      isFound = true
      found.resolve(held)
    })
  }
  const tooLate = new AbortController()
  const late = world.sleep(MESSAGE_MS, tooLate.signal).then(() => null)
  const held = await Promise.race([found.promise, late])
  isFound = true
  tooLate.abort()
  for (const proxy of proxies) proxy.holdNothing()
  if (held === null) throw new Error(`no ${direction} of EndTxn in ${MESSAGE_MS} ms, while records come without pause`)
  return held
}
