import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../support/manual-clock.ts'
import { type PlainRecord, plain, Random, randomBatch, texts, valuesOf } from './generated.ts'
import { newPath, openLog } from './open-log.ts'

const TOMBSTONE_MS = 1000

/** What compaction must leave: the last record of each key, all without a key, tombstones while they are young. */
function compacted(records: readonly PlainRecord[], nowMs: number): PlainRecord[] {
  const last = new Map(records.map((record) => [record.key, record.position]))
  return records.filter(
    ({ key, value, position, timeMs }) =>
      key === null || (last.get(key) === position && (value !== null || (timeMs as number) >= nowMs - TOMBSTONE_MS)),
  )
}

describe('compaction', () => {
  it('keeps what the model keeps at its old positions, again and again, with appends between', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = new Random(seed)
      const clock = new ManualClock()
      const path = newPath()
      const log = openLog(path, { clock })
      log.createTopic('t', { isCompacted: true, tombstoneRetentionMs: TOMBSTONE_MS })
      let records: PlainRecord[] = []
      for (let round = 0; round < 4; round++) {
        for (let i = 0; i < 30; i++) {
          await clock.advance(20)
          const batch = { ...randomBatch(random, 1 + random.below(random.pick([2, 40]))), timestampsMs: null }
          const first = log.append('t', 0, batch)
          for (const record of plain(batch)) {
            records.push({ ...record, position: first + record.position, timeMs: clock.now() })
          }
        }
        const end = log.endPosition('t', 0)
        const kept = compacted(records, clock.now())
        expect(log.compact()).toBe(records.length - kept.length)
        records = kept
        expect(plain(log.read('t', 0, 0, 100_000))).toEqual(kept)
        expect(log.endPosition('t', 0)).toBe(end)
        expect(log.compact('t')).toBe(0)
        // From anywhere, in small steps, everything that is left is found and the end is reached.
        const from = random.below(end)
        const cursor = log.cursor('t', 0, from)
        const read: PlainRecord[] = []
        while (cursor.hasMore()) read.push(...plain(cursor.read(1 + random.below(5))))
        expect(read).toEqual(kept.filter((record) => record.position >= from))
        expect(cursor.position).toBe(end)
      }
    }
  })

  it('lets a reader that is at the end wait there although the last records are gone', async () => {
    const clock = new ManualClock()
    const log = openLog(newPath(), { clock })
    log.createTopic('t', { isCompacted: true, tombstoneRetentionMs: 0 })
    log.append('t', 0, texts(['a', null], { keys: ['k', 'k'] }))
    await clock.advance(1)
    expect(log.compact()).toBe(2)
    const cursor = log.cursor('t', 0, 0)
    expect(cursor.read(10)).toMatchObject({ length: 0, end: 2 })
    expect(cursor.hasMore()).toBe(false)
    expect(log.append('t', 0, texts(['b'], { keys: ['k'] }))).toBe(2)
    expect(valuesOf(cursor.read(10))).toEqual(['b'])
  })

  it('finds its way between rows of every size', () => {
    const log = openLog(newPath(), { clock: new ManualClock() })
    log.createTopic('t', { isCompacted: true })
    const filler = 'x'.repeat(2000)
    for (let i = 0; i < 8; i++) {
      const keys = Array.from({ length: 400 }, (_, j) => (j % 8 === i ? `last ${i} ${j}` : `shared ${j}`))
      log.append(
        't',
        0,
        texts(
          keys.map((key) => `${key} ${i} ${filler}`),
          { keys },
        ),
      )
    }
    const all = plain(log.read('t', 0, 0, 1e6, 1e9))
    log.compact()
    expect(plain(log.read('t', 0, 0, 1e6, 1e9))).toEqual(compacted(all, 0))
  })

  it('keeps the order where a large row without losses stands between small ones', () => {
    const log = openLog(newPath(), { clock: new ManualClock() })
    log.createTopic('t', { isCompacted: true })
    const put = (value: string, ...keys: string[]) =>
      log.append(
        't',
        0,
        texts(
          keys.map(() => value),
          { keys },
        ),
      )
    put('1', 'a', 'b', 'only')
    put('x'.repeat(300_000), 'large')
    put('2', 'a', 'c')
    put('3', 'b', 'c')
    log.compact()
    expect(plain(log.read('t', 0, 0, 100)).map((record) => [record.position, record.key])).toEqual([
      [2, 'only'],
      [3, 'large'],
      [4, 'a'],
      [6, 'b'],
      [7, 'c'],
    ])
    expect(valuesOf(log.read('t', 0, 4, 100))).toEqual(['2', '3', '3'])
  })

  it('leaves topics that are not compacted alone', () => {
    const log = openLog()
    log.createTopic('t')
    log.append('t', 0, texts(['a', 'b'], { keys: ['k', 'k'] }))
    expect(log.compact()).toBe(0)
    expect(log.read('t', 0, 0, 10).length).toBe(2)
  })

  it('is due when as much is new as was left the last time', () => {
    const log = openLog()
    log.createTopic('t', { isCompacted: true })
    const megabyte = 'x'.repeat(1024 * 1024)
    const put = (key: string) => log.append('t', 0, texts([megabyte], { keys: [key] }))
    expect(log.maintain().records).toBe(0)
    put('a')
    put('a')
    expect(log.maintain().records).toBe(1)
    put('b')
    expect(log.maintain().records).toBe(0) // due, but nothing to remove: two megabytes are left
    put('b')
    expect(log.maintain().records).toBe(0) // one new megabyte on two
    put('b')
    expect(log.maintain().records).toBe(2)
  })
})
