import { expect, test } from 'vitest'
import { comparedOutputs, differenceOf, RowComparison } from '../../src/cli/verify-rows.ts'
import type { Value } from '../../src/schema/value.ts'

const tolerance = { relative: 0.01, absolute: 0.001 }
const differs = (expected: Value | undefined, actual: Value | undefined) =>
  differenceOf(expected, actual, tolerance) !== null

test('numbers agree within either tolerance, also as text; no value agrees with none', () => {
  const same: [Value | undefined, Value | undefined][] = [
    [100, 101],
    ['100', 99.5],
    [0, 0.001],
    [-5, '-5.0'],
    ['a', 'a'],
    [null, ''],
    [undefined, null],
    ['True', true],
    ['1e3', 1000n],
    [[1], [1]],
    ['[1.0, "a"]', [1, 'a']],
    [[2], Float64Array.of(2)],
    [Infinity, Infinity],
  ]
  for (const [a, b] of same) expect(differs(a, b), `${a} ${b}`).toBe(false)
  const other: [Value | undefined, Value | undefined][] = [
    [100, 102],
    [0, 0.002],
    ['a', 'A'],
    [null, 0],
    ['0', ''],
    ['x', 1],
    ['', 'x'],
    [1, NaN],
    [[1], [2]],
    [[1], [1, 2]],
    ['[1', [1]],
  ]
  for (const [a, b] of other) expect(differs(a, b), `${a} ${b}`).toBe(true)
  expect(differenceOf(100, 150, tolerance)).toEqual({ absolute: 50, relative: 0.5 })
  expect(differenceOf(0, 1, tolerance)).toEqual({ absolute: 1, relative: null })
})

test('outputs are compared that the file has and the model does not read from it', () => {
  const features = (...names: string[]) =>
    names.map((name) => ({ name, dtype: 'string' as const, shape: [], isOptional: true }))
  expect(comparedOutputs(features('y', 'p', 'q'), features('x', 'q'), ['x', 'y', 'q', 'z'], false)).toEqual(['y'])
  expect(comparedOutputs(features('y', 'q'), features('q'), ['y', 'q'], true)).toEqual(['y', 'q'])
})

test('rows are counted, the first differences kept, and rows without a prediction told', () => {
  const comparison = new RowComparison(['y', 'p'], tolerance, 2)
  comparison.add({ y: 'a', p: 1 }, { y: 'a', p: 1 })
  comparison.add({ y: 'a', p: 1 }, { y: 'b', p: 3 })
  comparison.add({ y: 'a' }, 'field "x" is missing')
  comparison.add({}, 'not to be scored')
  expect(comparison).toMatchObject({ rows: 4, differing: 2, total: 3 })
  expect(comparison.differences).toEqual([
    { row: 2, output: 'y', expected: 'a', actual: 'b', absolute: null, relative: null },
    { row: 2, output: 'p', expected: '1', actual: '3', absolute: 2, relative: 2 },
  ])
  expect(Object.fromEntries(comparison.outputs)).toEqual({
    y: { compared: 4, differing: 2, largestAbsolute: 0 },
    p: { compared: 4, differing: 1, largestAbsolute: 2 },
  })
})
