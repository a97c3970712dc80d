import { expect, test } from 'vitest'
import { emptyStats, KeyStats, mergeStats } from '../../src/engine/stats.ts'
import { seeded } from '../random.ts'
import { reference } from './fakes.ts'

function statsOf(version: string, sinceMs: number, durations: readonly (readonly [records: number, ms: number])[]) {
  const stats = new KeyStats('iris')
  stats.begin(reference({ version }), sinceMs)
  for (const [records, durationMs] of durations) stats.record(records, durationMs)
  return stats.snapshot()
}

test('durations are per record: two batches give usage, sum, least, greatest and mean', () => {
  const stats = mergeStats([
    statsOf('1', 5.4, [
      [10, 20],
      [30, 30],
    ]),
  ])
  expect(stats).toMatchObject({ usage: 40, duration: 50, min: 1, max: 2, mean: 1.25, since: 5, version: '1' })
  expect(stats.p50).toBeGreaterThan(0.9)
  expect(stats.p99).toBeLessThan(2.2)
})

test('a key that no version serves has empty statistics', () => {
  expect(mergeStats([])).toEqual(emptyStats)
  expect(mergeStats([new KeyStats('iris').snapshot()])).toEqual(emptyStats)
})

test('a version that has scored nothing yet is named, with zeros', () => {
  const stats = mergeStats([statsOf('1', 100, [])])
  expect(stats).toMatchObject({ name: 'tree', version: '1', since: 100, usage: 0, min: 0, max: 0, mean: 0, p99: 0 })
})

test('a new version starts anew', () => {
  const stats = new KeyStats('iris')
  stats.begin(reference({ version: '1' }), 1)
  stats.record(5, 50)
  stats.begin(reference({ version: '2' }), 2)
  stats.record(1, 1)
  expect(mergeStats([stats.snapshot()])).toMatchObject({ version: '2', usage: 1, max: 1, since: 2 })
})

test('tasks add up as if one task had scored everything, and survive a structured clone', () => {
  const random = seeded(3)
  const all = Array.from({ length: 200 }, () => [1 + Math.floor(random() * 50), random() * 10] as const)
  const whole = mergeStats([statsOf('1', 1, all)])
  const parts = [0, 1, 2].map((n) =>
    statsOf(
      '1',
      1,
      all.filter((_, i) => i % 3 === n),
    ),
  )
  const merged = mergeStats(structuredClone(parts))
  expect(merged.duration).toBeCloseTo(whole.duration, 9)
  expect({ ...merged, duration: 0, mean: 0 }).toEqual({ ...whole, duration: 0, mean: 0 })
})

test('tasks that are behind are left out until they follow', () => {
  const merged = mergeStats([statsOf('1', 1, [[100, 1]]), statsOf('2', 2, [[3, 1]]), statsOf('2', 3, [[4, 1]])])
  expect(merged).toMatchObject({ version: '2', usage: 7, since: 3 })
})

test('a task that has not scored yet does not pull the least duration to zero', () => {
  expect(mergeStats([statsOf('1', 1, [[1, 5]]), statsOf('1', 1, [])]).min).toBe(5)
})
