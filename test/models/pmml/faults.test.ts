import { expect, test } from 'vitest'
import { numberFrom } from '../../../src/models/pmml/faults.ts'

test('a number is taken from what is one, a missing value is NaN, anything else is a fault', () => {
  expect([1, true, '2', ' 3 '].map((value) => numberFrom(value, 'here'))).toEqual([1, 1, 2, 3])
  expect(numberFrom(undefined, 'here')).toBeNaN()
  expect(() => numberFrom('abc', 'field "x"')).toThrow('field "x" gets the value "abc", expected a number')
  expect(() => numberFrom('', 'here')).toThrow('expected a number')
})
