import { expect, onTestFinished, test } from 'vitest'
import { registry } from '../../src/components.ts'
import { systemClock } from '../../src/core/clock.ts'
import { planEngine } from '../../src/engine/read-engine.ts'
import { deliver, type RemoteTask, ScoringThreads } from '../../src/engine/scoring-thread.ts'
import { functionUpdate } from './hosts.ts'
import { numbersFrom, registryUrl } from './log-world.ts'

const slot = (from: number) => ({
  transport: { type: 'inline', records: numbersFrom(from, from + 3) },
  encoding: 'json',
})
const plan = planEngine(
  {
    name: 'numbers',
    slots: { 0: slot(0), 2: slot(3), 4: slot(6), 1: { transport: 'discard', encoding: 'json' } },
    deadLetters: { transport: 'discard', encoding: 'json' },
    state: 'memory',
  },
  { document: null, source: 'test', baseFolder: '/' },
  registry,
)
const planned = (number: number) => ({ name: `${number}/0`, slot: number, partition: 0, rank: number / 2 })

function threadsOf(max: number, url = registryUrl) {
  const events: string[] = []
  const threads = new ScoringThreads(
    { plan, registryUrl: url, clock: systemClock, slots: new Map(), onTelemetry: (name) => events.push(name) },
    max,
  )
  onTestFinished(() => threads.close())
  return { threads, events }
}

async function opened(task: RemoteTask): Promise<RemoteTask> {
  await task.open(null)
  await task.restore([], { rereadsModels: false })
  return task
}

test('tasks go to the thread that has the fewest, and each update once to each thread', async () => {
  const { threads, events } = threadsOf(2)
  const tasks = [0, 2, 4].map((number) => threads.place(planned(number)))
  expect(new Set(tasks.map((task) => task.thread)).size).toBe(2)
  expect(tasks[2]!.thread).toBe(tasks[0]!.thread)
  expect(tasks.map((task) => task.thread.load)).toEqual([2, 1, 2])
  for (const task of tasks) await opened(task)
  deliver(await functionUpdate('1'), tasks)
  expect(await Promise.all(tasks.map((task) => task.start()))).toEqual([0, 0, 0])
  const ends = await Promise.all(tasks.map((task) => task.end))
  expect(ends.map(({ hasFinished, report }) => [hasFinished, report.counts.predicted])).toEqual([
    [true, 3],
    [true, 3],
    [true, 3],
  ])
  expect(tasks.map((task) => task.thread.load)).toEqual([0, 0, 0])
  expect(events).toContain('batchScored')
}, 60_000)

test('a task that is stopped or dropped before it starts ends, and the thread serves another', async () => {
  const { threads } = threadsOf(1)
  const stopped = await opened(threads.place(planned(0)))
  stopped.stop()
  expect(await stopped.end).toMatchObject({ hasFinished: false, report: { counts: { read: 0 } } })
  const dropped = await opened(threads.place(planned(0)))
  dropped.drop()
  expect((await dropped.end).hasFinished).toBe(false)
  const third = await opened(threads.place(planned(0)))
  expect(await threads.report(10_000)).toMatchObject([{ task: '0/0', counts: { read: 0 } }])
  await third.start()
  expect((await third.end).hasFinished).toBe(true)
}, 60_000)

test('a thread that cannot start is an error of its tasks that may pass; the next task gets a new thread', async () => {
  const { threads } = threadsOf(1, 'file:///nowhere/registry.js')
  const task = threads.place(planned(0))
  await expect(task.open(null)).rejects.toMatchObject({ code: 'ENGINE_THREAD_DIED', isRetryable: true })
  await expect(task.end).rejects.toThrow('the thread of task 0/0 ended')
  expect(task.thread.hasDied).toBe(true)
  expect(threads.place(planned(2)).thread).not.toBe(task.thread)
  expect(await threads.report(0)).toEqual([])
}, 60_000)

test('closing ends what still runs', async () => {
  const { threads } = threadsOf(1)
  const task = await opened(threads.place(planned(0)))
  const end = expect(task.end).rejects.toMatchObject({ code: 'ENGINE_THREAD_DIED' })
  await threads.close()
  await end
}, 60_000)
