import { expect, test } from 'vitest'
import { readTensor } from '../../src/schema/plain-tensor.ts'

test('plain lists become typed arrays of the dtype', () => {
  expect(readTensor('x', { dtype: 'float32', shape: [1, 2], data: [0.1, 2] })).toEqual({
    dtype: 'float32',
    shape: [1, 2],
    data: Float32Array.of(0.1, 2),
  })
  expect(readTensor('x', { dtype: 'int64', shape: [2], data: [1, 2n] })).toMatchObject({
    data: BigInt64Array.of(1n, 2n),
  })
  expect(readTensor('x', { dtype: 'bool', shape: [2], data: [true, false] })).toEqual({
    dtype: 'boolean',
    shape: [2],
    data: Uint8Array.of(1, 0),
  })
})

test('numbers of 16 bits become their bits', () => {
  expect(readTensor('x', { dtype: 'float16', shape: [2], data: [1, -2] })).toMatchObject({
    data: Uint16Array.of(0x3c00, 0xc000),
  })
})

test('a typed array is used as it is', () => {
  const data = Float32Array.of(1, 2)
  expect(readTensor('x', { dtype: 'float32', shape: [2], data })).toHaveProperty('data', data)
})

test('text stays text, base64 becomes bytes', () => {
  expect(readTensor('x', { dtype: 'string', shape: [1], data: ['é'] })).toMatchObject({ data: ['é'] })
  expect(readTensor('x', { dtype: 'string', shape: [1], encoding: 'base64', data: ['AP8='] })).toMatchObject({
    data: [Uint8Array.of(0, 255)],
  })
})

test('a sequence holds tensors', () => {
  const data = [{ dtype: 'int32', shape: [], data: [3] }]
  expect(readTensor('s', { type: 'sequence', data })).toEqual({
    type: 'sequence',
    data: [{ dtype: 'int32', shape: [], data: Int32Array.of(3) }],
  })
})

test.each([
  [3, 'it is 3, expected an object'],
  [{ dtype: 'float', shape: [1], data: [1] }, 'its dtype is "float", expected one of float64, float32'],
  [{ dtype: 'float32', shape: [-1], data: [1] }, 'its shape is [-1], expected a list of sizes'],
  [{ dtype: 'float32', shape: [2], data: [1] }, 'it has 1 elements, its shape [2] holds 2'],
  [{ dtype: 'float32', shape: [1], data: 'abc' }, 'its data is no list'],
  [{ dtype: 'float32', shape: [1], data: ['1'] }, 'its element 0 is "1", expected a number'],
  [{ dtype: 'int64', shape: [1], data: [0.5] }, 'its element 0 is 0.5, expected a whole number'],
  [{ dtype: 'string', shape: [1], data: [1] }, 'its element 0 is 1, expected text'],
  [{ type: 'sequence', data: 1 }, 'the data of a sequence is no list'],
])('%j is refused with its fault', (plain, reason) => {
  expect(() => readTensor('x', plain)).toThrow(reason)
  expect(() => readTensor('x', plain)).toThrow(expect.objectContaining({ code: 'SCHEMA_TENSOR_WRONG' }))
})
