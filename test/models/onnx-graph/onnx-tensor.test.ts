import { describe, expect, test } from 'vitest'
import { WireReader, WireWriter } from '../../../src/core/protobuf-wire.ts'
import { OnnxTensor, textOrBytes } from '../../../src/models/onnx-graph/onnx-tensor.ts'
import { type Tensor, tensorArrays } from '../../../src/schema/tensor.ts'

function read(write: (writer: WireWriter) => void): OnnxTensor {
  const writer = new WireWriter()
  write(writer)
  return OnnxTensor.read(new WireReader(writer.finish(), 'TensorProto'))
}

describe('OnnxTensor', () => {
  test('is read back as it was written, for every dtype', () => {
    for (const [dtype, array] of Object.entries(tensorArrays)) {
      const data = new array(6)
      for (let i = 0; i < 6; i++) data[i] = (dtype.includes('64') && dtype !== 'float64' ? BigInt(i) : i) as never
      const tensor = { dtype, shape: [2, 3], data } as unknown as Tensor
      const copy = read((writer) => OnnxTensor.of('t', tensor).write(writer))
      expect(copy).toMatchObject({ name: 't', dtype, shape: [2, 3], externalLocation: null })
      expect(copy.tensor()).toEqual(tensor)
    }
    const text: Tensor = { dtype: 'string', shape: [3], data: ['a', 'é', Uint8Array.of(0xff)] }
    expect(read((writer) => OnnxTensor.of('s', text).write(writer)).tensor()).toEqual(text)
  })

  test('reads elements from the field of their type, packed or not', () => {
    const floats = read((writer) => {
      writer.packedVarints(1, [2])
      writer.varint(2, 1)
      writer.float(4, 1.5)
      writer.packedFloats(4, [2.5])
    })
    expect(floats.tensor()).toEqual({ dtype: 'float32', shape: [2], data: Float32Array.of(1.5, 2.5) })
    const bytes = read((writer) => {
      writer.varint(1, 3)
      writer.varint(2, 3)
      writer.packedVarints(5, [-1, 2, -128])
    })
    expect(bytes.tensor()?.data).toEqual(Int8Array.of(-1, 2, -128))
    const unsigned = read((writer) => {
      writer.varint(1, 1)
      writer.varint(2, 12)
      writer.packedVarints(11, [4_000_000_000])
    })
    expect(unsigned.tensor()?.data).toEqual(Uint32Array.of(4_000_000_000))
    const longs = read((writer) => {
      writer.varint(1, 2)
      writer.varint(2, 7)
      writer.packedVarints(7, [-(2n ** 63n), 5])
    })
    expect(longs.tensor()?.data).toEqual(BigInt64Array.of(-(2n ** 63n), 5n))
  })

  test('gets another name without decoding, and types beyond ours pass through', () => {
    const bfloat = read((writer) => {
      writer.varint(1, 2)
      writer.varint(2, 16)
      writer.bytes(9, Uint8Array.of(0x80, 0x3f, 0, 0x40))
      writer.text(8, 'old')
    })
    expect(bfloat.tensor()).toBe(null)
    const copy = read((writer) => bfloat.renamed('new').write(writer))
    expect(copy).toMatchObject({ name: 'new', dtype: 'bfloat16', shape: [2] })
  })

  test.each([
    ['too few bytes', [2, 3], 1, 20, 'tensor "t" of shape [2, 3] has 20 bytes of float32, expected 24'],
    ['too many bytes', [1], 11, 16, 'tensor "t" of shape [1] has 16 bytes of float64, expected 8'],
    ['a negative size', [-1], 1, 4, 'tensor "t" of shape [-1] has a negative size'],
    ['a bomb', [2 ** 30, 2 ** 30], 1, 4, 'tensor "t" of shape [1073741824, 1073741824] has more than 2^53 elements'],
    ['text as raw bytes', [1], 8, 4, 'tensor "t" of shape [1] is text in raw_data'],
    ['an unknown type', [1], 99, 4, 'tensor "t" has element type 99, which ONNX does not have'],
  ])('refuses %s', (_, shape, type, size, reason) => {
    const make = () =>
      read((writer) => {
        writer.text(8, 't')
        for (const n of shape) writer.varint(1, n)
        writer.varint(2, type)
        writer.bytes(9, new Uint8Array(size))
      })
    expect(make).toThrow(reason)
  })

  test('refuses a list of another length than its shape, and tells where data outside the file is', () => {
    const make = () =>
      read((writer) => {
        writer.varint(1, 3)
        writer.varint(2, 1)
        writer.packedFloats(4, [1, 2])
      })
    expect(make).toThrow('has 2 entries of float32, expected 3')
    const outside = read((writer) => {
      writer.varint(1, 3)
      writer.varint(2, 1)
      writer.varint(14, 1)
      writer.message(13, (entry) => {
        entry.text(1, 'location')
        entry.text(2, 'weights.bin')
      })
    })
    expect(outside.externalLocation).toBe('weights.bin')
    expect(outside.tensor()).toBe(null)
  })
})

test('bytes are text where they are UTF-8', () => {
  expect(textOrBytes(new TextEncoder().encode('é'))).toBe('é')
  expect(textOrBytes(Uint8Array.of(0xff))).toEqual(Uint8Array.of(0xff))
})
