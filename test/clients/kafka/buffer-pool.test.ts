import { describe, expect, it } from 'vitest'
import { BufferPool } from '../../../src/clients/kafka/buffer-pool.ts'

describe('buffer pool', () => {
  it('gives a buffer again that was given back as a view of its start', () => {
    const pool = new BufferPool(2 ** 20)
    const first = pool.take(5000)
    expect(first.length).toBe(8192)
    pool.give(first.subarray(0, 100))
    const second = pool.take(8000)
    expect(second.buffer).toBe(first.buffer)
    expect(second.length).toBe(8192)
    expect(pool.take(8000).buffer).not.toBe(first.buffer)
  })

  it('keeps no more than its bound, and nothing of odd sizes', () => {
    const pool = new BufferPool(10_000)
    const buffers = [pool.take(8192), pool.take(8192)]
    for (const buffer of buffers) pool.give(buffer)
    pool.give(Buffer.allocUnsafeSlow(5000))
    // The last that was given back goes first, but there was room for one alone.
    expect([pool.take(8192), pool.take(8192)].map(({ buffer }) => buffer === buffers[0]?.buffer)).toEqual([true, false])
    expect(pool.take(2 ** 23).length).toBe(2 ** 23)
  })
})
