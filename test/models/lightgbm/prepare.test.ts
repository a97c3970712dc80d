import { expect, test } from 'vitest'
import { lightgbmFormat } from '../../../src/models/lightgbm/lightgbm.ts'
import { modelText, open, prepare, smallTree } from './model-files.ts'

const pandas = '[categorical_feature: 1]\npandas_categorical:[["red", "blue"]]\n'
const colors = modelText(
  { feature_infos: '[0:9] -1:0:1' },
  [
    {
      ...smallTree,
      num_cat: 1,
      split_feature: 1,
      threshold: 0,
      decision_type: 9,
      cat_boundaries: '0 1',
      cat_threshold: 2,
    },
  ],
  `parameters:\n[boosting: dart]\n${pandas}`,
)

test('the signature has the features, with their categories, and what is predicted', async () => {
  const { signature, notes, facts } = await prepare(colors)
  expect(signature.inputs).toMatchObject([
    { name: 'a', dtype: 'float64', isOptional: true },
    { name: 'b', dtype: 'string', isOptional: true },
  ])
  expect(signature.outputs).toMatchObject([{ name: 'prediction', dtype: 'float64' }])
  expect(notes).toEqual([])
  expect(facts).toMatchObject({ version: 'v4', objective: 'regression', boosting: 'dart', trees: 1, leaves: 2 })
})

test('text is the code of its category; text that training did not see is missing, as in pandas', async () => {
  const scorer = await open(colors)
  const records = [{ b: 'blue' }, { b: 'red' }, { b: 'green' }, { b: null }]
  const { predictions, errors } = await scorer.score(records)
  expect(predictions.map((one) => one?.['prediction'])).toEqual([0.5, -0.5, -0.5, -0.5])
  expect(errors).toBeNull()
})

test('the option "features" says what columns are read from', async () => {
  const features = [{ field: 'colour', name: 'b', categories: { blau: 1, rot: 0 } }]
  const scorer = await open(colors, { features })
  const { predictions } = await scorer.score([{ colour: 'blau' }, { colour: 'rot' }])
  expect(predictions.map((one) => one?.['prediction'])).toEqual([0.5, -0.5])
  await expect(prepare(colors, { features: [{ input: 'features', value: 1 }] })).rejects.toMatchObject({
    code: 'MODEL_FEATURES_WRONG',
  })
})

test('samples lie within what training saw', async () => {
  const { samples } = await prepare(colors)
  expect(samples).toHaveLength(8)
  for (const sample of samples) {
    expect(['red', 'blue']).toContain(sample['b'])
    expect(sample['a']).toBeGreaterThanOrEqual(0)
    expect(sample['a']).toBeLessThanOrEqual(9)
  }
})

test('an objective is given only where the file names none', async () => {
  const none = modelText({ objective: null })
  expect((await prepare(none)).notes).toHaveLength(1)
  const { signature } = await prepare(none, { objective: 'binary sigmoid:1' })
  expect(signature.outputs.map(({ name }) => name)).toEqual(['prediction', 'probability_0', 'probability_1'])
  await expect(prepare(modelText(), { objective: 'poisson' })).rejects.toThrow(
    'the file names its objective, "regression"',
  )
})

test('trees that are no whole number of iterations, and too many targets, are refused', async () => {
  const text = modelText({ objective: null, num_class: 2, num_tree_per_iteration: 2 })
  await expect(prepare(text)).rejects.toThrow('key "num_tree_per_iteration": it is 2, but the model has 1 trees')
  const many = modelText({ objective: null, num_tree_per_iteration: 999999999 })
  await expect(prepare(many)).rejects.toMatchObject({ code: 'MODEL_ARTIFACT_LIMIT' })
})

test('categories of columns that cannot be told are a note', async () => {
  const { notes } = await prepare(modelText({}, [smallTree], 'pandas_categorical:[["x"]]\n'))
  expect(notes).toEqual([expect.stringContaining('categories of 1 columns')])
})

test('an artifact above the limit is not read', async () => {
  const artifact = { bytes: Buffer.from(modelText()), digest: '', source: 'm.txt' }
  const context = { allowsCode: false, maxArtifactBytes: 10 }
  await expect(lightgbmFormat.prepare(artifact, { startIteration: 0 }, context)).rejects.toMatchObject({
    code: 'MODEL_ARTIFACT_TOO_LARGE',
  })
})

test('a random forest of version v2 is told of', async () => {
  const { notes } = await prepare(modelText({ version: 'v2', objective: 'regression\naverage_output' }))
  expect(notes).toEqual([expect.stringContaining('as LightGBM 4 scores it')])
})

test('a feature whose name has underscores may have had blanks', async () => {
  const { signature } = await prepare(modelText({ feature_names: 'sepal_length_(cm) b' }))
  expect(signature.inputs.map(({ aliases }) => aliases)).toEqual([['sepal length (cm)'], undefined])
})
