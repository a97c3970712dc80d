import { statSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ManualClock } from '../../support/manual-clock.ts'
import { texts } from './generated.ts'
import { newPath, openLog } from './open-log.ts'

it('compacts and removes beside the appending thread, once enough was appended', async () => {
  const clock = new ManualClock()
  const log = openLog(newPath(), { clock, isMaintained: true })
  log.createTopic('compacted', { isCompacted: true })
  log.createTopic('short', { retentionMs: 1000 })
  log.append('short', 0, texts(['old'], { timestampsMs: [1] }))
  const megabyte = 'x'.repeat(1024 * 1024)
  for (let i = 0; i < 17; i++) log.append('compacted', 0, texts([megabyte], { keys: ['k'] }))
  await log.maintained()
  await clock.advance(10_000)
  log.append('compacted', 0, texts(['last'], { keys: ['k'] }))
  await log.maintained()
  expect(log.startPosition('short', 0)).toBe(1)
  expect(log.read('compacted', 0, 0, 100).length).toBeLessThan(17)
  expect(log.stats().maintenanceError).toBeNull()
})

it('writes the write-ahead log back', async () => {
  const log = openLog(newPath(), { isMaintained: true })
  log.createTopic('t')
  const before = statSync(log.path).size
  log.append('t', 0, texts(['x'.repeat(5 * 1024 * 1024)]))
  await log.maintained()
  expect(statSync(log.path).size).toBeGreaterThan(before + 5 * 1024 * 1024)
})

it('does nothing by itself when told so', async () => {
  const log = openLog(newPath(), { isMaintained: false })
  log.createTopic('t')
  log.append('t', 0, texts(['x'.repeat(5 * 1024 * 1024)]))
  await log.maintained()
  expect(statSync(log.path).size).toBeLessThan(5 * 1024 * 1024)
})
