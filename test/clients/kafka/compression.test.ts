import { expect, test } from 'vitest'
import { compress, compressionOf, compressions, decompress } from '../../../src/clients/kafka/compression.ts'
import { writeSnappy } from '../../../src/core/snappy.ts'
import { seeded } from '../../random.ts'

/** Bytes that repeat now and then, at distances near and far. */
function generated(random: () => number, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  let at = 0
  while (at < size) {
    const length = Math.min(size - at, 1 + Math.floor(random() * 90))
    if (at > 0 && random() < 0.6) {
      const from = Math.floor(random() * at)
      for (let i = 0; i < length; i++) bytes[at + i] = bytes[from + i] as number
    } else for (let i = 0; i < length; i++) bytes[at + i] = random() * 256
    at += length
  }
  return bytes
}

test.each(compressions)('%s gives back what it was given, in every size around its blocks', (compression) => {
  const random = seeded(17)
  const sizes = [0, 1, 4, 5, 12, 13, 14, 100, 32_767, 32_768, 32_769, 65_535, 65_536, 65_537, 200_000]
  for (const size of [...sizes, ...sizes.map((one) => Math.floor(one * random()))]) {
    const bytes = generated(random, size)
    expect(decompress(compression, compress(compression, bytes), size || 1).equals(bytes)).toBe(true)
  }
})

test.each(compressions.slice(1))('%s makes much of what repeats small, and nothing much larger', (compression) => {
  const random = seeded(3)
  expect(compress(compression, Buffer.alloc(100_000, 'abcdefg')).length).toBeLessThan(8_000)
  const noise = Buffer.from(Uint8Array.from({ length: 100_000 }, () => random() * 256))
  expect(compress(compression, noise).length).toBeLessThan(100_600)
})

test('a snappy block without the frame of Java clients is read too', () => {
  const bytes = generated(seeded(4), 5_000)
  expect(decompress('snappy', Buffer.from(writeSnappy(bytes)), 5_000).equals(bytes)).toBe(true)
  expect(() => decompress('snappy', Buffer.from(writeSnappy(bytes)), 4_999)).toThrow('more than the 4999 allowed')
})

test.each(compressions.slice(1))(
  '%s that becomes more than is allowed is refused, and what becomes that is not',
  (compression) => {
    const bytes = generated(seeded(5), 100_000)
    const packed = compress(compression, bytes)
    expect(decompress(compression, packed, 100_000).equals(bytes)).toBe(true)
    for (const maxBytes of [99_999, 40_000, 1]) expect(() => decompress(compression, packed, maxBytes)).toThrow()
  },
)

test('numbers of attributes name their compression, and no other', () => {
  expect([0, 1, 2, 3, 4, 5, 7].map(compressionOf)).toEqual([...compressions, null, null])
})
