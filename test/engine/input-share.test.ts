import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { Telemetry, type TelemetryEvents } from '../../src/core/telemetry.ts'
import { Engine } from '../../src/engine/engine.ts'
import { InputShare } from '../../src/engine/input-share.ts'
import { dividedRegistry, endingUrl, ScriptedAssignment } from '../support/divided-registry.ts'
import { registryUrl as stumblingUrl } from '../support/stumbling-registry.ts'
import { LogWorld, numbersFrom, registryUrl } from './log-world.ts'

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

/** An engine on three partitions of topic `in` that the test gives out. */
class DividedWorld extends LogWorld {
  readonly assignment = new ScriptedAssignment()
  readonly events: string[] = []
  readonly started: TelemetryEvents['taskStarted'][] = []

  constructor() {
    super()
    this.log.createTopic('in', { partitions: 3 })
    this.log.createTopic('out', { partitions: 3 })
  }

  divided(changes: object = {}, { url = registryUrl, assignments = [this.assignment] } = {}): Engine {
    const slots = { 0: this.stream('in', 3), 1: this.stream('out', 3) }
    const plan = this.plan({ slots, ...changes })
    const engine = new Engine({ plan, registry: dividedRegistry(assignments), registryUrl: url })
    onTestFinished(() => engine.stop())
    engine.telemetry.listen((name, payload) => {
      if (name === 'taskStarted') this.started.push(payload as TelemetryEvents['taskStarted'])
      if ('task' in payload && name !== 'batchScored') this.events.push(`${name} ${payload.task}`)
    })
    return engine
  }

  feed(count: number, sent: number[]): void {
    for (const partition of sent.keys()) {
      this.append('in', numbersFrom(sent[partition]!, sent[partition]! + count), partition)
      sent[partition]! += count
    }
  }

  /** Waits for something that an event says. */
  async event(name: string): Promise<void> {
    while (!this.events.includes(name)) await new Promise((resolve) => setTimeout(resolve, 5))
    this.events.splice(this.events.indexOf(name), 1)
  }

  /** The positions that were predicted, by partition. */
  positions(partition: number): number[] {
    return this.predictions('out', partition).map((p) => Number(p.position.replace(/^.*@/, '')))
  }
}

test('tasks start and stop as partitions come and go, while others run; nothing is lost or repeated', async () => {
  const world = new DividedWorld()
  const sent = [0, 0, 0]
  world.publish('1')
  const engine = world.divided({ threads: 2 })
  await engine.start()
  expect([engine.state, (await engine.report()).tasks]).toEqual(['running', []])
  world.feed(100, sent)
  world.assignment.give([0, 1])
  await world.until(100, 'out', 0)
  await world.until(100, 'out', 1)
  expect(world.positions(2)).toEqual([])
  world.assignment.give([1, 2])
  await world.event('taskStopped 0/0')
  expect(world.assignment.released).toEqual([0])
  await world.event('versionActivated 0/1')
  world.publish('2')
  await world.event('versionActivated 0/1')
  world.feed(100, sent)
  await world.until(200, 'out', 1)
  await world.until(200, 'out', 2)
  expect(world.positions(0)).toEqual(range(0, 100))
  expect((await engine.report()).tasks.map((task) => task.task).sort()).toEqual(['0/1', '0/2'])
  world.assignment.give([0, 1, 2])
  await world.until(200, 'out', 0)
  for (const partition of [0, 1, 2]) {
    expect(world.positions(partition)).toEqual(range(0, 200))
    for (const { value, version } of world.predictions('out', partition)) expect(value['made']).toBe(version)
  }
  expect(
    new Set(
      world
        .predictions('out', 0)
        .slice(100)
        .map((p) => p.version),
    ),
  ).toEqual(new Set(['2']))
  await engine.stop()
  expect(engine.state).toBe('stopped')
  expect(world.assignment.isClosed).toBe(true)
  expect((await engine.report()).counts.read).toBe(600)
  for (const { totalMs, openMs, restoreMs, catchUpMs } of world.started)
    expect(Math.abs(totalMs - openMs - restoreMs - catchUpMs)).toBeLessThan(1e-6)
}, 60_000)

test('a partition that is lost is dropped, also while its task starts, and released', async () => {
  const world = new DividedWorld()
  const sent = [0, 0, 0]
  world.publish('1')
  const engine = world.divided()
  await engine.start()
  world.feed(50, sent)
  world.assignment.give([0, 1, 2])
  world.assignment.give([1], true) // at once: the others are on their way still
  await world.until(50, 'out', 1)
  while (world.assignment.released.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(world.assignment.released.sort()).toEqual([0, 2])
  world.assignment.give([0, 1, 2])
  for (const partition of [0, 1, 2]) await world.until(50, 'out', partition)
  for (const partition of [0, 1, 2]) expect(world.positions(partition)).toEqual(range(0, 50))
}, 60_000)

test('a task that fails is restarted by itself; the others go on, and the engine with them', async () => {
  const world = new DividedWorld()
  const sent = [0, 0, 0]
  world.publish('1')
  world.feed(120, sent)
  const engine = world.divided({}, { url: stumblingUrl })
  const names: string[] = []
  engine.telemetry.listen((name) => names.push(name))
  await engine.start()
  world.assignment.give([0, 1, 2])
  for (const partition of [0, 1, 2]) await world.until(120, 'out', partition)
  for (const partition of [0, 1, 2]) expect(world.positions(partition)).toEqual(range(0, 120))
  expect(names.filter((name) => name === 'taskRestarting')).toHaveLength(1)
  expect(names).not.toContain('engineRestarting')
  expect(engine.state).toBe('running')
}, 60_000)

test('an error of a task that does not pass ends the engine', async () => {
  const world = new DividedWorld()
  const engine = world.divided({
    slots: { 0: world.stream('in', 3), 1: { ...world.stream('out', 3), schema: { $ref: 'none' } } },
  })
  await engine.start()
  const ended = expect(engine.done()).rejects.toMatchObject({ code: 'STREAM_SCHEMA_MISSING' })
  world.assignment.give([0])
  await ended
  expect(engine.state).toBe('failed')
  expect(world.assignment.isClosed).toBe(true)
}, 60_000)

test('a membership that ends with an error that may pass is begun anew; its tasks are dropped before', async () => {
  const world = new DividedWorld()
  const sent = [0, 0, 0]
  const second = new ScriptedAssignment()
  world.publish('1')
  world.feed(30, sent)
  const engine = world.divided({}, { assignments: [world.assignment, second] })
  const names: string[] = []
  engine.telemetry.listen((name) => names.push(name))
  await engine.start()
  world.assignment.give([0])
  await world.until(30, 'out', 0)
  world.assignment.fail(
    new MillraceError('TRANSPORT_IO', {
      place: 'in',
      direction: 'reading',
      subject: 'the group',
      reason: 'it is away',
    }),
  )
  second.give([0, 1])
  world.feed(30, sent)
  await world.until(60, 'out', 0)
  await world.until(60, 'out', 1)
  expect([world.assignment.isClosed, second.isClosed]).toEqual([true, false])
  expect(names.filter((name) => name === 'assignmentError')).toHaveLength(1)
  for (const partition of [0, 1]) expect(world.positions(partition)).toEqual(range(0, 60))
}, 60_000)

test('a stop while the membership is begun anew ends there: what comes is closed', async () => {
  const first = new ScriptedAssignment()
  const late = new ScriptedAssignment()
  const opening = Promise.withResolvers<ScriptedAssignment>()
  const asked = Promise.withResolvers<void>()
  let opened = 0
  const share = new InputShare({
    engine: 'numbers',
    slot: 0,
    clock: systemClock,
    telemetry: new Telemetry(),
    firstRank: 0,
    open: () => {
      if (opened++ === 0) return Promise.resolve(first)
      asked.resolve()
      return opening.promise
    },
    begin: () => {
      throw new Error('no partition was given')
    },
    onEnd: () => {},
    onError: () => {},
  })
  await share.open()
  share.start()
  first.fail(new MillraceError('TRANSPORT_IO', { place: 'in', direction: 'reading', subject: 'it', reason: 'away' }))
  await asked.promise
  const stopped = share.stop()
  opening.resolve(late)
  await stopped
  expect([first.isClosed, late.isClosed]).toEqual([true, true])
})

test('an engine ends when all of its partitions have; one without partitions waits', async () => {
  const world = new DividedWorld()
  const sent = [0, 0, 0]
  world.publish('1')
  world.feed(20, sent)
  const engine = world.divided({}, { url: endingUrl })
  await engine.start()
  world.assignment.give([])
  world.assignment.give([0, 2])
  await world.event('taskStopped 0/0')
  await world.event('taskStopped 0/2')
  await engine.done()
  expect(engine.state).toBe('finished')
  expect((await engine.report()).counts).toMatchObject({ read: 40, predicted: 40 })
}, 60_000)

test('the instances of the group are told, this one under its own address', async () => {
  const world = new DividedWorld()
  const engine = world.divided()
  expect(await engine.instances()).toEqual([{ address: null, isSelf: true, tasks: [] }])
  engine.advertise('here:8090')
  await engine.start()
  world.assignment.give([1])
  world.assignment.others = [
    { address: 'there:8090', partitions: [0], isSelf: false },
    { address: null, partitions: [2], isSelf: false },
  ]
  await world.event('taskStarted 0/1')
  expect(await engine.instances()).toEqual([
    { address: 'here:8090', isSelf: true, tasks: ['0/1'] },
    { address: 'there:8090', isSelf: false, tasks: ['0/0'] },
    { address: null, isSelf: false, tasks: ['0/2'] },
  ])
}, 60_000)
