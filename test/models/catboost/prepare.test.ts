import { describe, expect, it } from 'vitest'
import { recognisesCatboost } from '../../../src/models/catboost/prepare.ts'
import { documentOf, feature, open, prepare, refusal } from './documents.ts'

describe('prepareCatboost', () => {
  it('takes names, labels and facts from the document', async () => {
    const info = {
      class_params: { class_names: ['no', 'yes'] },
      catboost_version_info: 'Git info:\n    Branch: tags/v1.2.10\n',
    }
    const { signature, facts, description, samples } = await prepare(documentOf({}, 'Logloss', info))
    expect(signature.inputs.map(({ name }) => name)).toEqual(['x0', 'x1'])
    expect(signature.outputs.map(({ name }) => name)).toEqual(['prediction', 'probability_no', 'probability_yes'])
    expect(facts).toMatchObject({ producer: 'CatBoost 1.2.10', loss: 'Logloss', trees: 1, leaves: 4 })
    expect(description?.targets[0]?.values).toEqual(['no', 'yes'])
    expect((await open(documentOf())).score(samples).errors).toBe(null)
  })

  it('calls features by their column where they have no names', async () => {
    const features_info = { float_features: [feature(0, { feature_id: '', flat_feature_index: 3 }), feature(1)] }
    const { signature, payload } = await prepare(documentOf({ features_info }))
    expect(signature.inputs.map(({ name }) => name)).toEqual(['3', 'x1'])
    expect(payload.width).toBe(4)
  })

  it('names the targets of several yes or no by the names of the file', async () => {
    const document = documentOf(
      { oblivious_trees: [{ splits: [], leaf_values: [1, -1] }], scale_and_bias: [1, [0, 0]] },
      'MultiLogloss',
      { class_params: { class_names: ['a', 'b'] } },
    )
    const { signature } = await prepare(document)
    expect(signature.outputs.map(({ name }) => name)).toEqual([
      'prediction_a',
      'probability_a',
      'prediction_b',
      'probability_b',
    ])
  })

  it('refuses what it cannot score, with the place', async () => {
    expect(await refusal(documentOf({}, 'Magic'))).toBe(
      'MODEL_ARTIFACT_UNSUPPORTED: m.json: model_info.params.loss_function uses the loss function "Magic", which is not supported for CatBoost',
    )
    expect(await refusal(documentOf({ scale_and_bias: [1, []] }))).toMatch(/scale_and_bias\[1\]: has 0 numbers/)
    expect(await refusal(documentOf({ scale_and_bias: undefined }))).toMatch(/scale_and_bias: is absent/)
    expect(await refusal(documentOf({}, 'MultiClass'))).toMatch(/expected one for each class/)
    expect(await refusal(documentOf({}, 'RMSEWithUncertainty'))).toMatch(/mean and deviation/)
    expect(await refusal(documentOf({ features_info: { float_features: [feature(1)] } }))).toMatch(/is 1, expected 0/)
    const far = { float_features: [feature(0), feature(1, { flat_feature_index: 2 ** 40 })] }
    expect(await refusal(documentOf({ features_info: far }))).toMatch(/MODEL_ARTIFACT_LIMIT: .*columns/)
    const twice = { float_features: [feature(0), feature(1, { flat_feature_index: 0 })] }
    expect(await refusal(documentOf({ features_info: twice }))).toMatch(/two features the same place/)
    for (const class_names of [['a', 'a'], ['a', 1], [null, 'a'], 'ab'])
      expect(await refusal(documentOf({}, 'Logloss', { class_params: { class_names } }))).toMatch(
        /MODEL_ARTIFACT_SYNTAX: .*class_names/,
      )
    expect(await refusal(Buffer.from('{'))).toMatch(/^MODEL_ARTIFACT_SYNTAX: /)
  })

  it('knows its documents from others', () => {
    expect(recognisesCatboost(Buffer.from(JSON.stringify(documentOf())))).toBe(true)
    for (const text of ['', '{}', '[]', '{"learner": {}}']) expect(recognisesCatboost(Buffer.from(text))).toBe(false)
  })
})
