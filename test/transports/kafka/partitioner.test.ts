import { expect, test } from 'vitest'
import { columnOf } from '../../../src/core/bytes.ts'
import { murmur2, partitionsByKey } from '../../../src/transports/kafka/partitioner.ts'

/** Key, `Utils.murmur2` of it, and its partition of seven: printed by kafka-clients 4.3.1. */
const java: readonly (readonly [string, number, number])[] = [
  ['', 275646681, 2],
  ['a', -1563381124, 5],
  ['ab', 316155434, 0],
  ['abc', 479470107, 4],
  ['abcd', -1323649548, 5],
  ['abcde', 461995741, 4],
  ['orders-1', 253392195, 0],
  ['k0', -704538303, 2],
  ['ключ', 2122343024, 4],
  ['ÿþýüû', 1340176785, 3],
]

test('keys hash as in Java, wherever they lie', () => {
  for (const [key, hash] of java) {
    expect(murmur2(Buffer.from(key))).toBe(hash)
    expect(murmur2(Buffer.from(`..${key}.`), 2, 2 + Buffer.byteLength(key))).toBe(hash)
  }
})

test("records go to Java's partitions, in their order; those without a key to the one that is given", () => {
  const keys = columnOf([...java.map(([key]) => Buffer.from(key)), null])
  const expected = new Map<number, number[]>()
  for (const [i, [, , partition]] of [...java, ['', 0, 6] as const].entries()) {
    expected.set(partition, [...(expected.get(partition) ?? []), i])
  }
  const lists = [...partitionsByKey(keys, 7, 6)].map(([partition, list]) => [partition, [...list]] as const)
  expect(new Map(lists)).toEqual(expected)
})
