import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Bell } from '../../../src/clients/log/bell.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

function newBell(path = join(temporaryFolder(), 'bell')) {
  const clock = new ManualClock()
  const bell = new Bell(path, clock)
  onTestFinished(() => bell.close())
  return { bell, clock, path }
}

describe('waiting at a bell', () => {
  it('ends at once when there is something already', async () => {
    const { bell } = newBell()
    expect(await bell.wait(() => true, 0)).toBe(true)
    expect(await bell.wait(() => true, 1000)).toBe(true)
  })

  it('ends when another bell on the same file rings, with time standing still', async () => {
    const { bell, path } = newBell()
    const ringer = newBell(path).bell
    for (let round = 0; round < 20; round++) {
      let isThere = false
      const waiting = bell.wait(() => isThere, Number.POSITIVE_INFINITY)
      isThere = true
      ringer.ring()
      expect(await waiting).toBe(true)
    }
  })

  it('ends when the same bell rings, only for who has something', async () => {
    const { bell, clock } = newBell()
    let first = false
    const waitingForFirst = bell.wait(() => first, 1000)
    const waitingInVain = bell.wait(() => false, 1000)
    first = true
    bell.ring()
    expect(await waitingForFirst).toBe(true)
    await clock.advance(1000)
    expect(await waitingInVain).toBe(false)
  })

  it('looks after the watch is set: what happens between looking and waiting is not lost', async () => {
    const { bell, path } = newBell()
    const ringer = newBell(path).bell
    let looks = 0
    const waiting = bell.wait(() => {
      looks++
      if (looks === 1) ringer.ring() // right after this look, before the wait begins
      return looks > 1
    }, Number.POSITIVE_INFINITY)
    expect(await waiting).toBe(true)
  })

  it('ends with the time, with the signal, and with the bell', async () => {
    const { bell, clock } = newBell()
    const timed = bell.wait(() => false, 50)
    await clock.advance(50)
    expect(await timed).toBe(false)

    const abort = new AbortController()
    const signalled = bell.wait(() => false, 1e12, abort.signal)
    abort.abort()
    expect(await signalled).toBe(false)
    expect(await bell.wait(() => false, 1e12, abort.signal)).toBe(false)

    const closed = bell.wait(() => false, Number.POSITIVE_INFINITY)
    bell.close()
    expect(await closed).toBe(false)
  })

  it('passes on what looking throws', async () => {
    const { bell, clock } = newBell()
    let isBroken = false
    const waiting = bell.wait(() => {
      if (isBroken) throw new RangeError('no')
      return false
    }, 1000)
    const outcome = expect(waiting).rejects.toThrow(RangeError)
    isBroken = true
    await clock.advance(100) // the poll looks
    await outcome
  })

  it('looks by itself now and then, should a ring get lost', async () => {
    const { bell, clock } = newBell()
    let isThere = false
    const waiting = bell.wait(() => isThere, Number.POSITIVE_INFINITY)
    isThere = true
    await clock.advance(100)
    expect(await waiting).toBe(true)
  })

  it('does without a file', async () => {
    const { bell, clock } = newBell(join(temporaryFolder(), 'no', 'such', 'folder', 'bell'))
    bell.ring()
    let isThere = false
    const waiting = bell.wait(() => isThere, Number.POSITIVE_INFINITY)
    isThere = true
    await clock.advance(5)
    expect(await waiting).toBe(true)
  })

  it('goes on when the file is deleted', async () => {
    const { bell, clock, path } = newBell()
    let isThere = false
    const waiting = bell.wait(() => isThere, Number.POSITIVE_INFINITY)
    rmSync(path)
    isThere = true
    await clock.advance(100)
    expect(await waiting).toBe(true)
    bell.ring()
  })
})
