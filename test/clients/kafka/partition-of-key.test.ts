import { expect, test } from 'vitest'
import { murmur2, partitionOfKey } from '../../../src/clients/kafka/partition-of-key.ts'

/** Key and `Utils.murmur2` of it: printed by kafka-clients 4.3.1, and those of Kafka's own test (UtilsTest.testMurmur2). */
const java: readonly (readonly [string, number])[] = [
  ['', 275646681],
  ['a', -1563381124],
  ['ab', 316155434],
  ['abc', 479470107],
  ['abcd', -1323649548],
  ['abcde', 461995741],
  ['orders-1', 253392195],
  ['k0', -704538303],
  ['ключ', 2122343024],
  ['ÿþýüû', 1340176785],
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
]

test.each(java)('the key "%s" hashes as in Java and is where Kafka puts it, wherever it lies', (key, hash) => {
  const bytes = Buffer.from(key)
  const amid = Buffer.from(`..${key}.`)
  expect(murmur2(bytes)).toBe(hash)
  expect(murmur2(amid, 2, 2 + bytes.length)).toBe(hash)
  for (const partitions of [1, 2, 7, 1000]) {
    expect(partitionOfKey(bytes, partitions)).toBe((hash & 0x7fffffff) % partitions)
    expect(partitionOfKey(amid, partitions, 2, 2 + bytes.length)).toBe((hash & 0x7fffffff) % partitions)
  }
})
