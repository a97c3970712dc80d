import { expect, test } from 'vitest'
import { partitionOfKey } from '../../src/cli/partition-of-key.ts'

// Hashes of Kafka's own test of its murmur2 (UtilsTest.testMurmur2): facts of the protocol.
const known: readonly (readonly [string, number])[] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
]

test.each(known)('the key %s is where Kafka puts it', (key, hash) => {
  for (const partitions of [1, 2, 7, 1000]) {
    expect(partitionOfKey(Buffer.from(key), partitions)).toBe((hash & 0x7fffffff) % partitions)
  }
})

test('an empty key has a partition, and many keys use all of them', () => {
  expect(partitionOfKey(new Uint8Array(0), 3)).toBeLessThan(3)
  const used = new Set(Array.from({ length: 200 }, (_, i) => partitionOfKey(Buffer.from(`key-${i}`), 8)))
  expect(used.size).toBe(8)
})
