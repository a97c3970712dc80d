import { expect, test } from 'vitest'
import { isModelJson } from '../../../src/models/lightgbm/json-model.ts'
import { predict, prepare } from './model-files.ts'

const leaf = (value: number | null, more = {}) => ({ leaf_value: value, ...more })
const split = (left: unknown, right: unknown, more = {}) => ({
  split_feature: 0,
  threshold: 2,
  decision_type: '<=',
  default_left: false,
  missing_type: 'NaN',
  left_child: left,
  right_child: right,
  ...more,
})

function dump(structures: readonly unknown[], more = {}): string {
  return JSON.stringify({
    name: 'tree',
    version: 'v4',
    num_class: 1,
    num_tree_per_iteration: 1,
    max_feature_idx: 1,
    objective: 'regression',
    average_output: false,
    feature_names: ['a', 'b'],
    feature_infos: { a: { min_value: 0, max_value: 9, values: [] } },
    tree_info: structures.map((structure, i) => ({ tree_index: i, tree_structure: structure })),
    pandas_categorical: null,
    ...more,
  })
}

test('splits, sets of categories, single leaves and linear leaves are read', async () => {
  const inner = split(leaf(2), leaf(4), { split_feature: 1, threshold: '0||33', decision_type: '==' })
  const linear = split(
    leaf(10, { leaf_const: 100, leaf_features: [1, 0], leaf_coeff: [10, 1] }),
    leaf(20, { leaf_const: 5, leaf_features: [], leaf_coeff: [] }),
  )
  const text = dump([split(leaf(1), inner), leaf(0.5), linear])
  const rows = [
    [2, 0],
    [3, 33],
    [3, 32],
    [Number.NaN, 33],
    [1, Number.NaN],
  ]
  expect(await predict(text, rows)).toEqual([1 + 0.5 + 102, 2 + 0.5 + 5, 4 + 0.5 + 5, 2 + 0.5 + 5, 1 + 0.5 + 10])
})

test('an empty set holds nothing', async () => {
  const text = dump([split(leaf(1), leaf(2), { threshold: '', decision_type: '==' })])
  expect(await predict(text, [[0, 0]])).toEqual([2])
})

test('a threshold of 1e300 is infinity, which dumps cannot have', async () => {
  const text = dump([split(leaf(1), leaf(2), { threshold: 1e300 })])
  const rows = [Number.POSITIVE_INFINITY, 1e300, 1e301, Number.NaN].map((x) => [x, 0])
  expect(await predict(text, rows)).toEqual([1, 1, 1, 2])
  const low = dump([split(leaf(1), leaf(2), { threshold: -1e300 })])
  const negative = [Number.NEGATIVE_INFINITY, -1e300].map((x) => [x, 0])
  expect(await predict(low, negative)).toEqual([1, 2])
})

test('missing values, and what Python writes for numbers that JSON lacks', async () => {
  const text = dump([split(leaf(7), leaf(null), { default_left: true, threshold: 1e300 })])
  expect(await predict(text, [[Number.NaN, 0]])).toEqual([7])
  expect(await predict(text.replace('1e+300', 'Infinity'), [[Number.POSITIVE_INFINITY, 0]])).toEqual([7])
  expect(await predict(text.replace('null}', 'NaN}').replace('1e+300', '2'), [[Number.POSITIVE_INFINITY, 0]])).toEqual([
    Number.NaN,
  ])
})

const old = { version: undefined, objective: undefined, average_output: undefined, max_feature_idx: undefined }

test('dumps of old releases say less', async () => {
  const text = dump([split(leaf(1), leaf(2))], { ...old, feature_infos: undefined, num_tree_per_iteration: undefined })
  expect(await predict(text, [[0, 0]])).toEqual([1])
  expect((await prepare(text)).notes).toEqual([
    'the file names no objective: predictions are raw scores, or give it by the option "objective"',
  ])
  expect(await predict(text, [[0, 0]], { objective: 'poisson' })).toEqual([Math.E])
})

test.each([
  ['no JSON', '{"name":"tree","version":1', 'the JSON text: '],
  ['trees that are no list', dump([], { tree_info: {} }), 'key "tree_info": it is an object, expected a list'],
  ['no trees', dump([], { tree_info: undefined }), 'key "tree_info": it is missing'],
  ['names that are none', dump([], { feature_names: [1] }), 'key "feature_names": it is a list'],
  ['a name too few', dump([], { feature_names: ['a'] }), 'it has 1 names, expected 2'],
  ['classes that are no number', dump([], { num_class: '1' }), 'key "num_class": it is "1", expected a whole number'],
  ['an objective that is no text', dump([], { objective: 1 }), 'key "objective": it is 1, expected text'],
  ['a tree that is none', dump([], { tree_info: [3] }), 'tree 0: it is 3, expected an object'],
  ['a node that is none', dump([split(leaf(1), null)]), 'tree 0, key "tree_structure": a node is null'],
  ['a feature that is none', dump([split(leaf(1), leaf(2), { split_feature: -1 })]), 'key "split_feature": it is -1'],
  [
    'a feature too far',
    dump([split(leaf(1), leaf(2), { split_feature: 2 })]),
    'it refers to feature 2, the model has 2',
  ],
  ['another decision', dump([split(leaf(1), leaf(2), { decision_type: '>' })]), 'key "decision_type": it is ">"'],
  ['another missing type', dump([split(leaf(1), leaf(2), { missing_type: 'x' })]), 'key "missing_type": it is "x"'],
  ['a threshold of null', dump([split(leaf(1), leaf(2), { threshold: null })]), 'key "threshold": it is null'],
  ['a value of text', dump([leaf('1' as never)]), 'key "leaf_value": it is "1", expected a number'],
  [
    'codes that are none',
    dump([split(leaf(1), leaf(2), { decision_type: '==', threshold: '1||x' })]),
    'expected codes',
  ],
  [
    'codes too far',
    dump([split(leaf(1), leaf(2), { decision_type: '==', threshold: '4294967295' })]),
    'exceeds the limit',
  ],
  [
    'another count',
    dump([], { tree_info: [{ num_leaves: 3, tree_structure: leaf(1) }] }),
    'it is 3, but the tree has 1',
  ],
  ['half linear', dump([split(leaf(1, { leaf_const: 1 }), leaf(2))]), 'key "leaf_const": 1 of 2 leaves have it'],
  ['terms that do not fit', dump([leaf(1, { leaf_const: 1, leaf_features: [1] })]), 'it has 0 numbers, expected 1'],
])('%s is refused with its place', async (_, text, message) => {
  await expect(prepare(text)).rejects.toThrow(message)
  await expect(prepare(text)).rejects.toMatchObject({ scope: 'model' })
})

test('a tree 100,000 nodes deep is read', async () => {
  const deep = 100_000
  const node = '{"split_feature":0,"threshold":1,"decision_type":"<=","right_child":{"leaf_value":1},"left_child":'
  const text = dump(['TREE']).replace('"TREE"', `${node.repeat(deep)}{"leaf_value":2}${'}'.repeat(deep)}`)
  expect((await prepare(text)).facts).toMatchObject({ depth: deep, leaves: deep + 1 })
})

test('a dump is told from other JSON', () => {
  expect(isModelJson(Buffer.from(dump([])))).toBe(true)
  expect(isModelJson(Buffer.from(' {\n "tree_info" : []}'))).toBe(true)
  expect(isModelJson(Buffer.from('{"learner":{}}'))).toBe(false)
  expect(isModelJson(Buffer.from('["tree_info":1]'))).toBe(false)
})
