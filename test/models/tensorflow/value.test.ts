import { expect, test } from 'vitest'
import { Scope } from '../../../src/models/tensorflow/scope.ts'
import { Value } from '../../../src/models/tensorflow/value.ts'

test('a value of an outer graph is found inside, not the other way round', () => {
  const outer = new Scope()
  const inner = outer.nested()
  const value = new Value({ dtype: 'float32', shape: [1] })
  value.add(inner, 'plain', 'x')
  expect(value.find(inner, 'plain')).toBe('x')
  expect(value.find(outer, 'plain')).toBeNull()
  value.add(outer, 'plain', 'y')
  expect(value.find(inner.nested(), 'plain')).toBe('x')
})

test('small constants of whole numbers are known as numbers', () => {
  const value = Value.of({ dtype: 'int64', shape: [2], data: BigInt64Array.of(3n, -1n) })
  expect(value.known?.data).toStrictEqual(Float64Array.of(3, -1))
  expect(Value.of({ dtype: 'float32', shape: [], data: Float32Array.of(1) }).known).toBeNull()
})
