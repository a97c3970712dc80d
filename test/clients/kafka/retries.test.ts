import { describe, expect, it } from 'vitest'
import { refusal } from '../../../src/clients/kafka/protocol-errors.ts'
import { backoffMs, seededRandom, withRetries } from '../../../src/clients/kafka/retries.ts'
import { MillraceError } from '../../../src/core/errors.ts'

/** A clock whose sleeps pass at once. */
function jumpingClock() {
  let nowMs = 0
  const sleeps: number[] = []
  return {
    sleeps,
    now: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: async (delayMs: number) => {
      sleeps.push(delayMs)
      nowMs += delayMs
    },
  }
}

const place = { server: 'a:1', api: 'OffsetCommit', subject: 'group "g"' }

function failing(errors: readonly Error[]) {
  let next = 0
  return async () => {
    const error = errors[next++]
    if (error !== undefined) throw error
    return 'done'
  }
}

describe('retries', () => {
  it('tries again after retryable errors and gives the answer', async () => {
    const clock = jumpingClock()
    const errors = [refusal('COORDINATOR_LOAD_IN_PROGRESS', place), refusal('REQUEST_TIMED_OUT', place)]
    expect(await withRetries({ clock, random: () => 0, forMs: 1000 }, failing(errors))).toBe('done')
    expect(clock.sleeps).toEqual([10, 20])
  })

  it('throws a final error at once, unless the caller retries it', async () => {
    const clock = jumpingClock()
    const settings = { clock, random: () => 0, forMs: 1000 }
    await expect(withRetries(settings, failing([refusal('POLICY_VIOLATION', place)]))).rejects.toThrow('POLICY')
    await expect(withRetries(settings, failing([new Error('bug')]))).rejects.toThrow('bug')
    const also = { ...settings, alsoRetried: ['POLICY_VIOLATION'] }
    expect(await withRetries(also, failing([refusal('POLICY_VIOLATION', place)]))).toBe('done')
  })

  it('repeats a request whose answer was lost, unless it may have taken effect', async () => {
    const settings = { clock: jumpingClock(), random: () => 0, forMs: 1000 }
    for (const code of ['CLIENT_KAFKA_INDEFINITE', 'CLIENT_KAFKA_RESPONSE_DAMAGED'] as const) {
      const lost = new MillraceError(code, { server: 'a:1', api: 'EndTxn', reason: 'cut' })
      expect(await withRetries(settings, failing([lost]))).toBe('done')
      await expect(withRetries({ ...settings, repeatsUnanswered: false }, failing([lost]))).rejects.toBe(lost)
    }
  })

  it('gives up with the last error when the time is over', async () => {
    const clock = jumpingClock()
    const errors = Array.from({ length: 1000 }, () => refusal('REQUEST_TIMED_OUT', place))
    await expect(withRetries({ clock, random: () => 0.5, forMs: 5000 }, failing(errors))).rejects.toThrow('TIMED_OUT')
    expect(clock.now()).toBeLessThanOrEqual(5000)
    expect(clock.now()).toBeGreaterThan(3000)
  })

  it('forgets what the error says is stale', async () => {
    const forgotten: string[] = []
    const lookups = {
      refresh: (topic?: string) => forgotten.push(`topic ${topic}`),
      forgetCoordinator: (kind: string, key: string) => forgotten.push(`${kind} ${key}`),
    }
    const settings = { clock: jumpingClock(), random: () => 0, forMs: 9000, lookups, topic: 't' }
    const coordinator = { kind: 'group', key: 'g' } as const
    const lost = new MillraceError('CLIENT_KAFKA_UNREACHABLE', { server: 'a:1', reason: 'gone' })
    await withRetries({ ...settings, coordinator }, failing([refusal('NOT_COORDINATOR', place)]))
    await withRetries({ ...settings, coordinator }, failing([refusal('NOT_LEADER_OR_FOLLOWER', place)]))
    await withRetries({ ...settings, coordinator }, failing([refusal('REQUEST_TIMED_OUT', place)]))
    expect(forgotten).toEqual(['group g', 'topic t'])
    await withRetries({ ...settings, coordinator }, failing([lost]))
    expect(forgotten).toEqual(['group g', 'topic t', 'topic t', 'group g'])
  })

  it('stops when the signal aborts', async () => {
    const abort = new AbortController()
    const clock = jumpingClock()
    const attempt = async () => {
      abort.abort()
      throw refusal('REQUEST_TIMED_OUT', place)
    }
    const settings = { clock, random: () => 0, forMs: 9000, signal: abort.signal }
    await expect(withRetries(settings, attempt)).rejects.toThrow('TIMED_OUT')
    expect(clock.sleeps).toEqual([])
  })

  it('waits from 10 ms to 1 s, the same for the same seed', () => {
    const random = seededRandom(7)
    const again = seededRandom(7)
    for (let attempt = 0; attempt < 200; attempt++) {
      const waitMs = backoffMs(attempt, random)
      expect(waitMs).toBeGreaterThanOrEqual(10)
      expect(waitMs).toBeLessThanOrEqual(1000)
      expect(backoffMs(attempt, again)).toBe(waitMs)
    }
  })
})
