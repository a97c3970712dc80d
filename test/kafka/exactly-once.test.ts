import { describe, expect, onTestFinished, test } from 'vitest'
import { seeded } from '../random.ts'
import { kafkaService } from '../support/kafka.ts'
import { EngineWorld, PARTITIONS, type WorldChoice } from './engine-world.ts'

const kafka = await kafkaService()
/** Kills of one test; EXACTLY_ONCE_KILLS sets another number. */
const KILLS = Number(process.env['EXACTLY_ONCE_KILLS'] ?? 2)

async function world(choice?: WorldChoice): Promise<EngineWorld> {
  const opened = await EngineWorld.open(kafka, choice)
  onTestFinished(() => opened.close())
  return opened
}

const nothing = { lost: [], repeated: [], reordered: [], wronglyScored: [] }

describe.skipIf(kafka.reason !== null)('an engine on Kafka', () => {
  test('scores every record once, in order per key, however often it is killed in the middle', {
    timeout: 180_000,
  }, async () => {
    const random = seeded(Number(process.env['EXACTLY_ONCE_SEED'] ?? 5))
    const one = await world()
    await one.publish()
    await killAndFinish(one, KILLS, random)
    expect(await one.findings()).toEqual(nothing)
    expect((await one.read(one.topics.letters)).length).toBe(one.sent / 20)
    expect((await one.read(one.topics.activations)).length).toBeGreaterThanOrEqual(PARTITIONS)
  })

  test("that was stopped for longer than its session writes nothing when it goes on: its tasks are others' by then", {
    timeout: 300_000,
  }, async () => {
    const one = await world({ sessionTimeoutMs: 1_500 })
    await one.publish()
    const zombie = await one.start()
    await one.feed(100)
    await one.untilOutcomes(100)
    await one.feed(100)
    zombie.kill('SIGSTOP')
    const next = await one.start()
    await one.feed(100)
    await one.untilOutcomes(one.sent)
    zombie.kill('SIGCONT')
    for (let n = 0; n < 5; n++) {
      await one.feed(20)
      await one.untilOutcomes(one.sent)
    }
    await one.end(zombie, 'SIGTERM')
    await one.end(next, 'SIGTERM')
    expect(await one.findings()).toEqual(nothing)
  })

  test('that is warm takes over what a killed one leaves: every record once, with the versions that came meanwhile', {
    timeout: 300_000,
  }, async () => {
    const one = await world({ sessionTimeoutMs: 1_500, hasStandby: true })
    await one.publish()
    const first = await one.start()
    await one.feed(100)
    await one.untilOutcomes(one.sent)
    const warm = await one.start()
    await one.publish()
    for (let n = 0; n < 5; n++) await one.feed(40)
    await one.end(first)
    await one.feed(40)
    await one.publish()
    await one.untilOutcomes(one.sent)
    // Whoever joins is given tasks too: the one that stays had some of its own, and has all now.
    await one.feed(40)
    await one.untilOutcomes(one.sent)
    await one.end(warm, 'SIGTERM')
    expect(await one.findings()).toEqual(nothing)
  })

  test.each(['consumer', 'classic'] as const)(
    'with "guarantee: at-least-once" keeps the order, although one that stood still goes on beside the one that has its name, %s',
    { timeout: 300_000 },
    async (groupProtocol) => {
      const one = await world({
        state: { guarantee: 'at-least-once' },
        sessionTimeoutMs: groupProtocol === 'classic' ? 6_000 : 1_500,
        input: { groupProtocol, groupInstanceId: 'one' },
      })
      await one.publish()
      const zombie = await one.start()
      await one.feed(100)
      await one.untilOutcomes(one.sent)
      await one.feed(100)
      zombie.kill('SIGSTOP')
      const next = await one.start()
      await one.feed(100)
      await one.untilNothingIsLost()
      zombie.kill('SIGCONT')
      for (let n = 0; n < 5; n++) {
        await one.feed(20)
        await one.untilNothingIsLost()
      }
      await one.end(zombie, 'SIGTERM')
      await one.feed(20)
      await one.untilNothingIsLost()
      await one.end(next, 'SIGTERM')
      // What the zombie had in hand may come again, behind what its successor has made of it.
      expect(await one.findings()).toMatchObject({ lost: [], reordered: [] })
    },
  )

  test('with "guarantee: at-least-once" loses nothing and keeps the order; only after a kill records may come twice', {
    timeout: 300_000,
  }, async () => {
    const random = seeded(6)
    const one = await world({ state: { guarantee: 'at-least-once' } })
    await one.publish()
    const engine = await one.start()
    await one.feed(200)
    await one.untilOutcomes(one.sent)
    await one.end(engine, 'SIGTERM')
    expect(await one.findings()).toEqual(nothing)
    await killAndFinish(one, 1, random)
    expect(await one.findings()).toMatchObject({ lost: [], reordered: [] })
  })
})

/** Feeds and publishes while engines are killed in the middle of their work, then lets one finish it. */
async function killAndFinish(one: EngineWorld, kills: number, random: () => number): Promise<void> {
  for (let kill = 0; kill < kills; kill++) {
    const engine = await one.start()
    const target = (await one.outcomes()) + 100 + Math.floor(random() * 300)
    for (let n = 0; n < 10; n++) {
      await one.feed(40)
      if (n % 3 === 0) await one.publish()
    }
    await one.untilOutcomes(target)
    await one.end(engine)
  }
  const last = await one.start()
  await one.feed(40)
  await one.untilOutcomes(one.sent)
  await one.end(last, 'SIGTERM')
}
