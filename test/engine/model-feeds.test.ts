import { expect, onTestFinished, test } from 'vitest'
import { registry } from '../../src/components.ts'
import { systemClock } from '../../src/core/clock.ts'
import { Telemetry } from '../../src/core/telemetry.ts'
import type { EnginePlan } from '../../src/engine/engine-plan.ts'
import { Loader } from '../../src/engine/loader.ts'
import { ModelFeeds } from '../../src/engine/model-feeds.ts'
import { planInputs } from '../../src/engine/plan-tasks.ts'
import { VersionCache } from '../../src/engine/version-cache.ts'
import { eventOf, LogWorld, numbersFrom, registryUrl } from './log-world.ts'

const planned = (partition: number, slot = 0) => ({ name: `${slot}/${partition}`, slot, partition, rank: partition })
const wants = (modelPosition: number) => ({ task: '0/0', modelPosition, references: [] })

function feedsOf(plan: EnginePlan, remembersKnown = true) {
  const { allowsCode, maxArtifactBytes, locations, baseFolder } = plan.versions
  const settings = { allowsCode, maxArtifactBytes, locations, baseFolder, features: {} }
  const loader = new Loader({ registryUrl, settings, state: plan.state }, 60_000)
  const errors: Error[] = []
  const feeds = new ModelFeeds({
    plan,
    registry,
    clock: systemClock,
    telemetry: new Telemetry(),
    loader,
    versions: new VersionCache((reference) => loader.reload(reference)),
    known: () => [],
    remembersKnown: () => remembersKnown,
    save: async () => {},
    onError: (error) => errors.push(error),
  })
  onTestFinished(async () => {
    feeds.stop()
    await loader.close()
    await feeds.close()
    expect(errors).toEqual([])
  })
  return feeds
}

test('tasks that are all there from the start wait for one another: the stream is read from the least position', async () => {
  const world = new LogWorld()
  for (const version of ['1', '2', '3', '4']) world.publish(version)
  const feeds = feedsOf(world.plan())
  const first = feeds.of(planned(0), wants(3))
  feeds.expect(2)
  expect(feeds.known).toBeNull()
  const second = feeds.of(planned(1), wants(1))
  expect(await first).toBe(await second)
  expect(feeds.known?.map((v) => v.version)).toEqual(['2', '3', '4'])
  expect(feeds.keepsKnown).toBe(true)
}, 60_000)

test('where the store forgets the versions that messages may name, the stream is read from its start', async () => {
  const world = new LogWorld()
  for (const version of ['1', '2', '3']) world.publish(version)
  const feeds = feedsOf(world.plan(), false)
  const feed = feeds.of(planned(0), wants(2))
  feeds.expect(1)
  await feed
  expect(feeds.known?.map((v) => v.version)).toEqual(['1', '2', '3'])
  expect(feeds.keepsKnown).toBe(false)
}, 60_000)

test('where instances divide the data the stream is read from its start before a task is known', async () => {
  const world = new LogWorld()
  for (const version of ['1', '2']) world.publish(version)
  const feeds = feedsOf(world.plan())
  await feeds.catchUp()
  expect(feeds.known?.map((v) => v.version)).toEqual(['1', '2'])
  expect((await feeds.of(planned(5), wants(2)))?.isReread).toBe(false)
  expect(feeds.keepsKnown).toBe(false)
}, 60_000)

test('an engine without a model stream has no feed; a stop lets go of whoever waits', async () => {
  const world = new LogWorld()
  const none = feedsOf(world.plan({ models: null }))
  expect(await none.of(planned(0), wants(0))).toBeNull()
  const feeds = feedsOf(world.plan())
  const waiting = feeds.of(planned(0), wants(0))
  feeds.expect(2)
  feeds.stop()
  expect(await waiting).toBeNull()
  expect(await feeds.of(planned(1), wants(0))).toBeNull()
}, 60_000)

const keyed = { type: 'keyed', key: { type: 'field', name: 'kind' } }

test('a keyed join has a feed for each partition, shared by the tasks of that partition', async () => {
  const world = new LogWorld()
  world.log.createTopic('keyed', { partitions: 2 })
  const feeds = feedsOf(world.plan({ models: world.stream('keyed', 2), join: keyed }))
  const [a, b, c] = [planned(0), planned(1), planned(0, 2)]
  const one = await feeds.of(a, wants(0))
  expect(await feeds.of(b, wants(0))).not.toBe(one)
  expect(await feeds.of(c, wants(0))).toBe(one)
  feeds.leave(a)
  expect(await feeds.of(a, wants(0))).toBe(one)
  feeds.leave(a)
  feeds.leave(c)
  expect(await feeds.of(a, wants(0))).not.toBe(one)
}, 60_000)

test('partitions that do not fit the join are refused with what is expected', async () => {
  const world = new LogWorld()
  world.log.createTopic('three', { partitions: 3 })
  const check = async (changes: object) => {
    const plan = world.plan({ slots: { 0: world.stream('two', 2), 1: world.stream('out', 2) }, ...changes })
    await feedsOf(plan).check(await planInputs(plan, registry))
  }
  await expect(check({ models: world.stream('three', 3) })).rejects.toThrow(
    'the model stream has 3 partitions, expected 1 (or as many as the data, with join.type: keyed)',
  )
  await expect(check({ models: world.stream('three', 3), join: keyed })).rejects.toThrow(
    'the model stream has 3 partitions and input "two" has 2: a keyed join needs as many',
  )
  await check({ models: null })
})

test('with a keyed join a record is scored by the models of its own partition alone', async () => {
  const world = new LogWorld()
  for (const topic of ['in', 'out', 'keyed']) world.log.createTopic(topic, { partitions: 2 })
  const engine = world.engine({
    slots: { 0: world.stream('in', 2), 1: world.stream('out', 2) },
    models: world.stream('keyed', 2),
    join: { ...keyed, noModel: { type: 'dead-letter' } },
    deadLetters: world.stream('letters', 2),
  })
  const [a, b] = [{ kind: 'a' }, { kind: 'b' }]
  world.publish('1', { dataType: 'a' }, 'keyed', 0)
  world.publish('2', { dataType: 'b' }, 'keyed', 1)
  for (const [partition, kind] of [a, b].entries()) world.append('in', numbersFrom(0, 5, kind), partition)
  world.append('in', numbersFrom(5, 7, b), 0) // has its models in the other partition
  await engine.start()
  await world.until(5, 'out', 0)
  await world.until(5, 'out', 1)
  await world.until(2, 'letters', 0)
  const active = eventOf(engine, 'versionActivated', (event) => event.version === '3')
  world.publish('3', { dataType: 'b' }, 'keyed', 1)
  await active
  world.append('in', numbersFrom(5, 10, b), 1)
  await world.until(10, 'out', 1)
  expect(world.predictions('out', 0).map((p) => p.version)).toEqual(['1', '1', '1', '1', '1'])
  expect(world.predictions('out', 1).map((p) => p.version)).toEqual([...'2222233333'])
  expect((await engine.report()).versions.map((v) => v.version).sort()).toEqual(['1', '2', '3'])
}, 60_000)
