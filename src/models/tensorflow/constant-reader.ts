import { elementCount } from '../../schema/tensor.ts'
import { nodePlace, syntaxFault, unsupported } from './faults.ts'
import type { FlatGraph, FlatNode } from './flatten.ts'
import { endpointText, type TfData, type TfEndpoint, type TfTensor } from './graph.ts'
import { dtypeOf, tensorOf } from './node-attributes.ts'
import { passes } from './operator-kinds.ts'
import { boxOf, forEachRow, type TensorBundle } from './tensor-bundle.ts'
import { isNumberDtype, type TfDtype, tfArrays, widthOf } from './tf-dtype.ts'

/** Inputs of inputs that are followed. */
const MAX_DEPTH = 100
/** Elements that Range and Fill may make. */
const MAX_ELEMENTS = 2 ** 24

/** Values of nodes that depend on constants and the checkpoint alone: what variables and tables are initialised with. */
export class ConstantReader {
  readonly #graph: FlatGraph
  readonly #bundle: TensorBundle | null
  readonly #source: string
  readonly #known = new Map<string, TfTensor | null>()

  constructor(graph: FlatGraph, bundle: TensorBundle | null, source: string) {
    this.#graph = graph
    this.#bundle = bundle
    this.#source = source
  }

  /** The node that gives an endpoint, with what only passes it on left out. */
  origin({ node, output }: TfEndpoint): { readonly node: FlatNode; readonly output: number } | null {
    let name = node
    let port = output
    for (let step = 0; step <= MAX_DEPTH; step++) {
      const found = this.#graph.nodes.get(name)
      if (found === undefined) return null
      const input = passes.has(found.op) ? found.inputs[0] : found.op === 'IdentityN' ? found.inputs[port] : undefined
      if (input === undefined) return { node: found, output: port }
      name = input.node
      port = input.output
    }
    return null
  }

  /** The value of an endpoint; null when it depends on more than constants, or on operators that are not computed here. */
  value(endpoint: TfEndpoint, depth = 0): TfTensor | null {
    const found = this.origin(endpoint)
    if (found === null || depth > MAX_DEPTH) return null
    const key = endpointText({ node: found.node.name, output: found.output })
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const value = this.#compute(found.node, found.output, depth + 1)
    this.#known.set(key, value)
    return value
  }

  #compute(node: FlatNode, output: number, depth: number): TfTensor | null {
    const input = (i: number): TfTensor | null => {
      const endpoint = node.inputs[i]
      return endpoint ? this.value(endpoint, depth) : null
    }
    switch (node.op) {
      case 'Const':
        return tensorOf(node, 'value')
      case 'RestoreV2':
        return this.#restored(node, texts(input(1))?.[output], texts(input(2))?.[output])
      case 'Restore':
        return this.#restored(node, texts(input(1))?.[0], '')
      case 'RestoreSlice':
        return this.#restored(node, texts(input(1))?.[0], texts(input(2))?.[0])
      case 'Cast':
        return cast(input(0), dtypeOf(node, 'DstT'))
      case 'LogicalNot':
        return negated(input(0))
      case 'Size':
        return sized(input(0), dtypeOf(node, 'out_type', 'int32'))
      case 'Range':
        return ranged(input(0), input(1), input(2))
      case 'Fill':
        return filled(input(0), input(1))
      case 'Reshape':
      case 'ExpandDims':
      case 'Squeeze':
        return flattened(input(0))
      default:
        return null
    }
  }

  /** A tensor of the checkpoint; `part` is empty, or the shape of the whole and a slice of it: `10 4 0,5:-`. */
  #restored(node: FlatNode, key: string | undefined, part: string | undefined): TfTensor | null {
    if (key === undefined || this.#bundle === null || !this.#bundle.has(key)) return null
    const whole = this.#bundle.tensor(key)
    if (part === undefined || part === '') return whole
    const wrong = () =>
      syntaxFault(
        this.#source,
        nodePlace(node),
        `the slice ${JSON.stringify(part)} does not fit the shape [${whole.shape.join(', ')}]`,
      )
    const extents = (part.split(' ').at(-1) ?? '').split(':').map((extent) => extent.split(',').map(Number))
    const isWhole = (part.split(' ').at(-1) ?? '').split(':').map((extent) => extent === '-')
    const slice = {
      starts: extents.map(([start = 0], i) => (isWhole[i] ? 0 : start)),
      lengths: extents.map(([, length = -1], i) => (isWhole[i] ? -1 : length)),
    }
    if (![...slice.starts, ...slice.lengths].every(Number.isSafeInteger)) throw wrong()
    const box = boxOf(slice, whole.shape)
    if (box === null) throw wrong()
    const { dtype } = whole
    if (!isNumberDtype(dtype)) throw unsupported(this.#source, nodePlace(node), `slices of ${dtype}`)
    const width = widthOf(dtype)
    const size = elementCount(box.lengths)
    const data = new tfArrays[dtype](size * width)
    forEachRow(box, whole.shape, (inBox, inWhole, length) => {
      data.set(
        (whole.data as Float32Array).subarray(inWhole * width, (inWhole + length) * width) as never,
        inBox * width,
      )
    })
    return { dtype, shape: box.lengths, size, data }
  }
}

function texts(tensor: TfTensor | null): readonly string[] | null {
  if (tensor?.dtype !== 'string') return null
  return (tensor.data as readonly Uint8Array[]).map((bytes) => Buffer.from(bytes).toString('utf8'))
}

/** Numbers of a tensor; null for text and numbers that take two elements. */
function numbers(tensor: TfTensor | null): ArrayLike<number> | ArrayLike<bigint> | null {
  if (tensor === null || !isNumberDtype(tensor.dtype) || widthOf(tensor.dtype) > 1) return null
  return /float16/.test(tensor.dtype) || /float8/.test(tensor.dtype)
    ? null
    : (tensor.data as Exclude<TfData, readonly Uint8Array[]>)
}

function tensorOfNumbers(dtype: TfDtype, shape: readonly number[], list: readonly number[]): TfTensor | null {
  if (!isNumberDtype(dtype) || widthOf(dtype) > 1 || /float(16|8)/.test(dtype)) return null
  const data = new tfArrays[dtype](list.length)
  const isBig = data instanceof BigInt64Array || data instanceof BigUint64Array
  list.forEach((value, i) => {
    data[i] = (isBig ? BigInt(Math.trunc(value)) : value) as never
  })
  return { dtype, shape, size: list.length, data }
}

function cast(tensor: TfTensor | null, dtype: TfDtype): TfTensor | null {
  const list = numbers(tensor)
  if (tensor === null || list === null) return null
  const values = Array.from(list as ArrayLike<number | bigint>, Number)
  return values.every(Number.isFinite) ? tensorOfNumbers(dtype, tensor.shape, values) : null
}

function negated(tensor: TfTensor | null): TfTensor | null {
  if (tensor?.dtype !== 'boolean') return null
  return { ...tensor, size: tensor.size, data: (tensor.data as Uint8Array).map((value) => (value === 0 ? 1 : 0)) }
}

function sized(tensor: TfTensor | null, dtype: TfDtype): TfTensor | null {
  return tensor === null ? null : tensorOfNumbers(dtype, [], [tensor.size])
}

function ranged(from: TfTensor | null, to: TfTensor | null, step: TfTensor | null): TfTensor | null {
  const [start, limit, delta] = [from, to, step].map((tensor) => Number(numbers(tensor)?.[0] ?? Number.NaN))
  if (start === undefined || limit === undefined || delta === undefined || from === null) return null
  const count = Math.max(0, Math.ceil((limit - start) / delta))
  if (!(count <= MAX_ELEMENTS)) return null
  return tensorOfNumbers(
    from.dtype,
    [count],
    Array.from({ length: count }, (_, i) => start + i * delta),
  )
}

function filled(sizes: TfTensor | null, value: TfTensor | null): TfTensor | null {
  const [dims, list] = [numbers(sizes), numbers(value)]
  if (dims === null || list === null || value === null) return null
  const shape = Array.from(dims as ArrayLike<number | bigint>, Number)
  const size = elementCount(shape)
  if (!(size <= MAX_ELEMENTS)) return null
  return tensorOfNumbers(value.dtype, shape, new Array<number>(size).fill(Number(list[0])))
}

/** Tables take their keys and values in order, whatever the shape. */
function flattened(tensor: TfTensor | null): TfTensor | null {
  return tensor === null ? null : { dtype: tensor.dtype, shape: [tensor.size], size: tensor.size, data: tensor.data }
}
