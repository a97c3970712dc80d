import { expect, test } from 'vitest'
import type { BoosterHeader } from '../../../src/models/lightgbm/booster.ts'
import { Faults } from '../../../src/models/lightgbm/faults.ts'
import { openTransform, readObjective } from '../../../src/models/lightgbm/objective.ts'

function read(objective: string | null, treesPerIteration = 1) {
  const header: BoosterHeader = {
    version: 'v4',
    objective,
    numClass: treesPerIteration,
    treesPerIteration,
    averagesOutput: false,
    featureNames: ['a'],
    featureInfos: [null],
  }
  return readObjective(header, new Faults('m.txt'))
}

function transformed(objective: string, values: readonly number[], width = 1): number[] {
  const array = Float64Array.from(values)
  openTransform(read(objective, width), width)(array)
  return [...array]
}

test('the root of the label is taken back where the objective honours it', () => {
  for (const name of ['regression', 'regression_l1', 'fair c:1', 'quantile', 'mape', 'l2'])
    expect(transformed(`${name} sqrt`, [-3, 0, 2])).toEqual([-9, 0, 4])
  for (const name of ['huber', 'lambdarank']) expect(transformed(`${name} sqrt`, [-3])).toEqual([-3])
  expect(transformed('poisson sqrt', [0])).toEqual([1])
})

test('the sigmoid has the factor of the objective', () => {
  expect(transformed('binary sigmoid:2', [0.5])).toEqual([1 / (1 + Math.exp(-1))])
  expect(transformed('multiclassova num_class:2 sigmoid:3', [0, 1], 2)).toEqual([0.5, 1 / (1 + Math.exp(-3))])
  for (const name of [
    'binary',
    'binary sigmoid:0',
    'binary sigmoid:-1',
    'binary sigmoid:x',
    'multiclassova num_class:1',
  ])
    expect(() => read(name), name).toThrow('expected "sigmoid:" and a number above 0')
})

test('softmax takes each row by itself and bears large scores', () => {
  const [a, b, c, d] = transformed('multiclass num_class:2', [1000, 1000, -800, 800], 2)
  expect([a, b, c, d]).toEqual([0.5, 0.5, 0, 1])
})

test('counts and shares', () => {
  expect(transformed('tweedie', [1])).toEqual([Math.exp(1)])
  expect(transformed('cross_entropy_lambda', [1])).toEqual([Math.log1p(Math.exp(1))])
  expect(transformed('xentropy', [0])).toEqual([0.5])
})

test('aliases and none, and an objective that LightGBM does not have', () => {
  expect(read('softmax num_class:3', 3).name).toBe('multiclass')
  expect(read(null, 7)).toMatchObject({ name: 'custom', transform: 'identity' })
  expect(read('none').name).toBe('custom')
  for (const name of ['binari', 'constructor', '__proto__'])
    expect(() => read(name)).toThrow(`key "objective" uses the objective "${name}"`)
})

test('trees per iteration must fit the classes', () => {
  expect(() => read('multiclass num_class:3', 2)).toThrow('it is 2, which does not fit the objective')
  expect(() => read('multiclass', 2)).toThrow('does not fit')
  expect(() => read('binary sigmoid:1', 2)).toThrow('does not fit')
})
