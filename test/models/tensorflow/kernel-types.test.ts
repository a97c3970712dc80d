import { expect, test } from 'vitest'
import { kernelTypes } from '../../../src/models/tensorflow/kernel-types.ts'

test('16-bit floats are never computed in, only moved', () => {
  const computing = ['Add', 'MatMul', 'Conv', 'Softmax', 'ReduceSum']
  for (const op of computing) expect(kernelTypes[op]?.has('float16'), op).toBe(false)
  expect(kernelTypes['Transpose']?.has('float16')).toBe(true)
})
