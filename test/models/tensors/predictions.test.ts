import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../../src/core/errors.ts'
import {
  type ModelOutput,
  openPredictions,
  planPredictions,
  withBatchAxis,
} from '../../../src/models/tensors/predictions.ts'
import type { TensorValue } from '../../../src/schema/tensor.ts'
import type { RecordValue } from '../../../src/schema/value.ts'

function write(
  outputs: readonly ModelOutput[],
  values: Record<string, TensorValue>,
  {
    given,
    rows = 2,
    index = null,
    batch = null,
  }: { given?: unknown[]; rows?: number; index?: Int32Array | null; batch?: number | null } = {},
): (RecordValue | null)[] {
  const { plan } = planPredictions(given, outputs, 'the model', batch)
  const predictions: (RecordValue | null)[] = new Array(index ? Math.max(...index) + 1 : rows).fill(null)
  openPredictions(structuredClone(plan)).write(values, { rows, index }, predictions)
  return predictions
}

const probabilities: ModelOutput = { name: 'p', dtype: 'float32', shape: [null, 3] }
const three = { p: { dtype: 'float32', shape: [2, 3], data: Float32Array.of(0.1, 0.7, 0.2, 0.9, 0.05, 0.05) } } as const

describe('a record’s part of an output', () => {
  test('is a number for [N] and [N, 1], a list for [N, k], lists of lists beyond', () => {
    const outputs: ModelOutput[] = [
      { name: 'a', dtype: 'int64', shape: [null] },
      { name: 'b', dtype: 'float32', shape: [null, 1] },
      { name: 'c', dtype: 'float32', shape: [null, 2] },
      { name: 'd', dtype: 'boolean', shape: [null, 2, 1] },
      { name: 'e', dtype: 'string', shape: [null, null] },
    ]
    const [first, second] = write(outputs, {
      a: { dtype: 'int64', shape: [2], data: BigInt64Array.of(3n, 2n ** 60n) },
      b: { dtype: 'float32', shape: [2, 1], data: Float32Array.of(0.1, Number.NaN) },
      c: { dtype: 'float32', shape: [2, 2], data: Float32Array.of(0.3, Number.NaN, 5.1, -2) },
      d: { dtype: 'boolean', shape: [2, 2, 1], data: Uint8Array.of(1, 0, 0, 1) },
      e: { dtype: 'string', shape: [2, 1], data: ['x', 'y'] },
    })
    expect(first).toEqual({ a: 3, b: 0.1, c: [0.3, null], d: [[true], [false]], e: ['x'] })
    expect(second).toEqual({ a: 2n ** 60n, b: null, c: [5.1, -2], d: [[false], [true]], e: ['y'] })
  })

  test('is along the second dimension where that is the open one, as the batch is of the inputs', () => {
    const declared: ModelOutput[] = [
      { name: 'targets', dtype: 'float32', shape: [2, null, 2] },
      { name: 'label', dtype: 'string', shape: [1, null] },
      { name: 'pair', dtype: 'int32', shape: [2, null] },
    ]
    const values: Record<string, TensorValue> = {
      targets: { dtype: 'float32', shape: [2, 2, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
      label: { dtype: 'string', shape: [1, 2], data: ['x', 'y'] },
      pair: { dtype: 'int32', shape: [2, 2], data: Int32Array.of(1, 2, 3, 4) },
    }
    const open = withBatchAxis(declared, [{ shape: [null, 11] }])
    expect(write(open, values)).toEqual([
      {
        targets: [
          [1, 2],
          [5, 6],
        ],
        label: 'x',
        pair: [1, 3],
      },
      {
        targets: [
          [3, 4],
          [7, 8],
        ],
        label: 'y',
        pair: [2, 4],
      },
    ])
    expect(write(open, values, { given: [{ name: 'second', from: 'pair', column: 1 }] })).toEqual([
      { second: 3 },
      { second: 4 },
    ])
    // The open dimension may be that of a sequence.
    expect(withBatchAxis(declared, [{ shape: [null, null] }])).toEqual(declared)
    expect(withBatchAxis(declared, [{ shape: [1, null] }])).toEqual(declared)
  })

  test('is its row of every tensor of a sequence of fixed length, however many records there are', () => {
    const outputs: ModelOutput[] = [{ name: 'p', dtype: 'float32', shape: null, kind: 'parts' }]
    const table = (...data: number[]) =>
      ({ dtype: 'float32', shape: [data.length / 2, 2], data: Float32Array.from(data) }) as const
    const two: TensorValue = { type: 'sequence', data: [table(1, 2, 3, 4), table(5, 6, 7, 8)] }
    expect(write(outputs, { p: two })).toEqual([
      {
        p: [
          [1, 2],
          [5, 6],
        ],
      },
      {
        p: [
          [3, 4],
          [7, 8],
        ],
      },
    ])
    const one: TensorValue = { type: 'sequence', data: [table(1, 2), table(5, 6)] }
    expect(write(outputs, { p: one }, { rows: 1 })).toEqual([
      {
        p: [
          [1, 2],
          [5, 6],
        ],
      },
    ])
    expect(() => write(outputs, { p: one })).toThrow('output "p" is a sequence of 2 tensors for 2 records')
  })

  test('is its entry of a sequence of any length, or the whole sequence where the model takes one record', () => {
    const outputs: ModelOutput[] = [{ name: 's', dtype: 'float32', shape: null, kind: 'tensors' }]
    const vector = (...data: number[]) =>
      ({ dtype: 'float32', shape: [data.length], data: Float32Array.from(data) }) as const
    const two: TensorValue = { type: 'sequence', data: [vector(1, 2), vector(3)] }
    expect(write(outputs, { s: two })).toEqual([{ s: [1, 2] }, { s: [3] }])
    expect(write(outputs, { s: two }, { rows: 1, batch: 1 })).toEqual([{ s: [[1, 2], [3]] }])
  })

  test('is an object for maps, and the whole where there is no batch', () => {
    const outputs: ModelOutput[] = [
      { name: 'map', dtype: 'float32', shape: null, kind: 'maps' },
      { name: 'scalar', dtype: 'float64', shape: [] },
      { name: 'labels', dtype: 'string', shape: [2] },
    ]
    const predictions = write(outputs, {
      map: { type: 'sequence', data: [new Map([[0, Math.fround(0.3)]]), new Map([[0, 1]])] },
      scalar: { dtype: 'float64', shape: [], data: Float64Array.of(7) },
      labels: { dtype: 'string', shape: [2], data: ['x', 'y'] },
    })
    expect(predictions).toEqual([
      { map: { 0: 0.3 }, scalar: 7, labels: ['x', 'y'] },
      { map: { 0: 1 }, scalar: 7, labels: ['x', 'y'] },
    ])
  })

  test('goes to the record of its row', () => {
    const predictions = write([probabilities], three, { index: Int32Array.of(1, 3) })
    expect(predictions).toEqual([null, { p: [0.1, 0.7, 0.2] }, null, { p: [0.9, 0.05, 0.05] }])
  })

  test('is its row where the model fixes a batch of one', () => {
    const one = { p: { dtype: 'float32', shape: [1, 3], data: Float32Array.of(0.5, 0.25, 0.25) } } as const
    expect(write([{ ...probabilities, shape: [1, 3] }], one, { rows: 1 })).toEqual([{ p: [0.5, 0.25, 0.25] }])
  })

  test('is the second of two classes above the threshold, and not at it', () => {
    const output: ModelOutput = { name: 'q', dtype: 'float32', shape: [null] }
    const values = { q: { dtype: 'float32', shape: [2], data: Float32Array.of(0.5, 0.625) } } as const
    const given = [{ name: 'b', from: 'q', classes: [false, true], threshold: 0.5 }]
    expect(write([output], values, { given })).toEqual([{ b: false }, { b: true }])
  })

  test('rows that fill a fixed batch are nobody’s', () => {
    expect(write([probabilities], three, { rows: 1, batch: 2 })).toEqual([{ p: [0.1, 0.7, 0.2] }])
  })

  test('of another number of rows is refused', () => {
    expect(() => write([probabilities], three, { rows: 3 })).toThrow('output "p" has the shape [2, 3] for 3 records')
    expect(() => write([probabilities], {}, {})).toThrow('output "p" is not among the outputs')
  })

  test('names are members, whatever they are', () => {
    const [prediction] = write([{ ...probabilities, name: '__proto__' }], { ['__proto__']: three.p })
    expect(Object.keys(prediction ?? {})).toEqual(['__proto__'])
  })
})

describe('the option', () => {
  const classes = ['setosa', 'versicolor', 'virginica']

  test('gives labels, columns and members of a list', () => {
    const given = [
      { name: 'species', from: 'p', classes },
      { name: 'third', from: 'p', column: 2 },
      { name: 'all', from: 'p', members: classes },
      { name: 'number', from: 'p', largest: true },
    ]
    expect(write([probabilities], three, { given })).toEqual([
      { species: 'versicolor', third: 0.2, all: { setosa: 0.1, versicolor: 0.7, virginica: 0.2 }, number: 1 },
      { species: 'setosa', third: 0.05, all: { setosa: 0.9, versicolor: 0.05, virginica: 0.05 }, number: 0 },
    ])
    const { features } = planPredictions(given, [probabilities], 'm')
    expect(features.map(({ name, dtype, domain }) => [name, dtype, domain?.values])).toEqual([
      ['species', 'string', classes],
      ['third', 'float32', undefined],
      ['all', 'any', undefined],
      ['number', 'int64', undefined],
    ])
  })

  test('labels of class numbers, of one probability, of maps', () => {
    const outputs: ModelOutput[] = [
      { name: 'n', dtype: 'int64', shape: [null] },
      { name: 'q', dtype: 'float32', shape: [null, 1] },
      { name: 'm', dtype: 'float32', shape: null, kind: 'maps' },
    ]
    const given = [
      { name: 'a', from: 'n', classes },
      { name: 'b', from: 'q', classes: [false, true], threshold: 0.3 },
      { name: 'c', from: 'm', largest: true },
      { name: 'd', from: 'm', column: 'x' },
    ]
    const values: Record<string, TensorValue> = {
      n: { dtype: 'int64', shape: [2], data: BigInt64Array.of(2n, 9n) },
      q: { dtype: 'float32', shape: [2, 1], data: Float32Array.of(0.4, Number.NaN) },
      m: {
        type: 'sequence',
        data: [
          new Map([
            ['x', 0.25],
            ['y', 0.75],
          ]),
          new Map([['x', 1]]),
        ],
      },
    }
    expect(write(outputs, values, { given })).toEqual([
      { a: 'virginica', b: true, c: 'y', d: 0.25 },
      { a: null, b: null, c: 'x', d: 1 },
    ])
  })

  test('a model of one output needs not be told which', () => {
    expect(write([probabilities], three, { given: [{ name: 'species', classes }] })[0]).toEqual({
      species: 'versicolor',
    })
  })

  test.each([
    [[{ name: 's', from: 'q' }], 'the model has no output "q"'],
    [[{ from: 'p' }], '"name" is undefined'],
    [[{ name: 's', classes: ['a', 'b'] }], 'it has 2 classes and output "p" has 3 columns'],
    [[{ name: 's', column: 3 }], 'output "p" has the columns 0 to 2'],
    [[{ name: 's', column: 1, members: ['a'] }], 'of which one is allowed'],
    [[{ name: 's', clases: ['a'] }], 'did you mean "classes"'],
    [['p', 'p'], 'the name "p" is given twice'],
    [[{ name: 's', threshold: 1 }], '"threshold" is a number and needs "classes"'],
  ])('%j: %s', (given, reason) => {
    expect(() => planPredictions(given, [probabilities], 'm')).toThrow(MillraceError)
    expect(() => planPredictions(given, [probabilities], 'm')).toThrow(reason)
  })
})
