import { describe, expect, it } from 'vitest'
import { concatFrames } from '../../../src/clients/log/concat.ts'
import { sliceFrames } from '../../../src/core/frames.ts'
import { plain, Random, randomBatch } from './generated.ts'

describe('concatenating batches', () => {
  it('undoes cutting, for generated batches', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = new Random(seed)
      const batch = randomBatch(random, 1 + random.below(40))
      const cuts = [0, ...Array.from({ length: random.below(4) }, () => random.below(batch.length)), batch.length]
      const parts = cuts
        .sort((a, b) => a - b)
        .slice(1)
        .map((to, i) => sliceFrames(batch, cuts[i] as number, to))
      const whole = concatFrames(parts, 0)
      expect(plain(whole)).toEqual(plain(batch))
      expect(whole.end).toBe(batch.end)
    }
  })

  it('fills in nulls where only some batches have keys, headers or times', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = new Random(seed)
      const parts = Array.from({ length: 1 + random.below(4) }, () => randomBatch(random, 1 + random.below(9)))
      const hasTimes = parts.some((part) => part.timestampsMs)
      const fill = hasTimes ? Number.NaN : null
      const wanted = parts.flatMap(plain).map((record) => ({ ...record, timeMs: record.timeMs ?? fill }))
      expect(plain(concatFrames(parts, 0))).toEqual(wanted)
    }
  })

  it('of nothing is an empty batch at the given position', () => {
    expect(concatFrames([], 7)).toMatchObject({ length: 0, end: 7, keys: null })
  })
})
