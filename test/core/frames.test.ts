import { describe, expect, it, test } from 'vitest'
import { bytesAt, columnOf } from '../../src/core/bytes.ts'
import { emptyFrames, type FrameBatch, framesOf, hasEntry, pickFrames, sliceFrames } from '../../src/core/frames.ts'

const numbers = [10, 11, 12, 15, 16]
const column = (prefix: string) => columnOf(numbers.map((n) => Buffer.from(`${prefix}${n}`)))
const batch: FrameBatch = {
  length: 5,
  values: column('v'),
  keys: column('k'),
  headers: columnOf([null, Buffer.from('h11'), null, null, null]),
  timestampsMs: Float64Array.from(numbers, (n) => n * 1000),
  positions: Float64Array.from(numbers),
  end: 20,
}

/** One row of a batch, read from all its columns. */
function row(frames: FrameBatch, i: number) {
  const text = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString()
  return {
    position: frames.positions[i],
    value: text(bytesAt(frames.values, i)),
    key: frames.keys && text(bytesAt(frames.keys, i)),
    headers: frames.headers && text(bytesAt(frames.headers, i)),
    time: frames.timestampsMs?.[i] ?? null,
  }
}
const rows = (frames: FrameBatch) => Array.from({ length: frames.length }, (_, i) => row(frames, i))

test('a batch without frames ends where it is', () => {
  expect(emptyFrames(7)).toMatchObject({ length: 0, values: { length: 0 }, keys: null, headers: null, end: 7 })
  expect(emptyFrames(8).end).toBe(8)
})

describe('sliceFrames', () => {
  it('keeps all columns of a row together, for every range', () => {
    for (let from = 0; from <= 5; from++) {
      for (let to = from; to <= 5; to++) expect(rows(sliceFrames(batch, from, to))).toEqual(rows(batch).slice(from, to))
    }
  })

  it('ends where the next frame of the batch is, or where the batch ends', () => {
    expect(sliceFrames(batch, 0, 3).end).toBe(15)
    expect(sliceFrames(batch, 2, 2).end).toBe(12)
    expect(sliceFrames(batch, 3, 5).end).toBe(20)
    expect(sliceFrames(batch, 0, 5)).toBe(batch)
  })
})

describe('pickFrames', () => {
  it('keeps all columns of a row together and the end of the batch', () => {
    const picked = pickFrames(batch, [4, 1, 1])
    expect(rows(picked)).toEqual([row(batch, 4), row(batch, 1), row(batch, 1)])
    expect(picked.end).toBe(20)
    expect(rows(pickFrames(batch, []))).toEqual([])
  })
})

describe('framesOf', () => {
  it('numbers values from the given position', () => {
    const frames = framesOf(column('v'), 7)
    expect([...frames.positions, frames.end]).toEqual([7, 8, 9, 10, 11, 12])
    expect(frames).toMatchObject({ keys: null, headers: null, timestampsMs: null, length: 5 })
    expect(rows(sliceFrames(frames, 1, 3)).map(({ value }) => value)).toEqual(['v11', 'v12'])
    expect(rows(pickFrames(frames, [0]))[0]).toMatchObject({ key: null, headers: null, time: null })
  })
})

describe('hasEntry', () => {
  it('tells a value, also an empty one, from none and from no column', () => {
    const some = columnOf([Buffer.alloc(0), null])
    expect([hasEntry(some, 0), hasEntry(some, 1), hasEntry(null, 0)]).toEqual([true, false, false])
  })
})
