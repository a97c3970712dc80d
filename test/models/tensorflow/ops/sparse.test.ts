import { expect, test } from 'vitest'
import { sparseOperators } from '../../../../src/models/tensorflow/ops/sparse.ts'
import { testOperators } from '../../../support/tensorflow-operators.ts'

testOperators('sparse', /./)

test('a softmax goes over more numbers than a call takes arguments', () => {
  const count = 200_000
  const indices = { dtype: 'int64', shape: [count, 2], data: new BigInt64Array(2 * count) } as const
  const values = { dtype: 'float32', shape: [count], data: new Float32Array(count).fill(3) } as const
  for (let i = 0; i < count; i++) indices.data[2 * i + 1] = BigInt(i)
  const shape = { dtype: 'int64', shape: [2], data: BigInt64Array.of(1n, BigInt(count)) } as const
  const node = { name: 'softmax', op: 'SparseSoftmax', attributes: new Map() }
  const [result] = sparseOperators['SparseSoftmax']?.evaluate?.(node, [indices, values, shape]) ?? []
  expect(result?.data[count - 1]).toBeCloseTo(1 / count, 12)
})
