import { expect, it } from 'vitest'
import { ManualClock } from '../../support/manual-clock.ts'
import { plain, Random, texts } from './generated.ts'
import { newPath, openLog } from './open-log.ts'

it('finds the first record of a time or later, although times go back and forth and rows are removed', () => {
  for (let seed = 1; seed <= 15; seed++) {
    const random = new Random(seed)
    const log = openLog(newPath(), { clock: new ManualClock(10_000) })
    log.createTopic('t', { isCompacted: true })
    for (let i = 0; i < 60; i++) {
      const length = 1 + random.below(8)
      const timestampsMs = Array.from({ length }, () => i * 10 + random.below(100) + 0.25)
      const keys = timestampsMs.map(() => `k${random.below(100)}`)
      log.append('t', 0, texts(keys, { timestampsMs, keys }))
    }
    const check = () => {
      const start = log.startPosition('t', 0)
      const records = plain(log.read('t', 0, start, 10_000))
      for (const timeMs of [0, 50, 99.25, 300, 555.25, 640, 699, 10_000]) {
        const wanted = records.find((record) => (record.timeMs as number) >= timeMs)?.position
        expect(log.positionForTime('t', 0, timeMs)).toBe(wanted ?? log.endPosition('t', 0))
      }
    }
    check()
    if (seed % 2 === 0) {
      expect(log.compact()).toBeGreaterThan(0)
      check()
      continue
    }
    log.createTopic('t', { retentionMs: 10_000 - 400 })
    log.retain()
    expect(log.startPosition('t', 0)).toBeGreaterThan(0)
    check()
  }
})

it('is the end in an empty partition', () => {
  const log = openLog()
  log.createTopic('t')
  expect(log.positionForTime('t', 0, 5)).toBe(0)
})

it('looks on where the record that had reached the time was removed', () => {
  const log = openLog()
  log.createTopic('t', { retentionBytes: 90 })
  for (const timeMs of [100, 50, 90]) log.append('t', 0, texts(['x'], { timestampsMs: [timeMs] }))
  expect(log.positionForTime('t', 0, 80)).toBe(0)
  log.retain()
  expect(log.startPosition('t', 0)).toBe(1)
  expect(log.positionForTime('t', 0, 80)).toBe(2)
  expect(log.positionForTime('t', 0, 95)).toBe(3)
})
