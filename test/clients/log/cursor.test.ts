import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../support/manual-clock.ts'
import { texts, valuesOf } from './generated.ts'
import { newPath, openLog } from './open-log.ts'

describe('a cursor', () => {
  it('goes on after the end when more comes', () => {
    const log = openLog()
    log.createTopic('t')
    const cursor = log.cursor('t', 0, 0)
    expect(cursor.hasMore()).toBe(false)
    expect(cursor.read(10)).toMatchObject({ length: 0, end: 0 })
    log.append('t', 0, texts(['a', 'b']))
    expect(cursor.hasMore()).toBe(true)
    expect(valuesOf(cursor.read(10))).toEqual(['a', 'b'])
    expect(cursor.read(10)).toMatchObject({ length: 0, end: 2 })
    log.append('t', 0, texts(['c']))
    expect(valuesOf(cursor.read(10))).toEqual(['c'])
  })

  it('goes where it is told, also inside a row that it has begun', () => {
    const log = openLog()
    log.createTopic('t')
    log.append('t', 0, texts(['a', 'b', 'c', 'd']))
    const cursor = log.cursor('t', 0, 0)
    expect(valuesOf(cursor.read(1))).toEqual(['a'])
    cursor.seek(3)
    expect(valuesOf(cursor.read(1))).toEqual(['d'])
    cursor.seek(1)
    expect(cursor.position).toBe(1)
    expect(valuesOf(cursor.read(9))).toEqual(['b', 'c', 'd'])
  })

  it('waits at a position beyond the end until the partition has grown that far', () => {
    const log = openLog()
    log.createTopic('t')
    const cursor = log.cursor('t', 0, 2)
    log.append('t', 0, texts(['a', 'b']))
    expect(cursor.read(10)).toMatchObject({ length: 0, end: 2 })
    log.append('t', 0, texts(['c']))
    expect(valuesOf(cursor.read(10))).toEqual(['c'])
  })

  it('shares the bytes of a row that it gives whole, and gathers small rows', () => {
    const log = openLog()
    log.createTopic('t')
    log.append('t', 0, texts(Array.from({ length: 100 }, (_, i) => `${i}`)))
    for (let i = 0; i < 50; i++) log.append('t', 0, texts([`s${i}`]))
    const cursor = log.cursor('t', 0, 0)
    expect(cursor.read(120).length).toBe(120)
    expect(cursor.read(120).length).toBe(30)
    cursor.seek(0)
    expect(cursor.read(100).length).toBe(100)
    expect(cursor.read(100).length).toBe(50)
  })
})

describe('a position that retention has removed', () => {
  const expired = () => {
    const clock = new ManualClock()
    const path = newPath()
    const log = openLog(path, { clock })
    log.createTopic('t', { retentionMs: 10 })
    log.append('t', 0, texts(['a', 'b'], { timestampsMs: [1, 1] }))
    log.append('t', 0, texts(['c'], { timestampsMs: [clock.now()] }))
    log.append('t', 0, texts(['d'], { timestampsMs: [clock.now()] }))
    return { log, path, clock }
  }

  it('is an error that says where the log starts', () => {
    const { log } = expired()
    log.retain()
    expect(() => log.read('t', 0, 1, 10)).toThrow(
      /position 1 of t\/0 is gone: retention has removed everything before 2/,
    )
  })

  it('is passed over in the direction that the reader asked for', () => {
    const { log } = expired()
    const earliest = log.cursor('t', 0, 0, 'earliest')
    const latest = log.cursor('t', 0, 0, 'latest')
    log.retain()
    expect(valuesOf(earliest.read(10))).toEqual(['c', 'd'])
    expect(latest.read(10)).toMatchObject({ length: 0, end: 4 })
    log.append('t', 0, texts(['e']))
    expect(valuesOf(latest.read(10))).toEqual(['e'])
  })

  it('is noticed when another connection removes it', () => {
    const { log, path, clock } = expired()
    const cursor = log.cursor('t', 0, 0)
    openLog(path, { clock, durability: 'power' }).retain()
    expect(() => cursor.read(10)).toThrow(/is gone/)
  })
})
