import { expect, test } from 'vitest'
import { Backoff } from '../../src/engine/backoff.ts'
import { ManualClock } from '../support/manual-clock.ts'

test('delays double up to the limit, and start over after a run of more than a minute', async () => {
  const clock = new ManualClock()
  const backoff = new Backoff(clock)
  const delays = Array.from({ length: 11 }, () => backoff.next())
  expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000])
  expect(backoff.failures).toBe(11)
  backoff.begin()
  await clock.advance(60_000)
  expect(backoff.next()).toBe(30_000)
  backoff.begin()
  await clock.advance(60_001)
  expect(backoff.next()).toBe(100)
  expect(backoff.failures).toBe(1)
})
