import { expect, test } from 'vitest'
import { BlobPool } from '../../../src/clients/log/blob-pool.ts'

test('memory that was given back is taken again where it is large enough', () => {
  const pool = new BlobPool()
  const first = pool.take(100_000)
  expect([first.length, first.byteOffset % 8]).toEqual([100_000, 0])
  pool.give(first)
  const larger = pool.take(200_000)
  expect(larger.buffer).not.toBe(first.buffer)
  const second = pool.take(101_000) // a little more than before still fits
  expect([second.buffer, second.length]).toEqual([first.buffer, 101_000])
})

test('what is in use is not given out, also when it is given back twice', () => {
  const pool = new BlobPool()
  const first = pool.take(50_000)
  pool.give(first)
  pool.give(first)
  const [a, b] = [pool.take(50_000), pool.take(50_000)]
  expect(a.buffer).toBe(first.buffer)
  expect(b.buffer).not.toBe(a.buffer)
})

test('small and huge blobs, and memory of others, are not kept', () => {
  const pool = new BlobPool()
  for (const size of [1_000, 5_000_000]) {
    const blob = pool.take(size)
    pool.give(blob)
    expect(pool.take(size)).not.toBe(blob)
    expect(blob.byteOffset % 8).toBe(0)
  }
  const foreign = Buffer.alloc(100_000)
  pool.give(foreign)
  expect(pool.take(90_000).buffer).not.toBe(foreign.buffer)
})

test('only some are kept', () => {
  const pool = new BlobPool()
  const blobs = Array.from({ length: 20 }, () => pool.take(40_000))
  for (const blob of blobs) pool.give(blob)
  const again = new Set(Array.from({ length: 20 }, () => pool.take(40_000).buffer))
  expect(blobs.filter((blob) => again.has(blob.buffer)).length).toBe(8)
})
