import { expect, test } from 'vitest'
import { ColumnsBuilder, isInSet, Kind, openColumns, treated } from '../../../src/models/trees/columns.ts'

test('equal columns have one number, different ones have not', () => {
  const builder = new ColumnsBuilder()
  const numbers = [
    builder.value(1, 'plain', Kind.value),
    builder.value(1, 'zeroIsMissing', Kind.value),
    builder.value(1, 'plain', Kind.present),
    builder.set(1, 'plain', Uint32Array.of(1, 2)),
    builder.set(1, 'plain', Uint32Array.of(12)),
  ]
  expect(numbers).toEqual([0, 1, 2, 3, 4])
  expect(builder.value(1, 'plain', Kind.value)).toBe(0)
  expect(builder.set(1, 'plain', Uint32Array.of(1, 2))).toBe(3)
  const columns = builder.finish()
  expect(Array.from(columns.words)).toEqual([1, 2, 12])
  expect(Array.from(columns.end)).toEqual([0, 0, 0, 2, 3])
})

test('a set holds the numbers of its bits, without their fraction, and no others', () => {
  const words = Int32Array.of(-1, 5, 1 << 31)
  const of = (value: number) => isInSet(value, words, 1, 3)
  expect([0, 0.9, 1, 2, 63, 63.5].map(of)).toEqual([1, 1, 0, 1, 1, 1])
  expect(isInSet(-0.5, words, 1, 1)).toBe(0)
  expect([-1, -0.5, 64, 96, 2 ** 32, 2 ** 53, Number.POSITIVE_INFINITY].map(of)).toEqual([0, 1, 0, 0, 0, 0, 0])
})

test('treatments read missing values as zero and zeros as missing', () => {
  expect([Number.NaN, 2].map((x) => treated(x, 1))).toEqual([0, 2])
  expect([Number.NaN, 0, -1e-35, 1.1e-35].map((x) => treated(x, 2))).toEqual([
    Number.NaN,
    Number.NaN,
    Number.NaN,
    1.1e-35,
  ])
})

test('columns are written twice, the second time negated', () => {
  const builder = new ColumnsBuilder()
  builder.value(1, 'plain', Kind.value)
  builder.value(0, 'plain', Kind.present)
  builder.set(1, 'plain', Uint32Array.of(8))
  const x = new Float64Array(6)
  const fill = openColumns(builder.finish(), 2, true)
  fill(Float64Array.of(9, 9, Number.NaN, 3.1), 1, x)
  expect(Array.from(x)).toEqual([Math.fround(3.1), -Math.fround(3.1), Number.NaN, Number.NaN, 1, -1])
})
