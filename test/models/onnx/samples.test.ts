import { expect, test } from 'vitest'
import type { InputEdge } from '../../../src/models/onnx/edges.ts'
import { madeUpFeeds } from '../../../src/models/onnx/samples.ts'

const edge = (name: string, more: Partial<InputEdge>): InputEdge => ({
  name,
  dtype: 'float32',
  shape: [],
  from: name,
  isOfVectors: false,
  ...more,
})

test('open sizes are 1, single numbers 1, others an index that exists, sequences hold one tensor', () => {
  const feeds = madeUpFeeds([
    edge('x', { shape: [null, 2] }),
    edge('i', { dtype: 'int64', shape: null }),
    edge('k', { dtype: 'int32', shape: [2] }),
    edge('t', { dtype: 'string', shape: [2] }),
    edge('s', { from: { elements: 'e', shapes: 'd', ranks: 'r' } }),
  ])
  expect(feeds).toEqual({
    x: { dtype: 'float32', shape: [1, 2], data: Float32Array.of(0.5, 0.5) },
    i: { dtype: 'int64', shape: [1], data: BigInt64Array.of(1n) },
    k: { dtype: 'int32', shape: [2], data: Int32Array.of(0, 0) },
    t: { dtype: 'string', shape: [2], data: ['', ''] },
    e: { dtype: 'float32', shape: [1], data: Float32Array.of(0.5) },
    d: { dtype: 'int64', shape: [1], data: BigInt64Array.of(1n) },
    r: { dtype: 'int64', shape: [1], data: BigInt64Array.of(1n) },
  })
})

test('huge inputs are not made up', () => {
  expect(madeUpFeeds([edge('x', { shape: [100_000, 100_000] })])).toBe(null)
})
