import { expect, it } from 'vitest'
import { documentOf, stump } from './documents.ts'
import { prepare } from './prepared.ts'

it('tells what a booster is made of', async () => {
  const learner = {
    feature_names: ['width', 'colour'],
    feature_types: ['float', 'c'],
    attributes: { best_iteration: '0', scikit_learn: 'x'.repeat(1000) },
  }
  const { facts, description } = await prepare(
    documentOf({ trees: [stump(), stump()], objective: 'binary:logistic', learner, version: [3, 2, 0] }),
    { classes: ['no', 'yes'] },
  )
  expect(facts).toEqual({
    encoding: 'json',
    producer: 'XGBoost 3.2.0',
    objective: 'binary:logistic',
    booster: 'gbtree',
    features: 2,
    outputs: 1,
    baseScore: '0.5',
    trees: 2,
    leaves: 4,
    iterations: 2,
    iterationsUsed: 1,
  })
  expect(description?.parts).toMatchObject([
    { name: 'gbtree', detail: 'binary:logistic' },
    { name: 'tree', count: 2 },
  ])
  expect(description?.inputs.map(({ name, optype }) => [name, optype])).toEqual([
    ['width', 'continuous'],
    ['colour', 'categorical'],
  ])
  expect(description?.targets).toEqual([{ name: 'prediction', optype: 'categorical', values: ['no', 'yes'] }])
  expect(description?.document).toEqual({ best_iteration: '0' })
})
