import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../../src/core/errors.ts'
import { type ModelInput, openFeatures, openMatrix, planFeatures } from '../../../src/models/tensors/feature-mapping.ts'
import type { RecordValue } from '../../../src/schema/value.ts'

const four: ModelInput = { name: 'x', dtype: 'float32', shape: [null, 4] }

function read(
  given: readonly unknown[] | undefined,
  inputs: readonly ModelInput[],
  records: readonly (RecordValue | null)[],
) {
  const { plan } = planFeatures(given, inputs, 'the model')
  const { runs, errors } = openFeatures(structuredClone(plan)).read(records)
  return {
    feeds: runs.map((run) =>
      Object.fromEntries(Object.entries(run.feeds).map(([name, t]) => [name, { shape: t.shape, data: [...t.data] }])),
    ),
    index: runs.map((run) => (run.index ? [...run.index] : null)),
    errors: errors ? [...errors].map(([i, error]) => `${i} ${error.code} ${error.message}`) : [],
  }
}

const reasonOf = (given: readonly unknown[] | undefined, inputs: readonly ModelInput[]): string => {
  try {
    planFeatures(given, inputs, 'the model')
    return 'fine'
  } catch (thrown) {
    return thrown instanceof MillraceError ? `${thrown.code} ${thrown.message}` : String(thrown)
  }
}

describe('without the option', () => {
  test('inputs whose fixed first sizes differ have no batch: a record holds each of them as a whole', () => {
    const inputs: ModelInput[] = [
      { name: 'a', dtype: 'float32', shape: [2, 1] },
      { name: 'b', dtype: 'float32', shape: [1, 3] },
    ]
    expect(read(undefined, inputs, [{ a: [[1], [2]], b: [[3, 4, 5]] }])).toEqual({
      feeds: [{ a: { shape: [2, 1], data: [1, 2] }, b: { shape: [1, 3], data: [3, 4, 5] } }],
      index: [null],
      errors: [],
    })
  })

  test('scalar inputs read the fields of their names', () => {
    const inputs: ModelInput[] = [
      { name: 'age', dtype: 'float32', shape: [null, 1] },
      { name: 'city', dtype: 'string', shape: [null] },
    ]
    expect(
      read(undefined, inputs, [
        { age: '31', city: 'Rome' },
        { age: 4, city: 5 },
      ]),
    ).toEqual({
      feeds: [{ age: { shape: [2, 1], data: [31, 4] }, city: { shape: [2], data: ['Rome', '5'] } }],
      index: [null],
      errors: [],
    })
  })

  test('columns that the model knows are fields of their names', () => {
    const { features } = planFeatures(undefined, [{ ...four, columns: ['a', 'b', 'c', 'd'] }], 'm')
    expect(features.map(({ name, dtype, shape, isOptional }) => [name, dtype, shape, isOptional])).toEqual(
      ['a', 'b', 'c', 'd'].map((name) => [name, 'float32', [], false]),
    )
    const result = read(undefined, [{ ...four, columns: ['a', 'b', 'c', 'd'] }], [{ d: 4, c: 3, b: 2, a: 1 }])
    expect(result.feeds).toEqual([{ x: { shape: [1, 4], data: [1, 2, 3, 4] } }])
  })

  test('another input is a list of the field of its name', () => {
    expect(planFeatures(undefined, [four], 'm').features).toEqual([
      { name: 'x', dtype: 'float32', shape: [4], isOptional: false },
    ])
    const result = read(
      undefined,
      [four],
      [{ x: [1, '2', true, 4] }, { x: Float32Array.of(5, 6, 7, 8) }, { x: [1, 2] }],
    )
    expect(result.feeds).toEqual([{ x: { shape: [2, 4], data: [1, 2, 1, 4, 5, 6, 7, 8] } }])
    expect(result.errors).toEqual([
      '2 MODEL_INPUT_INVALID field "x" has the value "list of 2", expected a list of 4 numbers',
    ])
  })

  test('a record without that field is told of the option', () => {
    const [error] = read(undefined, [four], [{ a: 1 }]).errors
    expect(error).toMatch(
      /^0 MODEL_FEATURES_MISSING the record has no field "x" that holds a list of the shape \[4\].*"features"/,
    )
    const open: ModelInput = { ...four, shape: [null, null] }
    expect(read(undefined, [open], [{}]).errors[0]).toContain('MODEL_FEATURES_MISSING')
    expect(read([{ field: 'y' }], [open], [{}]).errors[0]).toContain('MODEL_INPUT_MISSING')
  })

  test('missing values are the record’s fault, or NaN where the model takes it', () => {
    const inputs = (missing: 'nan' | 'error'): ModelInput[] => [{ ...four, columns: ['a', 'b', 'c', 'd'], missing }]
    const records = [
      { a: 1, b: 2, c: 3, d: 4 },
      { a: 1, c: null, d: Number.NaN },
      { a: 5, b: 6, c: 7, d: 8 },
    ]
    const strict = read(undefined, inputs('error'), records)
    expect(strict.index).toEqual([[0, 2]])
    expect(strict.errors).toEqual(['1 MODEL_INPUT_MISSING field "b" is missing and the model needs it'])
    expect(strict.feeds[0]?.['x']).toEqual({ shape: [2, 4], data: [1, 2, 3, 4, 5, 6, 7, 8] })
    expect(read(undefined, inputs('nan'), records).feeds[0]?.['x']?.data.slice(4, 8)).toEqual([
      1,
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ])
  })

  test('categories of the model are numbers in the tensor', () => {
    const inputs: ModelInput[] = [
      {
        name: 'x',
        dtype: 'float64',
        shape: [null, 2],
        columns: ['color', 'size'],
        categories: { color: ['red', 'blue'] },
        missing: 'nan',
      },
    ]
    expect(read(undefined, inputs, [{ color: 'blue', size: 1 }, { color: 'green' }]).feeds[0]?.['x']?.data).toEqual([
      1,
      1,
      Number.NaN,
      Number.NaN,
    ])
  })
})

describe('the option', () => {
  test('fields by order, with maps and expressions', () => {
    const given = [
      'a',
      { field: 'color', oneHot: ['red', 'white'], unknown: 'zeros' },
      { expression: 'log(b)', missing: -1 },
    ]
    const result = read(
      given,
      [four],
      [
        { a: 1, color: 'white', b: 1 },
        { a: 2, color: 'x' },
        { color: 'red', b: 1 },
      ],
    )
    expect(result.feeds).toEqual([{ x: { shape: [2, 4], data: [1, 0, 1, 0, 2, 0, 0, -1] } }])
    expect(result.errors).toEqual(['2 MODEL_INPUT_MISSING field "a" is missing and the model needs it'])
  })

  test('vocabularies and categories', () => {
    const given = [
      { field: 'a', vocabulary: ['x', 'y'] },
      { field: 'b', vocabulary: [10, 20], unknown: -1 },
      { field: 'c', categories: { low: 0.5, high: 2 }, missing: 'low' },
      { field: 'd', missing: 'nan' },
    ]
    const result = read(
      given,
      [four],
      [
        { a: 'y', b: '20', c: 'high' },
        { a: 'x', b: 7 },
        { a: 'z', b: 10 },
      ],
    )
    expect(result.feeds[0]?.['x']?.data).toEqual([1, 1, 2, Number.NaN, 0, -1, 0.5, Number.NaN])
    expect(result.errors).toEqual(['2 MODEL_INPUT_INVALID field "a" has the value "z", expected one of "x", "y"'])
  })

  test('known columns are given by name, the others stay as they are', () => {
    const inputs = [{ ...four, columns: ['a', 'b', 'c', 'd'] }]
    const given = [
      { name: 'c', field: 'other' },
      { name: 'a', expression: 'b + d' },
    ]
    expect(read(given, inputs, [{ b: 1, d: 2, other: 9 }]).feeds[0]?.['x']?.data).toEqual([3, 1, 9, 2])
    expect(read(['d', 'c', 'b', 'a'], inputs, [{ a: 1, b: 2, c: 3, d: 4 }]).feeds[0]?.['x']?.data).toEqual([1, 2, 3, 4])
    expect(read(['p', 'q', 'r', 's'], inputs, [{ p: 1, q: 2, r: 3, s: 4 }]).feeds[0]?.['x']?.data).toEqual([1, 2, 3, 4])
  })

  test('several inputs: each its own, by name or by order', () => {
    const inputs: ModelInput[] = [
      { name: 'wide', dtype: 'float32', shape: [null, 2] },
      { name: 'ids', dtype: 'int64', shape: [null, 1] },
      { name: 'rate', dtype: 'float32', shape: [] },
    ]
    const given = [
      { input: 'wide', features: ['a', 'b'] },
      { input: 'rate', value: 1 },
      { field: 'id', vocabulary: ['u', 'v'] },
    ]
    expect(
      read(given, inputs, [
        { a: 1, b: 2, id: 'v' },
        { a: 3, b: 4, id: 'u' },
      ]).feeds,
    ).toEqual([
      {
        wide: { shape: [2, 2], data: [1, 2, 3, 4] },
        ids: { shape: [2, 1], data: [1n, 0n] },
        rate: { shape: [], data: [1] },
      },
    ])
    const scalars: ModelInput[] = ['p', 'q'].map((name) => ({ name, dtype: 'float32', shape: [null, 1] }))
    expect(read(['a', 'b'], scalars, [{ a: 1, b: 2 }]).feeds).toEqual([
      { p: { shape: [1, 1], data: [1] }, q: { shape: [1, 1], data: [2] } },
    ])
    expect(read(['q'], scalars, [{ p: 1, q: 2 }]).feeds[0]?.['p']?.data).toEqual([1])
  })

  test('a list with its size among other features', () => {
    expect(
      read([{ field: 'vector', size: 3 }, 'a'], [four], [{ vector: [1, 2, 3], a: 4 }]).feeds[0]?.['x']?.data,
    ).toEqual([1, 2, 3, 4])
  })

  test.each([
    [['a'], 'fine'],
    [['a', 'b', 'c'], 'the features fill 3 columns and input "x" has 4'],
    [[{ field: 'a', vocabulary: [] }], '"vocabulary" is []'],
    [[{ feild: 'a' }], '"feild" is unknown; did you mean "field"?'],
    [[{ name: 'a' }], 'needs either "field" or "expression"'],
    [[{ expression: 'a.b' }], 'the expression "a.b" cannot be used: MemberExpression'],
    [[{ input: 'y', features: ['a'] }], 'the model has no input "y"'],
    [[{ input: 'x' }], 'needs either "features" or "value"'],
    [[{ field: 'a', missing: 'abc' }, 'b', 'c', 'd'], 'MODEL_FEATURES_WRONG'],
    [[7], 'expected the name of a field'],
  ])('%j: %s', (given, reason) => {
    expect(reasonOf(given, [four])).toContain(reason)
  })
})

describe('shapes', () => {
  test('lists of any size: records of like size run together', () => {
    const input: ModelInput = { name: 'tokens', dtype: 'int64', shape: [null, null] }
    const result = read(
      undefined,
      [input],
      [{ tokens: [1, 2] }, { tokens: [3] }, { tokens: 'x' }, { tokens: [4, 5] }, {}],
    )
    expect(result.feeds).toEqual([
      { tokens: { shape: [2, 2], data: [1n, 2n, 4n, 5n] } },
      { tokens: { shape: [1, 1], data: [3n] } },
    ])
    expect(result.index).toEqual([[0, 3], [1]])
    expect(result.errors.map((error) => error.slice(0, 20))).toEqual(['4 MODEL_FEATURES_MIS', '2 MODEL_INPUT_INVALI'])
  })

  test('nested lists and flat ones fill a table', () => {
    const input: ModelInput = { name: 'image', dtype: 'float32', shape: [null, 2, 2, 1] }
    const result = read(
      undefined,
      [input],
      [
        {
          image: [
            [[1], [2]],
            [[3], [4]],
          ],
        },
        { image: [5, 6, 7, 8] },
        {
          image: [
            [1, 2],
            [3, 4],
          ],
        },
      ],
    )
    expect(result.feeds[0]?.['image']).toEqual({ shape: [2, 2, 2, 1], data: [1, 2, 3, 4, 5, 6, 7, 8] })
    expect(result.errors).toHaveLength(1)
  })

  test('a fixed batch is filled up, one record at a time where it is 1', () => {
    const input: ModelInput = { name: 'x', dtype: 'float32', shape: [2, 1] }
    expect(read(undefined, [input], [{ x: 1 }, { x: 2 }, { x: 3 }])).toMatchObject({
      feeds: [{ x: { shape: [2, 1], data: [1, 2] } }, { x: { shape: [2, 1], data: [3, 3] } }],
      index: [null, [2]],
    })
    expect(read(undefined, [{ ...input, shape: [3] }], [{ x: [1, 2, 3] }, { x: [4, 5, 6] }]).feeds).toEqual([
      { x: { shape: [3], data: [1, 2, 3] } },
      { x: { shape: [3], data: [4, 5, 6] } },
    ])
  })
})

test('columns that cannot make up an input of open sizes are refused at load', () => {
  const open = (shape: (number | null)[], given: unknown[]) => reasonOf(given, [{ ...four, shape }])
  expect(open([null, null], ['a', 'b'])).toBe('fine')
  expect(open([null, null, 2], ['a', 'b'])).toBe('fine')
  expect(open([null, null, 2], ['a', 'b', 'c'])).toContain(
    'fill 3 columns and input "x" has the shape [any, 2] per record',
  )
  expect(open([null, null, null], ['a', 'b'])).toContain('the shape [any, any] per record')
  expect(open([null, null, null], [{ field: 'a', size: [2, 3] }])).toBe('fine')
  expect(open([null, null, null], ['a'])).toBe('fine')
})

test('samples are records that the plan reads', () => {
  const { plan, samples } = planFeatures(
    [{ field: 'color', oneHot: ['red', 'white'] }, { expression: 'log(b)' }, 'c'],
    [four],
    'm',
  )
  const { runs, errors } = openFeatures(plan).read(samples)
  expect([runs.length, errors]).toEqual([1, null])
})

test('a matrix is doubles, whatever the dtype', () => {
  const { plan } = planFeatures(undefined, [{ ...four, columns: ['a', 'b', 'c', 'd'], missing: 'nan' }], 'm')
  const { matrix, rows, index, errors } = openMatrix(plan).read([
    { a: 0.1, b: '2', c: true },
    null,
    { a: 1, b: 1, c: 1, d: 1 },
  ])
  expect([...matrix.subarray(0, rows * 4)]).toEqual([0.1, 2, 1, Number.NaN, 1, 1, 1, 1])
  expect([[...(index ?? [])], errors?.get(1)?.code]).toEqual([[0, 2], 'MODEL_RECORD_ABSENT'])
})
