import { describe, expect, it } from 'vitest'
import { readSnappy } from '../../src/core/snappy.ts'
import { seeded } from '../random.ts'
import { writeSnappy } from '../support/tensorflow-table.ts'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

describe('Snappy', () => {
  it('reads literals and copies that overlap their result', () => {
    expect(text(readSnappy(Buffer.from('\x03\x08abc', 'latin1')))).toBe('abc')
    // "ab", then 6 bytes from 2 before.
    expect(text(readSnappy(Buffer.from('\x08\x04ab\x09\x02', 'latin1')))).toBe('abababab')
    // The same by an offset of two and of four bytes.
    expect(text(readSnappy(Buffer.from('\x08\x04ab\x16\x02\x00', 'latin1')))).toBe('abababab')
    expect(text(readSnappy(Buffer.from('\x08\x04ab\x17\x02\x00\x00\x00', 'latin1')))).toBe('abababab')
  })

  it('reads literals whose length takes bytes of its own', () => {
    const bytes = Buffer.alloc(300, 'x')
    expect(readSnappy(Buffer.concat([Buffer.of(0xac, 0x02, 0xf4, 0x2b, 0x01), bytes]))).toEqual(new Uint8Array(bytes))
  })

  it('gives back what was packed', () => {
    const random = seeded(3)
    for (let round = 0; round < 50; round++) {
      const bytes = Uint8Array.from({ length: random() * 400 }, () => (random() < 0.7 ? 7 : random() * 256))
      expect(readSnappy(writeSnappy(bytes))).toEqual(bytes)
    }
  })

  it('refuses what leads out of the block, and sizes that no block of its length has', () => {
    expect(() => readSnappy(Buffer.from('\x08\x04ab\x09\x03', 'latin1'))).toThrow(
      'has a copy at byte 4 that leads out of it',
    )
    expect(() => readSnappy(Buffer.from('\x03\x08ab', 'latin1'))).toThrow(
      'has a literal at byte 1 that leads out of it',
    )
    expect(() => readSnappy(Buffer.from('\x05\x08abc', 'latin1'))).toThrow('ends after 3 of 5 bytes')
    expect(() => readSnappy(Buffer.of(255, 255, 255, 255, 15, 0))).toThrow(
      'the Snappy block of 6 bytes says that it holds 4294967295 bytes',
    )
    expect(() => readSnappy(new Uint8Array(0))).toThrow('has no length')
  })
})
