import { expect, test } from 'vitest'
import { Scope, toFirst, toLast, transposed } from '../../../src/models/tensorflow/scope.ts'
import { Value } from '../../../src/models/tensorflow/value.ts'

test('a value that is read with its channels first and then plain is not moved back and forth', () => {
  const scope = new Scope()
  const value = new Value({ dtype: 'float32', shape: [null, 4, 4, 3] })
  const plain = scope.nameOf(value)
  const first = scope.nameOf(value, 'first')
  expect(scope.nameOf(value, 'first')).toBe(first)
  expect(scope.nameOf(value)).toBe(plain)
  expect(scope.builder.finish().nodes.map(({ op }) => op)).toStrictEqual(['Transpose'])
  expect(scope.taken.map(({ name }) => name)).toStrictEqual([plain])
})

test('constants belong to the outermost graph, one of each', () => {
  const scope = new Scope()
  const constant = () => ({ dtype: 'int64' as const, shape: [1], data: BigInt64Array.of(1n) })
  expect(scope.nested().constant(constant())).toBe(scope.constant(constant()))
  expect(scope.builder.finish().initializers).toHaveLength(1)
})

test('moving channels and moving them back is nothing', () => {
  const tensor = { dtype: 'int32' as const, shape: [2, 3, 4, 5], data: Int32Array.from({ length: 120 }, (_, i) => i) }
  expect(transposed(transposed(tensor, toFirst(4)), toLast(4))).toStrictEqual(tensor)
  expect(transposed({ ...tensor, shape: [6, 20] }, [1, 0]).data[1]).toBe(20)
})
