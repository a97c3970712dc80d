import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../support/manual-clock.ts'
import { plain, Random, randomBatch, texts, valuesOf } from './generated.ts'
import { newPath, openLog } from './open-log.ts'

describe('retention by age', () => {
  it('removes only rows that are all too old, from the start, and never an end', () => {
    for (let seed = 1; seed <= 15; seed++) {
      const random = new Random(seed)
      const clock = new ManualClock()
      const log = openLog(newPath(), { clock })
      log.createTopic('t', { retentionMs: 100 })
      for (let i = 0; i < 150; i++) {
        const length = 1 + random.below(3)
        const timestampsMs = Array.from({ length }, () => clock.now() - random.below(200))
        log.append(
          't',
          0,
          texts(
            Array.from({ length }, (_, j) => `${i}.${j}`),
            { timestampsMs },
          ),
        )
      }
      const before = plain(log.read('t', 0, 0, 10_000))
      const end = log.endPosition('t', 0)
      log.retain()
      const start = log.startPosition('t', 0)
      const after = plain(log.read('t', 0, start, 10_000))
      expect(after).toEqual(before.slice(start))
      expect(log.endPosition('t', 0)).toBe(end)
      const limit = clock.now() - 100
      for (const record of before.slice(0, start)) expect(record.timeMs).toBeLessThan(limit)
      const firstRow = after.slice(0, 3) // a row has at most three records
      if (after.length > 0) expect(firstRow.some((record) => (record.timeMs as number) >= limit)).toBe(true)
    }
  })

  it('keeps positions, times and waiting readers right when everything is gone', async () => {
    const clock = new ManualClock()
    const path = newPath()
    const log = openLog(path, { clock })
    log.createTopic('t', { retentionMs: 10 })
    for (let i = 0; i < 200; i++) log.append('t', 0, texts([`${i}`]))
    await clock.advance(11)
    expect(log.retain('t')).toBe(200)
    expect(log.startPosition('t', 0)).toBe(200)
    expect(log.append('t', 0, texts(['next']))).toBe(200)
    expect(valuesOf(log.read('t', 0, 200, 10))).toEqual(['next'])
    log.close()
    const again = openLog(path, { clock })
    expect(again.startPosition('t', 0)).toBe(200)
    expect(again.endPosition('t', 0)).toBe(201)
    expect(again.retain()).toBe(0)
  })
})

describe('retention by size', () => {
  it('keeps at least the given bytes and not a row more', () => {
    for (const isCompacted of [false, true]) {
      const log = openLog()
      log.createTopic('t', { retentionBytes: 10_000, isCompacted })
      const random = new Random(4)
      for (let i = 0; i < 300; i++) log.append('t', 0, randomBatch(random, 1 + random.below(3)))
      log.retain()
      const kept = rowBytes(log.path)
      expect(kept.reduce((sum, bytes) => sum + bytes, 0)).toBeGreaterThanOrEqual(10_000)
      expect(kept.slice(1).reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(10_000)
    }
  })
})

it('leaves topics without limits alone', () => {
  const log = openLog()
  log.createTopic('t')
  log.append('t', 0, texts(['old'], { timestampsMs: [1] }))
  expect(log.retain()).toBe(0)
  expect(() => log.retain('u')).toThrow(/no topic "u"/)
})

/** Sizes of the stored rows, in order. */
function rowBytes(path: string): number[] {
  const db = new DatabaseSync(path, { readOnly: true })
  const rows = db.prepare('SELECT length(blob) AS bytes FROM batches ORDER BY id').all() as { bytes: number }[]
  db.close()
  return rows.map((row) => row.bytes)
}
