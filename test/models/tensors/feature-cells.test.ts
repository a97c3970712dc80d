import { describe, expect, test } from 'vitest'
import {
  categoryNumbers,
  type Elements,
  openCell,
  openList,
  openOneHot,
  sizesOf,
} from '../../../src/models/tensors/feature-cells.ts'
import type { SourcePlan } from '../../../src/models/tensors/feature-plan.ts'

const source: SourcePlan = {
  name: 'f',
  field: 'f',
  expression: null,
  missing: { kind: 'error' },
  categories: null,
  shape: [],
}

test('a category is met as value and as text, of digits also as number', () => {
  const known = categoryNumbers(
    { kind: 'number', keys: [1, true, '20', 'x'], numbers: [5, 6, 7, 8], unknown: 'error' },
    'int64',
  )
  for (const [value, number] of [
    [1, 5n],
    ['1', 5n],
    [true, 6n],
    ['true', 6n],
    [20, 7n],
    ['20', 7n],
    ['x', 8n],
  ] as const)
    expect(known.get(value)).toBe(number)
  expect(known.get('01')).toBeUndefined()
})

describe('other spellings of a category', () => {
  const cell = (keys: (string | number | boolean)[]) =>
    openCell(
      { ...source, categories: { kind: 'number', keys, numbers: keys.map((_, i) => i), unknown: 'nan' } },
      'float64',
    )

  test('text stands for the number or the truth that it reads as', () => {
    const numbers = cell([70, 2.5])
    expect(['70', '70.0', ' 070', '7e1', '2.50', '71', 'x'].map(numbers)).toEqual([0, 0, 0, 0, 1, NaN, NaN])
    const truths = cell([false, true])
    expect(['TRUE', 'False', 'true', true, 'yes', '1'].map(truths)).toEqual([1, 0, 1, 1, NaN, NaN])
  })

  test('a number stands for the text that it reads as, text for no other text', () => {
    const texts = cell(['4.0', '5', '05'])
    expect([4, '4.0', '4', 5, '05', '5.0', 6].map(texts)).toEqual([0, 0, NaN, 1, 2, NaN, NaN])
  })

  test('columns of one-hot features are found likewise', () => {
    const categories = { kind: 'one-hot', keys: [1, 2], numbers: [0, 1], unknown: 'zeros' } as const
    const write = openOneHot({ ...source, categories }, 'float32')
    const out = [9, 9]
    write('2.0', out as Elements, 0)
    expect(out).toEqual([0, 1])
    write(3, out as Elements, 0)
    expect(out).toEqual([0, 0])
    const strict = openOneHot({ ...source, categories: { ...categories, unknown: 'error' } }, 'float32')
    expect(() => strict(3, out as Elements, 0)).toThrow('one of 1, 2')
  })
})

test('a missing value is NaN in any float', () => {
  expect(openCell({ ...source, missing: { kind: 'nan' } }, 'float32')(null)).toBeNaN()
  expect(openCell({ ...source, missing: { kind: 'nan' } }, 'float16')(undefined)).toBe(0x7e00)
})

test('the text NaN is a missing number, and text where text is taken', () => {
  const numbers = openCell({ ...source, missing: { kind: 'value', value: 7 } }, 'float64')
  expect(['NaN', ' nan', 'NAN'].map(numbers)).toEqual([7, 7, 7])
  expect(() => openCell(source, 'int64')('nan')).toThrow('field "f" is missing')
  expect(() => numbers('nano')).toThrow('has the value "nano"')
  expect(openCell({ ...source, missing: { kind: 'value', value: 'x' } }, 'string')('NaN')).toBe('NaN')
})

describe('lists', () => {
  const fill = (list: unknown, shape: number[], missing: SourcePlan['missing'] = { kind: 'error' }) => {
    const out = new Float32Array(shape.reduce((a, b) => a * b, 1))
    openList({ ...source, shape, missing }, shape, 'float32')(list, out as unknown as Elements, 0)
    return [...out]
  }

  test('typed arrays of any numbers are copied', () => {
    expect(fill(Float64Array.of(1, 2.5), [2])).toEqual([1, 2.5])
    expect(fill(Int8Array.of(-1, 2), [1, 2])).toEqual([-1, 2])
    expect(fill(BigInt64Array.of(3n, 4n), [2])).toEqual([3, 4])
  })

  test('a fault names the element', () => {
    expect(() => fill([1, 'x', 3], [3])).toThrow('field "f[1]" has the value "x", expected a number')
    expect(() =>
      fill(
        [
          [1, 2],
          [3, null],
        ],
        [2, 2],
      ),
    ).toThrow('field "f[3]" is missing')
    expect(fill([1, null, 3], [3], { kind: 'value', value: 9 })).toEqual([1, 9, 3])
    expect(fill(null, [2], { kind: 'value', value: 9 })).toEqual([9, 9])
  })
})

const sizes = (value: unknown, shape: (number | null)[]) => sizesOf(value, { ...source, shape })

test('sizes of a list come from all its rows', () => {
  const rows = [
    [1, 2, 3],
    [4, 5, 6],
  ]
  expect(sizes(rows, [null, 3])).toEqual([2, 3])
  expect(sizes(Float32Array.of(1, 2), [null])).toEqual([2])
  expect(sizes(7, [null])).toEqual([1])
  expect(() => sizes([[1, 2], [3]], [null, null])).toThrow('expected a list of the shape [any, any]')
  expect(() => sizes('x', [null, null])).toThrow('field "f" has the value "x"')
})
