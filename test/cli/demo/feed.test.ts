import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { Feed, MALFORMED_EVERY } from '../../../src/cli/demo/feed.ts'
import { EmbeddedLog } from '../../../src/clients/log/log.ts'
import { bytesAt } from '../../../src/core/bytes.ts'
import type { Clock } from '../../../src/core/clock.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** A clock whose sleeps pass at once and that stops the feed after `ticks` of them. */
function tickingClock(ticks: number, stop: AbortController): Clock {
  let nowMs = 0
  return {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: async (delayMs) => {
      nowMs += delayMs
      if (nowMs > ticks * delayMs) stop.abort()
    },
  }
}

test('records come at the rate, over all partitions, and one in a thousand is malformed', async () => {
  const folder = temporaryFolder()
  const log = EmbeddedLog.open(`${folder}/log.db`)
  log.createTopic('in', { partitions: 3 })
  writeFileSync(`${folder}/lines`, '{"a": 1.5, "b": 2}\n{"a": 2.5, "b": 3}\n')
  const stop = new AbortController()
  const clock = tickingClock(500, stop)
  const feed = await Feed.open(log, 'in', pathToFileURL(`${folder}/lines`), clock)
  await feed.run(1_000, stop.signal)
  expect(feed.sent).toBeGreaterThanOrEqual(5_000)
  expect(feed.sent).toBeLessThanOrEqual(5_010)
  let malformed = 0
  let total = 0
  for (let partition = 0; partition < 3; partition++) {
    const batch = log.read('in', partition, 0, 10_000)
    expect(batch.length).toBeGreaterThan(1_600)
    total += batch.length
    for (let i = 0; i < batch.length; i++) if (!isGood(bytesAt(batch.values, i) as Uint8Array)) malformed++
  }
  expect(total).toBe(feed.sent)
  expect(malformed).toBe(Math.floor(feed.sent / MALFORMED_EVERY))
})

function isGood(bytes: Uint8Array): boolean {
  try {
    const value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Record<string, unknown>
    return typeof value['a'] === 'number' && typeof value['b'] === 'number'
  } catch {
    return false
  }
}
