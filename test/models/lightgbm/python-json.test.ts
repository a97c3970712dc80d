import { expect, test } from 'vitest'
import { parsePythonJson } from '../../../src/models/lightgbm/python-json.ts'

test('numbers that JSON does not have are read, and left alone in texts', () => {
  expect(parsePythonJson('[NaN, Infinity, -Infinity, "NaN, \\"Infinity", 1]')).toEqual([
    null,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    'NaN, "Infinity',
    1,
  ])
})

test('numbers are read as LightGBM itself spells them', () => {
  expect(parsePythonJson('{"nan": [nan, -nan, inf, -inf, "nan"]}')).toEqual({
    nan: [null, null, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 'nan'],
  })
})

test('what is no JSON stays a SyntaxError', () => {
  expect(() => parsePythonJson('[1, ]')).toThrow(SyntaxError)
  expect(() => parsePythonJson('[NaN, nix]')).toThrow(SyntaxError)
})
