import { expect, test } from 'vitest'
import { operators } from '../../../../src/models/tensorflow/ops/registry.ts'

test('every operator can be run in some way', () => {
  const idle = [...operators].filter(([, operator]) => !operator.emit && !operator.evaluate).map(([name]) => name)
  expect(idle).toStrictEqual([])
})

test('operators of shapes have both ways, so that shapes are computed at load', () => {
  for (const name of ['StridedSlice', 'Pack', 'ConcatV2', 'Mul', 'Prod']) {
    expect(operators.get(name)?.emit, name).toBeTypeOf('function')
    expect(operators.get(name)?.evaluate, name).toBeTypeOf('function')
  }
})
