import { describe, expect, test } from 'vitest'
import { ChunkCutter, type Framing } from '../../src/envelopes/chunk-cutter.ts'
import { cutAll } from './framing.ts'

/** Frames of two bytes; counts the bytes it looked at. */
class Pairs implements Framing {
  readonly maxFrameBytes = 2
  cut(
    _bytes: Buffer,
    _searched: number,
    end: number,
    _base: number,
    frames: { add(o: number, s: number, e: number): void },
  ): number {
    let at = 0
    for (; at + 2 <= end; at += 2) frames.add(at, at, at + 2)
    return at
  }
  finish(size: number, _base: number, frames: { add(o: number, s: number, e: number): void }): void {
    if (size > 0) frames.add(0, 0, size)
  }
}

describe('ChunkCutter', () => {
  test('counts positions from where it was opened, across chunks and many frames', () => {
    const text = 'ab'.repeat(1000)
    const expected = Array.from({ length: 1000 }, (_, i) => `${100 + 2 * i}:ab`)
    for (const size of [1, 3, 4, 999, 2000]) {
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
        Buffer.from(text.slice(i * size, (i + 1) * size)),
      )
      expect(cutAll(new ChunkCutter(new Pairs(), 100), chunks)).toEqual(expected)
    }
  })

  test('frames of one chunk share its buffer', () => {
    const chunk = Buffer.from('abcd')
    expect(new ChunkCutter(new Pairs(), 0).push(chunk).values.bytes).toBe(chunk)
  })

  test('a carried frame is a copy: the chunk may be reused', () => {
    const cutter = new ChunkCutter(new Pairs(), 0)
    const chunk = Buffer.from('x')
    cutter.push(chunk)
    chunk[0] = 0
    expect(Buffer.from(cutter.push(Buffer.from('y')).values.bytes.subarray(0, 2)).toString()).toBe('xy')
  })
})
