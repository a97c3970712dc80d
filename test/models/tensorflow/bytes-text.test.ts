import { expect, test } from 'vitest'
import {
  byteString,
  constantTensor,
  innerTensor,
  outerTensor,
  textOrBytes,
} from '../../../src/models/tensorflow/bytes-text.ts'

test('text comes back as it went in, bytes that are no text as bytes', () => {
  for (const text of ['', 'plain', 'café', '日本', '\u0000x']) expect(textOrBytes(byteString(text))).toBe(text)
  const bytes = Uint8Array.of(0xff, 0x00, 0x41)
  expect(textOrBytes(byteString(bytes))).toStrictEqual(bytes)
  expect(byteString('é')).toBe('\u00c3\u00a9')
})

test('tensors of text are changed at the edges, others are left alone', () => {
  const numbers = { dtype: 'int32' as const, shape: [1], data: Int32Array.of(1) }
  expect(innerTensor(numbers)).toBe(numbers)
  const text = { dtype: 'string' as const, shape: [2], data: ['é', 'a'] }
  expect(outerTensor(innerTensor(text))).toStrictEqual(text)
})

test('brain floats become 32-bit floats', () => {
  const tensor = constantTensor({ dtype: 'bfloat16', shape: [2], size: 2, data: Uint16Array.of(0x3f80, 0xc000) })
  expect(tensor?.data).toStrictEqual(Float32Array.of(1, -2))
  expect(constantTensor({ dtype: 'complex64', shape: [], size: 1, data: Float32Array.of(1, 2) })).toBeNull()
})
