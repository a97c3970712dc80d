import { describe, expect, it } from 'vitest'
import { documentOf, stump } from './documents.ts'
import { open, prepare, refusal } from './prepared.ts'

const wide = { num_feature: '4000000000', base_score: '0' }
const trees = [stump({ split_indices: [3_999_999_999, 0, 0] }), stump({ split_indices: [7, 0, 0] })]

describe('wide models', () => {
  it('read only the features that they test', async () => {
    const prepared = await prepare(documentOf({ trees, parameters: wide }))
    expect(prepared.signature.inputs.map(({ name }) => name)).toEqual(['f7', 'f3999999999'])
    expect(prepared.facts).toMatchObject({ features: 4_000_000_000 })
    const scorer = await open(documentOf({ trees, parameters: wide }))
    expect(scorer.score([{ f7: 3 }, { f7: 1, f3999999999: 5 }]).predictions).toEqual([
      { prediction: 0.25 },
      { prediction: 0.25 },
    ])
  })

  it('take matrices by the model’s own columns', async () => {
    const scorer = await open(documentOf({ trees, parameters: wide }))
    const matrix = new Float64Array(20).fill(1)
    matrix[17] = 3
    expect([...scorer.predict(matrix, 2, { output: 'margin' })]).toEqual([1, 0.25])
  })

  it('keep the weights of linear boosters that are not 0', async () => {
    const weights = new Array(3001).fill(0)
    weights[5] = 2
    weights[3000] = 10
    const document = documentOf({
      booster: { name: 'gblinear', model: { weights } },
      parameters: { num_feature: '3000', base_score: '0' },
    })
    const scorer = await open(document)
    expect(scorer.signature.inputs.map(({ name }) => name)).toEqual(['f5'])
    expect(scorer.score([{ f5: 4 }, {}]).predictions).toEqual([{ prediction: 18 }, { prediction: 10 }])
    expect(await refusal(documentOf({ booster: { name: 'gblinear', model: { weights } }, parameters: wide }))).toMatch(
      /the weights: are/,
    )
  })

  it('may test no feature at all', async () => {
    const root = stump({
      left_children: [-1],
      right_children: [-1],
      split_indices: [0],
      split_conditions: [3],
      default_left: [0],
      split_type: [0],
    })
    const scorer = await open(documentOf({ trees: [root], parameters: wide }))
    expect(scorer.score([{}]).predictions).toEqual([{ prediction: 3 }])
  })

  it('are still checked for features that they do not have', async () => {
    const wrong = documentOf({ trees: [stump({ split_indices: [5000, 0, 0] })], parameters: { num_feature: '3000' } })
    expect(await refusal(wrong)).toMatch(/tree 0, node 0: tests feature 5000/)
    const given = { features: Array.from({ length: 10 }, (_, i) => `x${i}`) }
    expect(await refusal(documentOf({ trees, parameters: wide }), given)).toMatch(/exceeds the limit of \d+ features/)
  })
})
