import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { Telemetry } from '../../src/core/telemetry.ts'
import type { TaskStart } from '../../src/engine/hosted-task.ts'
import type { ModelFeed } from '../../src/engine/model-feed.ts'
import type { RemoteTask, ScoringThreads, TaskEnd } from '../../src/engine/scoring-thread.ts'
import { type LifeParts, TaskLife } from '../../src/engine/task-life.ts'
import { VersionCache } from '../../src/engine/version-cache.ts'
import type { VersionReference } from '../../src/engine/versions.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { prepared, reference } from './fakes.ts'

const planned = { name: '0/3', slot: 0, partition: 3, rank: 3 }
const away = () =>
  new MillraceError('TRANSPORT_IO', { place: 'in', direction: 'reading', subject: 'the stream', reason: 'it is away' })
const fenced = () => new MillraceError('STATE_FENCED', { task: 'numbers/0/3', actual: 2, expected: 1 })
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A task on a scoring thread, played by the test. */
class PlayedTask {
  readonly planned = planned
  readonly thread = { remove: () => {} }
  readonly ended = Promise.withResolvers<TaskEnd>()
  readonly steps: string[]
  readonly start0: TaskStart
  /** What the next step of this name rejects with. */
  readonly faults = new Map<string, Error>()

  constructor(steps: string[], start: TaskStart) {
    this.steps = steps
    this.start0 = start
    this.ended.promise.catch(() => {})
  }

  get end(): Promise<TaskEnd> {
    return this.ended.promise
  }

  #step(name: string): void {
    this.steps.push(name)
    const fault = this.faults.get(name.split(' ')[0] as string)
    if (!fault) return
    this.ended.reject(fault)
    throw fault
  }

  async open(): Promise<TaskStart> {
    this.#step('open')
    return this.start0
  }

  async restore(found: readonly (readonly [string, unknown])[], options: { rereadsModels: boolean }): Promise<void> {
    this.#step(`restore ${found.length}${options.rereadsModels ? ' rereading' : ''}`)
  }

  async start(): Promise<number> {
    this.#step('start')
    return 12
  }

  stop(): void {
    this.steps.push('stop')
    this.ended.resolve({ hasFinished: false, report: { task: '0/3' } as TaskEnd['report'] })
  }

  drop(): void {
    this.steps.push('drop')
    this.ended.resolve({ hasFinished: false, report: { task: '0/3' } as TaskEnd['report'] })
  }
}

function lifeOf(changes: Partial<LifeParts> = {}, start: Partial<TaskStart> = {}) {
  const steps: string[] = []
  const events: string[] = []
  const telemetry = new Telemetry()
  telemetry.listen((name) => events.push(name))
  const tasks: PlayedTask[] = []
  const prepare: ((task: PlayedTask) => void)[] = []
  const threads = {
    place: () => {
      const task = new PlayedTask(steps, { task: '0/3', modelPosition: 7, references: [], ...start })
      tasks.push(task)
      prepare.shift()?.(task)
      return task as unknown as RemoteTask
    },
  } as unknown as ScoringThreads
  const feed = {
    isReread: false,
    reach: async (position: number) => void steps.push(`reach ${position}`),
    follow: async (_task: RemoteTask, position: number) => void steps.push(`follow ${position}`),
    leave: () => steps.push('leave'),
    fetch: async ({ version }: VersionReference) => (version === 'elsewhere' ? prepared() : null),
  } as unknown as ModelFeed
  const versions = new VersionCache(async () => {
    throw new MillraceError('ENGINE_ARTIFACT_MISSING', { digest: 'aa', model: 'tree' })
  })
  const begin = () => {
    const life = new TaskLife(planned, {
      engine: 'numbers',
      clock: systemClock,
      telemetry,
      threads,
      versions,
      feedOf: async () => feed,
      leaveFeed: () => {},
      membership: () => null,
      isRestartable: true,
      ...changes,
    })
    onTestFinished(() => life.drop())
    return life
  }
  return { begin, steps, events, tasks, prepare, versions }
}

test('a task opens, restores, follows the models that are there, and runs', async () => {
  const { begin, steps, events } = lifeOf()
  const life = begin()
  await life.running
  expect(steps).toEqual(['open', 'reach 7', 'restore 0', 'follow 7', 'start'])
  expect([events, life.hasEnded]).toEqual([['taskStarted'], false])
  life.stop()
  life.stop()
  expect(await life.done).toMatchObject({ hasFinished: false })
  expect(steps.slice(5)).toEqual(['stop', 'leave'])
  expect(life.hasEnded).toBe(true)
})

test('after an error that may pass it is opened again, later each time, until it is stopped', async () => {
  const clock = new ManualClock()
  const { begin, steps, events, tasks, prepare } = lifeOf({ clock })
  prepare.push(
    (task) => task.faults.set('open', away()),
    (task) => task.faults.set('restore', away()),
  )
  const life = begin()
  await clock.untilSleeping()
  await clock.advance(100)
  await clock.untilSleeping()
  await clock.advance(199)
  expect(tasks).toHaveLength(2)
  await clock.advance(1)
  await life.running
  expect(steps.filter((step) => step === 'open')).toHaveLength(3)
  tasks[2]?.ended.reject(away())
  await clock.untilSleeping()
  life.stop()
  expect(await life.done).toBeNull()
  expect(events.filter((name) => name === 'taskRestarting')).toHaveLength(3)
})

test('an error that is not to be retried by its code is, as every instance would end by it; it is told until the task runs', async () => {
  const clock = new ManualClock()
  const { begin, events, tasks, prepare } = lifeOf({ clock })
  prepare.push(
    (task) =>
      task.faults.set(
        'open',
        new MillraceError('CLIENT_KAFKA_TOPIC_UNKNOWN', { server: 'a:9092', topic: 'out', hint: '' }),
      ),
    (task) => task.faults.set('restore', new Error('a scorer that cannot be opened')),
    (task) => task.faults.set('start', new MillraceError('ENGINE_LOADER_DIED', { model: 'tree', reason: 'x' })),
  )
  const life = begin()
  const codes: (string | undefined)[] = []
  for (const delayMs of [100, 200, 400]) {
    await clock.untilSleeping()
    codes.push(life.error?.code)
    await clock.advance(delayMs)
  }
  await life.running
  expect(codes).toEqual(['CLIENT_KAFKA_TOPIC_UNKNOWN', 'CORE_INTERNAL', 'ENGINE_LOADER_DIED'])
  expect([life.error, tasks.length]).toEqual([null, 4])
  expect(events.filter((name) => name === 'taskRestarting')).toHaveLength(3)
})

test('one that is stopped or lost while it opens is told so, and what it gives up is no error', async () => {
  for (const wish of ['stop', 'drop'] as const) {
    const { begin, steps, events, prepare } = lifeOf({ isRestartable: wish === 'drop' })
    prepare.push((task) => {
      const opening = Promise.withResolvers<TaskStart>()
      task.open = () => opening.promise
      task[wish] = () => {
        steps.push(wish)
        const closed = new MillraceError('CORE_CLOSED', { subject: 'task 0/3' })
        opening.reject(closed)
        task.ended.reject(closed)
      }
    })
    const life = begin()
    await turn()
    life[wish]()
    expect(await life.done).toBeNull()
    expect([steps[0], events, life.hasEnded]).toEqual([wish, [], true])
  }
})

test('one that was fenced off while its partition is ours waits for the group before it tries again', async () => {
  const clock = new ManualClock()
  const { begin, tasks, prepare } = lifeOf({ clock })
  prepare.push((task) => task.faults.set('start', fenced()))
  begin()
  await clock.untilSleeping()
  await clock.advance(999)
  expect(tasks).toHaveLength(1)
  await clock.advance(1)
  while (tasks.length < 2) await turn()
})

test('one whose partition is lost meanwhile is not tried again, and its error is none', async () => {
  const { begin, events, tasks } = lifeOf()
  const life = begin()
  await life.running
  life.drop()
  tasks[0]?.ended.reject(fenced())
  await life.done
  expect(events).toEqual(['taskStarted'])
  expect(tasks).toHaveLength(1)
})

test('an error that does not pass ends it, as does any where tasks are not restarted', async () => {
  const final = lifeOf()
  final.prepare.push((task) =>
    task.faults.set('open', new MillraceError('ENGINE_DOCUMENT_WRONG', { place: 'x', reason: 'y' })),
  )
  const life = final.begin()
  await expect(life.done).rejects.toMatchObject({ code: 'ENGINE_DOCUMENT_WRONG' })
  await expect(life.running).rejects.toMatchObject({ code: 'ENGINE_DOCUMENT_WRONG' })
  const whole = lifeOf({ isRestartable: false })
  whole.prepare.push((task) => task.faults.set('start', away()))
  await expect(whole.begin().done).rejects.toMatchObject({ code: 'TRANSPORT_IO' })
  expect(whole.events).toEqual(['taskError'])
})

test('a stop or a loss on the way to the start ends it there', async () => {
  for (const wish of ['stop', 'drop'] as const) {
    const gate = Promise.withResolvers<null>()
    const { begin, steps } = lifeOf({ feedOf: () => gate.promise })
    const life = begin()
    await turn()
    life[wish]()
    gate.resolve(null)
    await life.done
    await life.running
    expect(steps).toEqual(['open', wish])
  }
})

test('the versions of the checkpoint are shared; one that is gone is told, and the models are read again', async () => {
  const references = ['1', '1', 'gone', 'elsewhere'].map((version) => reference({ version }))
  const { begin, steps, events, versions } = lifeOf({}, { references })
  versions.put(references[0]!, prepared())
  await begin().running
  expect(steps).toEqual(['open', 'reach 7', 'restore 2 rereading', 'follow 0', 'start'])
  expect(events).toEqual(['versionMissing', 'taskStarted'])
  const whole = lifeOf({ isRestartable: false }, { references })
  await expect(whole.begin().done).rejects.toMatchObject({ code: 'ENGINE_ARTIFACT_MISSING' })
})
