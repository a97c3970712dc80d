import { describe, expect, it } from 'vitest'
import { documentOf, stump } from './documents.ts'
import { open, refusal } from './prepared.ts'

const f = Math.fround
const linear = (weights: number[], parameters = {}) =>
  documentOf({ booster: { name: 'gblinear', model: { weights } }, parameters: { base_score: '1', ...parameters } })

describe('margins', () => {
  it('add leaves to the base score in the order of the trees, rounding each sum', async () => {
    const trees = [1e8, 1, -1e8].map((leaf) => stump({ split_conditions: [2, leaf, leaf] }))
    const scorer = await open(documentOf({ trees, parameters: { base_score: '0.25' } }))
    expect([...scorer.predict(Float64Array.of(0, 0), 1, { output: 'margin' })]).toEqual([0])
  })

  it('get the base score last in models of versions that added it last', async () => {
    const trees = [3e7, 1, -3e7].map((leaf) => stump({ split_conditions: [2, leaf, leaf] }))
    const margin = async (version: readonly number[], weights?: number[]) => {
      const model = weights ? { weight_drop: weights } : {}
      const scorer = await open(documentOf({ trees, version, model, parameters: { base_score: '1' } }))
      return scorer.predict(Float64Array.of(0, 0), 1, { output: 'margin' })[0]
    }
    // 1 + 3e7 + 1 - 3e7 and 3e7 + 1 - 3e7 + 1: spacing of floats is 2 there, and halves go to the even one
    const last = await margin([1, 2, 1])
    const first = await margin([1, 3, 0])
    expect([last, first]).not.toEqual([first, last])
    expect(await margin([1, 3, 3], [1, 1, 1])).toBe(last)
    expect(await margin([1, 4, 0], [1, 1, 1])).toBe(first)
  })

  it('of a linear booster begin with bias and base score; what is missing adds nothing', async () => {
    const scorer = await open(linear([0.1, 0.2, 0.3]))
    const margins = scorer.predict(Float64Array.of(3, 4, Number.NaN, 4), 2, { output: 'margin' })
    const start = f(f(0.3) + 1)
    expect([...margins]).toEqual([f(f(start + f(3 * f(0.1))) + f(4 * f(0.2))), f(start + f(4 * f(0.2)))])
    expect(await refusal(linear([1, 2]))).toMatch(/the weights: are 2, expected 3/)
  })

  it('of a linear booster take the first intercept for every group', async () => {
    const scorer = await open(linear([0, 0, 0, 0, 0, 0], { num_target: '2', base_score: '[5E-1,7E0]' }))
    expect([...scorer.predict(Float64Array.of(1, 1), 1, { output: 'margin' })]).toEqual([0.5, 0.5])
  })

  it('take a given number for missing, in a copy of the matrix', async () => {
    const scorer = await open(documentOf({ parameters: { base_score: '0' } }), { missing: 99.1 })
    const matrix = Float64Array.of(99.1, 0, 98, 0)
    expect([...scorer.predict(matrix, 2, { output: 'margin' })]).toEqual([0.5, -0.25])
    expect([...matrix]).toEqual([99.1, 0, 98, 0])
  })
})
