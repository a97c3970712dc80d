import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('systemClock', () => {
  it('moves with the time of the machine', async () => {
    const start = [systemClock.now(), systemClock.monotonicMs()] as const
    await vi.advanceTimersByTimeAsync(250)
    expect(systemClock.now() - start[0]).toBeCloseTo(250)
    expect(systemClock.monotonicMs() - start[1]).toBeCloseTo(250)
  })

  it('sleeps as long as asked', async () => {
    const woken = vi.fn()
    void systemClock.sleep(100).then(woken)
    await vi.advanceTimersByTimeAsync(99)
    expect(woken).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(woken).toHaveBeenCalledOnce()
  })

  it('wakes at once when the signal aborts, and leaves no timer behind', async () => {
    const controller = new AbortController()
    const sleep = systemClock.sleep(60_000, controller.signal)
    expect(vi.getTimerCount()).toBe(1)
    controller.abort()
    await sleep
    expect(vi.getTimerCount()).toBe(0)
    await systemClock.sleep(60_000, controller.signal)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('takes its listener off a signal that outlives the sleep', async () => {
    const { signal } = new AbortController()
    const added = vi.spyOn(signal, 'addEventListener')
    const removed = vi.spyOn(signal, 'removeEventListener')
    const sleep = systemClock.sleep(5, signal)
    await vi.advanceTimersByTimeAsync(5)
    await sleep
    expect(removed).toHaveBeenCalledWith('abort', added.mock.calls[0]?.[1])
  })

  it('does not wake early from a sleep that is too long for one timer', async () => {
    const woken = vi.fn()
    void systemClock.sleep(Number.POSITIVE_INFINITY).then(woken)
    await vi.advanceTimersByTimeAsync(1000)
    expect(woken).not.toHaveBeenCalled()
  })
})
