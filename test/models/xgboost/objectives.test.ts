import { describe, expect, it } from 'vitest'
import { finishOf, recordFinishOf, sigmoid } from '../../../src/models/xgboost/objectives.ts'
import { binaryBytes } from './binaries.ts'
import { documentOf } from './documents.ts'
import { open, refusal } from './prepared.ts'

const f = Math.fround

/** Margin of a model without trees. */
async function intercept(objective: string, base: string, version: readonly number[], more = {}): Promise<number> {
  const scorer = await open(documentOf({ objective, trees: [], version, parameters: { base_score: base, ...more } }))
  return scorer.predict(Float64Array.of(0, 0), 1, { output: 'margin' })[0] as number
}

const values = (transform: Parameters<typeof finishOf>[0], ...margins: number[]) => {
  const finish = finishOf(transform, margins.length)
  const result = new Float64Array(finish.width)
  finish.run(Float64Array.from(margins), 1, result)
  return [...result]
}

describe('base scores', () => {
  it('pass through the link of the objective, but for files before 1.0, which hold margins', async () => {
    expect(await intercept('binary:logistic', '3E-1', [2, 0, 0])).toBe(-0.8472978472709656) // XGBoost 1.2 to 3.2
    expect(await intercept('count:poisson', '3E-1', [2, 0, 0])).toBe(-1.2039728164672852)
    expect(await intercept('rank:pairwise', '3E-1', [2, 0, 0])).toBe(f(0.3))
    const old = await open(binaryBytes({ objective: 'binary:logistic', base: 0.25 }))
    expect(old.predict(Float64Array.of(0, 0), 1, { output: 'margin' })[0]).toBe(0.75)
    const later = await open(binaryBytes({ objective: 'binary:logistic', base: 0.25, version: [1, 2] }))
    expect(later.predict(Float64Array.of(0, 0), 1, { output: 'margin' })[0]).toBe(f(f(-f(Math.log(3))) + 0.5))
  })

  it('of logitraw are probabilities before 1.3', async () => {
    expect(await intercept('binary:logitraw', '3E-1', [1, 2, 1])).toBe(-0.8472978472709656)
    expect(await intercept('binary:logitraw', '3E-1', [1, 3, 0])).toBe(f(0.3))
  })

  it('of 0 and 1 are moved inside, as all labels may be the same', async () => {
    expect(await intercept('binary:logistic', '[0E0]', [3, 2, 0])).toBe(-13.815509796142578) // XGBoost 3.2
    expect(await intercept('binary:logistic', '[1E0]', [3, 2, 0])).toBe(13.745160102844238)
  })

  it('wait for training where a model of 3.1 has no trees', async () => {
    const waits = { boost_from_average: '1' }
    expect(await intercept('binary:logistic', '[5E-1]', [3, 1, 0], waits)).toBe(0.5)
    expect(await intercept('binary:logistic', '5E-1', [3, 0, 0], waits)).toBe(-0)
  })

  it('of expectiles lie one above the other', async () => {
    const scorer = await open(
      documentOf({
        objective: 'reg:expectileerror',
        trees: [],
        parameters: { base_score: '[1E0,2E0,4.5E0]', num_target: '3' },
      }),
    )
    const expectiles = [...scorer.predict(Float64Array.of(0, 0), 1, { output: 'value' })]
    ;[1, 2, 4.5].forEach((wanted, k) => {
      expect(expectiles[k]).toBeCloseTo(wanted, 5)
    })
  })
})

describe('transforms', () => {
  it('compute in float32 like the library', () => {
    expect(sigmoid(0)).toBe(0.5)
    expect(sigmoid(-1000)).toBeGreaterThan(0)
    expect(sigmoid(f(-0.8472978))).toBe(f(0.3))
    expect(values('exp', 1)).toEqual([f(Math.E)])
    expect(values('hinge', 0, 1e-30, -1)).toEqual([0, 1, 0])
    expect(values('argmax', 1, 3, 3)).toEqual([1])
    expect(values('softmax', 0, 0, 0, 0)).toEqual([0.25, 0.25, 0.25, 0.25])
    expect(values('softmax', 1000, -1000)).toEqual([1, 0])
  })

  it('keep what is not a number out of the largest margin', () => {
    expect(values('softmax', Number.NaN, 1)[1]).toBeNaN()
    expect(values('argmax', Number.NaN, 1)).toEqual([0])
  })

  it('give records probabilities where the library gives a class alone', () => {
    const finish = recordFinishOf('argmax', 2)
    const result = new Float64Array(6)
    finish.run(Float64Array.of(0, 0, 0, 1), 2, result)
    expect(finish.width).toBe(3)
    expect([...result]).toEqual([0.5, 0.5, 0, f(1 / f(1 + Math.E)), expect.any(Number), 1])
  })
})

describe('objectives', () => {
  it('have names of their own for GPUs in 0.7', async () => {
    expect(await refusal(documentOf({ objective: 'gpu:binary:logistic' }))).toBe('accepted')
  })

  it('that this build does not know are refused', async () => {
    expect(await refusal(documentOf({ objective: 'reg:magic' }))).toMatch(
      'MODEL_ARTIFACT_UNSUPPORTED: m.json: the objective uses "reg:magic", which is not supported',
    )
    expect(await refusal(documentOf({ objective: 'constructor' }))).toMatch(/"constructor"/)
  })

  it('must fit the number of classes', async () => {
    expect(await refusal(documentOf({ objective: 'multi:softprob', parameters: { num_class: '0' } }))).toMatch(
      /num_class: is 0, which does not fit the objective "multi:softprob"/,
    )
    expect(await refusal(documentOf({ objective: 'binary:logistic', parameters: { num_class: '3' } }))).toMatch(/is 3/)
    const both = { parameters: { num_class: '3', num_target: '2' }, objective: 'multi:softprob' }
    expect(await refusal(documentOf(both))).toMatch(/3 classes for each of 2 targets/)
    expect(await refusal(documentOf({ parameters: { base_score: '[1,2,3]' } }))).toMatch(
      /has 3 numbers, expected 1 or 1/,
    )
  })
})
