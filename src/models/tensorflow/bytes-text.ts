import type { Tensor } from '../../schema/tensor.ts'
import type { TfTensor } from './graph.ts'

/**
 * Text inside pipelines is byte strings: one character per byte, so that keys of maps, parts and patterns are those of TensorFlow,
 * whose text is bytes. Plain ASCII is its own byte string.
 */
export function byteString(text: string | Uint8Array): string {
  if (typeof text !== 'string') return Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('latin1')
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

const strict = new TextDecoder('utf-8', { fatal: true })

/** The text that a byte string holds, or its bytes where they are not UTF-8. */
export function textOrBytes(bytes: string): string | Uint8Array {
  if (isAscii(bytes)) return bytes
  const buffer = Buffer.from(bytes, 'latin1')
  try {
    return strict.decode(buffer)
  } catch {
    return new Uint8Array(buffer)
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const ascii = /^[\x00-\x7f]*$/

export function isAscii(text: string): boolean {
  return ascii.test(text)
}

/** A tensor that users give, as kernels want it. */
export function innerTensor(tensor: Tensor): Tensor {
  if (tensor.dtype !== 'string') return tensor
  return { ...tensor, data: (tensor.data as readonly (string | Uint8Array)[]).map(byteString) }
}

/** A tensor of a kernel, as users get it. */
export function outerTensor(tensor: Tensor): Tensor {
  if (tensor.dtype !== 'string') return tensor
  return { ...tensor, data: (tensor.data as readonly string[]).map(textOrBytes) }
}

/** A constant of a graph as kernels want it; 16-bit brain floats become 32-bit ones. Null for types that have no tensor. */
export function constantTensor(tensor: TfTensor): Tensor | null {
  const { dtype, shape } = tensor
  switch (dtype) {
    case 'string':
      return { dtype, shape, data: (tensor.data as readonly Uint8Array[]).map(byteString) }
    case 'bfloat16': {
      const bits = tensor.data as Uint16Array
      return { dtype: 'float32', shape, data: new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer) }
    }
    case 'float64':
    case 'float32':
    case 'float16':
    case 'int64':
    case 'int32':
    case 'int16':
    case 'int8':
    case 'uint64':
    case 'uint32':
    case 'uint16':
    case 'uint8':
    case 'boolean':
      return { dtype, shape, data: tensor.data as Tensor['data'] }
    default:
      return null
  }
}
