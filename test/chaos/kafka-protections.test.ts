// The verifier has to find what the engine prevents: here one protection after the other is taken out.
import { expect, onTestFinished, test } from 'vitest'
import type { LocalKafka } from '../../src/clients/local-kafka/local-kafka.ts'
import { kafkaService } from '../support/kafka.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type ChaosChoice, ChaosWorld } from './kafka-world.ts'

const { bootstrapServers, reason } = await kafkaService()
const none = { lost: 0, repeated: 0, reordered: 0, misattributed: 0, foreign: 0 }
const SEED = 7

/** A world on the broker of the test run, with one instance. */
async function worldOf(choice: Partial<ChaosChoice>): Promise<ChaosWorld> {
  const cluster = { kafka: { bootstrapServers } as unknown as LocalKafka, proxies: [], stop: async () => {} }
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

/** Kills the instance in the middle of its work, several times. */
async function kill(world: ChaosWorld, times: number): Promise<void> {
  const [instance] = world.instances
  for (let time = 0; time < times; time++) {
    await world.untilCaughtUp()
    await world.sleep(world.integer(0, 400))
    await instance?.end('SIGKILL')
    instance?.start()
  }
}

test.skipIf(reason !== null)(
  'after kills nothing is repeated, unless aborted transactions are read too',
  async () => {
    const world = await worldOf({})
    await kill(world, 2)
    expect(await world.drain()).toEqual([0])
    const sound = await world.verify()
    expect(sound.examples).toEqual([])
    expect(sound.faults).toEqual(none)

    const uncommitted = await world.verify({ isUncommittedRead: true })
    const { repeated, misattributed } = uncommitted.faults
    expect(uncommitted.faults).toEqual({ ...none, repeated, misattributed })
    expect(repeated).toBeGreaterThan(0)
  },
  10 * 60_000,
)

test.skipIf(reason !== null)(
  'at-least-once repeats after kills, and neither loses nor reorders',
  async () => {
    const world = await worldOf({ guarantee: 'at-least-once' })
    await kill(world, 4)
    expect(await world.drain()).toEqual([0])
    const { faults } = await world.verify()
    // What is scored again may be scored by a later version, which the activation log then names for both.
    const { repeated, misattributed } = faults
    expect(faults).toEqual({ ...none, repeated, misattributed })
    expect(repeated).toBeGreaterThan(0)
  },
  10 * 60_000,
)
