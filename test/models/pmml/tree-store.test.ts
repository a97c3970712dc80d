import { expect, test } from 'vitest'
import { Op } from '../../../src/models/pmml/tree-ops.ts'
import { TreeStoreBuilder } from '../../../src/models/pmml/tree-store.ts'

test('a store takes more nodes and shares than it was made for', () => {
  const store = new TreeStoreBuilder(2, 2)
  store.keepCounts()
  for (let i = 0; i < 1000; i++) {
    expect(store.add()).toBe(i)
    store.score[i] = i
    expect(store.addShares(3)).toBe(i * 3)
    store.shares[i * 3] = i
    if (i === 500) store.setConfidence(i * 3 + 1, 0.5)
    if (i === 600) store.setDefaultChild(i, 7)
  }
  const { score, op, field, distribution, shares, confidences, counts, records, defaultChild } = store.finish()
  expect([score[999], op[999], field[999], distribution[999]]).toEqual([999, Op.true, -1, -1])
  expect([shares.length, shares[2997], shares[2998]]).toEqual([3000, 999, 0])
  expect([confidences?.[1501], confidences?.[1500], confidences?.[2999]]).toEqual([0.5, Number.NaN, Number.NaN])
  expect([counts?.length, counts?.[2999], records?.[999]]).toEqual([3000, 0, Number.NaN])
  expect([defaultChild?.[600], defaultChild?.[999]]).toEqual([7, -1])
})

test('columns that no tree needs are not there', () => {
  const store = new TreeStoreBuilder(0, 0)
  store.add()
  expect(store.finish()).toMatchObject({ confidences: null, counts: null, records: null, defaultChild: null })
})

test('equal predicates and features have one number', () => {
  const store = new TreeStoreBuilder(0, 0)
  const predicate = (slot: number) => store.predicate({ kind: 'missing', slot, isMissing: true })
  expect([predicate(1), predicate(2), predicate(1)]).toEqual([0, 1, 0])
  expect([store.feature(5), store.feature(-1), store.feature(5)]).toEqual([0, 1, 0])
})
