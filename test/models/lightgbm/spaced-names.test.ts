import { expect, test } from 'vitest'
import { openSpacedNames } from '../../../src/models/lightgbm/spaced-names.ts'

test('a field with blanks is read for a feature that has underscores, unless the record has the feature itself', () => {
  const view = openSpacedNames(['sepal_length_(cm)', 'b'])
  expect(view?.({ 'sepal length (cm)': 5, b: 1 })).toMatchObject({ 'sepal_length_(cm)': 5, b: 1 })
  const own = { 'sepal_length_(cm)': 4, 'sepal length (cm)': 5 }
  expect(view?.(own)).toBe(own)
  const empty = { b: 1 }
  expect(view?.(empty)).toBe(empty)
  expect(view?.(null)).toBeNull()
  expect(view?.(3 as never)).toBe(3)
})

test('a present null is the feature’s own value', () => {
  const record = { a_b: null, 'a b': 5 }
  expect(openSpacedNames(['a_b'])?.(record)).toBe(record)
})

test('names that could be another feature’s are left alone', () => {
  expect(openSpacedNames(['a', 'b'])).toBeNull()
  expect(openSpacedNames(['a_b', 'a b'])).toBeNull()
  // both would be read from "a b c"
  expect(openSpacedNames(['a_b c', 'a b_c'])).toBeNull()
})

test('many names, and names that are code', () => {
  const names = Array.from({ length: 2000 }, (_, i) => `f_${i}`)
  expect(openSpacedNames(names)?.({ 'f 1999': 7 })).toMatchObject({ f_1999: 7 })
  const odd = 'x_"]+(globalThis.hit=1)+["\u2028'
  expect(openSpacedNames([odd])?.({ [odd.replace('_', ' ')]: 1 })).toMatchObject({ [odd]: 1 })
  expect((globalThis as { hit?: number }).hit).toBeUndefined()
})
