import { describe, expect, it } from 'vitest'
import { texts, valuesOf } from './generated.ts'
import { newPath, openLog } from './open-log.ts'

function twoTopics() {
  const path = newPath()
  const log = openLog(path)
  log.createTopic('in')
  log.createTopic('out')
  return { log, path }
}

describe('a transaction', () => {
  it('shows nothing before its commit and everything after', async () => {
    const { log, path } = twoTopics()
    const other = openLog(path, { durability: 'power' }) // another connection
    const transaction = log.begin()
    transaction.append('in', 0, texts(['a']))
    transaction.append('out', 0, texts(['b', 'c']))
    transaction.append('in', 0, texts(['d']))
    transaction.commitPosition('g', 'in', 0, 1)
    transaction.putState('n', 'k', Buffer.from('v'))
    expect(other.endPosition('in', 0)).toBe(0)
    expect(transaction.domain).toBe(other.domain)
    await transaction.commit()
    expect(valuesOf(other.read('in', 0, 0, 10))).toEqual(['a', 'd'])
    expect(valuesOf(other.read('out', 0, 0, 10))).toEqual(['b', 'c'])
    expect(other.committed('g', 'in', 0)).toBe(1)
    expect(other.getState('n', 'k')).toEqual(new Uint8Array(Buffer.from('v')))
  })

  it('writes what each transaction was given, while memory of large ones is used again', async () => {
    const { log } = twoTopics()
    const large = (text: string) => texts(Array.from({ length: 50 }, (_, i) => `${text}${i}`.padEnd(2_000, text)))
    const kept: string[] = []
    const [a, b, c] = [log.begin(), log.begin(), log.begin()]
    a.append('in', 0, large('a'))
    b.append('in', 0, large('b'))
    b.append('out', 0, large('o'))
    c.append('in', 0, large('c'))
    c.abort()
    await a.commit()
    const d = log.begin()
    d.append('in', 0, large('d'))
    d.append('in', 0, large('e'))
    b.commitNow()
    d.abort()
    d.abort()
    for (const text of 'fg') {
      log.append('in', 0, large(text))
      const next = log.begin()
      next.append('in', 0, large(text.toUpperCase()))
      await next.commit()
    }
    for (let at = 0; at < 300; at += 50)
      kept.push(...valuesOf(log.read('in', 0, at, 50)).map((v) => `${v}`.slice(0, 3)))
    expect(kept).toEqual([...'abfFgG'].flatMap((t) => Array.from({ length: 50 }, (_, i) => `${t}${i}`.padEnd(3, t))))
    expect(valuesOf(log.read('out', 0, 0, 1))[0]).toContain('o0oo')
  })

  it('leaves nothing at all when its owner was fenced off', async () => {
    const { log } = twoTopics()
    const old = await log.acquire('task')
    await log.acquire('task')
    const transaction = log.begin()
    transaction.append('in', 0, texts(['a']))
    transaction.putState('n', 'k', Buffer.from('v'))
    transaction.require(old)
    await expect(transaction.commit()).rejects.toMatchObject({ code: 'CLIENT_LOG_FENCED', scope: 'server' })
    expect(log.endPosition('in', 0)).toBe(0)
    expect(log.getState('n', 'k')).toBeNull()
  })

  it('fences even when it has no other effect', async () => {
    const { log } = twoTopics()
    const old = await log.acquire('task')
    const current = await log.acquire('task')
    const late = log.begin()
    late.require(old)
    expect(() => late.commitNow()).toThrow(/taken over/)
    const good = log.begin()
    good.require(current)
    await good.commit()
  })

  it('is used once', async () => {
    const { log } = twoTopics()
    const done = log.begin()
    await done.commit()
    done.abort()
    await expect(done.commit()).rejects.toThrow(/a transaction of log:.* is closed/)
    expect(() => done.append('in', 0, texts(['a']))).toThrow(/is closed/)
    const dropped = log.begin()
    dropped.append('in', 0, texts(['a']))
    dropped.abort()
    dropped.abort()
    await expect(dropped.commit()).rejects.toThrow(/is closed/)
    expect(log.endPosition('in', 0)).toBe(0)
  })

  it('refuses an unknown topic when it is named, not at the commit', () => {
    const { log } = twoTopics()
    expect(() => log.begin().append('outs', 0, texts(['a']))).toThrow(/did you mean "out"/)
    expect(() => log.begin().commitPosition('g', 'in', 1, 0)).toThrow(/no partition 1/)
  })

  it('wakes a reader of another connection', async () => {
    const { log, path } = twoTopics()
    const other = openLog(path, { durability: 'power' })
    const waiting = other.waitForAppend('out', 0, 0, Number.POSITIVE_INFINITY)
    const transaction = log.begin()
    transaction.append('out', 0, texts(['a']))
    await transaction.commit()
    expect(await waiting).toBe(true)
  })
})
