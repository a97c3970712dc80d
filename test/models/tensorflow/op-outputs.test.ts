import { describe, expect, it } from 'vitest'
import type { TfAttribute } from '../../../src/models/tensorflow/graph.ts'
import { outputArgument } from '../../../src/models/tensorflow/op-outputs.ts'

const list = { bytes: [], ints: [], floats: [], bools: [], dtypes: [], shapes: [], tensors: [], functions: [] }

describe('output arguments', () => {
  it('are counted over those before them', () => {
    expect(outputArgument('TopKV2', 'indices', new Map())).toEqual({ start: 1, count: 1 })
    expect(outputArgument('Switch', 'output_true', new Map())).toEqual({ start: 1, count: 1 })
  })

  it('are as many as attributes say', () => {
    const attributes = new Map<string, TfAttribute>([
      ['num_sparse', { kind: 'int', value: 2n }],
      ['sparse_types', { kind: 'list', ...list, dtypes: ['string', 'int64'] }],
      ['Tdense', { kind: 'list', ...list, dtypes: ['float32'] }],
    ])
    expect(outputArgument('ParseExampleV2', 'sparse_values', attributes)).toEqual({ start: 2, count: 2 })
    expect(outputArgument('ParseExampleV2', 'dense_values', attributes)).toEqual({ start: 6, count: 1 })
    expect(outputArgument('ParseExampleV2', 'dense_values', new Map())).toBeNull()
  })

  it('are one, of any name, for other operators, and none for names that an operator does not have', () => {
    expect(outputArgument('MatMul', 'product', new Map())?.start).toBe(0)
    expect(outputArgument('TopKV2', 'ranks', new Map())).toBeNull()
    expect(outputArgument('constructor', 'x', new Map())?.start).toBe(0)
  })
})
