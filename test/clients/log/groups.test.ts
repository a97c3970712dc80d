import { expect, it } from 'vitest'
import { listPositions, positionOf, setPosition } from '../../../src/clients/log/groups.ts'
import { openParts } from './open-log.ts'

it('keeps the last position per group and partition', () => {
  const { file, topics } = openParts()
  topics.create('a', { partitions: 2 })
  topics.create('b', {})
  const at = (topic: string, partition: number) => topics.partitionId(topic, partition)
  file.write(() => {
    setPosition(file, 'g', at('b', 0), 5)
    setPosition(file, 'g', at('a', 1), 2 ** 42)
    setPosition(file, 'f', at('a', 1), 7)
    setPosition(file, 'g', at('b', 0), 3) // going back is allowed: a replay
  })
  expect(positionOf(file, 'g', at('b', 0))).toBe(3)
  expect(positionOf(file, 'g', at('a', 0))).toBeNull()
  expect(listPositions(file)).toEqual([
    { group: 'f', topic: 'a', partition: 1, position: 7 },
    { group: 'g', topic: 'a', partition: 1, position: 2 ** 42 },
    { group: 'g', topic: 'b', partition: 0, position: 3 },
  ])
})
