import { expect, test } from 'vitest'
import { countNumbers, readDoubles, readIntegers } from '../../../src/models/lightgbm/number-list.ts'
import { seeded } from '../../random.ts'

const range = { min: -100, max: 4294967295 }

function integers(list: string, count: number, limits = range): number[] | string {
  const bytes = Buffer.from(`x=${list}\n`)
  const into = new Float64Array(count)
  return readIntegers(bytes, 2, bytes.length - 1, into, limits) ?? [...into]
}

function doubles(list: string, count: number, allowsNaN = false): number[] | string {
  const bytes = Buffer.from(`x=${list}\n`)
  const into = new Float64Array(count)
  return readDoubles(bytes, 2, bytes.length - 1, into, allowsNaN) ?? [...into]
}

test('whole numbers come with signs and any number of blanks', () => {
  expect(integers(' 1  -2 +3 4294967295 ', 4)).toEqual([1, -2, 3, 4294967295])
  expect(integers('', 0)).toEqual([])
})

test('what is no whole number, lies outside or is not there is told with its place', () => {
  expect(integers('1 2', 3)).toBe('it has 2 numbers, expected 3')
  expect(integers('1 2 3 4', 3)).toBe('it has 4 numbers, expected 3')
  expect(integers('1 2.5', 2)).toBe('number 2 is "2.5", expected a whole number')
  expect(integers('1 -', 2)).toBe('number 2 is "-", expected a whole number')
  expect(integers('12345678901', 1)).toBe('number 1 is "12345678901", expected a whole number')
  expect(integers('7 8', 2, { min: 0, max: 7 })).toBe('number 2 is 8, expected 0 to 7')
})

test('doubles are read exactly as they were written', () => {
  const random = seeded(1)
  const scratch = new DataView(new ArrayBuffer(8))
  const numbers = Array.from({ length: 500 }, () => {
    scratch.setUint32(0, random() * 2 ** 32)
    scratch.setUint32(4, random() * 2 ** 32)
    return scratch.getFloat64(0)
  }).filter((x) => !Number.isNaN(x))
  const list = numbers.map((x) => x.toPrecision(17).replace('Infinity', 'inf')).join(' ')
  expect(doubles(list, numbers.length)).toEqual(numbers)
  expect(doubles('.5 1. -1e-3 inf -INF', 5)).toEqual([
    0.5,
    1,
    -0.001,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ])
})

test('a number that JavaScript alone would read is none, and nan only where it may be', () => {
  for (const word of ['0x10', '1_000', '1e', '', 'Infinit', '--1', '1n'].filter((one) => one !== ''))
    expect(doubles(word, 1)).toBe(`number 1 is ${JSON.stringify(word)}, expected a number`)
  expect(doubles('nan', 1)).toBe('number 1 is "nan", expected a number')
  expect(doubles('1 -nan', 2, true)).toEqual([1, Number.NaN])
  expect(doubles(`1${'0'.repeat(1000)}x`, 1)).toMatch(/^number 1 is "10+", expected a number$/)
})

test('numbers are counted by their first bytes', () => {
  const bytes = Buffer.from('  1 22  333')
  expect(countNumbers(bytes, 0, bytes.length)).toBe(3)
  expect(countNumbers(bytes, 2, 3)).toBe(1)
})
