import { expect, test } from 'vitest'
import { TaskStats } from '../../src/engine/task-stats.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { recordedState } from './fakes.ts'

const { reference } = recordedState().admit()

test('are due a second after the last save, when something was recorded since', async () => {
  const clock = new ManualClock()
  const stats = new TaskStats(clock)
  await clock.advance(5_000)
  expect([stats.isDue, stats.hasUnsaved]).toEqual([false, false])
  stats.of('iris').begin(reference, 0)
  stats.record('iris', 10, 1)
  expect(stats.isDue).toBe(true)
  stats.save()
  stats.record('iris', 10, 1)
  await clock.advance(1_000)
  expect([stats.isDue, stats.hasUnsaved]).toEqual([false, true])
  await clock.advance(10)
  expect(stats.isDue).toBe(true)
})

test('many keys are saved less often', async () => {
  const clock = new ManualClock()
  const stats = new TaskStats(clock)
  for (let n = 0; n < 500; n++) stats.record(`key ${n}`, 1, 1)
  stats.save()
  stats.record('key 1', 1, 1)
  await clock.advance(5_999)
  expect(stats.isDue).toBe(false)
  await clock.advance(1)
  expect(stats.isDue).toBe(true)
})

test('come back from what was saved, through JSON, for the keys with the same version', () => {
  const before = new TaskStats(new ManualClock())
  for (const key of ['iris', 'wine', 'gone']) before.of(key).begin(reference, 7)
  before.record('iris', 100, 30)
  before.record('iris', 50, 40)
  before.record('wine', 1, 2)
  const saved = JSON.parse(JSON.stringify(before.save())) as ReturnType<TaskStats['save']>
  const after = new TaskStats(new ManualClock())
  after.of('iris').begin(reference, 7)
  after.of('wine').begin({ ...reference, version: '2', digest: 'other' }, 8)
  after.restore(saved)
  const [iris, wine] = after.snapshots()
  expect(iris).toEqual(before.snapshots()[0])
  expect(wine).toMatchObject({ usage: 0, durationMs: 0 })
})
