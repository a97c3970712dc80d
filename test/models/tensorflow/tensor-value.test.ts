import { describe, expect, it } from 'vitest'
import { type TensorMessage, tensorType } from '../../../src/models/tensorflow/graph-messages.ts'
import { readText } from '../../../src/models/tensorflow/message-text.ts'
import {
  arrayOfBytes,
  elementBytes,
  readLengths,
  tensorOfBytes,
  tensorOfMessage,
} from '../../../src/models/tensorflow/tensor-value.ts'

const shape = (...sizes: number[]) => `tensor_shape { ${sizes.map((size) => `dim { size: ${size} }`).join(' ')} }`
const read = (text: string) =>
  tensorOfMessage(readText<TensorMessage>(tensorType, text), { source: 'm.pb', filledBytes: 0 }, 'node "c" (Const)')

describe('a constant', () => {
  it.each([
    ['DT_FLOAT', 'float_val: 1.5 float_val: 2', Float32Array.of(1.5, 2, 2)],
    ['DT_DOUBLE', 'double_val: 1', Float64Array.of(1, 1, 1)],
    ['DT_INT64', 'int64_val: 5', BigInt64Array.of(5n, 5n, 5n)],
    [
      'DT_UINT64',
      'uint64_val: 18446744073709551615',
      BigUint64Array.of(2n ** 64n - 1n, 2n ** 64n - 1n, 2n ** 64n - 1n),
    ],
    ['DT_UINT32', 'uint32_val: 4294967295', Uint32Array.of(2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1)],
    ['DT_INT8', 'int_val: [-1, 2, 3]', Int8Array.of(-1, 2, 3)],
    ['DT_UINT8', 'int_val: 255', Uint8Array.of(255, 255, 255)],
    ['DT_BOOL', 'bool_val: true bool_val: false', Uint8Array.of(1, 0, 0)],
    ['DT_HALF', 'half_val: 15360', Uint16Array.of(15360, 15360, 15360)],
    ['DT_BFLOAT16', 'half_val: 16256', Uint16Array.of(16256, 16256, 16256)],
    ['DT_COMPLEX64', 'scomplex_val: [1, 2, 3, 4]', Float32Array.of(1, 2, 3, 4, 3, 4)],
    ['DT_INT32', '', Int32Array.of(0, 0, 0)],
    [
      'DT_INT32',
      'tensor_content: "\\001\\000\\000\\000\\002\\000\\000\\000\\377\\377\\377\\377"',
      Int32Array.of(1, 2, -1),
    ],
    ['DT_INT32', 'int_val: [1, 2, 3, 4]', Int32Array.of(1, 2, 3)],
  ])('of %s with %s has the elements that TensorFlow reads', (dtype, content, expected) => {
    expect(read(`dtype: ${dtype} ${shape(3)} ${content}`).data).toEqual(expected)
  })

  it('of text repeats its last element, and may hold lengths and bytes', () => {
    const texts = (text: string) => (read(text).data as Uint8Array[]).map((part) => Buffer.from(part).toString())
    expect(texts(`dtype: DT_STRING ${shape(3)} string_val: "a" string_val: "b"`)).toEqual(['a', 'b', 'b'])
    expect(texts(`dtype: DT_STRING ${shape(2)} tensor_content: "\\001\\002abb"`)).toEqual(['a', 'bb'])
    expect(() => read(`dtype: DT_STRING ${shape(2)} tensor_content: "\\001\\003abb"`)).toThrow('do not hold 2 elements')
  })

  it('has no elements when a dimension is 0, and one when it is a scalar', () => {
    expect(read(`dtype: DT_FLOAT ${shape(0, 5)}`)).toMatchObject({ size: 0, shape: [0, 5], data: new Float32Array(0) })
    expect(read('dtype: DT_FLOAT float_val: 7')).toMatchObject({ size: 1, shape: [], data: Float32Array.of(7) })
  })

  it('that asks for much more memory than its file has is refused when it is used', () => {
    const tensor = read(`dtype: DT_FLOAT ${shape(1_000_000, 1_000_000)} float_val: 1`)
    expect(tensor.size).toBe(1e12)
    expect(() => tensor.data).toThrow(
      'm.pb: node "c" (Const) exceeds the limit of 1073741824 bytes of constants that repeat one value',
    )
  })

  it.each([
    [
      `dtype: DT_FLOAT ${shape(2)} tensor_content: "abcd"`,
      'its tensor has 4 bytes, expected 8 for 2 elements of float32',
    ],
    [`dtype: DT_FLOAT ${shape(-1)}`, 'its tensor has a dimension of -1'],
    [`dtype: DT_FLOAT ${shape(2 ** 40, 2 ** 40)}`, 'is too large'],
    ['dtype: DT_FLOAT tensor_shape { unknown_rank: true }', 'its tensor has no shape'],
    [`dtype: 77 ${shape(1)}`, 'the type of its tensor is 77, which is not known'],
  ])('%s is refused', (text, reason) => {
    expect(() => read(text)).toThrow('m.pb cannot be read as tensorflow: node "c" (Const): ')
    expect(() => read(text)).toThrow(reason)
  })

  it('of handles has no values', () => {
    expect(() => read('dtype: DT_VARIANT').data).toThrow('its tensor is of the type variant, which has no values')
  })
})

it('reads elements from bytes that are not aligned', () => {
  const bytes = Buffer.from([9, 1, 0, 0, 0, 2, 0, 0, 0]).subarray(1)
  expect(arrayOfBytes('int32', bytes)).toEqual(Int32Array.of(1, 2))
  expect(tensorOfBytes('int32', [2], bytes)).toMatchObject({ size: 2, data: Int32Array.of(1, 2) })
  expect([elementBytes('complex64'), elementBytes('boolean')]).toEqual([8, 1])
})

it('reads lengths of one and several bytes, and none beyond the bytes', () => {
  expect(readLengths(Uint8Array.of(5, 0x80, 1, 9), 2)).toEqual({ lengths: [5, 128], at: 3 })
  expect(readLengths(Uint8Array.of(5, 0x80), 2)).toBeNull()
  expect(readLengths(Uint8Array.of(5), 2 ** 40)).toBeNull()
})
