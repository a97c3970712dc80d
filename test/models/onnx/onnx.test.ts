import { expect, test } from 'vitest'
import { registry } from '../../../src/components.ts'
import { onnxFormat } from '../../../src/models/onnx/onnx.ts'

test('the format is registered under its extension and is no code', () => {
  expect(registry.get('format', 'onnx', 'test')).toBe(onnxFormat)
  expect(onnxFormat).toMatchObject({ extensions: ['onnx'], isCode: false })
})
