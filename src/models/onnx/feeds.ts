import { MillraceError } from '../../core/errors.ts'
import { halfValue } from '../../schema/half.ts'
import type { TensorDtype } from '../../schema/tensor.ts'
import {
  elementCount,
  type Tensor,
  type TensorData,
  type TensorSequence,
  type TensorValue,
  tensorArrays,
} from '../../schema/tensor.ts'
import type { InputEdge, OutputEdge, SequenceParts } from './edges.ts'

type Feeds = Record<string, Tensor>

/** Makes the function that turns inputs of the model into inputs of its graph. Throws MODEL_RUN_ERROR with the input's name. */
export function openInputs(
  edges: readonly InputEdge[],
): (inputs: Readonly<Record<string, TensorValue>>) => Readonly<Feeds> {
  const isPlain = edges.every(({ name, from }) => from === name)
  const names = new Set(edges.map(({ name }) => name))
  return (inputs) => {
    for (const name in inputs) if (!names.has(name)) fail(name, 'is not an input of the model')
    const feeds: Feeds = {}
    for (const edge of edges) {
      const value = inputs[edge.name]
      if (value === undefined) fail(edge.name, 'is missing')
      else if (typeof edge.from !== 'string') addSequence(feeds, edge, edge.from, value)
      else if ('type' in value) fail(edge.name, 'is a sequence, expected a tensor')
      else feeds[edge.from] = isPlain && value.dtype === edge.dtype ? value : converted(edge, value)
    }
    return feeds
  }
}

/** A 16-bit float is fed as the 32-bit float that it is. */
function converted({ dtype }: InputEdge, tensor: Tensor): Tensor {
  if (dtype !== 'float32' || tensor.dtype !== 'float16') return tensor
  const bits = tensor.data as Uint16Array
  return { dtype, shape: tensor.shape, data: Float32Array.from(bits, halfValue) }
}

function addSequence(feeds: Feeds, edge: InputEdge, from: SequenceParts, value: TensorValue): void {
  const { name, dtype, isOfVectors } = edge
  const { data: entries } = 'type' in value ? value : fail(name, 'is a tensor, expected a sequence')
  const tensors = entries.map((entry, i) => {
    if (entry instanceof Map) return fail(`${name}[${i}]`, 'is a map, expected a tensor')
    const tensor = entry as Tensor
    if (tensor.dtype !== dtype) fail(`${name}[${i}]`, `is of ${tensor.dtype}, expected ${dtype}`)
    if (tensor.data.length !== elementCount(tensor.shape))
      fail(`${name}[${i}]`, 'has another number of elements than its shape')
    if (isOfVectors && tensor.shape.length !== 1)
      fail(`${name}[${i}]`, 'has not one dimension, which models below opset 13 are limited to here')
    return tensor
  })
  const shapes = tensors.flatMap(({ shape }) => shape)
  feeds[from.elements] = vector(dtype, joined(dtype, tensors))
  feeds[from.shapes] = vector('int64', BigInt64Array.from(shapes, BigInt))
  feeds[from.ranks] = vector(
    'int64',
    BigInt64Array.from(tensors, ({ shape }) => BigInt(shape.length)),
  )
}

function vector(dtype: TensorDtype, data: TensorData): Tensor {
  return { dtype, shape: [data.length], data }
}

function joined(dtype: TensorDtype, tensors: readonly Tensor[]): TensorData {
  if (dtype === 'string') return tensors.flatMap(({ data }) => data as readonly (string | Uint8Array)[])
  const whole = new tensorArrays[dtype](tensors.reduce((sum, { data }) => sum + data.length, 0))
  let at = 0
  for (const { data } of tensors) {
    whole.set(data as never, at)
    at += data.length
  }
  return whole
}

/** Makes the function that turns outputs of the graph into outputs of the model. */
export function openOutputs(
  edges: readonly OutputEdge[],
): (outputs: Readonly<Record<string, Tensor>>) => Readonly<Record<string, TensorValue>> {
  if (edges.every((edge) => edge.kind === 'tensor' && edge.from === edge.name)) return (outputs) => outputs
  return (outputs) => {
    const values: Record<string, TensorValue> = {}
    for (const edge of edges) values[edge.name] = outputOf(edge, outputs)
    return values
  }
}

function outputOf(edge: OutputEdge, outputs: Readonly<Record<string, Tensor>>): TensorValue {
  switch (edge.kind) {
    case 'tensor':
      return outputs[edge.from] as Tensor
    case 'maps':
      return mapsOf(edge.name, edge.labels, outputs[edge.from] as Tensor)
    case 'sequence':
      return sequenceOf(edge.dtype, edge.from, outputs)
    default:
      return edge satisfies never
  }
}

function mapsOf(name: string, labels: readonly (string | number)[], { shape, data }: Tensor): TensorSequence {
  const width = shape.length === 1 ? (shape[0] as number) : (shape[1] ?? -1)
  // A scorer of one class that gives two labels, or the other way round, is what ZipMap refuses too.
  if (width !== labels.length)
    throw new MillraceError('MODEL_RUN_ERROR', {
      reason: `output "${name}" has ${labels.length} labels and ${width} numbers per row`,
    })
  const numbers = data as Float32Array
  const maps: ReadonlyMap<string | number, number>[] = []
  for (let at = 0; at < numbers.length; at += width) {
    const map = new Map<string | number, number>()
    for (let k = 0; k < width; k++) map.set(labels[k] as string | number, numbers[at + k] as number)
    maps.push(map)
  }
  return { type: 'sequence', data: maps }
}

function sequenceOf(
  dtype: TensorDtype,
  from: SequenceParts,
  outputs: Readonly<Record<string, Tensor>>,
): TensorSequence {
  const elements = (outputs[from.elements] as Tensor).data
  const shapes = Array.from((outputs[from.shapes] as Tensor).data as BigInt64Array, Number)
  const ranks = Array.from((outputs[from.ranks] as Tensor).data as BigInt64Array, Number)
  let shapesAt = 0
  let at = 0
  const tensors = ranks.map((rank): Tensor => {
    const shape = shapes.slice(shapesAt, (shapesAt += rank))
    const end = at + elementCount(shape)
    const data = elements.slice(at, end)
    at = end
    return { dtype, shape, data }
  })
  return { type: 'sequence', data: tensors }
}

function fail(name: string, reason: string): never {
  throw new MillraceError('MODEL_RUN_ERROR', { reason: `input "${name}" ${reason}` })
}
