import { describe, expect, it } from 'vitest'
import { documentOf, feature, open } from './documents.ts'

describe('CatboostScorer', () => {
  it('reads features by name; an error is the record’s own', async () => {
    const scorer = await open(documentOf())
    const records = Array.from({ length: 600 }, (_, i) => (i === 500 ? { x0: 'wide' } : { x0: i, x1: '9' }))
    const { predictions, errors } = scorer.score(records)
    expect([...(errors?.keys() ?? [])]).toEqual([500])
    predictions.forEach((prediction, i) => {
      expect(prediction).toEqual(i === 500 ? null : { prediction: i > 1 ? 4 : 3 })
    })
    expect(scorer.score([null]).errors?.get(0)?.code).toBe('MODEL_RECORD_ABSENT')
  })

  it('scales the sum, adds the bias and predicts classes', async () => {
    const scorer = await open(documentOf({ scale_and_bias: [2, [-8]] }, 'Logloss'))
    expect([...scorer.predict(Float64Array.of(2, 6), 1, { output: 'margin' })]).toEqual([0])
    expect(scorer.score([{ x0: 2, x1: 6 }]).predictions).toEqual([
      { prediction: 0, probability_0: 0.5, probability_1: 0.5 },
    ])
  })

  it('takes a number of trees, and matrices of all features', async () => {
    const tree = { splits: [], leaf_values: [1] }
    const features_info = {
      float_features: [feature(0, { flat_feature_index: 1 })],
      categorical_features: [{ flat_feature_index: 0 }],
    }
    const scorer = await open(documentOf({ oblivious_trees: [tree, tree, tree], features_info }))
    const sum = (iterations?: number) =>
      scorer.predict(Float64Array.of(7, 0), 1, { output: 'value', ...(iterations ? { iterations } : {}) })[0]
    expect([sum(), sum(1), sum(3)]).toEqual([3, 1, 3])
    expect(() => sum(4)).toThrow('4 trees are asked for, the model has 3')
    expect(() => scorer.predict(new Float64Array(3), 1, { output: 'value' })).toThrow(
      '3 numbers are no matrix of 1 rows and 2 features',
    )
    scorer.close()
  })
})
