import { expect, it } from 'vitest'
import { SharedMemory } from '../../../src/models/tensorflow/shared-memory.ts'
import type { Translation } from '../../../src/models/tensorflow/translation.ts'

const model = Uint8Array.from({ length: 5000 }, (_, i) => i)
const translation = (bytes: Uint8Array): Translation => ({
  slots: 2,
  inputs: [],
  outputs: [],
  states: [],
  constants: [
    { slot: 0, tensor: { dtype: 'float32', shape: [5000], data: new Float32Array(5000).fill(2) } },
    { slot: 1, tensor: { dtype: 'string', shape: [1], data: ['a'] } },
  ],
  steps: [{ kind: 'graph', model: bytes, inputs: [], outputs: [] }],
})

it('moves graphs and large constants to shared memory, equal graphs to one place', () => {
  const memory = new SharedMemory()
  const [one, two, other] = [model, model.slice(), model.slice(1)].map((bytes) =>
    memory.translation(translation(bytes)),
  )
  const graph = (made: Translation | undefined) => (made?.steps[0]?.kind === 'graph' ? made.steps[0].model : null)
  expect(graph(one)?.buffer).toBeInstanceOf(SharedArrayBuffer)
  expect(graph(two)).toBe(graph(one))
  expect(graph(other)).not.toBe(graph(one))
  expect(graph(other)?.[0]).toBe(1)
  const data = one?.constants[0]?.tensor.data as Float32Array
  expect([data.buffer instanceof SharedArrayBuffer, data[4999]]).toEqual([true, 2])
  expect(one?.constants[1]?.tensor.data).toEqual(['a'])
  expect(memory.bytes).toBe(2 * (5000 + 4999) + 3 * (20_000 + 32))
})
