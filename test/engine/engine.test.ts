import { expect, test } from 'vitest'
import { registry } from '../../src/components.ts'
import { Engine } from '../../src/engine/engine.ts'
import { planEngine } from '../../src/engine/read-engine.ts'
import { registryUrl as stumblingUrl } from '../support/stumbling-registry.ts'
import { eventOf, LogWorld, numbersFrom, type Prediction, registryUrl } from './log-world.ts'

/** Positions of a partition's predictions, without their stream. */
const positions = (predictions: readonly Prediction[]) => predictions.map((p) => Number(p.position.replace(/^.*@/, '')))
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

test('several inputs, keys and swaps under load: nothing is lost, repeated, reordered or wrongly stamped, over a stop too', async () => {
  const world = new LogWorld()
  const changes = {
    slots: { 0: world.stream('in', 2), 1: world.stream('out', 2), 2: world.stream('more') },
    join: { key: { type: 'field', name: 'kind' }, noModel: { type: 'dead-letter' } },
    threads: 2, // for three tasks
  }
  const sent = [0, 0, 0]
  const feed = (count: number) => {
    for (const [n, topic] of ['in', 'in', 'more'].entries()) {
      const kinds = ['a', 'b'][n % 2]
      world.append(topic, numbersFrom(sent[n]!, sent[n]! + count, { kind: kinds }), n % 2)
      sent[n]! += count
    }
  }
  world.log.createTopic('in', { partitions: 2 })
  world.log.createTopic('more')
  world.publish('1', { dataType: 'a' })
  world.publish('1', { dataType: 'b' })
  const first = world.engine(changes)
  await first.start()
  expect(first.state).toBe('running')
  for (const version of ['2', '3', '4']) {
    const active = eventOf(first, 'versionActivated', (event) => event.version === version, 3) // in each task
    if (version === '3') world.publish('bad', { dataType: 'a', data: Buffer.from('export function score(') })
    world.publish(version, { dataType: 'a' })
    feed(40)
    await active
    feed(40)
    await world.until(sent[0]! + sent[2]!) // slots 0 and 2 share partition 0 of the output
  }
  const report = await first.report()
  expect(report.tasks.map((task) => task.task).sort()).toEqual(['0/0', '0/1', '2/0'])
  expect(Object.keys(report.stats).sort()).toEqual(['a', 'b'])
  expect(report.versions.find((version) => version.version === 'bad')?.rejection?.code).toBe('MODEL_FUNCTION_SYNTAX')
  expect(report.latency.p99).toBeGreaterThanOrEqual(report.latency.p50)
  await first.stop()
  expect(first.state).toBe('stopped')
  await first.done()

  feed(40)
  const second = world.engine(changes)
  await second.start()
  await world.until(sent[0]! + sent[2]!)
  await world.until(sent[1]!, 'out', 1)
  await second.stop()
  const both = world.predictions('out', 0)
  const streams = [
    both.filter((p) => p.position.startsWith('in/')),
    world.predictions('out', 1),
    both.filter((p) => p.position.startsWith('more/')),
  ]
  for (const [n, predictions] of streams.entries()) {
    expect(positions(predictions)).toEqual(range(0, sent[n]!))
    for (const { value, version } of predictions) expect(value['made']).toBe(version)
  }
  const versions = streams[0]!.map((p) => Number(p.version))
  expect(versions).toEqual([...versions].sort())
  expect(versions.at(-1)).toBe(4)
  expect(new Set(streams[1]!.map((p) => p.version))).toEqual(new Set(['1']))
  expect(world.deadLetters()).toEqual([])
  const total = sent[0]! + sent[1]! + sent[2]!
  expect((await second.report()).counts).toEqual({ read: total, predicted: total, deadLettered: 0, dropped: 0 })
}, 60_000)

test('an error that may pass leads to a restart from the checkpoint; nothing is lost or repeated', async () => {
  const world = new LogWorld()
  world.publish('1')
  world.append('in', numbersFrom(0, 120))
  const engine = world.engine({}, stumblingUrl)
  const events: string[] = []
  engine.telemetry.listen((name) => events.push(name))
  await engine.start()
  await world.until(120)
  await engine.stop()
  expect(positions(world.predictions())).toEqual(range(0, 120))
  expect(events.filter((name) => name === 'engineRestarting')).toHaveLength(1)
  expect(events.filter((name) => name === 'engineStarted')).toHaveLength(2)
}, 60_000)

test('an engine that goes on between two parts of an artifact has both, with another message between them', async () => {
  const world = new LogWorld()
  world.publish('1')
  const location = world.appendPart('2', 0)
  world.publish('3', { dataType: 'other' })
  const first = world.engine()
  await first.start()
  world.append('in', numbersFrom(0, 5))
  await world.until(5)
  await first.stop()
  world.appendPart('2', 1)
  world.publish('2', { data: undefined, location })
  const second = world.engine()
  await second.start()
  world.append('in', numbersFrom(5, 10))
  await world.until(10)
  await second.stop()
  expect(world.predictions().map(({ version }) => version)).toEqual([...'1111122222'])
}, 60_000)

test('of two engines on the same tasks the older one is fenced off and ends with an error; the younger goes on', async () => {
  const world = new LogWorld()
  world.publish('1')
  world.append('in', numbersFrom(0, 60))
  const older = world.engine()
  await older.start()
  await world.until(60)
  const younger = world.engine()
  await younger.start()
  const ended = expect(older.done()).rejects.toMatchObject({ code: 'CLIENT_LOG_FENCED' })
  world.append('in', numbersFrom(60, 200))
  await ended
  await world.until(200)
  expect([older.state, younger.state]).toEqual(['failed', 'running'])
  await younger.stop()
  expect(positions(world.predictions())).toEqual(range(0, 200))
}, 60_000)

test('two engines with checkpoints in one file do not touch each other', async () => {
  const world = new LogWorld()
  world.publish('1')
  world.publish('2', { dataType: 'others' })
  world.append('in', numbersFrom(0, 10))
  const one = world.engine()
  const two = world.engine({ name: 'others', slots: { 0: world.stream('in'), 1: world.stream('out-of-others') } })
  await one.start()
  await two.start()
  await world.until(10)
  await world.until(10, 'out-of-others')
  world.append('in', numbersFrom(10, 20))
  await world.until(20)
  await world.until(20, 'out-of-others')
  await one.stop()
  await two.stop()
  expect([one.state, two.state]).toEqual(['stopped', 'stopped'])
  expect(new Set(world.predictions('out-of-others').map((p) => p.version))).toEqual(new Set(['2']))
}, 60_000)

const finite = {
  name: 'numbers',
  slots: { 0: { transport: { type: 'inline', records: numbersFrom(0, 5) }, encoding: 'json' } },
  models: [
    {
      name: 'm',
      version: '1',
      format: 'javascript',
      data: Buffer.from('export const samples = [{ x: 1 }]; export function score(r) { return { y: r.x } }').toString(
        'base64',
      ),
    },
  ],
  deadLetters: { transport: 'discard', encoding: 'json' },
  state: 'memory',
  versions: { allowCode: true },
}
const planOf = (document: object) => planEngine(document, { document: null, source: 'test', baseFolder: '/' }, registry)

test('an engine whose inputs end is finished; its models were in place before the first record, and its counts stay', async () => {
  const engine = new Engine({ plan: planOf(finite), registry, registryUrl })
  await engine.start()
  await engine.done()
  expect(engine.state).toBe('finished')
  const report = await engine.report()
  expect(report.counts).toEqual({ read: 5, predicted: 5, deadLettered: 0, dropped: 0 })
  expect(await engine.stats('numbers')).toMatchObject({ name: 'm', version: '1', usage: 5 })
  expect(await engine.stats('unknown')).toMatchObject({ name: '', usage: 0 })
  await engine.stop()
  expect(engine.state).toBe('finished')
})

test('an error that does not pass ends the engine with it, and whoever waits at a slot is told', async () => {
  const slots = { 0: 'file:/nowhere/at/all.json', 2: 'rest:' }
  const engine = new Engine({ plan: planOf({ ...finite, slots }), registry, registryUrl })
  const answer = expect(engine.slots.get(2)?.push(Buffer.from('{}'))).rejects.toMatchObject({ code: 'CORE_CLOSED' })
  await expect(engine.start()).rejects.toThrow('/nowhere/at/all.json')
  await expect(engine.done()).rejects.toThrow('/nowhere/at/all.json')
  expect(engine.state).toBe('failed')
  await answer
})

test('stopping before the start means that nothing is started', async () => {
  const engine = new Engine({ plan: planOf(finite), registry, registryUrl })
  await engine.stop()
  await engine.start()
  await engine.done()
  expect(engine.state).toBe('stopped')
  expect((await engine.report()).counts.read).toBe(0)
})

test('an engine that cannot load the models of its own file does not start, and reads nothing', async () => {
  const data = Buffer.from('export function score(').toString('base64')
  const models = [{ name: 'm', version: '1', format: 'javascript', data }]
  const engine = new Engine({ plan: planOf({ ...finite, models }), registry, registryUrl })
  await expect(engine.start()).rejects.toMatchObject({ code: 'MODEL_FUNCTION_SYNTAX' })
  expect(engine.state).toBe('failed')
  expect((await engine.report()).counts.read).toBe(0)
})
