import { expect, test } from 'vitest'
import { NumberPool } from '../../../src/encodings/avro-binary/number-pool.ts'

const make = () => new NumberPool((length) => new Float64Array(length))

test('lists of a batch lie one behind the other', () => {
  const pool = make()
  pool.begin(3)
  const lists = [pool.take(4, 100), pool.take(4, 100), pool.take(4, 100)]
  expect(new Set(lists.map((list) => list.buffer)).size).toBe(1)
  expect(lists.map((list) => list.byteOffset)).toEqual([0, 32, 64])
})

test('no more is reserved than the frames can hold', () => {
  const pool = make()
  pool.begin(1_000_000)
  expect(pool.take(10, 5.5).buffer.byteLength).toBe(15 * 8)
})

test('a new batch leaves the lists of the last alone', () => {
  const pool = make()
  pool.begin(1)
  const list = pool.take(1, 0).fill(7)
  pool.begin(1)
  pool.take(1, 0).fill(8)
  expect([...list]).toEqual([7])
})

test('a list grows by doubling and keeps its numbers', () => {
  const pool = make()
  const grown = pool.grown(Float64Array.of(1, 2), 2, 1)
  expect([...grown]).toEqual([1, 2, 0, 0])
  expect(pool.grown(grown, 3, 1)).toBe(grown)
})
