import { expect, test } from 'vitest'
import { Wake } from '../../src/core/wake.ts'
import { ManualClock } from '../support/manual-clock.ts'

test('a wait ends when its time is over, not before', async () => {
  const clock = new ManualClock()
  let hasEnded = false
  const waiting = new Wake().wait(100, clock).then(() => {
    hasEnded = true
  })
  await clock.advance(99)
  expect(hasEnded).toBe(false)
  await clock.advance(1)
  await waiting
  expect(clock.sleeping).toBe(0)
})

test('a wake ends the wait under way', async () => {
  const clock = new ManualClock()
  const wake = new Wake()
  const waiting = wake.wait(100, clock)
  wake.wake()
  await waiting
  expect(clock.sleeping).toBe(0)
})

test('a wake that comes between looking and waiting is not lost, and counts for one wait only', async () => {
  const clock = new ManualClock()
  const wake = new Wake()
  wake.wake()
  wake.wake()
  await wake.wait(100, clock)
  const second = wake.wait(100, clock)
  expect(clock.sleeping).toBe(1)
  await clock.advance(100)
  await second
})

test('a wait without end is a long one, not none', async () => {
  const clock = new ManualClock()
  const wake = new Wake()
  const waiting = wake.wait(Number.POSITIVE_INFINITY, clock)
  expect(clock.sleeping).toBe(1)
  wake.wake()
  await waiting
})
