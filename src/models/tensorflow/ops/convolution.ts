import { type Attributes, attribute } from '../../onnx-graph/builder.ts'
import type { Emission } from '../emission.ts'
import type { TfShape } from '../graph.ts'
import { intsOf, textOf } from '../node-attributes.ts'
import { transposed } from '../scope.ts'
import type { Layout, Value } from '../value.ts'
import { needs, type Operator, type OperatorTable } from './operator.ts'
import { sizesOf } from './shape.ts'

/** Where the channels of a node's images are, and its sizes per spatial dimension. */
export interface Window {
  readonly layout: Layout
  readonly rank: number
  /** Positions of the spatial dimensions in TensorFlow's shape. */
  readonly axes: readonly number[]
  readonly channel: number
}

function windowOf(e: Emission, rank: number): Window {
  const isFirst = textOf(e.node, 'data_format', 'NHWC').startsWith('NC')
  const spatial = Array.from({ length: rank - 2 }, (_, i) => i)
  return isFirst
    ? { layout: 'plain', rank, axes: spatial.map((i) => i + 2), channel: 1 }
    : { layout: 'first', rank, axes: spatial.map((i) => i + 1), channel: rank - 1 }
}

/** Entries of a list attribute for the spatial dimensions. */
export function spatial(e: Emission, window: Window, name: string, otherwise?: readonly number[]): number[] {
  const list = intsOf(e.node, name, otherwise)
  if (list.length === 0) return window.axes.map(() => 1)
  if (list.length !== window.rank) e.refuse(`${name} of ${list.length} entries`)
  if ([0, window.channel].some((axis) => list[axis] !== 1))
    e.refuse(`${name} [${list.join(', ')}] across batch or channels`)
  return window.axes.map((axis) => list[axis] as number)
}

/** Border and size of the result of a window that moves over images. */
export function border(
  e: Emission,
  window: Window,
  shape: TfShape,
  kernel: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
): { readonly attributes: Attributes; readonly sizes: readonly (number | null)[] } {
  const padding = textOf(e.node, 'padding')
  const input = window.axes.map((axis) => shape?.[axis] ?? null)
  const reach = kernel.map((size, i) => (size - 1) * (dilations[i] as number) + 1)
  const out = (i: number, before: number, after: number) => {
    const size = input[i] as number | null
    return size === null
      ? null
      : Math.floor((size + before + after - (reach[i] as number)) / (strides[i] as number)) + 1
  }
  if (padding === 'VALID') return { attributes: {}, sizes: input.map((_, i) => out(i, 0, 0)) }
  if (padding === 'EXPLICIT') {
    const list = intsOf(e.node, 'explicit_paddings')
    const before = window.axes.map((axis) => list[2 * axis] as number)
    const after = window.axes.map((axis) => list[2 * axis + 1] as number)
    const sizes = input.map((_, i) => out(i, before[i] as number, after[i] as number))
    return { attributes: { pads: attribute.ints([...before, ...after]) }, sizes }
  }
  const sizes = input.map((size, i) => (size === null ? null : Math.ceil(size / (strides[i] as number))))
  if (sizes.includes(null)) {
    // With steps of 1 the border does not depend on the size.
    if (strides.some((stride) => stride !== 1)) return { attributes: { auto_pad: attribute.text('SAME_UPPER') }, sizes }
    const total = reach.map((size) => size - 1)
    return { attributes: { pads: attribute.ints(halves(total)) }, sizes }
  }
  const total = sizes.map((size, i) =>
    Math.max(((size as number) - 1) * (strides[i] as number) + (reach[i] as number) - (input[i] as number), 0),
  )
  return { attributes: { pads: attribute.ints(halves(total)) }, sizes }
}

/** The smaller half comes before. */
function halves(total: readonly number[]): number[] {
  return [...total.map((n) => Math.floor(n / 2)), ...total.map((n) => Math.ceil(n / 2))]
}

/** Shape of images with these channels and sizes. */
function imageShape(
  window: Window,
  batch: number | null,
  channels: number | null,
  sizes: readonly (number | null)[],
): TfShape {
  const shape = new Array<number | null>(window.rank).fill(null)
  shape[0] = batch
  shape[window.channel] = channels
  window.axes.forEach((axis, i) => {
    shape[axis] = sizes[i] ?? null
  })
  return shape
}

/** Name of the weights with their dimensions in another order and, if given, another shape. */
function weights(e: Emission, index: number, perm: readonly number[], shape: readonly number[] | null): string {
  const value = e.value(index)
  if (value.constant) {
    const moved = transposed(value.constant, perm)
    return e.constant(shape ? { ...moved, shape } : moved)
  }
  const name = e.op('Transpose', [e.in(index)], { perm: attribute.ints(perm) })
  return shape ? e.op('Reshape', [name, e.ints(shape)]) : name
}

function knownShape(e: Emission, value: Value, what: string): readonly number[] {
  if (value.shape?.every((size) => size !== null)) return value.shape as readonly number[]
  return e.refuse(`${what} of unknown size`)
}

/** Output channels last, input channels before them, in TensorFlow; both first in ONNX. */
const kernelOrder = (rank: number) => [rank - 1, rank - 2, ...Array.from({ length: rank - 2 }, (_, i) => i)]

const convolution: Operator = {
  accepts: needs('Conv'),
  emit: (e) => {
    const x = e.value(0)
    const filter = knownShape(e, e.value(1), 'weights')
    const rank = filter.length
    const window = windowOf(e, rank)
    const kernel = filter.slice(0, rank - 2)
    const strides = spatial(e, window, 'strides')
    const dilations = spatial(e, window, 'dilations', [])
    const channels = x.shape?.[window.channel] ?? null
    const per = filter[rank - 2] as number
    const group = channels === null ? 1 : channels / per
    const edges = border(e, window, x.shape, kernel, strides, dilations)
    const name = e.typed('Conv', x.dtype, [e.in(0, window.layout), weights(e, 1, kernelOrder(rank), null)], {
      kernel_shape: attribute.ints(kernel),
      strides: attribute.ints(strides),
      dilations: attribute.ints(dilations),
      group: attribute.int(group),
      ...edges.attributes,
    })
    return e.result(
      name,
      x.dtype,
      imageShape(window, x.shape?.[0] ?? null, filter[rank - 1] as number, edges.sizes),
      window.layout,
    )
  },
  except: '64-bit floats, weights of unknown size',
}

const depthwise: Operator = {
  accepts: needs('Conv'),
  emit: (e) => {
    const x = e.value(0)
    const [height, width, channels, times] = knownShape(e, e.value(1), 'weights') as [number, number, number, number]
    const window = windowOf(e, 4)
    const strides = spatial(e, window, 'strides')
    const dilations = spatial(e, window, 'dilations', [])
    const edges = border(e, window, x.shape, [height, width], strides, dilations)
    const filter = weights(e, 1, [2, 3, 0, 1], [channels * times, 1, height, width])
    const name = e.typed('Conv', x.dtype, [e.in(0, window.layout), filter], {
      kernel_shape: attribute.ints([height, width]),
      strides: attribute.ints(strides),
      dilations: attribute.ints(dilations),
      group: attribute.int(channels),
      ...edges.attributes,
    })
    return e.result(
      name,
      x.dtype,
      imageShape(window, x.shape?.[0] ?? null, channels * times, edges.sizes),
      window.layout,
    )
  },
  except: '64-bit floats, weights of unknown size',
}

/** Conv2DBackpropInput and Conv3DBackpropInputV2: what Keras calls a transposed convolution. */
const transposedConvolution: Operator = {
  types: (_node, inputs) => [inputs[2] ?? 'float32'],
  accepts: needs('ConvTranspose', 2),
  emit: (e) => {
    const x = e.value(2)
    const filter = knownShape(e, e.value(1), 'weights')
    const rank = filter.length
    const window = windowOf(e, rank)
    const padding = textOf(e.node, 'padding')
    if (padding === 'EXPLICIT') e.refuse('explicit borders')
    const kernel = filter.slice(0, rank - 2)
    const strides = spatial(e, window, 'strides')
    if (spatial(e, window, 'dilations', []).some((one) => one !== 1)) e.refuse('dilations')
    const wanted = sizesOf(e.value(0))
    const small = wanted?.length === rank - 2
    const target = window.axes.map((axis, i) => wanted?.[small ? i : axis] ?? null)
    const input = window.axes.map((axis) => x.shape?.[axis] ?? null)
    // Where sizes are open, they are what Keras computes, which the Reshape below makes sure of.
    const isSure = target.every((size, i) => size !== null && input[i] !== null)
    const total = kernel.map((size, i) => {
      if (padding === 'VALID') return 0
      const [stride, o] = [strides[i] as number, target[i] as number | null]
      const n = input[i] as number | null
      return o !== null && n !== null ? Math.max((n - 1) * stride + size - o, 0) : Math.max(size - stride, 0)
    })
    const extra = kernel.map((size, i) => {
      const [stride, o, n] = [strides[i] as number, target[i] as number | null, input[i] as number | null]
      if (o === null || n === null) return Math.max(stride - size, 0)
      return o - (stride * (n - 1) + size - (total[i] as number))
    })
    if (extra.some((n, i) => n < 0 || n >= Math.max(strides[i] as number, 1)))
      e.refuse(`an output of [${target.join(', ')}]`)
    const name = e.typed('ConvTranspose', x.dtype, [e.in(2, window.layout), weights(e, 1, kernelOrder(rank), null)], {
      kernel_shape: attribute.ints(kernel),
      strides: attribute.ints(strides),
      pads: attribute.ints(halves(total)),
      output_padding: attribute.ints(extra),
    })
    const sizes = target.map((size, i) => size ?? (input[i] === null ? null : null))
    const shape = imageShape(window, x.shape?.[0] ?? null, filter[rank - 2] as number, sizes)
    const result = e.result(name, x.dtype, shape, window.layout)
    if (isSure || small) return result
    return e.result(e.op('Reshape', [e.scope.nameOf(result), e.long(0)]), x.dtype, shape)
  },
  except: '64-bit floats, dilations, explicit borders',
}

function pool(op: 'MaxPool' | 'AveragePool'): Operator {
  return {
    accepts: needs(op),
    emit: (e) => {
      const x = e.value(0)
      const rank = x.rank ?? (/3D/.test(e.node.op) ? 5 : 4)
      const window = windowOf(e, rank)
      const isV2 = e.inputs.length > 1
      const pick = (index: number, name: string) =>
        isV2 ? window.axes.map((axis) => e.numbers(index, name)[axis] as number) : spatial(e, window, name)
      const kernel = pick(1, 'ksize')
      const strides = pick(2, 'strides')
      const edges = border(
        e,
        window,
        x.shape,
        kernel,
        strides,
        kernel.map(() => 1),
      )
      const name = e.typed(op, x.dtype, [e.in(0, window.layout)], {
        kernel_shape: attribute.ints(kernel),
        strides: attribute.ints(strides),
        ...edges.attributes,
      })
      const shape = imageShape(window, x.shape?.[0] ?? null, x.shape?.[window.channel] ?? null, edges.sizes)
      return e.result(name, x.dtype, shape, window.layout)
    },
    except: op === 'MaxPool' ? 'windows across batch or channels' : '64-bit floats, windows across batch or channels',
  }
}

const batchNorm: Operator = {
  accepts: needs('BatchNormalization'),
  types: (_node, inputs) => {
    const x = inputs[0] ?? 'float32'
    const u = inputs[1] ?? x
    return [x, u, u, u, u, u]
  },
  emit: (e) => {
    const x = e.value(0)
    const rank = x.rank ?? (textOf(e.node, 'data_format', 'NHWC').length === 5 ? 5 : 4)
    const window = windowOf(e, rank)
    const epsilon = e.node.attributes.get('epsilon')
    const value = epsilon?.kind === 'float' ? epsilon.value : 1e-4
    const isTraining = e.node.attributes.get('is_training')
    const name = e.in(0, window.layout)
    if (!(isTraining?.kind === 'bool') || isTraining.value) {
      const axes = e.ints([0, ...window.axes.map((_, i) => i + 2)])
      const spread = (v: number) => e.op('Reshape', [e.in(v), e.ints([-1, ...window.axes.map(() => 1)])])
      const gap = e.op('Sub', [name, e.op('ReduceMean', [name, axes])])
      const variance = e.op('ReduceMean', [e.op('Mul', [gap, gap]), axes])
      const norm = e.op('Div', [gap, e.op('Sqrt', [e.op('Add', [variance, e.scalar(x.dtype, value)])])])
      return e.result(e.op('Add', [e.op('Mul', [norm, spread(1)]), spread(2)]), x.dtype, x.shape, window.layout)
    }
    const parameters = [1, 2, 3, 4].map((i) => (e.value(i).dtype === x.dtype ? e.in(i) : e.cast(e.in(i), x.dtype)))
    const attributes = { epsilon: attribute.float(value) }
    return e.result(
      e.typed('BatchNormalization', x.dtype, [name, ...parameters], attributes),
      x.dtype,
      x.shape,
      window.layout,
    )
  },
  except: 'the outputs besides y',
}

/** Convolutions, pools and what works on channels. */
export const convolutionOperators: OperatorTable = {
  Conv2D: convolution,
  Conv3D: convolution,
  DepthwiseConv2dNative: depthwise,
  Conv2DBackpropInput: transposedConvolution,
  Conv3DBackpropInputV2: transposedConvolution,
  MaxPool: pool('MaxPool'),
  MaxPoolV2: pool('MaxPool'),
  MaxPool3D: pool('MaxPool'),
  AvgPool: pool('AveragePool'),
  AvgPool3D: pool('AveragePool'),
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
  LRN: {
    accepts: needs('LRN'),
    emit: (e) => {
      const x = e.value(0)
      const number = (name: string, otherwise: number) => {
        const found = e.node.attributes.get(name)
        return found?.kind === 'float' ? found.value : found?.kind === 'int' ? Number(found.value) : otherwise
      }
      const size = 2 * number('depth_radius', 5) + 1
      const name = e.typed('LRN', x.dtype, [e.in(0, 'first')], {
        size: attribute.int(size),
        alpha: attribute.float(number('alpha', 1) * size),
        beta: attribute.float(number('beta', 0.5)),
        bias: attribute.float(number('bias', 1)),
      })
      return e.result(name, x.dtype, x.shape, 'first')
    },
  },
}
