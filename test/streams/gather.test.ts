import { expect, test } from 'vitest'
import { bytesAt, columnOf } from '../../src/core/bytes.ts'
import { type FrameBatch, framesOf, sliceFrames } from '../../src/core/frames.ts'
import { bytesIn, joinFrames } from '../../src/streams/gather.ts'
import { seeded } from '../random.ts'

function column(random: () => number, length: number) {
  return columnOf(Array.from({ length }, () => (random() < 0.2 ? null : Buffer.alloc(random() * 9, random() * 255))))
}

function rows(batch: FrameBatch) {
  return Array.from({ length: batch.length }, (_, i) => ({
    value: bytesAt(batch.values, i),
    key: batch.keys && bytesAt(batch.keys, i),
    headers: batch.headers && bytesAt(batch.headers, i),
    position: batch.positions[i],
    time: batch.timestampsMs?.[i],
  }))
}

test('cutting a batch anywhere and joining the parts gives the batch', () => {
  const random = seeded(5)
  for (let round = 0; round < 100; round++) {
    const length = 1 + Math.floor(random() * 20)
    const batch: FrameBatch = {
      ...framesOf(column(random, length), 100),
      keys: column(random, length),
      headers: random() < 0.5 ? column(random, length) : null,
      timestampsMs: random() < 0.5 ? Float64Array.from({ length }, () => random()) : null,
    }
    const cut = Math.floor(random() * length)
    const joined = joinFrames([sliceFrames(batch, 0, cut), sliceFrames(batch, cut, length)])
    expect(rows(joined)).toEqual(rows(batch))
    expect(joined.end).toBe(batch.end)
    expect(bytesIn(joined.values)).toBe(joined.values.bytes.length)
  }
})

test('a batch without keys or times among others has none there', () => {
  const plain = framesOf(columnOf([Buffer.from('a')]), 0)
  const keyed = {
    ...framesOf(columnOf([Buffer.from('b')]), 1),
    keys: columnOf([Buffer.from('k')]),
    timestampsMs: Float64Array.of(9),
  }
  const joined = joinFrames([plain, keyed])
  expect(joined.keys && [bytesAt(joined.keys, 0), `${bytesAt(joined.keys, 1)}`]).toEqual([null, 'k'])
  expect([...(joined.timestampsMs ?? [])]).toEqual([Number.NaN, 9])
})
