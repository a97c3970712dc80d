import { expect, test } from 'vitest'
import { cast, convert, NOT_CAST, parseNumber, textOf, typeNamed } from '../../../src/models/pmml/types.ts'

const type = (name: string) => typeNamed(name) as NonNullable<ReturnType<typeof typeNamed>>

test('decimal text is a number, anything else is not', () => {
  expect(['1E-5', ' 2 ', 'INF', '-INF', '0', '-0'].map(parseNumber)).toEqual([
    1e-5,
    2,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    0,
    -0,
  ])
  expect(parseNumber('NaN')).toBeNaN()
  expect(['', ' ', '\t\n', '0x1', '0b1', '1,5', 'abc'].map(parseNumber)).toEqual(Array(7).fill(null))
})

test('type names carry the year they count from', () => {
  expect(typeNamed('dateDaysSince[1960]')).toEqual({ type: 'dateDaysSince', year: 1960 })
  expect(typeNamed('nothing')).toBe(null)
  expect(cast('1960-01-02', type('dateDaysSince[1960]'))).toBe(1)
})

test('a value that does not fit is told apart', () => {
  expect(cast('5.5', type('integer'))).toBe(NOT_CAST)
  expect(cast('maybe', type('boolean'))).toBe(NOT_CAST)
})

test('truth values are words in any case or the numbers 1 and 0, without blanks around the word', () => {
  expect(['TRUE', 'False', '+1', '0.0'].map((text) => cast(text, type('boolean')))).toEqual([true, false, true, false])
  expect([' true', '2'].map((text) => cast(text, type('boolean')))).toEqual([NOT_CAST, NOT_CAST])
  expect(cast(' true', type('double'))).toBe(NOT_CAST)
})

test('dates are never plain numbers in text, nor truth values', () => {
  for (const name of ['date', 'time', 'dateTime', 'timeSeconds', 'dateDaysSince[1960]', 'dateTimeSecondsSince[1970]']) {
    expect(cast('5', type(name))).toBe(NOT_CAST)
    expect(cast(true, type(name))).toBe(NOT_CAST)
    expect(cast(5, type(name))).toBe(5)
  }
})

test('dates convert by what they are', () => {
  expect(convert(1.5 * 86_400, type('dateTime'), type('date'))).toBe(1)
  expect(convert(1, type('date'), type('dateTime'))).toBe(86_400)
  expect(convert(0, type('date'), type('string'))).toBe('1970-01-01')
})

test('a whole double keeps its fraction in text', () => {
  expect([textOf(2, type('double')), textOf(2, type('integer')), textOf(0.5, type('double'))]).toEqual([
    '2.0',
    '2',
    '0.5',
  ])
})

test.each([
  [2, '2.0'],
  [0.5, '0.5'],
  [12345678, '1.2345678E7'],
  [1e7, '1.0E7'],
  [0.001, '0.001'],
  [0.0001, '1.0E-4'],
  [-1.25e-10, '-1.25E-10'],
  [1e21, '1.0E21'],
  [1.5e300, '1.5E300'],
  [0, '0.0'],
  [-0, '-0.0'],
  [Number.NaN, 'NaN'],
])('the text of the double %d is %s', (value, text) => {
  expect(textOf(value, type('double'))).toBe(text)
})

test('the text of a float has the digits that tell it from other floats', () => {
  expect([0.1, 16777216, 3.4e38].map((x) => textOf(Math.fround(x), type('float')))).toEqual([
    '0.1',
    '1.6777216E7',
    '3.4E38',
  ])
})
