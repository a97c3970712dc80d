import { expect, test } from 'vitest'
import type { ChunkScorer } from '../../../src/cli/score/chunk-scorer.ts'
import { GrowingScorer } from '../../../src/cli/score/growing-scorer.ts'
import { ManualClock } from '../../support/manual-clock.ts'

function growing(totalBytes: number) {
  const clock = new ManualClock()
  const log: string[] = []
  const place = (name: string, depth: number): ChunkScorer => ({
    depth,
    async score() {
      log.push(name)
      await clock.advance(300)
      return { output: new Uint8Array(0), records: 0, lines: 0, faults: [] }
    },
    close: () => log.push(`close ${name}`),
  })
  const scorer = new GrowingScorer({ here: place('here', 0), threads: () => place('threads', 4), totalBytes, clock })
  return { scorer, log }
}

test('threads take over once much work turns out to be left, and only then', async () => {
  const { scorer, log } = growing(10_000)
  for (let i = 0; i < 6; i++) await scorer.score(new Uint8Array(100))
  expect(log).toEqual(['here', 'here', 'here', 'here', 'threads', 'threads'])
  expect(scorer.depth).toBe(4)
  scorer.close()
  expect(log.slice(6)).toEqual(['close threads', 'close here'])
  const short = growing(1_000)
  for (let i = 0; i < 10; i++) await short.scorer.score(new Uint8Array(100))
  expect(new Set(short.log)).toEqual(new Set(['here']))
  expect(short.scorer.depth).toBe(0)
})
