import { describe, expect, it } from 'vitest'
import {
  openPrediction,
  type PredictionForm,
  planPrediction,
  predictionOutputs,
} from '../../../src/models/trees/prediction.ts'

function predict(form: Partial<PredictionForm>, values: readonly number[], given = {}) {
  const plan = planPrediction({ kind: 'numbers', targets: 1, classes: 0, isFloat32: true, ...form }, given, 'xgboost')
  const prediction = openPrediction(plan)(Float64Array.of(9, ...values), 1)
  expect(Object.keys(prediction)).toEqual(predictionOutputs(plan).map(({ name }) => name))
  return prediction
}

describe('predictions of boosted trees', () => {
  it('gives a number by itself, and one per target when there are several', () => {
    expect(predict({}, [1.5])).toEqual({ prediction: 1.5 })
    expect(predict({ targets: 2 }, [1.5, -7])).toEqual({ prediction_0: 1.5, prediction_1: -7 })
    expect(predict({ targets: 2 }, [1.5, -7], { targets: ['x', 'y'] })).toEqual({ prediction_x: 1.5, prediction_y: -7 })
  })

  it('chooses and renames outputs', () => {
    const form = { kind: 'classes', classes: 2 } as const
    const outputs = [
      { name: 'species', from: 'prediction' },
      'probability_b',
      { name: '__proto__', from: 'probability_a' },
    ]
    const prediction = predict(form, [0.25, 0.75], { classes: ['a', 'b'], outputs })
    expect(Object.entries(prediction)).toEqual([
      ['species', 'b'],
      ['probability_b', 0.75],
      ['__proto__', 0.25],
    ])
    for (const wrong of [
      ['x'],
      [null],
      [7],
      [{ name: 'a', from: 'x' }],
      [],
      ['prediction', 'prediction'],
      [{ name: 'prediction', column: 1 }],
    ])
      expect(() => predict(form, [0, 1], { outputs: wrong })).toThrow('option "outputs"')
  })

  it('takes the second of two classes above one half only', () => {
    const form = { kind: 'binary', classes: 2 } as const
    expect(predict(form, [0.5])).toEqual({ prediction: 0, probability_0: 0.5, probability_1: 0.5 })
    const p = Math.fround(0.7)
    const labels = { classes: ['no', 'yes'] }
    expect(predict(form, [p], labels)).toEqual({
      prediction: 'yes',
      // Not the doubles 0.30000001192092896 and 0.699999988079071 that these floats are.
      probability_no: 0.3,
      probability_yes: 0.7,
    })
    expect(predict({ ...form, isFloat32: false }, [0.7])).toMatchObject({ probability_0: 1 - 0.7 })
  })

  it('takes the first of equally probable classes', () => {
    const form = { kind: 'classes', classes: 3 } as const
    expect(predict(form, [0.2, 0.4, 0.4])).toEqual({
      prediction: 1,
      probability_0: 0.2,
      probability_1: 0.4,
      probability_2: 0.4,
    })
  })

  it('takes the class that the model names where it names one', () => {
    const form = { kind: 'classes', classes: 2, hasIndex: true } as const
    expect(predict(form, [0.5, 0.5, 1])).toMatchObject({ prediction: 1 })
  })

  it('predicts yes or no per target', () => {
    expect(predict({ kind: 'binary', classes: 2, targets: 2 }, [0.8, 0.1])).toEqual({
      prediction_0: 1,
      probability_0: 0.8,
      prediction_1: 0,
      probability_1: 0.1,
    })
    expect(predict({ kind: 'labels', classes: 2 }, [1], { classes: [false, true] })).toEqual({ prediction: true })
  })

  it('shows what is not a number as missing', () => {
    expect(predict({}, [Number.NaN])).toEqual({ prediction: null })
    expect(predict({ kind: 'binary', classes: 2 }, [Number.NaN])).toEqual({
      prediction: null,
      probability_0: null,
      probability_1: null,
    })
    expect(predict({ kind: 'classes', classes: 2 }, [0.5, Number.NaN])).toMatchObject({ prediction: null })
  })

  it('declares labels by their type and domain', () => {
    const form = { kind: 'classes', targets: 1, classes: 2, isFloat32: true } as const
    const outputs = (classes: unknown[]) => predictionOutputs(planPrediction(form, { classes }, 'xgboost'))
    expect(outputs(['a', 'b'])[0]).toMatchObject({ dtype: 'string', domain: { values: ['a', 'b'] } })
    expect(outputs([3, 4])[0]).toMatchObject({ dtype: 'int64' })
    expect(outputs([3.5, 4])[0]).toMatchObject({ dtype: 'float64' })
    expect(outputs([false, true])[0]).toMatchObject({ dtype: 'boolean' })
    expect(outputs([3, 4])[1]).toMatchObject({ name: 'probability_3', dtype: 'float32' })
  })

  it('writes hostile labels as names', () => {
    const labels = { classes: ['__proto__', '"}); throw 1; ({"'] }
    const prediction = predict({ kind: 'binary', classes: 2 }, [0.25], labels)
    expect(prediction).toEqual({
      prediction: '__proto__',
      probability___proto__: 0.75,
      [`probability_${labels.classes[1]}`]: 0.25,
    })
  })

  it('refuses names that do not fit the model', () => {
    const form = { kind: 'classes', classes: 3 } as const
    const refusal = (given: object, of: Partial<PredictionForm> = form) => {
      try {
        predict(of, [0, 0, 0], given)
      } catch (error) {
        return (error as Error).message
      }
      return null
    }
    expect(refusal({ classes: ['a', 'b'] })).toBe(
      'format "xgboost": option "classes" is ["a","b"], expected 3 different names of one type, one per class of the model',
    )
    expect(refusal({ classes: ['a', 'b', 'a'] })).toMatch(/3 different names/)
    expect(refusal({ classes: ['a', 'b', 1] })).toMatch(/of one type/)
    expect(refusal({ classes: ['a', 'b', {}] })).toMatch(/of one type/)
    expect(refusal({ targets: ['a', 'b', 'c'] })).toMatch(/expected nothing: the model has one target/)
    expect(refusal({ classes: ['a'] }, {})).toMatch(/expected nothing: the model has no classes/)
  })
})
