import { describe, expect, it } from 'vitest'
import { binaryBytes } from './binaries.ts'
import { documentOf, stump } from './documents.ts'
import { open } from './prepared.ts'

const zero = { base_score: '0' }

describe('XgboostScorer', () => {
  it('reads features by name, text as numbers, and absent ones as missing', async () => {
    const scorer = await open(documentOf({ learner: { feature_names: ['a', 'b'] }, parameters: zero }))
    const { predictions, errors } = scorer.score([{ a: 1 }, { a: '3' }, { a: null }, {}, { b: 1, a: 2n }])
    expect(errors).toBe(null)
    expect(predictions).toEqual([0.5, -0.25, 0.5, 0.5, -0.25].map((prediction) => ({ prediction })))
    expect(scorer.signature.inputs.map(({ name, isOptional }) => [name, isOptional])).toEqual([
      ['a', true],
      ['b', true],
    ])
    expect(scorer.signature.outputs).toMatchObject([{ name: 'prediction', dtype: 'float32' }])
  })

  it('calls features f0, f1 … where the model does not, and takes a list of features instead', async () => {
    const document = documentOf({ parameters: zero })
    expect((await open(document)).score([{ f0: 3 }]).predictions).toEqual([{ prediction: -0.25 }])
    const renamed = await open(document, { features: ['width', 'height'] })
    expect(renamed.score([{ width: 3 }]).predictions).toEqual([{ prediction: -0.25 }])
  })

  it('gives the record at fault an error and the others their prediction, however many there are', async () => {
    const scorer = await open(documentOf({ parameters: zero }))
    const records = Array.from({ length: 700 }, (_, i) => (i % 300 === 299 ? { f0: 'wide' } : { f0: i }))
    const { predictions, errors } = scorer.score(records)
    expect([...(errors?.keys() ?? [])]).toEqual([299, 599])
    expect(errors?.get(299)?.code).toBe('MODEL_INPUT_INVALID')
    predictions.forEach((prediction, i) => {
      expect(prediction).toEqual(errors?.has(i) ? null : { prediction: i < 2 ? 0.5 : -0.25 })
    })
    expect(scorer.score([]).predictions).toEqual([])
    expect(scorer.score([null]).errors?.get(0)?.code).toBe('MODEL_RECORD_ABSENT')
  })

  it('turns names of categories into their numbers and refuses others', async () => {
    const tree = stump({
      split_type: [1, 0, 0],
      categories: [1],
      categories_nodes: [0],
      categories_segments: [0],
      categories_sizes: [1],
    })
    const enc = [{ offsets: [0, 3, 7], values: [...Buffer.from('redblue')] }, { values: [10, 20] }]
    const scorer = await open(documentOf({ trees: [tree], model: { cats: { enc } }, parameters: zero }))
    const { predictions, errors } = scorer.score([
      { f0: 'red' },
      { f0: 'blue' },
      { f0: null },
      { f0: 'green' },
      { f1: 20 },
    ])
    expect(predictions).toEqual([0.5, -0.25, 0.5, null, 0.5].map((p) => (p === null ? null : { prediction: p })))
    expect(errors?.get(3)?.message).toMatch(/field "f0" has the value "green", expected/)
    expect(scorer.signature.inputs[0]).toMatchObject({ dtype: 'string', domain: { values: ['red', 'blue'] } })
  })

  it('takes names of categories from the option where the file has none', async () => {
    const tree = stump({
      split_type: [1, 0, 0],
      categories: [1],
      categories_nodes: [0],
      categories_segments: [0],
      categories_sizes: [1],
    })
    const features = [{ field: 'colour', name: 'f0', vocabulary: ['red', 'blue'] }]
    const scorer = await open(documentOf({ trees: [tree], parameters: zero }), { features })
    const { predictions, errors } = scorer.score([
      { colour: 'blue' },
      { colour: 'red' },
      { f1: 2 },
      { colour: 'green' },
    ])
    expect(predictions).toEqual([-0.25, 0.5, 0.5, null].map((p) => (p === null ? null : { prediction: p })))
    expect(errors?.get(3)?.code).toBe('MODEL_INPUT_INVALID')
  })

  it('predicts classes with labels and probabilities', async () => {
    const document = documentOf({ objective: 'binary:logistic', parameters: { base_score: '5E-1' } })
    const scorer = await open(document, { classes: ['no', 'yes'] })
    const [prediction] = scorer.score([{ f0: 0 }]).predictions
    expect(prediction).toEqual({
      prediction: 'yes',
      probability_no: expect.closeTo(0.3775),
      probability_yes: expect.closeTo(0.6225),
    })
  })

  it('takes matrices with fewer columns, as those of sparse data, and refuses others', async () => {
    const scorer = await open(documentOf({ parameters: zero }))
    expect([...scorer.predict(Float64Array.of(3, 1), 2, { output: 'value' })]).toEqual([-0.25, 0.5])
    expect([...scorer.predict(new Float64Array(), 0, { output: 'value' })]).toEqual([])
    expect(() => scorer.predict(new Float64Array(3), 1, { output: 'value' })).toThrow(
      'the matrix has 3 columns, the model has 2 features',
    )
    expect(() => scorer.predict(new Float64Array(3), 2, { output: 'value' })).toThrow(
      '3 numbers are no matrix of 2 rows',
    )
    expect(() => scorer.predict(new Float64Array(3), 0, { output: 'value' })).toThrow('no matrix of 0 rows')
    scorer.close()
  })

  it('passes over columns that models of before 1.0 do not have, as XGBoost did', async () => {
    const scorer = await open(binaryBytes({ base: 0 }))
    expect([...scorer.predict(Float64Array.of(0, 3, 99, 0, 1, 99), 2, { output: 'margin' })]).toEqual([-0.25, 0.5])
    const later = await open(binaryBytes({ base: 0, version: [1, 6] }))
    expect(() => later.predict(new Float64Array(3), 1, { output: 'margin' })).toThrow('the matrix has 3 columns')
  })
})
