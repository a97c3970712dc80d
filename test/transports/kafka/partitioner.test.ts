import { expect, test } from 'vitest'
import { columnOf } from '../../../src/core/bytes.ts'
import { partitionsByKey } from '../../../src/transports/kafka/partitioner.ts'

/** Key and its partition of seven, as Java's producer chooses it (kafka-clients 4.3.1). */
const java: readonly (readonly [string, number])[] = [
  ['', 2],
  ['a', 5],
  ['ab', 0],
  ['abc', 4],
  ['abcd', 5],
  ['abcde', 4],
  ['orders-1', 0],
  ['k0', 2],
  ['ключ', 4],
  ['ÿþýüû', 3],
]

test("records go to Java's partitions, in their order; those without a key to the one that is given", () => {
  const keys = columnOf([...java.map(([key]) => Buffer.from(key)), null])
  const expected = new Map<number, number[]>()
  for (const [i, [, partition]] of [...java, ['', 6] as const].entries()) {
    expected.set(partition, [...(expected.get(partition) ?? []), i])
  }
  const lists = [...partitionsByKey(keys, 7, 6)].map(([partition, list]) => [partition, [...list]] as const)
  expect(new Map(lists)).toEqual(expected)
})
