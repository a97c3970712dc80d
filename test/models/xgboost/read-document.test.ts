import { describe, expect, it } from 'vitest'
import type { Trees } from '../../../src/models/xgboost/booster.ts'
import { readBooster } from '../../../src/models/xgboost/read-booster.ts'
import { type DocumentParts, documentOf, jsonBytes, stump } from './documents.ts'

const read = (parts: DocumentParts = {}) => readBooster(jsonBytes(documentOf(parts)), 'm.json')
const refusal = (parts: DocumentParts) => {
  try {
    read(parts)
  } catch (error) {
    return (error as Error).message.replace('m.json cannot be read as JSON of XGBoost: ', '')
  }
  return 'accepted'
}

describe('boosterOfDocument', () => {
  it('reads base scores of every version', () => {
    const scores = (base_score: unknown) => read({ parameters: { base_score } }).baseScores
    expect(scores('5E-1')).toEqual([0.5])
    expect(scores('[5E-1]')).toEqual([0.5])
    expect(scores('[1.5E0, -2,3]')).toEqual([1.5, -2, 3])
    expect(scores(0.25)).toEqual([0.25])
    expect(scores('-inf')).toEqual([-Infinity])
    expect(scores(undefined)).toEqual([0.5])
    for (const wrong of ['', '[]', 'x', '1,x', '[1,,2]'])
      expect(refusal({ parameters: { base_score: wrong } })).toMatch(/base_score: is ".*", expected a number or a list/)
  })

  it('takes documents of 1.0: truths, no types of splits, no parallel trees', () => {
    const { split_type: _, ...old } = stump({ default_left: [true, false, false] })
    const booster = read({
      trees: [old as ReturnType<typeof stump>],
      model: { gbtree_model_param: { num_trees: '1' } },
      parameters: { num_target: undefined },
      version: [1, 0, 2],
    })
    expect(booster).toMatchObject({ version: [1, 0, 2], targets: 1, boostsFromAverage: false })
    expect((booster.model as Trees).trees[0]).toMatchObject({ defaultLeft: Float64Array.of(1, 0, 0), leaves: null })
    expect(booster.model).toMatchObject({ parallelTrees: 1, iterations: null })
  })

  it('finds the weights of DART beside the booster (before 3.4) and beside the trees', () => {
    const { gradient_booster } = documentOf()['learner'] as Record<string, object>
    const dart = { gbtree: gradient_booster, name: 'dart', weight_drop: [0.5], model: undefined }
    expect(read({ booster: dart })).toMatchObject({ name: 'dart', model: { weights: Float64Array.of(0.5) } })
    const since = { weight_drop: [0.25] }
    expect(read({ model: since })).toMatchObject({ name: 'dart', model: { weights: Float64Array.of(0.25) } })
    expect(read({ model: { weight_drop: [] } })).toMatchObject({ name: 'gbtree', model: { weights: null } })
    expect(refusal({ model: { weight_drop: [1, 1] } })).toMatch(/has 2 numbers, expected 1, one per tree/)
  })

  it('cuts the categories of a tree by its segments', () => {
    const tree = stump({
      split_type: [1, 0, 0],
      categories: [4, 1, 3],
      categories_nodes: [0],
      categories_segments: [1],
      categories_sizes: [2],
    })
    const { trees } = read({ trees: [tree] }).model as Trees
    expect(trees[0]?.categories).toEqual(new Map([[0, Float64Array.of(1, 3)]]))
    expect(refusal({ trees: [{ ...tree, categories_sizes: [3] }] })).toMatch(/1 to 4 are not within the 3 categories/)
    expect(refusal({ trees: [{ ...tree, categories_segments: [-1] }] })).toMatch(/-1 to 1 are not within/)
    expect(refusal({ trees: [{ ...tree, categories_nodes: [1] }] })).toMatch(/node 1 has no split by categories/)
    expect(refusal({ trees: [{ ...tree, split_type: [2, 0, 0] }] })).toMatch(/splits of type 2/)
  })

  it('reads names of categories, as bytes of texts and as numbers', () => {
    const enc = [
      { offsets: [0, 1, 3], values: [97, 98, 99] },
      { type: 15, values: [10, 20] },
      { offsets: [], values: [] },
    ]
    const cats = { enc, feature_segments: [0, 2, 4, 4] }
    expect(read({ model: { cats }, parameters: { num_feature: '3' } }).categoryNames).toEqual([
      ['a', 'bc'],
      Float64Array.of(10, 20),
      null,
    ])
    expect(read({ model: { cats: { enc: [] } } }).categoryNames).toBe(null)
    const wrong = { enc: [{ offsets: [0, 9], values: [97] }] }
    expect(refusal({ model: { cats: wrong } })).toMatch(
      /cats\.enc\[0\]\.offsets\[0\]: 0 to 9 are not within the 1 bytes/,
    )
  })

  it('reads leaves of several values by node and by leaf', () => {
    const byNode = stump({ tree_param: { size_leaf_vector: '2' }, base_weights: [0, 0, 1, 2, 3, 4] })
    const one = (read({ trees: [byNode] }).model as Trees).trees[0]
    expect(one?.leaves).toEqual({ width: 2, values: Float64Array.of(0, 0, 1, 2, 3, 4), isByLeaf: false })
    const byLeaf = (read({ trees: [{ ...byNode, leaf_weights: [1, 2, 3, 4] }] }).model as Trees).trees[0]
    expect(byLeaf?.leaves).toMatchObject({ isByLeaf: true })
    expect(refusal({ trees: [{ ...byNode, base_weights: [1] }] })).toMatch(/base_weights: has 1 numbers, expected 6/)
  })

  it('takes names, types and attributes', () => {
    const booster = read({
      learner: { feature_names: ['a', 'b'], feature_types: ['float', 'c'], attributes: { best_iteration: '3', n: 4 } },
    })
    expect(booster).toMatchObject({ featureNames: ['a', 'b'], featureTypes: ['float', 'c'] })
    expect(booster.attributes).toEqual(new Map([['best_iteration', '3']]))
    expect(refusal({ learner: { feature_names: ['a'] } })).toMatch(/has 1 entries, the model has 2 features/)
  })

  it('puts trees where their ids say', () => {
    const tree = (id: number, leaf: number) => stump({ id, split_conditions: [2, leaf, leaf] })
    const { trees } = read({ trees: [tree(1, 10), tree(0, 20)] }).model as Trees
    expect(trees.map(({ condition }) => condition[1])).toEqual([20, 10])
    expect(refusal({ trees: [tree(0, 1), tree(0, 2)] })).toMatch(/trees\[1\]\.id: is 0, which another tree has too/)
    expect(refusal({ trees: [tree(9, 1)] })).toMatch(/id: is 9, there are 1 trees/)
  })

  it('names the place of what is wrong', () => {
    expect(refusal({ model: { gbtree_model_param: { num_trees: '5' } } })).toBe(
      'learner.gradient_booster.model.trees: has 1 trees, gbtree_model_param.num_trees is 5',
    )
    expect(refusal({ trees: [stump({ right_children: [2] })] })).toBe(
      'learner.gradient_booster.model.trees[0].right_children: has 1 numbers, expected 3',
    )
    expect(refusal({ trees: [stump({ left_children: [] })] })).toMatch(/left_children: is empty, expected a root/)
    expect(refusal({ model: { tree_info: [0, 0] } })).toMatch(/tree_info: has 2 numbers, expected 1/)
    expect(refusal({ booster: { name: 'gbforest' } })).toMatch(/the booster "gbforest"/)
    expect(refusal({ learner: { objective: 3 } })).toMatch(/learner.objective: is 3, expected an object/)
    expect(refusal({ parameters: { num_class: '-1' } })).toMatch(/num_class: is "-1", expected a whole number/)
  })
})
