import { expect, test } from 'vitest'
import { seeded } from '../../random.ts'
import { modelText, open, type TreeKeys } from './model-files.ts'

const linear: TreeKeys = {
  num_leaves: 2,
  num_cat: 0,
  split_feature: 0,
  threshold: 0.5,
  decision_type: 8,
  left_child: -1,
  right_child: -2,
  leaf_value: '0.1 0.2',
  is_linear: 1,
  leaf_const: '0.3 0.7',
  num_features: '2 1',
  leaf_features: '0 1  1 ',
  leaf_coeff: '0.01 0.02  0.5 ',
}

test('a row of a linear model scores the same alone and within any batch', async () => {
  const scorer = await open(modelText({ tree_sizes: '1 1 1' }, [linear, linear, linear]))
  const random = seeded(3)
  const rows = 200
  const matrix = Float64Array.from({ length: rows * 2 }, () => (random() < 0.1 ? Number.NaN : random()))
  const together = scorer.predict?.(matrix, rows, { output: 'margin' }) as Float64Array
  for (let row = 0; row < rows; row++) {
    const [x = 0, y = 0] = matrix.subarray(row * 2, row * 2 + 2)
    const left = Number.isNaN(x + y) ? 0.1 : 0.3 + 0.01 * x + 0.02 * y
    const value = x <= 0.5 ? left : Number.isNaN(y) ? 0.2 : 0.7 + 0.5 * y
    expect(together[row], `${x} ${y}`).toBe(value + value + value)
    const alone = scorer.predict?.(matrix.slice(row * 2, row * 2 + 2), 1, { output: 'margin' })
    expect(alone?.[0]).toBe(together[row])
  }
})

test('a number that the library reads as 0 adds nothing, however large its coefficient', async () => {
  const steep = { ...linear, leaf_const: '0 0', leaf_coeff: '1e30 0.02  0.5 ' }
  const scorer = await open(modelText({ tree_sizes: '1' }, [steep]))
  const margin = (x: number) => scorer.predict?.(Float64Array.of(x, 0), 1, { output: 'margin' })[0]
  expect([margin(1e-36), margin(-1e-36)]).toEqual([0, 0])
  expect(margin(1e-34)).toBeCloseTo(1e-4, 10)
})
