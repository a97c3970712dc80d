import { expect, test } from 'vitest'
import { compileConverters } from '../../../src/models/javascript/convert.ts'
import { type Dtype, dtypes, type Feature } from '../../../src/schema/signature.ts'
import { seeded } from '../../random.ts'

const feature = (name: string, dtype: Dtype, isOptional = false, shape: (number | null)[] = []): Feature => ({
  name,
  dtype,
  shape,
  isOptional,
})
const inputOf = (...features: Feature[]) => compileConverters('m.js', features, null).input
const outputOf = (...features: Feature[]) => compileConverters('m.js', null, features).output

test('text is cast to the declared dtype, and every scalar survives the way through text', () => {
  const random = seeded(3)
  for (let round = 0; round < 200; round++) {
    const number = (random() - 0.5) * 10 ** Math.floor(random() * 20 - 10)
    const record = { f: number, i: Math.trunc(number), b: random() < 0.5, s: String(number), any: number }
    const cast = inputOf(
      feature('f', 'float64'),
      feature('i', 'int64'),
      feature('b', 'boolean'),
      feature('s', 'string'),
    )
    const texts = Object.fromEntries(Object.entries(record).map(([name, value]) => [name, String(value)]))
    const { any: _, ...declared } = record
    expect(cast(record)).toStrictEqual(declared)
    const again = cast(texts)
    expect(again).toEqual({ ...declared, i: declared.i + 0 })
  }
})

test('text that is not of the dtype is an error with field, value and what would be right', () => {
  const cases: [Dtype, unknown, string][] = [
    ['float64', 'abc', 'a number'],
    ['float64', ' ', 'a number'],
    ['int32', '1.5', 'an integer'],
    ['int32', 1.5, 'an integer'],
    ['boolean', 'yes', 'true or false'],
    ['string', { a: 1 }, 'text'],
    ['float64', [1], 'a number'],
  ]
  for (const [dtype, value, expected] of cases)
    expect(() => inputOf(feature('x', dtype))({ x: value as never })).toThrow(
      new RegExp(`field "x" gets .*, expected ${expected}$`),
    )
})

test('missing is null where the input is optional and an error elsewhere', () => {
  for (const missing of [null, undefined, Number.NaN]) {
    for (const dtype of dtypes) {
      expect(inputOf(feature('x', dtype, true))({ x: missing })).toStrictEqual({ x: null })
      expect(() => inputOf(feature('x', dtype))({ x: missing })).toThrow('field "x" is missing')
    }
  }
  expect(inputOf(feature('x', 'float64', true))({ x: '' })).toStrictEqual({ x: null })
  expect(inputOf(feature('x', 'string'))({ x: '' })).toStrictEqual({ x: '' })
})

test('the model gets exactly the declared fields, or a copy when it declares none', () => {
  const record = { a: 1, b: 2n, c: [1] }
  expect(inputOf(feature('b', 'float64'))(record)).toStrictEqual({ b: 2 })
  const copy = compileConverters('m.js', null, null).input(record)
  expect(copy).toStrictEqual(record)
  expect(copy).not.toBe(record)
})

test('declared outputs are picked; absent ones are null, wrong ones are errors', () => {
  const output = outputOf(
    feature('label', 'string'),
    feature('p', 'float64'),
    feature('list', 'float64', false, [null]),
  )
  expect(output({ label: 'x', p: 0.5, list: [1], extra: 1 })).toStrictEqual({ label: 'x', p: 0.5, list: [1] })
  expect(output({ label: 'x' })).toStrictEqual({ label: 'x', p: null, list: null })
  expect(() => output({ p: undefined })).toThrow('m.js: output "p" is undefined, expected a number')
  expect(() => output({ p: Number.NaN })).toThrow('m.js: output "p" is NaN, expected a number')
  expect(() => output({ p: '1' })).toThrow('m.js: output "p" is "1", expected a number')
  expect(() => output({ label: () => 1 })).toThrow('output "label" is a function')
  expect(() => output({ list: [Number.NaN] })).toThrow('output "list[0]" is NaN')
})

test('a result that is not an object is the output "prediction"', () => {
  const { output } = compileConverters('m.js', null, null)
  for (const value of [1.5, 'x', true, 3n, [1, 2]]) expect(output(value)).toStrictEqual({ prediction: value })
  expect(outputOf(feature('prediction', 'float64'))(2)).toStrictEqual({ prediction: 2 })
  for (const value of [undefined, null, Promise.resolve(1), () => 1, new Map(), Number.NaN])
    expect(() => output(value)).toThrow(/^m\.js: the result is /)
})

test('outputs that the samples showed are null when a record gives none', () => {
  const { output } = compileConverters('m.js', null, null, ['a', 'b'])
  expect(output({ a: 1, c: 2 })).toStrictEqual({ a: 1, b: null, c: 2 })
})

test('names cannot leave the text they are written into', () => {
  const random = seeded(11)
  const signs = ['"', "'", '`', '\\', '\n', '\u2028', '}', '${', '];', '//', 'constructor', 'v0', 'slow', '_']
  for (let round = 0; round < 300; round++) {
    const name = Array.from({ length: 1 + random() * 6 }, () => signs[Math.floor(random() * signs.length)]).join('')
    expect(inputOf(feature(name, 'float64'))({ [name]: '4' })).toStrictEqual({ [name]: 4 })
    expect(outputOf(feature(name, 'string'))({ [name]: 'x' })).toStrictEqual({ [name]: 'x' })
  }
})
