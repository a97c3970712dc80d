import type { WireReader } from '../../core/protobuf-wire.ts'
import { elementTypeOf } from './dtypes.ts'
import type { Dimension, ValueInfo, ValueType } from './graph.ts'

/** Reads a ValueInfoProto: name=1, type=2. `count` is called for each value and dimension, and throws above the limit. */
export function readValueInfo(outer: WireReader, count: () => void): ValueInfo {
  const reader = outer.message('ValueInfoProto')
  let name = ''
  let type: ValueType | null = null
  count()
  while (reader.next()) {
    if (reader.field === 1) name = reader.text()
    else if (reader.field === 2) {
      if (type) reader.fault(`value "${name}" has two types`)
      type = readType(reader, count)
    }
  }
  return { name, type }
}

/** TypeProto: tensor_type=1 {elem_type=1, shape=2}, sequence_type=4 {elem_type=1}, map_type=5 {key_type=1, value_type=2}, optional_type=9 {elem_type=1}. */
function readType(outer: WireReader, count: () => void): ValueType | null {
  const reader = outer.message('TypeProto')
  const start = reader.offset
  let found: ValueType | null = null
  let isOther = false
  while (reader.next()) {
    const { field } = reader
    if (field !== 1 && field !== 4 && field !== 5 && field !== 9) {
      isOther ||= field !== 6 // denotation
      continue
    }
    if (found) reader.fault('a type is of two kinds')
    const inner = reader.message('TypeProto')
    found = field === 1 ? readTensorType(inner, count) : readNestedType(inner, field, count)
  }
  return found ?? (isOther ? { kind: 'other', raw: reader.slice(start, reader.offset) } : null)
}

function readTensorType(reader: WireReader, count: () => void): ValueType {
  let number = 0
  let shape: Dimension[] | null = null
  while (reader.next()) {
    if (reader.field === 1) number = reader.varint()
    else if (reader.field === 2) {
      const dimensions = reader.message('TensorShapeProto')
      shape ??= []
      while (dimensions.next()) if (dimensions.field === 1) shape.push(readDimension(dimensions, count))
    }
  }
  const dtype = elementTypeOf(number)
  if (dtype === null) return reader.fault(`a tensor has element type ${number}, which ONNX does not have`)
  return { kind: 'tensor', dtype, shape }
}

/** Dimension: dim_value=1, dim_param=2. */
function readDimension(outer: WireReader, count: () => void): Dimension {
  const reader = outer.message('TensorShapeProto.Dimension')
  let dimension: Dimension = null
  count()
  while (reader.next()) {
    if (reader.field === 1) dimension = reader.varint()
    else if (reader.field === 2) dimension = reader.text()
  }
  return dimension === '' || (typeof dimension === 'number' && dimension < 0) ? null : dimension
}

function readNestedType(reader: WireReader, kind: 4 | 5 | 9, count: () => void): ValueType {
  let key = 0
  let inner: ValueType | null = null
  while (reader.next()) {
    if (reader.field === 1 && kind === 5) key = reader.varint()
    else if (reader.field === (kind === 5 ? 2 : 1)) inner = readType(reader, count)
  }
  if (!inner) return reader.fault('a sequence, map or optional does not tell the type of its elements')
  if (kind === 4) return { kind: 'sequence', element: inner }
  if (kind === 9) return { kind: 'optional', element: inner }
  const keyType = elementTypeOf(key)
  if (keyType === null) return reader.fault(`a map has keys of type ${key}, which ONNX does not have`)
  return { kind: 'map', key: keyType, value: inner }
}
