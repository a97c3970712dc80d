import { expect, test } from 'vitest'
import { recognisesOnnx } from '../../../src/models/onnx/recognise.ts'
import { bytesOf } from './models.ts'

test('recognises models, and nothing that is cut, text or another message', () => {
  const bytes = bytesOf((graph) => graph.output(graph.node('Neg', ['x'])))
  expect(recognisesOnnx(bytes)).toBe(true)
  for (let end = 0; end < bytes.length; end += 5) expect(recognisesOnnx(bytes.subarray(0, end))).toBe(false)
  expect(recognisesOnnx(new TextEncoder().encode('{"learner": {}}'))).toBe(false)
  expect(recognisesOnnx(new Uint8Array(0))).toBe(false)
  expect(recognisesOnnx(Uint8Array.of(8, 120, 0x3a, 0))).toBe(false)
  // A version and a graph, then field 25, which a later ONNX may have, or field 40, which it will not.
  expect(recognisesOnnx(Uint8Array.of(8, 8, 0x3a, 0, 0xc8, 1, 0))).toBe(true)
  expect(recognisesOnnx(Uint8Array.of(8, 8, 0x3a, 0, 0xc0, 2, 0))).toBe(false)
})
