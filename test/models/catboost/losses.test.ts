import { describe, expect, it } from 'vitest'
import { lossOf, transformRows } from '../../../src/models/catboost/losses.ts'

const transformed = (transform: Parameters<typeof transformRows>[0], values: number[], targets: number) => {
  const array = Float64Array.from(values)
  transformRows(transform, array, values.length / targets, targets)
  return [...array]
}

describe('losses', () => {
  it('say what predictions are; unknown names and names that objects have are none', () => {
    expect(lossOf('Poisson')).toEqual({ transform: 'exp', kind: 'numbers' })
    expect(lossOf('Logloss')).toEqual({ transform: 'sigmoid', kind: 'binary' })
    expect(lossOf('MultiClass')).toEqual({ transform: 'softmax', kind: 'classes' })
    expect([lossOf('Magic'), lossOf('constructor')]).toEqual([null, null])
  })

  it('turn raw values into predictions', () => {
    expect(transformed('identity', [1, 2], 1)).toEqual([1, 2])
    expect(transformed('exp', [0, 1], 1)).toEqual([1, Math.E])
    expect(transformed('sigmoid', [0], 1)).toEqual([0.5])
    expect(transformed('softmax', [1000, 1000, 0, 0], 2)).toEqual([0.5, 0.5, 0.5, 0.5])
    expect(transformed('uncertainty', [3, 0, 4, 0.5], 2)).toEqual([3, 1, 4, Math.E])
  })
})
