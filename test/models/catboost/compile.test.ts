import { describe, expect, it } from 'vitest'
import { documentOf, feature, open, refusal, split } from './documents.ts'

const raw = async (document: unknown, ...rows: number[][]) => {
  const scorer = await open(document)
  return [...scorer.predict(Float64Array.from(rows.flat()), rows.length, { output: 'margin' })]
}

describe('compileTrees', () => {
  it('takes bit i of a leaf for split i; values at a border are below it, in floats', async () => {
    const rows = [
      [0, 0],
      [2, 0],
      [0, 6],
      [2, 6],
      [1, 5],
      [1.00000001, 5],
    ]
    expect(await raw(documentOf(), ...rows)).toEqual([1, 2, 3, 4, 1, 1])
  })

  it('sends missing values below or above all borders, as the feature says', async () => {
    const large = { float_features: [feature(0, { nan_value_treatment: 'AsTrue' }), feature(1)] }
    expect(await raw(documentOf(), [Number.NaN, Number.NaN])).toEqual([1])
    expect(await raw(documentOf({ features_info: large }), [Number.NaN, Number.NaN])).toEqual([2])
  })

  it('walks trees of nodes to the left up to the border', async () => {
    const tree = {
      split: split(0, 1),
      left: { value: 1 },
      right: { split: split(1, 5), left: { value: 2 }, right: { value: 3 } },
    }
    const document = documentOf({ trees: [tree], oblivious_trees: undefined })
    expect(await raw(document, [1, 9], [2, 5], [2, 6])).toEqual([1, 2, 3])
    const wide = documentOf(
      { trees: [{ value: [1, 2] }], oblivious_trees: undefined, scale_and_bias: [1, [0, 0]] },
      'MultiRMSE',
    )
    expect(await raw(wide, [0, 0])).toEqual([1, 2])
    expect(await refusal({ ...wide, trees: [{ value: 1 }] })).toMatch(/trees\[0\]\.value: has 1 numbers, expected 2/)
  })

  it('refuses what is no tree of numeric tests, with the place', async () => {
    const trees = (tree: object) => refusal(documentOf({ oblivious_trees: [tree] }))
    expect(await trees({ splits: [split(0, 1)], leaf_values: [1] })).toBe(
      'MODEL_ARTIFACT_SYNTAX: m.json cannot be read as JSON of CatBoost: oblivious_trees[0].leaf_values: are 1, expected 2 for 1 splits',
    )
    for (const type of ['OneHotFeature', 'OnlineCtr'])
      expect(await trees({ splits: [{ split_type: type }], leaf_values: [1, 2] })).toMatch(
        `MODEL_ARTIFACT_UNSUPPORTED: m.json: oblivious_trees[0].splits[0] uses a split of the type "${type}"`,
      )
    expect(await trees({ splits: [split(2, 1)], leaf_values: [1, 2] })).toMatch(/is 2, there are 2 features/)
    expect(await trees({ splits: new Array(40).fill(split(0, 1)), leaf_values: [] })).toMatch(
      /are 40, expected at most 16/,
    )
    expect(await trees({ splits: [], leaf_values: ['x'] })).toMatch(/leaf_values\[0\]: is "x", expected a number/)
  })

  it('takes deep trees of nodes and refuses what breaks off in them', async () => {
    let tree: object = { value: 7 }
    for (let i = 0; i < 3000; i++) tree = { split: split(0, i), left: { value: 1 }, right: tree }
    const document = documentOf({ trees: [tree], oblivious_trees: undefined })
    expect(await raw(document, [1e9, 0])).toEqual([7])
    const broken = documentOf({ trees: [{ split: split(0, 1), left: { value: 1 } }], oblivious_trees: undefined })
    expect(await refusal(broken)).toMatch(/trees\[0\]\.right: is absent, expected an object/)
  })
})
