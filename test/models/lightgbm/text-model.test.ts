import { expect, test } from 'vitest'
import { isModelText } from '../../../src/models/lightgbm/text-model.ts'
import { modelText, predict, prepare, smallTree, type TreeKeys } from './model-files.ts'

const tree = (keys: Readonly<Record<string, string | number | null>>): TreeKeys =>
  Object.fromEntries(Object.entries({ ...smallTree, ...keys }).filter(([, value]) => value !== null)) as TreeKeys

const bigger = tree({
  num_leaves: 3,
  split_feature: '0 1',
  threshold: '2 5',
  decision_type: '8 10',
  left_child: '1 -1',
  right_child: '-3 -2',
  leaf_value: '1 2 4',
})

test('a text is read with LF and with CR LF', async () => {
  const rows = [
    [1, 5],
    [1, 6],
    [3, 0],
    [1, Number.NaN],
  ]
  const text = modelText({}, [bigger, smallTree])
  expect(await predict(text, rows)).toEqual([1.5, 2.5, 3.5, 1.5])
  expect(await predict(text.replaceAll('\n', '\r\n'), rows)).toEqual([1.5, 2.5, 3.5, 1.5])
})

test('keys that scoring does not need may be anything or absent', async () => {
  const odd = tree({ split_gain: 'x', internal_value: '', leaf_count: '1 2 3 4', shrinkage: null, more: 'a=b' })
  expect(await predict(modelText({ label_index: null, monotone_constraints: '1=0' }, [odd]), [[1, 0]])).toEqual([0.5])
})

test('names of features may hold an equals sign', async () => {
  const { signature } = await prepare(modelText({ feature_names: 'a=b länge' }))
  expect(signature.inputs.map(({ name }) => name)).toEqual(['a=b', 'länge'])
})

test.each([
  ['no model', 'nonsense', 'line 1: it is "nonsense", expected "tree"'],
  ['an empty file', '', 'line 1: it is "", expected "tree"'],
  ['a key that is missing', modelText({ num_class: null }), 'the header: key "num_class" is missing'],
  ['a count that is none', modelText({ max_feature_idx: '1x' }), 'key "max_feature_idx": its value is "1x"'],
  ['too many names', modelText({ feature_names: 'a b c' }), 'it has 3 names, expected 2 by "max_feature_idx"'],
  ['too few infos', modelText({ feature_infos: 'none' }), 'key "feature_infos": it has 1 entries, expected 2'],
  ['trees that are missing', modelText({ tree_sizes: '1 2' }), '1 trees were read, expected 2 by the key "tree_sizes"'],
  ['another version', modelText({ version: 'v5' }), 'key "version" uses version "v5" of the model text'],
  ['no trees per iteration', modelText({ num_tree_per_iteration: 0 }), 'it is 0, expected 1 or more'],
  ['a missing key of a tree', modelText({}, [tree({ threshold: null })]), 'tree 0: key "threshold" is missing'],
  [
    'a tree of before 2.1',
    modelText({}, [tree({ num_cat: null })]),
    'tree 0 uses the form of trees of versions before 2.1',
  ],
  ['no leaves', modelText({}, [tree({ num_leaves: 0 })]), 'tree 0, key "num_leaves": its value is 0'],
  [
    'leaves that are not there',
    modelText({}, [tree({ num_leaves: 2000000000 })]),
    'key "leaf_value": it has 2 numbers',
  ],
  [
    'one value too many',
    modelText({}, [tree({ leaf_value: '1 2 3' })]),
    'key "leaf_value": it has 3 numbers, expected 2',
  ],
  [
    'a threshold of NaN',
    modelText({}, [tree({ threshold: 'nan' })]),
    'key "threshold": number 1 is "nan", expected a number',
  ],
  [
    'a line that is no key',
    modelText({}, [tree({ num_leaves: '2\nwhat' })]),
    'tree 0: line 14 is "what", expected key=value',
  ],
  ['sets without bounds', modelText({}, [tree({ num_cat: 1 })]), 'tree 0: key "cat_boundaries" is missing'],
  [
    'sets in disorder',
    modelText({}, [tree({ num_cat: 1, cat_boundaries: '1 1', cat_threshold: '1' })]),
    'set 0 lies from 1 to 1',
  ],
  [
    'sets longer than the words',
    modelText({}, [tree({ num_cat: 2, cat_boundaries: '0 9 1', cat_threshold: '1' })]),
    'set 0 lies from 0 to 9',
  ],
  [
    'many terms',
    modelText({}, [tree({ is_linear: 1, leaf_const: '1 2', num_features: '2147483647 1' })]),
    'the numbers add up',
  ],
  [
    'terms that are not there',
    modelText({}, [tree({ is_linear: 1, leaf_const: '1 2', num_features: '5 0', leaf_features: '1' })]),
    'key "leaf_features": it has 1 numbers, expected 5',
  ],
  ['categories that are no JSON', modelText({}, [smallTree], 'pandas_categorical:[['), 'line "pandas_categorical"'],
  ['categories that are no lists', modelText({}, [smallTree], 'pandas_categorical:[1]'), 'expected a list of lists'],
])('%s is refused with its place', async (_, text, message) => {
  await expect(prepare(text)).rejects.toThrow(message)
  await expect(prepare(text)).rejects.toMatchObject({ scope: 'model' })
})

test('a text that was cut off anywhere before its last part is refused', async () => {
  const text = modelText({}, [bigger, smallTree])
  const end = text.indexOf('end of trees')
  for (let length = 0; length < end; length++)
    await expect(prepare(text.slice(0, length)), String(length)).rejects.toMatchObject({ scope: 'model' })
  expect((await prepare(text.slice(0, end + 12))).facts['trees']).toBe(2)
})

test('texts of old releases, which end their trees otherwise, are read', async () => {
  const old = modelText({ version: 'v2', tree_sizes: null }).replace(
    'end of trees\n\nfeature_importances',
    '\nfeature importances',
  )
  expect(await predict(old, [[1, 0]])).toEqual([0.5])
})

test('only what begins as a model text does is one', () => {
  expect(isModelText(Buffer.from('tree\r\nversion=v4\r\n'))).toBe(true)
  expect(isModelText(Buffer.from('tree\nnum_class=1\n'))).toBe(true)
  expect(isModelText(Buffer.from('trees\nversion=v4\n'))).toBe(false)
  expect(isModelText(Buffer.from(''))).toBe(false)
})
