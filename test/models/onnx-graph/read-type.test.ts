import { expect, test } from 'vitest'
import { WireReader, WireWriter } from '../../../src/core/protobuf-wire.ts'
import { readValueInfo } from '../../../src/models/onnx-graph/read-type.ts'

function read(write: (type: WireWriter) => void) {
  const writer = new WireWriter()
  writer.message(1, (info) => {
    info.text(1, 'x')
    info.message(2, write)
  })
  const reader = new WireReader(writer.finish(), 'test')
  reader.next()
  let count = 0
  const info = readValueInfo(reader, () => count++)
  return { info, count }
}

test('dimensions are sizes, names or open, and all of them count', () => {
  const { info, count } = read((type) =>
    type.message(1, (tensor) => {
      tensor.varint(1, 11)
      tensor.message(2, (shape) => {
        for (const write of [
          (d: WireWriter) => d.varint(1, 3),
          (d: WireWriter) => d.varint(1, -1),
          (d: WireWriter) => d.text(2, 'N'),
          (d: WireWriter) => d.text(2, ''),
        ])
          shape.message(1, write)
      })
    }),
  )
  expect(info).toEqual({ name: 'x', type: { kind: 'tensor', dtype: 'float64', shape: [3, null, 'N', null] } })
  expect(count).toBe(5)
})

test('a shape that is left out is unknown, one without dimensions is a scalar', () => {
  expect(read((type) => type.message(1, (tensor) => tensor.varint(1, 1))).info.type).toMatchObject({ shape: null })
  const scalar = read((type) =>
    type.message(1, (tensor) => {
      tensor.varint(1, 1)
      tensor.message(2, () => {})
    }),
  )
  expect(scalar.info.type).toMatchObject({ shape: [] })
})

test('a type of two kinds, a sequence of nothing and a map with odd keys are refused', () => {
  const tensor = (type: WireWriter) => type.message(1, (inner) => inner.varint(1, 1))
  const two = (type: WireWriter) => {
    tensor(type)
    tensor(type)
  }
  expect(() => read(two)).toThrow('a type is of two kinds')
  expect(() => read((type) => type.message(4, () => {}))).toThrow('does not tell the type of its elements')
  const odd = (type: WireWriter) =>
    type.message(5, (map) => {
      map.varint(1, 88)
      map.message(2, tensor)
    })
  expect(() => read(odd)).toThrow('keys of type 88')
})
