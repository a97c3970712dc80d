import { expect, test } from 'vitest'
import { Outcome } from '../../../src/models/pmml/outcome.ts'

test('the first of the most probable categories wins', () => {
  const outcome = new Outcome('category', ['a', 'b', 'c'])
  outcome.probabilities.set([0.2, 0.4, 0.4])
  outcome.chooseLargest()
  expect([outcome.value, outcome.isMissing]).toEqual(['b', false])
  outcome.clear()
  expect([outcome.value, outcome.isMissing]).toEqual([undefined, true])
})

test('a number that is none is missing', () => {
  const outcome = new Outcome('number', [])
  expect(outcome.value).toBe(undefined)
  outcome.number = 0
  expect(outcome.value).toBe(0)
})
