// The verifier has to find what the engine prevents: here one protection after the other is taken out.
import { describe, expect, onTestFinished, test } from 'vitest'
import { lag } from '../../src/clients/kafka/admin.ts'
import { TransactionalProducer } from '../../src/clients/kafka/producer.ts'
import type { LocalKafka } from '../../src/clients/local-kafka/local-kafka.ts'
import { systemClock } from '../../src/core/clock.ts'
import { kafkaCluster } from '../support/kafka.ts'
import { texts } from '../support/kafka-read.ts'
import { uniqueName } from '../support/kafka-topics.ts'
import type { TcpProxy } from '../support/tcp-proxy.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ENGINE } from './kafka-plan.ts'
import { type ChaosChoice, ChaosWorld } from './kafka-world.ts'

const service = await kafkaCluster({ brokers: 1, isProxied: true })
const proxy = service.proxies[0] as TcpProxy
const none = { lost: 0, repeated: 0, reordered: 0, misattributed: 0, foreign: 0 }
const SEED = 7
const TIMEOUT_MS = 10 * 60_000
/** Longest wait for what an engine under load does all the time. */
const WAIT_MS = 120_000
/** So long that what is under way is seen, and a kill comes before the commit. */
const LONG_COMMIT_MS = 2_000

/** A world with one instance. */
async function worldOf(choice: Partial<ChaosChoice>): Promise<ChaosWorld> {
  const cluster = { kafka: service.kafka as LocalKafka, proxies: service.proxies, stop: async () => {} }
  const world = await ChaosWorld.start(cluster, temporaryFolder(), {
    seed: SEED,
    instances: 1,
    recordsAtOnce: 4,
    swapMs: 3_000,
    ...choice,
  })
  onTestFinished(() => world.close())
  return world
}

/** Asks again and again until the answer is not null. */
async function until<T>(what: string, ask: () => Promise<T | null>): Promise<T> {
  const deadline = systemClock.monotonicMs() + WAIT_MS
  for (;;) {
    const answer = await ask()
    if (answer !== null) return answer
    if (systemClock.monotonicMs() > deadline) throw new Error(`${what}: not within ${WAIT_MS} ms`)
    await systemClock.sleep(50)
  }
}

/** What is written and what is committed: ends of the outputs, and positions of the group. */
async function progress(world: ChaosWorld) {
  const { records, predictions, deadLetters } = world.engine.topics
  const committed = (await lag(world.client, ENGINE, records)).reduce((sum, one) => sum + one.end - one.records, 0)
  const written = await Promise.all([predictions, deadLetters].map((topic) => world.count(topic, 'readUncommitted')))
  return { committed, written: written.reduce((sum, count) => sum + count, 0) }
}

/** Kills the instance while outputs are written whose positions are not committed. */
async function killInside(world: ChaosWorld, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await world.untilCaughtUp()
    let before = await progress(world)
    await until('outputs without positions', async () => {
      const now = await progress(world)
      if (now.committed === before.committed && now.written > before.written) return true
      before = now
      return null
    })
    await restart(world)
  }
}

async function restart(world: ChaosWorld): Promise<void> {
  await world.instances[0]?.end('SIGKILL')
  world.instances[0]?.start()
}

/** Adds records to the input that are never committed. */
async function addAborted(world: ChaosWorld): Promise<void> {
  const { records } = world.engine.topics
  const producer = await TransactionalProducer.open(world.client, { transactionalId: uniqueName('feeder') })
  const transaction = producer.begin()
  for (let partition = 0; partition < 3; partition++)
    await transaction.produce(records, partition, texts(['{"seq":-1,"x":1}', '{"seq":-2,"x":1}']))
  await transaction.flush()
  transaction.abort()
  await producer.close()
  // Behind the markers more records come: of a marker alone at the end of a partition no position is committed.
  await until('the markers of the abort', async () => {
    const committed = await world.count(records, 'readCommitted')
    return committed === (await world.count(records, 'readUncommitted')) ? true : null
  })
  await world.sendOnce()
}

describe.skipIf(service.reason !== null)('the verifier', () => {
  test(
    'finds nothing after kills and aborted records, and repetitions where aborted outputs are read too',
    async () => {
      const world = await worldOf({ commitIntervalMs: LONG_COMMIT_MS })
      await addAborted(world)
      await killInside(world, 2)
      expect(await world.drain()).toEqual([0])
      const sound = await world.verify()
      expect(sound.examples).toEqual([])
      expect(sound.faults).toEqual(none)

      const uncommitted = await world.verify({ isUncommittedRead: true })
      const { repeated, misattributed } = uncommitted.faults
      expect(uncommitted.faults).toEqual({ ...none, repeated, misattributed })
      expect(repeated).toBeGreaterThan(0)
    },
    TIMEOUT_MS,
  )

  test(
    'finds repetitions after kills where commits are not atomic, and nothing lost or reordered',
    async () => {
      const world = await worldOf({ guarantee: 'at-least-once', commitIntervalMs: LONG_COMMIT_MS })
      await killInside(world, 2)
      expect(await world.drain()).toEqual([0])
      const { faults } = await world.verify()
      // What is scored again may be scored by a later version, which the activation log then names for both.
      const { repeated, misattributed } = faults
      expect(faults).toEqual({ ...none, repeated, misattributed })
      expect(repeated).toBeGreaterThan(0)
    },
    TIMEOUT_MS,
  )

  test(
    'finds what is lost where positions are committed before their outputs',
    async () => {
      const world = await worldOf({ missing: 'outputs with their positions' })
      // Under load there are outputs behind the positions at any time.
      await world.untilCaughtUp()
      await restart(world)
      await world.untilCaughtUp()
      await world.stopFeeding()
      const { faults } = await world.verify()
      // Cut-overs are lost too.
      const { lost, misattributed } = faults
      expect(faults).toEqual({ ...none, lost, misattributed })
      expect(lost).toBeGreaterThan(0)
    },
    TIMEOUT_MS,
  )

  test(
    'finds what is reordered where batches have no sequence numbers',
    async () => {
      const world = await worldOf({
        guarantee: 'at-least-once',
        commitIntervalMs: LONG_COMMIT_MS,
        missing: 'sequence numbers',
      })
      for (let time = 0; time < 3; time++) {
        // It goes again when its time is over, after those that were sent behind it.
        const held = proxy.hold('produce', 'request', 1, world.engine.topics.predictions)
        ;(await held).drop()
        await world.untilCaughtUp()
      }
      expect(await world.drain()).toEqual([0])
      const { faults } = await world.verify()
      const { reordered, repeated, misattributed } = faults
      expect(faults).toEqual({ ...none, reordered, repeated, misattributed })
      expect(reordered).toBeGreaterThan(0)
    },
    TIMEOUT_MS,
  )

  test(
    'finds nothing reordered where batches have them',
    async () => {
      const world = await worldOf({ guarantee: 'at-least-once', commitIntervalMs: LONG_COMMIT_MS })
      for (let time = 0; time < 2; time++) {
        const held = proxy.hold('produce', 'request', 1, world.engine.topics.predictions)
        ;(await held).drop()
        await world.untilCaughtUp()
      }
      expect(await world.drain()).toEqual([0])
      expect((await world.verify()).faults).toEqual(none)
    },
    TIMEOUT_MS,
  )

  test(
    'finds wrong versions where cut-overs are written outside of the transactions',
    async () => {
      const world = await worldOf({ hasCutOversApart: true, commitIntervalMs: 5_000, swapMs: 1_000_000 })
      const cutOvers = () => world.count(`${ENGINE}.activations`, 'readUncommitted')
      // Nothing is committed between the cut-over and the kill, and another version comes before the next start.
      await until('a kill before the commit', async () => {
        const [known, { committed }] = [await cutOvers(), await progress(world)]
        await world.publish()
        await until('a cut-over', async () => ((await cutOvers()) > known ? true : null))
        await world.instances[0]?.end('SIGKILL')
        const isBefore = (await progress(world)).committed === committed
        await world.publish()
        world.instances[0]?.start()
        await world.untilCaughtUp()
        return isBefore ? true : null
      })
      expect(await world.drain()).toEqual([0])
      const { faults } = await world.verify()
      expect(faults).toEqual({ ...none, misattributed: faults.misattributed })
      expect(faults.misattributed).toBeGreaterThan(0)
    },
    TIMEOUT_MS,
  )

  test(
    'finds predictions of no record where the engine reads what was aborted',
    async () => {
      const world = await worldOf({ readsUncommitted: true })
      await addAborted(world)
      expect(await world.drain()).toEqual([0])
      const { faults } = await world.verify()
      expect(faults).toEqual({ ...none, foreign: 6 })
    },
    TIMEOUT_MS,
  )
})
