import { expect, test } from 'vitest'
import type { TaskStart } from '../../src/engine/hosted-task.ts'
import { referenceId } from '../../src/engine/versions.ts'
import type { PreparedModel } from '../../src/models/model.ts'
import { MemoryCheckpoints } from '../../src/state/memory/store.ts'
import { abort, pause, records, Script } from '../support/scripted-transport.ts'
import { functionUpdate, hostOf, scriptedPlan } from './hosts.ts'

const poll = () => {}
const values = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => JSON.stringify({ x: from + i }))
const made = (script: Script) =>
  script.written
    .map((text) => JSON.parse(text) as { made: string; y: number })
    .map(({ made: by, y }) => `${y} by ${by}`)

/** Opens, restores and starts the tasks of a host, with updates. */
async function start(
  hosted: ReturnType<typeof hostOf>,
  updates: Awaited<ReturnType<typeof functionUpdate>>[],
  prepared: (readonly [string, PreparedModel])[] = [],
) {
  const { host, tasks, answer } = hosted
  const starts: TaskStart[] = []
  for (const planned of tasks) {
    host.handle({ kind: 'open', planned, membership: null }, poll)
    starts.push((await answer('opened')).start)
    host.handle({ kind: 'restore', task: planned.name, prepared, rereadsModels: false }, poll)
    await answer('restored')
  }
  const names = tasks.map((task) => task.name)
  for (const update of updates) host.handle({ kind: 'update', tasks: names, update }, poll)
  for (const task of names) host.handle({ kind: 'start', task }, poll)
  return starts
}

test('a host opens, restores, runs and ends its tasks, and says so each time', async () => {
  const script = new Script(records(...values(0, 3)))
  const hosted = hostOf(script, scriptedPlan(script))
  const starts = await start(hosted, [await functionUpdate('1')])
  expect(starts).toEqual([{ task: '0/0', modelPosition: 0, references: [] }])
  expect((await hosted.answer('running')).task).toBe('0/0')
  const ended = await hosted.answer('ended')
  expect(ended).toMatchObject({
    task: '0/0',
    hasFinished: true,
    report: { position: 3, counts: { read: 3, predicted: 3 } },
  })
  expect(made(script)).toEqual(['0 by 1', '1 by 1', '2 by 1'])
  const events = hosted.answers.filter((answer) => answer.kind === 'telemetry').map((answer) => answer.name)
  expect(events).toContain('versionActivated')
  expect(events.at(-1)).toBe('batchScored')
})

test('after an error the next host goes on from the checkpoint, with the versions that it names', async () => {
  const script = new Script(records(...values(0, 3)), abort('line dropped'), records(...values(3, 5)))
  const plan = scriptedPlan(script)
  const first = hostOf(script, plan)
  const update = await functionUpdate('1', 4)
  await start(first, [update])
  await expect(first.answer('ended')).rejects.toThrow('line dropped')
  expect(first.answers.find((answer) => answer.kind === 'failed')).toMatchObject({
    task: '0/0',
    error: { code: 'TRANSPORT_IO' },
  })

  const second = hostOf(script, plan, first.store)
  if (update.outcome.type !== 'loaded') throw new Error('the model is wrong')
  const { reference, prepared } = update.outcome
  const starts = await start(second, [], [[referenceId(reference), prepared]])
  expect(starts).toEqual([{ task: '0/0', modelPosition: 5, references: [reference] }])
  expect((await second.answer('ended')).report.counts).toEqual({ read: 5, predicted: 5, deadLettered: 0, dropped: 0 })
  expect(made(script)).toEqual(['0 by 1', '1 by 1', '2 by 1', '3 by 1', '4 by 1'])
})

test('several tasks of a host run side by side and stop together', async () => {
  const script = new Script(records(...values(0, 2)), pause)
  const slots = {
    0: { transport: 'scripted', name: 'a' },
    1: { transport: 'scripted', name: 'out' },
    2: { transport: 'scripted', name: 'b' },
  }
  const hosted = hostOf(script, scriptedPlan(script, { slots }))
  await start(hosted, [await functionUpdate('1')])
  let read = 0
  for (let id = 0; read < 4; id++) {
    hosted.host.handle({ kind: 'report', id }, poll)
    const { reports } = await hosted.answer('report')
    read = reports.reduce((sum, report) => sum + report.counts.read, 0)
    await new Promise((resolve) => setImmediate(resolve))
  }
  for (const task of ['0/0', '2/0']) hosted.host.handle({ kind: 'stop', task }, poll)
  const ends = [await hosted.answer('ended'), await hosted.answer('ended')]
  expect(ends.map((end) => [end.task, end.hasFinished]).sort()).toEqual([
    ['0/0', false],
    ['2/0', false],
  ])
  expect(made(script).sort()).toEqual(['0 by 1', '0 by 1', '1 by 1', '1 by 1'])
})

test('a stop that comes before the start ends the tasks without reading', async () => {
  const script = new Script(records(...values(0, 2)))
  const hosted = hostOf(script, scriptedPlan(script))
  hosted.host.handle({ kind: 'open', planned: hosted.tasks[0]!, membership: null }, poll)
  await hosted.answer('opened')
  hosted.host.handle({ kind: 'stop', task: '0/0' }, poll)
  hosted.host.handle({ kind: 'start', task: '0/0' }, poll)
  expect(await hosted.answer('ended')).toMatchObject({ hasFinished: false, report: { counts: { read: 0 } } })
})

test('a stream that cannot be opened is a failure of its task with the place', async () => {
  const script = new Script()
  const slots = { 0: { transport: 'file', path: 'none.json', name: 'in' }, 1: { transport: 'scripted', name: 'out' } }
  const hosted = hostOf(script, scriptedPlan(script, { slots: { ...slots, 0: 'file:/nowhere/none.json' } }))
  hosted.host.handle({ kind: 'open', planned: hosted.tasks[0]!, membership: null }, poll)
  await expect(hosted.answer('opened')).rejects.toThrow('/nowhere/none.json')
})

/** A store that follows checkpoints as the test says. */
class FollowingStore extends MemoryCheckpoints {
  closed = 0
  readonly followed = Promise.withResolvers<void>()
  readonly states: unknown[] = []

  async follow(onState: unknown): Promise<void> {
    this.states.push(onState)
    return await this.followed.promise
  }

  override async close(): Promise<void> {
    this.closed++
    await super.close()
  }
}

test('a store that cannot follow the checkpoints is closed, and the next task opens it anew', async () => {
  const script = new Script(records(...values(0, 2)))
  const store = new FollowingStore('test')
  const hosted = hostOf(script, scriptedPlan(script, { standby: true }), store)
  store.followed.reject(new Error('the topic is away'))
  for (const attempt of [1, 2]) {
    hosted.answers.length = 0
    hosted.host.handle({ kind: 'open', planned: hosted.tasks[0]!, membership: null }, poll)
    await expect(hosted.answer('opened')).rejects.toThrow('the topic is away')
    expect([store.closed, store.states.length]).toEqual([attempt, attempt])
  }
  expect(store.states).toEqual([null, null])
})

test('a stop that comes while a task opens ends the wait for what is not there', async () => {
  const script = new Script(records(...values(0, 2)))
  const hosted = hostOf(script, scriptedPlan(script, { standby: true }), new FollowingStore('test'))
  for (const kind of ['stop', 'drop'] as const) {
    hosted.answers.length = 0
    hosted.host.handle({ kind: 'open', planned: hosted.tasks[0]!, membership: null }, poll)
    hosted.host.handle({ kind, task: '0/0' }, poll)
    await expect(hosted.answer('opened')).rejects.toThrow('task 0/0 is closed')
  }
})
