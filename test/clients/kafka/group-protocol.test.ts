import { describe, expect, it } from 'vitest'
import { Pause } from '../../../src/clients/kafka/group-protocol.ts'
import { ManualClock } from '../../support/manual-clock.ts'

describe('Pause', () => {
  it('ends at once when it was cut short before it began, and only once', async () => {
    const clock = new ManualClock()
    const pause = new Pause(clock)
    const { signal } = new AbortController()
    pause.end()
    await pause.wait(1000, signal)
    let hasEnded = false
    const second = pause.wait(1000, signal).then(() => {
      hasEnded = true
    })
    await clock.untilSleeping()
    expect(hasEnded).toBe(false)
    await clock.advance(1000)
    await second
  })

  it('ends when it is cut short and when the signal aborts', async () => {
    const pause = new Pause(new ManualClock())
    const stop = new AbortController()
    const first = pause.wait(1000, stop.signal)
    pause.end()
    await first
    const second = pause.wait(1000, stop.signal)
    stop.abort()
    await second
  })
})
