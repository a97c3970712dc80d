import { expect, test } from 'vitest'
import { modelText, open, smallTree } from './model-files.ts'

const two = modelText({ tree_sizes: '1 1' }, [smallTree, { ...smallTree, leaf_value: '10 20' }])

test('iterations: the asked ones, all for 0 or too many, within those of the options', async () => {
  const scorer = await open(two)
  const of = (iterations?: number) =>
    scorer.predict?.(Float64Array.of(1, 0), 1, { output: 'value', ...(iterations === undefined ? {} : { iterations }) })
  expect([of(), of(0), of(1), of(2), of(9)].map((one) => one?.[0])).toEqual([10.5, 10.5, 0.5, 10.5, 10.5])
  const limited = await open(two, { startIteration: 1 })
  expect(limited.predict?.(Float64Array.of(1, 0), 1, { output: 'value', iterations: 1 })[0]).toBe(10)
  expect((await open(two, { iterations: 1 })).predict?.(Float64Array.of(1, 0), 1, { output: 'value' })[0]).toBe(0.5)
  const none = await open(two, { startIteration: 7, iterations: 3 })
  expect(none.predict?.(Float64Array.of(1, 0), 1, { output: 'value' })[0]).toBe(0)
})

test('a forest averages the iterations that count, and its margin is their sum', async () => {
  const forest = modelText({ tree_sizes: '1 1', objective: 'regression\naverage_output' }, [smallTree, smallTree])
  const scorer = await open(forest)
  expect(scorer.predict?.(Float64Array.of(1, 0), 1, { output: 'value' })[0]).toBe(0.5)
  expect(scorer.predict?.(Float64Array.of(1, 0), 1, { output: 'margin' })[0]).toBe(1)
})

test('a matrix that does not fit, and iterations that are none, are refused', async () => {
  const scorer = await open(two)
  const refused = (numbers: number, rows: number, iterations = 1) =>
    expect(() => scorer.predict?.(new Float64Array(numbers), rows, { output: 'value', iterations }))
  refused(3, 1).toThrow('the matrix has 3 numbers, expected 1 rows of 2 features')
  refused(2, 0.5).toThrow('expected 0.5 rows')
  refused(2, 1, -1).toThrow('"iterations" is -1, expected 0 or more')
  refused(2, 1, 1.5).toThrow('"iterations" is 1.5')
  expect(scorer.predict?.(new Float64Array(0), 0, { output: 'value' })).toHaveLength(0)
})

test('records: absent fields are missing, text is read as a number, and a fault is its record’s alone', async () => {
  const scorer = await open(two)
  const { predictions, errors } = await scorer.score([{ a: 1 }, { a: '3', b: 'x' }, {}, null, { a: 2 }])
  expect(predictions).toEqual([{ prediction: 10.5 }, null, { prediction: 19.5 }, null, { prediction: 10.5 }])
  expect(errors?.get(1)).toMatchObject({ code: 'MODEL_INPUT_INVALID', scope: 'record' })
  expect(errors?.get(1)?.message).toContain('"b"')
  expect(errors?.get(3)).toMatchObject({ scope: 'record' })
})

test('a number counts as missing when the option says so, and the caller’s matrix stays as it is', async () => {
  const scorer = await open(modelText({}, [{ ...smallTree, decision_type: 8 }]), { missing: -999 })
  const matrix = Float64Array.of(-999, 0)
  expect(scorer.predict?.(matrix, 1, { output: 'value' })[0]).toBe(-0.5)
  expect(matrix[0]).toBe(-999)
  expect((await scorer.score([{ a: -999, b: 1 }])).predictions).toEqual([{ prediction: -0.5 }])
})

test('classes: labels by option, and the most probable is the prediction', async () => {
  const trees = [1, 3, 2].map((value) => ({ num_leaves: 1, num_cat: 0, leaf_value: value }))
  const text = modelText(
    { num_class: 3, num_tree_per_iteration: 3, objective: 'multiclass num_class:3', tree_sizes: '1 1 1' },
    trees,
  )
  const scorer = await open(text, { classes: ['x', 'y', 'z'] })
  const { predictions } = await scorer.score([{ a: 1, b: 1 }])
  expect(predictions[0]).toMatchObject({ prediction: 'y' })
  expect(Object.keys(predictions[0] ?? {})).toEqual(['prediction', 'probability_x', 'probability_y', 'probability_z'])
  scorer.close()
  scorer.close()
})

test('a model of many features reads those that it uses, from records and from a matrix of all of them', async () => {
  const features = 3000
  const names = Array.from({ length: features }, (_, i) => `f${i}`)
  const text = modelText(
    {
      max_feature_idx: features - 1,
      feature_names: names.join(' '),
      feature_infos: names.map(() => '[0:9]').join(' '),
      tree_sizes: '1 1',
    },
    [
      { ...smallTree, split_feature: 2999 },
      { ...smallTree, split_feature: 17, leaf_value: '10 20' },
    ],
  )
  const scorer = await open(text)
  expect(scorer.signature.inputs.map(({ name }) => name)).toEqual(['f2999', 'f17'])
  const { predictions } = await scorer.score([{ f2999: 1, f17: 5 }, { f17: 1 }])
  expect(predictions).toEqual([{ prediction: 20.5 }, { prediction: 9.5 }])
  const matrix = new Float64Array(2 * features)
  matrix[2999] = 1
  matrix[17] = 5
  matrix[features + 2999] = Number.NaN
  expect(scorer.predict?.(matrix, 2, { output: 'value' })).toEqual(Float64Array.of(20.5, 9.5))
  const named = await open(text, { features: [{ field: 'x', name: 'f17' }] })
  expect((await named.score([{ f2999: 1, x: 5 }])).predictions).toEqual([{ prediction: 20.5 }])
})
