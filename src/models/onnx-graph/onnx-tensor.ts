import { WIRE, WireReader, type WireWriter } from '../../core/protobuf-wire.ts'
import { elementCount, isTensorDtype, type Tensor, type TensorData, tensorArrays } from '../../schema/tensor.ts'
import { type ElementType, elementBits, elementNumbers, elementTypeOf } from './dtypes.ts'

/*
 * TensorProto (onnx.proto): dims=1, data_type=2, float_data=4, int32_data=5, string_data=6, int64_data=7, name=8, raw_data=9,
 * double_data=10, uint64_data=11, external_data=13, data_location=14 (1 = outside the file).
 */
const FIELD = {
  dims: 1,
  type: 2,
  floats: 4,
  int32s: 5,
  strings: 6,
  int64s: 7,
  name: 8,
  raw: 9,
  doubles: 10,
  uint64s: 11,
  external: 13,
  location: 14,
} as const

/** A constant of a graph. Its elements stay in the file's bytes until they are asked for. */
export class OnnxTensor {
  readonly name: string
  readonly dtype: ElementType
  readonly shape: readonly number[]
  /** Where the elements are when they are not in the model's file, else null. */
  readonly externalLocation: string | null
  readonly #proto: Uint8Array | null
  readonly #tensor: Tensor | null
  readonly #size: number

  private constructor(
    facts: Pick<OnnxTensor, 'name' | 'dtype' | 'shape' | 'externalLocation'>,
    proto: Uint8Array | null,
    tensor: Tensor | null,
    size: number,
  ) {
    this.name = facts.name
    this.dtype = facts.dtype
    this.shape = facts.shape
    this.externalLocation = facts.externalLocation
    this.#proto = proto
    this.#tensor = tensor
    this.#size = size
  }

  /** A constant of this name. The data is not copied: it must not change before the model is written. */
  static of(name: string, tensor: Tensor): OnnxTensor {
    const { dtype, shape } = tensor
    const size = ArrayBuffer.isView(tensor.data) ? tensor.data.byteLength : tensor.data.length * 8
    return new OnnxTensor({ name, dtype, shape, externalLocation: null }, null, tensor, size)
  }

  /** Reads a TensorProto. Faults where shape and data do not agree. */
  static read(reader: WireReader): OnnxTensor {
    const start = reader.offset
    const shape: number[] = []
    let number = 0
    let name = ''
    let location = 0
    let external: string | null = null
    const counts = new Map<number, number>()
    const count = (more: number) => counts.set(reader.field, (counts.get(reader.field) ?? 0) + more)
    while (reader.next()) {
      switch (reader.field) {
        case FIELD.dims:
          reader.varints(shape)
          break
        case FIELD.type:
          number = reader.varint()
          break
        case FIELD.name:
          name = reader.text()
          break
        case FIELD.raw:
          counts.set(FIELD.raw, reader.bytes().length)
          break
        case FIELD.strings:
          reader.skip()
          count(1)
          break
        case FIELD.floats:
          count(reader.count(WIRE.fixed32))
          break
        case FIELD.doubles:
          count(reader.count(WIRE.fixed64))
          break
        case FIELD.int32s:
        case FIELD.int64s:
        case FIELD.uint64s:
          count(reader.count(WIRE.varint))
          break
        case FIELD.location:
          location = reader.varint()
          break
        case FIELD.external:
          external = readLocation(reader.message('StringStringEntryProto')) ?? external ?? ''
          break
      }
    }
    const dtype = elementTypeOf(number)
    if (dtype === null) return reader.fault(`tensor "${name}" has element type ${number}, which ONNX does not have`)
    const externalLocation = location === 1 ? (external ?? '') : null
    if (externalLocation === null) checkSize({ name, dtype, shape }, counts, reader)
    const bytes = reader.slice(start, reader.offset)
    return new OnnxTensor({ name, dtype, shape, externalLocation }, bytes, null, bytes.length)
  }

  /** Bytes that the constant takes in a file, nearly. */
  get byteLength(): number {
    return this.#size
  }

  /** The same constant under another name. */
  renamed(name: string): OnnxTensor {
    const { dtype, shape, externalLocation } = this
    return new OnnxTensor({ name, dtype, shape, externalLocation }, this.#proto, this.#tensor, this.#size)
  }

  /** Its elements; null for types that no tensor of ours has, and for constants outside the file. Decodes each time. */
  tensor(): Tensor | null {
    if (this.#tensor) return this.#tensor
    const { dtype, shape } = this
    if (!isTensorDtype(dtype) || this.externalLocation !== null) return null
    const proto = this.#proto as Uint8Array
    if (dtype === 'string') return { dtype, shape, data: readStrings(proto) }
    return { dtype, shape, data: readNumbers(proto, dtype, elementCount(shape)) }
  }

  /** Writes a TensorProto. */
  write(writer: WireWriter): void {
    writer.text(FIELD.name, this.name)
    if (this.#proto) {
      writer.fields(this.#proto, (field) => field !== FIELD.name)
      return
    }
    const { dtype, shape, data } = this.#tensor as Tensor
    writer.varint(FIELD.type, elementNumbers[dtype])
    for (const size of shape) writer.varint(FIELD.dims, size)
    if (ArrayBuffer.isView(data)) writer.bytes(FIELD.raw, littleEndian(data))
    else
      for (const entry of data)
        if (typeof entry === 'string') writer.text(FIELD.strings, entry)
        else writer.bytes(FIELD.strings, entry)
  }
}

/** Key `location` of an entry of external_data. */
function readLocation(reader: WireReader): string | null {
  let key = ''
  let value = ''
  while (reader.next()) {
    if (reader.field === 1) key = reader.looseText()
    else if (reader.field === 2) value = reader.looseText()
  }
  return key === 'location' ? value : null
}

/** Which field holds the elements of a type when raw_data does not (onnx.proto, comments of TensorProto), and elements per entry. */
function fieldOf(dtype: ElementType): readonly [field: number, perElement: number] {
  switch (dtype) {
    case 'float32':
      return [FIELD.floats, 1]
    case 'complex64':
      return [FIELD.floats, 2]
    case 'float64':
      return [FIELD.doubles, 1]
    case 'complex128':
      return [FIELD.doubles, 2]
    case 'int64':
      return [FIELD.int64s, 1]
    case 'uint32':
    case 'uint64':
      return [FIELD.uint64s, 1]
    case 'string':
      return [FIELD.strings, 1]
    case 'uint4':
    case 'int4':
    case 'float4e2m1':
      return [FIELD.int32s, 1 / 2]
    case 'uint2':
    case 'int2':
      return [FIELD.int32s, 1 / 4]
    default:
      return [FIELD.int32s, 1]
  }
}

function checkSize(
  { name, dtype, shape }: Pick<OnnxTensor, 'name' | 'dtype' | 'shape'>,
  counts: ReadonlyMap<number, number>,
  reader: WireReader,
): void {
  const fail = (reason: string) => reader.fault(`tensor "${name}" of shape [${shape.join(', ')}] ${reason}`)
  if (shape.some((size) => size < 0)) fail('has a negative size')
  const elements = elementCount(shape)
  if (!Number.isSafeInteger(elements)) fail('has more than 2^53 elements')
  const raw = counts.get(FIELD.raw)
  if (raw !== undefined) {
    if (dtype === 'string') fail('is text in raw_data')
    else if (raw !== Math.ceil((elements * elementBits[dtype]) / 8))
      fail(`has ${raw} bytes of ${dtype}, expected ${Math.ceil((elements * elementBits[dtype]) / 8)}`)
    return
  }
  const [field, perElement] = fieldOf(dtype)
  const held = counts.get(field) ?? 0
  const expected = Math.ceil(elements * perElement)
  if (held !== expected) fail(`has ${held} entries of ${dtype}, expected ${expected}`)
}

function readStrings(proto: Uint8Array): (string | Uint8Array)[] {
  const reader = new WireReader(proto, 'TensorProto')
  const list: (string | Uint8Array)[] = []
  while (reader.next()) if (reader.field === FIELD.strings) list.push(textOrBytes(reader.bytes()))
  return list
}

const strict = new TextDecoder('utf-8', { fatal: true })

/** UTF-8 as text, other bytes as they are. */
export function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  try {
    return strict.decode(bytes)
  } catch {
    return bytes
  }
}

function readNumbers(proto: Uint8Array, dtype: keyof typeof tensorArrays, count: number): TensorData {
  const reader = new WireReader(proto, 'TensorProto')
  const array = new tensorArrays[dtype](count)
  const [field] = fieldOf(dtype)
  let at = 0
  let raw: Uint8Array | null = null
  while (reader.next()) {
    if (reader.field === FIELD.raw) raw = reader.bytes()
    else if (reader.field !== field) continue
    else if (array instanceof Float32Array) at = reader.floatsInto(array, at)
    else if (array instanceof Float64Array) at = reader.doublesInto(array, at)
    else if (array instanceof BigInt64Array || array instanceof BigUint64Array) at = reader.int64sInto(array, at)
    else at = reader.int32sInto(array, at)
  }
  if (raw) fillFromLittleEndian(array, raw)
  return array
}

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

function fillFromLittleEndian(array: ArrayBufferView, raw: Uint8Array): void {
  const target = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  target.set(raw)
  if (!isLittleEndian) swap(target, (array as Uint8Array).BYTES_PER_ELEMENT)
}

/** The bytes of a typed array as files have them; a view where the machine has the same order. */
function littleEndian(array: ArrayBufferView): Uint8Array {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  if (isLittleEndian) return bytes
  const copy = bytes.slice()
  swap(copy, (array as Uint8Array).BYTES_PER_ELEMENT)
  return copy
}

function swap(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse()
}
