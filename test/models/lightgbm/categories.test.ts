import { expect, test } from 'vitest'
import type { BoosterHeader, FeatureInfo } from '../../../src/models/lightgbm/booster.ts'
import { planCategories } from '../../../src/models/lightgbm/categories.ts'

const codes: FeatureInfo = { kind: 'codes', codes: [0, 1] }
const range: FeatureInfo = { kind: 'range', min: 0, max: 1 }

function plan(
  infos: readonly (FeatureInfo | null)[],
  categories: readonly unknown[][] | null,
  parameter: string | null = null,
) {
  const header = { featureNames: infos.map((_, i) => `f${i}`), featureInfos: infos } as unknown as BoosterHeader
  const parameters = new Map(parameter === null ? [] : [['categorical_feature', parameter]])
  return planCategories(header, { parameters, pandasCategories: categories })
}

test('lists go to the columns that the parameter numbers, in their order', () => {
  const { byName, note } = plan(
    [range, { kind: 'unused' }, codes],
    [
      ['a', 'b'],
      [1, 5],
    ],
    '2,1',
  )
  expect({ byName, note }).toEqual({ byName: { f1: ['a', 'b'], f2: [1, 5] }, note: null })
})

test('without the parameter they go to the columns whose codes training saw', () => {
  expect(
    plan(
      [codes, range, codes],
      [
        ['a', 'b'],
        [true, false],
      ],
    ).byName,
  ).toEqual({ f0: ['a', 'b'], f2: [true, false] })
  expect(plan([codes, range], [['a', 'b']], 'name:color').byName).toEqual({ f0: ['a', 'b'] })
  expect(plan([codes, range], [['a', 'b']], '0,7').byName).toEqual({ f0: ['a', 'b'] })
})

test('lists go past columns of codes that are too large for them, when there is one way', () => {
  const many: FeatureInfo = { kind: 'codes', codes: [7, 3] }
  const two = ['a', 'b']
  expect(plan([many, codes], [two], '0,1').byName).toEqual({ f1: two })
  expect(plan([codes, many, codes], [two, [true, false]]).byName).toEqual({ f0: two, f2: [true, false] })
  expect(plan([many], [two]).note).toContain('does not say of which')
  expect(plan([codes, many, codes], [two]).note).toContain('does not say of which')
})

test('the number of pairs that are looked at has an end', () => {
  const infos = new Array<FeatureInfo>(1500).fill(codes)
  const lists = new Array<string[]>(1500).fill(['a', 'b'])
  expect(plan(infos, lists).note).toBeNull()
  expect(plan(infos, lists.slice(1)).note).toContain('the categories of 1499 columns')
})

test('lists that fit no columns are told of', () => {
  expect(
    plan(
      [codes, range],
      [
        ['a', 'b'],
        ['b', 'c'],
      ],
    ),
  ).toEqual({
    byName: {},
    note: 'the file lists the categories of 2 columns and does not say of which: give them by the option "features"',
  })
  expect(plan([codes], null)).toEqual({ byName: {}, note: null })
})

test('categories of other kinds are texts', () => {
  expect(plan([codes], [[null, [1]]]).byName).toEqual({ f0: ['null', '[1]'] })
})
