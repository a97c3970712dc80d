import { expect, test } from 'vitest'
import { loadRuntime } from '../../../src/models/onnx-graph/runtime.ts'

test('the native binding is loaded once and lists the CPU among its backends', async () => {
  const binding = await loadRuntime('onnx', 'm')
  expect(await loadRuntime('onnx', 'm')).toBe(binding)
  expect(binding.listSupportedBackends().map(({ name }) => name)).toContain('cpu')
})
