import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { registry } from '../../src/components.ts'
import { systemClock } from '../../src/core/clock.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { Telemetry } from '../../src/core/telemetry.ts'
import type { ModelUpdate } from '../../src/engine/join-state.ts'
import { Loader } from '../../src/engine/loader.ts'
import { ModelFeed } from '../../src/engine/model-feed.ts'
import type { RemoteTask } from '../../src/engine/scoring-thread.ts'
import type { HostRequest } from '../../src/engine/task-host.ts'
import { VersionCache } from '../../src/engine/version-cache.ts'
import { reference, source } from './fakes.ts'
import { LogWorld, registryUrl } from './log-world.ts'

/** A task that keeps what it is sent. */
function follower(name: string) {
  const updates: ModelUpdate[] = []
  let wake = () => {}
  const thread = {
    post: (request: HostRequest) => {
      if (request.kind === 'update') updates.push(request.update)
      wake()
    },
  }
  const until = async (count: number) => {
    while (updates.length < count) await new Promise<void>((resolve) => (wake = resolve))
  }
  return { task: { planned: { name }, thread } as unknown as RemoteTask, updates, until }
}

function partsOf(world: LogWorld, changes: object = {}) {
  const plan = world.plan(changes)
  const { allowsCode, maxArtifactBytes, locations, baseFolder } = plan.versions
  const settings = { allowsCode, maxArtifactBytes, locations, baseFolder, features: {} }
  const loader = new Loader({ registryUrl, settings, state: plan.state }, 60_000)
  onTestFinished(() => loader.close())
  const loads: string[] = []
  const load = loader.load.bind(loader)
  loader.load = (request) => {
    loads.push(request.command.version)
    return load(request)
  }
  const reloaded: string[] = []
  const versions = new VersionCache((reference) => {
    reloaded.push(reference.version)
    return loader.reload(reference)
  })
  const parts = {
    plan,
    registry,
    clock: systemClock,
    telemetry: new Telemetry(),
    loader,
    versions,
    known: [],
    save: async () => {},
  }
  const open = async (from: number) => {
    const feed = await ModelFeed.open(parts, 0, from)
    onTestFinished(async () => {
      feed.stop()
      await feed.close()
    })
    await feed.catchUp()
    return feed
  }
  return { open, versions, loads, reloaded, telemetry: parts.telemetry }
}

const summary = (updates: readonly ModelUpdate[]) => updates.map((u) => `${u.position} ${u.version} ${u.outcome.type}`)

test('whoever comes later is given what it needs of what came before, and then what comes, in order', async () => {
  const world = new LogWorld()
  for (const version of ['1', '2']) world.publish(version)
  const { open, reloaded } = partsOf(world)
  const feed = await open(0)
  feed.start(() => {})
  const [early, late] = [follower('0/0'), follower('0/1')]
  await feed.follow(early.task, 0)
  world.publish('3')
  await early.until(3)
  await feed.follow(late.task, 1)
  world.publish('4')
  await early.until(4)
  await late.until(3)
  expect(summary(early.updates)).toEqual(['0 1 none', '1 2 loaded', '2 3 loaded', '3 4 loaded'])
  expect(summary(late.updates)).toEqual(['1 2 none', '2 3 loaded', '3 4 loaded'])
  for (const { publishedMs } of [...early.updates, ...late.updates]) expect(publishedMs).toBeGreaterThan(0)
  expect(reloaded).toEqual([]) // what was loaded once is shared
  feed.leave(early.task)
  world.publish('5')
  await late.until(4)
  expect(early.updates).toHaveLength(4)
}, 60_000)

test('a version that is no longer at hand is prepared again; one that is gone counts as rejected', async () => {
  const world = new LogWorld()
  world.publish('1', { dataType: 'a' })
  world.publish('2', { dataType: 'b' })
  const { open, versions, reloaded } = partsOf(world)
  const feed = await open(0)
  versions.close()
  const task = follower('0/0')
  await feed.follow(task.task, 0)
  expect(summary(task.updates)).toEqual(['0 1 loaded', '1 2 loaded'])
  expect(reloaded).toEqual(['1', '2'])
  const broken = new LogWorld()
  broken.publish('1')
  const gone = partsOf(broken)
  const other = await gone.open(0)
  gone.versions.close()
  const moves: string[] = []
  gone.telemetry.listen((name, payload) => {
    if (name === 'versionMoved') moves.push((payload as { to: string }).to)
  })
  gone.versions.get = async () => {
    throw new MillraceError('ENGINE_ARTIFACT_MISSING', { digest: 'a', model: 'm' })
  }
  const unlucky = follower('0/0')
  await other.follow(unlucky.task, 0)
  expect(summary(unlucky.updates)).toEqual(['0 1 rejected'])
  expect(moves).toEqual(['rejected'])
  // What is not the version's fault is no reason to go on without it.
  for (const error of [
    new MillraceError('ENGINE_LOADER_DIED', { model: 'm', reason: 'memory' }),
    new MillraceError('ENGINE_LOAD_TIMEOUT', { model: 'm', timeoutMs: 1 }),
    new MillraceError('CORE_CLOSED', { subject: 'the loader' }),
  ]) {
    gone.versions.get = () => Promise.reject(error)
    await expect(other.follow(follower('0/1').task, 0)).rejects.toBe(error)
  }
}, 60_000)

test('what is prepared already is not loaded again, unless the message has rows to verify', async () => {
  const world = new LogWorld()
  const { open, loads } = partsOf(world)
  /** What the next owner of a partition loads, which reads its stream from the start. */
  const loadedNow = async () => {
    const before = loads.length
    const feed = await open(0)
    const task = follower('0/0')
    await feed.follow(task.task, 0)
    return [summary(task.updates).at(-1), loads.slice(before)]
  }
  world.publish('1', { dataType: 'a' })
  expect(await loadedNow()).toEqual(['0 1 loaded', ['1']])
  world.publish('2', { dataType: 'b' })
  expect(await loadedNow()).toEqual(['1 2 loaded', ['2']])
  world.publish('1', { dataType: 'a', data: Buffer.from(source('1', 'r.x + 1')) })
  expect(await loadedNow()).toEqual(['2 1 loaded', ['1']])
  expect(await loadedNow()).toEqual(['2 1 loaded', []])
  world.publish('2', { dataType: 'b', verificationRows: [{ input: { x: 1 }, expected: { y: 2 } }] })
  expect(await loadedNow()).toEqual(['3 2 rejected', ['2']])
}, 60_000)

test('a stream is read from where it is wanted; nothing is kept once no task comes any more', async () => {
  const world = new LogWorld()
  for (const version of ['1', '2', '3']) world.publish(version)
  const { open } = partsOf(world)
  const feed = await open(1)
  expect(feed.known.map((v) => v.version)).toEqual(['2', '3'])
  expect(feed.isReread).toBe(false)
  const [first, second] = [follower('0/0'), follower('0/1')]
  await feed.follow(first.task, 0)
  feed.endJournal()
  feed.start(() => {})
  world.publish('4')
  await first.until(3)
  await feed.follow(second.task, 0)
  expect(summary(second.updates)).toEqual(['1 2 none', '2 3 loaded'])
  await feed.reach(99) // the log cannot tell its end: nothing to wait for
}, 60_000)

test('parts of an artifact may stand before where the stream is read from, with another message between them', async () => {
  const world = new LogWorld()
  world.publish('1')
  const location = world.appendPart('2', 0)
  world.publish('3', { dataType: 'other' })
  const feed = await partsOf(world).open(3)
  const task = follower('0/0')
  await feed.follow(task.task, 3)
  feed.start(() => {})
  world.appendPart('2', 1)
  world.publish('2', { data: undefined, location })
  world.publish('4', { data: undefined, location: `chunks:${'a'.repeat(64)}` })
  await task.until(2)
  expect(summary(task.updates)).toEqual(['4 2 loaded', '5 4 rejected'])
  expect(feed.known.at(-1)?.rejection).toMatchObject({ code: 'ENGINE_PARTS_MISSING' })
}, 60_000)

test('a version that was never loaded here is fetched from where its message said, and compared with the digest', async () => {
  const world = new LogWorld()
  const text = source('1')
  writeFileSync(join(world.folder, 'one.js'), text)
  world.publish('1', { data: undefined, location: 'one.js' })
  world.publish('2')
  const { open } = partsOf(world)
  const feed = await open(0)
  const named = { key: 'numbers', model: 'm', version: '1', format: 'javascript' }
  const digest = createHash('sha256').update(text).digest('hex')
  expect(await feed.fetch(reference({ ...named, digest }))).toMatchObject({ samples: [] })
  await expect(feed.fetch(reference({ ...named, digest: 'a'.repeat(64) }))).rejects.toMatchObject({
    code: 'ENGINE_DIGEST_DIFFERS',
  })
  expect(await feed.fetch(reference({ ...named, version: '2' }))).toBeNull()
}, 60_000)
