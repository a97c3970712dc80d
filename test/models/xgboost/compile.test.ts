import { describe, expect, it } from 'vitest'
import { documentOf, stump, type TreeText } from './documents.ts'
import { open, refusal } from './prepared.ts'

const margins = async (trees: TreeText[], rows: number[][], more = {}) => {
  const scorer = await open(documentOf({ trees, parameters: { base_score: '0' }, ...more }))
  return [...scorer.predict(Float64Array.from(rows.flat()), rows.length, { output: 'margin' })]
}
const refused = (tree: Record<string, unknown>, more = {}) => refusal(documentOf({ trees: [stump(tree)], ...more }))

describe('compileTrees', () => {
  it('sends values below the threshold left, others right, missing ones where the node says', async () => {
    const rows = [[1.9999999], [2], [1.99999999], [-5], [Number.NaN]].map(([x]) => [x as number, 0])
    expect(await margins([stump()], rows)).toEqual([0.5, -0.25, -0.25, 0.5, 0.5])
    expect(await margins([stump({ default_left: [0, 0, 0] })], [[Number.NaN, 0]])).toEqual([-0.25])
  })

  it('goes right for a threshold that is no number, as no comparison with it holds', async () => {
    const tree = stump({ split_conditions: [Number.NaN, 0.5, -0.25] })
    const text = JSON.stringify(documentOf({ trees: [tree], parameters: { base_score: '0' } })).replace(
      '[null,',
      '[NaN,',
    )
    const scorer = await open(Buffer.from(text))
    expect([...scorer.predict(Float64Array.of(1, 0, Number.NaN, 0), 2, { output: 'margin' })]).toEqual([-0.25, 0.5])
  })

  it('sends chosen categories right; others, unknown and negative ones left', async () => {
    const tree = stump({
      split_type: [1, 0, 0],
      categories: [0, 33],
      categories_nodes: [0],
      categories_segments: [0],
      categories_sizes: [2],
    })
    const codes = [0, 33, 33.9, 1, 34, 1e9, 3e38, -1, -0.5, -1e-50, Number.NaN]
    const rows = codes.map((code) => [code, 0])
    const left = 0.5
    const right = -0.25
    expect(await margins([tree], rows)).toEqual([right, right, right, left, left, left, left, left, left, right, left])
    const empty = { ...tree, categories: [], categories_nodes: [], categories_segments: [], categories_sizes: [] }
    expect(
      await margins(
        [empty],
        [
          [0, 0],
          [7, 0],
        ],
      ),
    ).toEqual([left, left])
  })

  it('multiplies leaves by the weights of DART in float32', async () => {
    const more = { model: { weight_drop: [0.1] } }
    const [margin] = await margins([stump({ split_conditions: [2, 0.3, 0] })], [[0, 0]], more)
    expect(margin).toBe(Math.fround(Math.fround(0.3) * Math.fround(0.1)))
  })

  it('passes over nodes that no test leads to', async () => {
    const tree = stump({
      left_children: [3, 7, 9, -1, -1],
      right_children: [4, 7, 9, -1, -1],
      split_indices: [0, 99, 99, 0, 0],
      split_conditions: [2, 0, 0, 0.5, -0.25],
      default_left: [1, 0, 0, 0, 0],
      split_type: [0, 0, 0, 0, 0],
    })
    expect(
      await margins(
        [tree],
        [
          [1, 0],
          [3, 0],
        ],
      ),
    ).toEqual([0.5, -0.25])
  })

  it('refuses what is no tree, with the place', async () => {
    const message = (reason: string) => `MODEL_ARTIFACT_SYNTAX: m.json cannot be read as a model of XGBoost: ${reason}`
    expect(await refused({ left_children: [1, 0, -1], right_children: [2, 2, -1] })).toBe(
      message('tree 0, node 1: has the child 0, expected a node from 1 to 2'),
    )
    expect(await refused({ left_children: [1, 2, -1], right_children: [2, 2, -1] })).toBe(
      message('tree 0, node 1: has the child 2, which another node has too'),
    )
    expect(await refused({ left_children: [3, -1, -1] })).toMatch(/node 0: has the child 3, expected/)
    expect(await refused({ left_children: [1.5, -1, -1] })).toMatch(/has the child 1\.5/)
    expect(await refused({ right_children: [-1, -1, -1] })).toMatch(/has the child -1/)
    expect(await refused({ split_indices: [2, 0, 0] })).toMatch(/tree 0, node 0: tests feature 2, the model has 2/)
    expect(await refused({ split_indices: [-1, 0, 0] })).toMatch(/tests feature -1/)
    expect(await refused({}, { model: { tree_info: [1] } })).toMatch(/tree 0: adds to output 1, the model has 1/)
  })

  it('refuses categories that are none, and more of them than memory should hold', async () => {
    const sets = (categories: number[]) => ({
      split_type: [1, 0, 0],
      categories,
      categories_nodes: [0],
      categories_segments: [0],
      categories_sizes: [categories.length],
    })
    expect(await refused(sets([-1]))).toMatch(/tests category -1, expected a whole number from 0/)
    expect(await refused(sets([0.5]))).toMatch(/tests category 0\.5/)
    expect(await refused(sets([2 ** 24]))).toMatch(/tests category 16777216/)
    const trees = Array.from({ length: 40 }, () => stump(sets([2 ** 24 - 1])))
    expect(await refusal(documentOf({ trees }))).toMatch(
      /^MODEL_ARTIFACT_LIMIT: m\.json: tree 32, node 0 exceeds the limit of \d+ categories in all splits together/,
    )
  })

  it('refuses leaves whose values do not fit the outputs', async () => {
    const wide = { tree_param: { size_leaf_vector: '3' }, leaf_weights: [1, 2, 3], right_children: [2, 0, 1] }
    const two = { parameters: { num_target: '2' } }
    expect(await refused(wide, two)).toMatch(/tree 0: has leaves of 3 values, the model has 2 outputs/)
    expect(await refused({ ...wide, tree_param: { size_leaf_vector: '2' } }, two)).toMatch(
      /is leaf 1, there are values of 1\.5 leaves/,
    )
    const mixed = documentOf({ trees: [stump(), stump(wide)], parameters: { num_target: '3' } })
    expect(await refusal(mixed)).toMatch(/^MODEL_ARTIFACT_UNSUPPORTED: .*tree 1 uses leaves of 3 values beside/)
  })
})
