import { expect, test } from 'vitest'
import { modelText, prepare, smallTree } from './model-files.ts'

test('people are told of parts, use of features, classes and parameters', async () => {
  const categorical = {
    ...smallTree,
    num_cat: 1,
    split_feature: 1,
    threshold: 0,
    decision_type: 9,
    cat_boundaries: '0 1',
    cat_threshold: 2,
  }
  const footer = '\nparameters:\n[boosting: gbdt]\n[learning_rate: 0.1]\n[tree_learner: serial]\nend of parameters\n'
  const text = modelText(
    {
      objective: 'binary sigmoid:1',
      feature_names: 'a b c',
      feature_infos: '[0:1] 0:1 none',
      max_feature_idx: 2,
      tree_sizes: '1 1',
    },
    [smallTree, categorical],
    footer,
  )
  const { description, facts } = await prepare(text, { classes: ['no', 'yes'] })
  expect(description).toEqual({
    parts: [
      { depth: 0, name: 'Booster', count: 1, detail: 'binary sigmoid:1, gbdt' },
      { depth: 1, name: 'Tree', count: 2, detail: '4 leaves, depth up to 1' },
    ],
    inputs: [
      { name: 'a', optype: 'continuous', treatments: ['1 split'] },
      { name: 'b', optype: 'categorical', treatments: ['1 split', 'codes of categories'] },
      { name: 'c', optype: 'continuous', treatments: ['unused'] },
    ],
    targets: [{ name: 'prediction', optype: 'categorical', values: ['no', 'yes'] }],
    elements: { leaves: 4, splits: 2, trees: 2, iterations: 2 },
    document: { learning_rate: '0.1' },
  })
  expect(facts).toMatchObject({ features: 3, featuresUsed: 2, depth: 1, producer: 'LightGBM' })
})
