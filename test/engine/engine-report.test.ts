import { expect, test } from 'vitest'
import { Histogram } from '../../src/core/histogram.ts'
import { type EngineReport, mergeReports, summarise } from '../../src/engine/engine-report.ts'
import type { KnownVersion } from '../../src/engine/keeper.ts'
import { KeyStats } from '../../src/engine/stats.ts'

type Task = EngineReport['tasks'][number]

const reference = {
  key: 'wine',
  model: 'tree',
  version: '3',
  digest: 'd3',
  format: 'pmml',
  description: '',
  modelPosition: 'models/0@1',
  options: {},
}

/** A task that has scored `scored` records, each in `eachMs`. */
function task(name: string, scored: number, eachMs: number, position = scored): Task {
  const stats = new KeyStats('wine')
  stats.begin(reference, 5000)
  if (scored > 0) stats.record(scored, scored * eachMs)
  const latency = new Histogram()
  if (scored > 0) latency.record(eachMs, scored)
  const none = { waiting: null, scheduled: [], candidates: [], shadows: [] }
  return {
    task: name,
    position,
    modelPosition: 1,
    counts: { read: scored, predicted: scored, deadLettered: 0, dropped: 0 },
    keys: [{ key: 'wine', active: reference, activeSinceMs: 5000, isPinned: false, ...none }],
    stats: [stats.snapshot()],
    latency: latency.counts,
  }
}

function version(name: string, atMs: number): KnownVersion {
  const { modelPosition, ...facts } = reference
  return { ...facts, version: name, position: `${modelPosition}${name}`, atMs, rejection: null }
}

const about = { name: 'wine', state: 'running' } as const

test('reports of several instances add up as if one ran all tasks', () => {
  const tasks = [task('0/0', 4, 1), task('0/1', 6, 3), task('0/10', 0, 0)]
  const [first, second, third] = tasks as [Task, Task, Task]
  const own = summarise(about, { tasks: [second], versions: [version('3', 30)] })
  const merged = mergeReports(own, [
    { tasks: [third], versions: [] },
    { tasks: [first], versions: [version('3', 31), version('2', 20)] },
  ])
  expect(merged).toEqual(summarise(about, { tasks, versions: [version('2', 20), version('3', 30)] }))
  expect(merged.counts.read).toBe(10)
  expect(merged.stats['wine']).toMatchObject({ usage: 10, duration: 22, min: 1, max: 3, mean: 2.2 })
  expect(merged.latency.p99).toBeCloseTo(3, 0)
})

test('a task that two instances report counts once, as it is farther', () => {
  const own = summarise(about, { tasks: [task('0/0', 4, 1)], versions: [] })
  const merged = mergeReports(own, [{ tasks: [task('0/0', 5, 1)], versions: [] }])
  expect(merged.counts.read).toBe(5)
  expect(merged.tasks.map(({ position }) => position)).toEqual([5])
})
