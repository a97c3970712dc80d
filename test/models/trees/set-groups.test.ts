import { expect, test } from 'vitest'
import { ColumnsBuilder, Kind } from '../../../src/models/trees/columns.ts'
import { ImageWords } from '../../../src/models/trees/image-words.ts'
import { Place, SetGroup } from '../../../src/models/trees/kernel-layout.ts'
import { rankTable } from '../../../src/models/trees/ranks.ts'
import { membersBytes, setGroups, wordsBytes, writeGroup } from '../../../src/models/trees/set-groups.ts'
import { ForestBuilder } from '../../../src/models/trees/trees.ts'

test('sets of one feature form a group for each side of missing values, with words and members', () => {
  const columns = new ColumnsBuilder()
  const forest = new ForestBuilder()
  const number = columns.value(0, 'plain', Kind.value)
  const small = columns.set(1, 'plain', Uint32Array.of(0b101))
  const large = columns.set(1, 'plain', Uint32Array.of(0, 1 << 31))
  forest.test(forest.root(), number, '<', 1, 'fails')
  for (const set of [small, large]) forest.test(forest.root(), set, '>', 0.5, 'holds')
  forest.test(forest.root(), small, '>', 0.5, 'fails')
  const built = columns.finish()
  const ranks = rankTable(forest.finish(), built)
  const groups = setGroups(built, ranks)
  expect(ranks.numberSlots).toBe(1)
  expect(groups).toEqual([
    { first: 1, end: 3, codes: 64, members: 5 },
    { first: 3, end: 4, codes: 32, members: 2 },
  ])
  const [group] = groups as [(typeof groups)[number]]
  expect([wordsBytes(group), membersBytes(group)]).toEqual([4 * 2 * 4, 7 * 4])
  const image = new ImageWords(Place.image + 256)
  const [at, words, members] = [Place.image, Place.image + 64, Place.image + 128] as const
  writeGroup(image, built, ranks, group, { group: at, words, members, masks: 100_000, codes: 200_000 })
  const read = (from: number, count: number) => Array.from({ length: count }, (_, i) => image.get(from + i * 4))
  expect(read(at + SetGroup.codes, 3)).toEqual([64, 96, 2])
  expect(read(words, 8)).toEqual([0b101, 0, 0, 1 << 31, 0, 0, -1, -1])
  const code = (number: number) => 200_000 + number * 16
  expect(read(members, 7)).toEqual([3, code(0), code(2), code(96), 2, code(63), code(96)])
})
