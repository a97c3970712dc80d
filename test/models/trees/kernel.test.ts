import { expect, test } from 'vitest'
import { kernelModule } from '../../../src/models/trees/kernel.ts'

test('like ensembles have one module', () => {
  const shape = { levels: 2, isFull: true }
  const one = kernelModule(true, [shape])
  expect(kernelModule(true, [{ ...shape }])).toBe(one)
  expect(kernelModule(false, [shape])).not.toBe(one)
  expect(kernelModule(true, [{ levels: 2, isFull: false }])).not.toBe(one)
})
