import { expect, test } from 'vitest'
import { ColumnsBuilder, Kind } from '../../../src/models/trees/columns.ts'
import { rankTable } from '../../../src/models/trees/ranks.ts'
import { ForestBuilder, nextUp, type Relation } from '../../../src/models/trees/trees.ts'
import { seeded } from '../../random.ts'

/** Columns of so many features. */
function columnsOf(count: number) {
  const builder = new ColumnsBuilder()
  for (let feature = 0; feature < count; feature++) builder.value(feature, 'plain', Kind.value)
  return builder.finish()
}

test('tests of a column that put missing values on different sides are two slots', () => {
  const builder = new ForestBuilder()
  const first = builder.root()
  const holds = builder.test(first, 1, '<', 2, 'fails')
  builder.test(holds, 1, '<=', 3, 'fails')
  builder.test(holds - 1, 1, '<', 3, 'holds')
  const { cuts, columnFirst, slotColumn, slotMissing, slotCuts, slotFirst, nodeSlot, nodeCut } = rankTable(
    builder.finish(),
    columnsOf(2),
  )
  expect(Array.from(cuts)).toEqual([2, 3, nextUp(3)])
  expect(Array.from(columnFirst)).toEqual([0, 0, 3])
  expect(Array.from(slotColumn)).toEqual([1, 1])
  expect(Array.from(slotMissing)).toEqual([1, 0])
  expect(Array.from(slotCuts)).toEqual([2, nextUp(3), 3])
  expect(Array.from(slotFirst)).toEqual([0, 2, 3])
  expect([first, holds, holds - 1].map((node) => [nodeSlot[node], nodeCut[node]])).toEqual([
    [0, 0],
    [0, 1],
    [1, 0],
  ])
})

test('a number is below the cut of a test exactly when the test says "less"', () => {
  const rnd = seeded(11)
  const numbers = Array.from({ length: 12 }, () => Math.floor(rnd() * 8) / 4 - 1)
  const builder = new ForestBuilder()
  const tests = Array.from({ length: 200 }, () => {
    const relation = (['<', '<=', '>', '>='] as const)[Math.floor(rnd() * 4)] as Relation
    const value = numbers[Math.floor(rnd() * numbers.length)] as number
    const missing = rnd() < 0.5 ? ('holds' as const) : ('fails' as const)
    const root = builder.root()
    builder.test(root, 0, relation, value, missing)
    return { root, relation, value, missing }
  })
  const { slotCuts, slotFirst, slotMissing, nodeSlot, nodeCut } = rankTable(builder.finish(), columnsOf(1))
  for (const { root, relation, value, missing } of tests) {
    const slot = nodeSlot[root] as number
    const cut = slotCuts[(slotFirst[slot] as number) + (nodeCut[root] as number)] as number
    const isLess = relation.startsWith('<')
    for (const x of [...numbers, 0.1, -9, Number.POSITIVE_INFINITY]) {
      const isBelow = relation === '<' || relation === '>=' ? x < value : x <= value
      expect(x < cut).toBe(isBelow)
    }
    expect(slotMissing[slot] === 0).toBe(isLess === (missing === 'holds'))
  }
})
