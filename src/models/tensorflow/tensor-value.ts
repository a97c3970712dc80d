import { elementCount } from '../../schema/tensor.ts'
import { overLimit, syntaxFault } from './faults.ts'
import type { TfData, TfTensor } from './graph.ts'
import type { ShapeMessage, TensorMessage } from './graph-messages.ts'
import { isNumberDtype, type TfDtype, type TfNumberDtype, tfArrays, tfDtypeOf, widthOf } from './tf-dtype.ts'

/** Memory for constants that repeat one value, of one model: a file of a few bytes can ask for any amount. */
const MAX_FILLED_BYTES = 2 ** 30

/** Where tensors come from, and how much memory they may still take beyond what their file has. */
export interface TensorOrigin {
  readonly source: string
  filledBytes: number
}

/** Makes a tensor of the bytes of its elements, little-endian: a view where they are aligned, else a copy. */
export function tensorOfBytes(dtype: TfNumberDtype, shape: readonly number[], bytes: Uint8Array): TfTensor {
  return { dtype, shape, size: elementCount(shape), data: arrayOfBytes(dtype, bytes) }
}

/** Bytes of the elements as their typed array. */
export function arrayOfBytes(dtype: TfNumberDtype, bytes: Uint8Array): Exclude<TfData, readonly Uint8Array[]> {
  const type = tfArrays[dtype]
  const width = type.BYTES_PER_ELEMENT
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes)
  return new type(aligned.buffer as ArrayBuffer, aligned.byteOffset, Math.floor(bytes.length / width))
}

/** Bytes of one element. */
export function elementBytes(dtype: TfNumberDtype): number {
  return tfArrays[dtype].BYTES_PER_ELEMENT * widthOf(dtype)
}

/** The tensor of a TensorProto; `place` names it in errors. Its elements are checked now and made at their first use. */
export function tensorOfMessage(message: TensorMessage, origin: TensorOrigin, place: string): TfTensor {
  const { source } = origin
  const dtype = tfDtypeOf(message.dtype)
  if (dtype === null) throw syntaxFault(source, place, `the type of its tensor is ${message.dtype}, which is not known`)
  const shape = fixedShape(message.tensor_shape, source, place)
  const size = elementCount(shape)
  if (!Number.isSafeInteger(size))
    throw syntaxFault(source, place, `its tensor of shape [${shape.join(', ')}] is too large`)
  const make = elementsOf(message, dtype, size, origin, place)
  let made: TfData | null = null
  return {
    dtype,
    shape,
    size,
    get data() {
      made ??= make()
      return made
    },
  }
}

function fixedShape(shape: ShapeMessage | undefined, source: string, place: string): number[] {
  if (shape?.unknown_rank) throw syntaxFault(source, place, 'its tensor has no shape')
  return (shape?.dim ?? []).map(({ size }) => {
    if (size < 0n || size > BigInt(Number.MAX_SAFE_INTEGER))
      throw syntaxFault(source, place, `its tensor has a dimension of ${size}`)
    return Number(size)
  })
}

/** Rules of Tensor::FromProto of TensorFlow 2.21: content, or a list whose last element repeats, or zeros when it is empty. */
function elementsOf(
  message: TensorMessage,
  dtype: TfDtype,
  size: number,
  origin: TensorOrigin,
  place: string,
): () => TfData {
  const wrong = (reason: string) => syntaxFault(origin.source, place, reason)
  const { tensor_content: content } = message
  if (dtype === 'string') {
    if (content.length > 0) {
      const parts = stringsOf(content, size)
      if (parts === null) throw wrong(`its ${content.length} bytes of text do not hold ${size} elements`)
      return () => parts
    }
    return () => filledStrings(message.string_val, size, origin, place)
  }
  if (!isNumberDtype(dtype)) {
    return () => {
      throw wrong(`its tensor is of the type ${dtype}, which has no values`)
    }
  }
  if (content.length > 0) {
    const needed = size * elementBytes(dtype)
    if (content.length !== needed)
      throw wrong(`its tensor has ${content.length} bytes, expected ${needed} for ${size} elements of ${dtype}`)
    return () => arrayOfBytes(dtype, content)
  }
  return () => filled(listOf(message, dtype), dtype, size, origin, place)
}

function listOf(message: TensorMessage, dtype: TfNumberDtype): ArrayLike<number> | ArrayLike<bigint> {
  switch (dtype) {
    case 'float32':
      return message.float_val
    case 'float64':
      return message.double_val
    case 'complex64':
      return message.scomplex_val
    case 'complex128':
      return message.dcomplex_val
    case 'int64':
      return message.int64_val
    case 'uint64':
      return message.uint64_val
    case 'uint32':
      return message.uint32_val
    case 'boolean':
      return message.bool_val
    case 'float16':
    case 'bfloat16':
      return message.half_val
    case 'float8e5m2':
    case 'float8e4m3fn':
    case 'float8e4m3fnuz':
    case 'float8e4m3b11fnuz':
    case 'float8e5m2fnuz':
      return message.float8_val
    case 'int32':
    case 'int16':
    case 'int8':
    case 'uint8':
    case 'uint16':
    case 'qint8':
    case 'quint8':
    case 'qint16':
    case 'quint16':
    case 'qint32':
      return message.int_val
    default:
      throw dtype satisfies never
  }
}

function filled(
  list: ArrayLike<number> | ArrayLike<bigint>,
  dtype: TfNumberDtype,
  size: number,
  origin: TensorOrigin,
  place: string,
): TfData {
  const type = tfArrays[dtype]
  const width = widthOf(dtype)
  const length = size * width
  if (list.length >= length && list instanceof type) return list.subarray(0, length)
  takeFilled(origin, length * type.BYTES_PER_ELEMENT, place)
  const out = new type(length)
  const given = Math.min(list.length, length)
  for (let i = 0; i < given; i++) out[i] = list[i] as never
  if (given >= width) for (let i = given; i < length; i++) out[i] = out[i - width] as never
  return out
}

function filledStrings(
  list: readonly Uint8Array[],
  size: number,
  origin: TensorOrigin,
  place: string,
): readonly Uint8Array[] {
  if (list.length >= size) return list.length === size ? list : list.slice(0, size)
  takeFilled(origin, size * 8, place)
  const out = new Array<Uint8Array>(size)
  const last = list.at(-1) ?? new Uint8Array(0)
  for (let i = 0; i < size; i++) out[i] = list[i] ?? last
  return out
}

function takeFilled(origin: TensorOrigin, bytes: number, place: string): void {
  origin.filledBytes += bytes
  if (origin.filledBytes > MAX_FILLED_BYTES)
    throw overLimit(origin.source, place, MAX_FILLED_BYTES, 'bytes of constants that repeat one value')
}

/** Text as lengths (varints) followed by the bytes, as in `tensor_content` and in checkpoints; null when it does not add up. */
function stringsOf(content: Uint8Array, count: number): readonly Uint8Array[] | null {
  if (count > content.length) return null
  const lengths = readLengths(content, count)
  if (lengths === null) return null
  let { at } = lengths
  const parts = lengths.lengths.map((length) => {
    at += length
    return content.subarray(at - length, at)
  })
  return at === content.length ? parts : null
}

/** `count` varints from the start of the bytes, and where they end; null when they do not fit. */
export function readLengths(
  bytes: Uint8Array,
  count: number,
): { readonly lengths: number[]; readonly at: number } | null {
  if (count > bytes.length) return null
  const lengths: number[] = []
  let at = 0
  for (let i = 0; i < count; i++) {
    let length = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]
      if (byte === undefined || scale > 2 ** 42) return null
      length += (byte & 127) * scale
      if (byte < 128) break
    }
    lengths.push(length)
  }
  return { lengths, at }
}
