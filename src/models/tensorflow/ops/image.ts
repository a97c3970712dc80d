import { attribute } from '../../onnx-graph/builder.ts'
import type { Emission } from '../emission.ts'
import type { TfShape } from '../graph.ts'
import { boolOf, floatOf, intOf, textOf } from '../node-attributes.ts'
import { Value } from '../value.ts'
import { needs, type Operator, type OperatorTable } from './operator.ts'
import { firstAxis, sizesOf } from './shape.ts'

/** Images of a given size. ONNX counts pixels as TensorFlow's `half_pixel_centers`, `align_corners` or neither do. */
function resize(mode: 'linear' | 'nearest'): Operator {
  return {
    accepts: (_node, [dtype]) => dtype !== undefined && dtype !== 'float64' && /^(float|u?int(8|16|32))/.test(dtype),
    types: (_node, inputs) => [mode === 'nearest' ? (inputs[0] ?? 'float32') : 'float32'],
    emit: (e) => {
      const x = e.value(0)
      const sizes = sizesOf(e.value(1))
      const isAligned = boolOf(e.node, 'align_corners', false)
      const isHalf = boolOf(e.node, 'half_pixel_centers', false)
      const name = x.dtype === 'float32' ? e.in(0, 'first') : e.cast(e.in(0, 'first'), 'float32')
      const channels = e.op('Slice', [e.shapeOf(name), e.ints([0]), e.ints([2])])
      const target = e.op('Concat', [channels, e.long(1)], { axis: attribute.int(0) })
      const way = isAligned ? 'align_corners' : isHalf ? 'half_pixel' : 'asymmetric'
      const rounding = isAligned ? 'round_prefer_ceil' : 'floor'
      const resized = e.op('Resize', [name, '', '', target], {
        mode: attribute.text(mode),
        coordinate_transformation_mode: attribute.text(way),
        // The nearest pixel to a centre is floor((i + 0.5) · scale).
        ...(mode === 'nearest' ? { nearest_mode: attribute.text(isHalf ? 'round_prefer_ceil' : rounding) } : {}),
      })
      const dtype = mode === 'nearest' ? x.dtype : 'float32'
      const shape: TfShape = x.shape
        ? [x.shape[0] ?? null, sizes?.[0] ?? null, sizes?.[1] ?? null, x.shape[3] ?? null]
        : null
      return e.result(dtype === 'float32' ? resized : e.cast(resized, dtype), dtype, shape, 'first')
    },
    except: '64-bit numbers',
  }
}

const blockOrder = (e: Emission, op: 'DepthToSpace' | 'SpaceToDepth') => {
  const x = e.value(0)
  if (textOf(e.node, 'data_format', 'NHWC') !== 'NHWC') e.refuse('channels that are not last')
  const block = intOf(e.node, 'block_size')
  const name = e.typed(op, x.dtype, [e.in(0, 'first')], { blocksize: attribute.int(block) })
  const [batch = null, height = null, width = null, channels = null] = x.shape ?? []
  const times = op === 'DepthToSpace' ? block : 1 / block
  const scaled = (n: number | null, by: number) => (n === null ? null : n * by)
  const shape = [batch, scaled(height, times), scaled(width, times), scaled(channels, 1 / times ** 2)]
  return e.result(name, x.dtype, shape, 'first')
}

/** Sizes of a shape at run time: a number where it is known, else the name of a vector of one. */
type Size = number | string

function reshaped(e: Emission, name: string, sizes: readonly Size[]): string {
  if (sizes.every((size) => typeof size === 'number')) return e.op('Reshape', [name, e.ints(sizes as number[])])
  const parts = sizes.map((size) => (typeof size === 'number' ? e.ints([size]) : size))
  return e.op('Reshape', [name, e.op('Concat', parts, { axis: attribute.int(0) })])
}

function sizesAt(e: Emission, value: Value, name: string): Size[] {
  return (value.shape ?? e.refuse('images of unknown rank')).map((size, d) => size ?? e.dimension(name, d))
}

/** A column of a matrix of two as a vector of int64. */
function column(e: Emission, index: number, at: number): string {
  return e.op('Gather', [e.long(index), e.scalar('int64', at)], { axis: attribute.int(1) })
}

const spaceToBatch: Operator = {
  emit: (e) => {
    const x = e.value(0)
    const blocks = e.numbers(1, 'sizes of blocks')
    const edges = e.known(2)
    const rank = e.rank(0)
    const spatial = blocks.length
    const after = Array.from({ length: rank - spatial - 1 }, () => 0)
    const side = (at: number) =>
      edges
        ? e.ints([0, ...blocks.map((_, i) => edges[2 * i + at] as number), ...after])
        : e.op('Concat', [e.ints([0]), column(e, 2, at), e.ints(after)], { axis: attribute.int(0) })
    const widths = e.op('Concat', [side(0), side(1)], { axis: attribute.int(0) })
    const padded = e.typed('Pad', x.dtype, [e.in(0), widths])
    const shape =
      x.shape?.map((size, d) => {
        if (d === 0 || d > spatial) return size
        return size === null || !edges ? null : size + (edges[2 * d - 2] as number) + (edges[2 * d - 1] as number)
      }) ?? null
    const sizes = sizesAt(e, new Value({ dtype: x.dtype, shape }), padded)
    const inner: Size[] = [sizes[0] as Size]
    blocks.forEach((block, i) => {
      inner.push(divided(e, sizes[i + 1] as Size, block), block)
    })
    inner.push(...sizes.slice(spatial + 1))
    const perm = [
      ...blocks.map((_, i) => 2 * i + 2),
      0,
      ...blocks.map((_, i) => 2 * i + 1),
      ...after.map((_, i) => 2 * spatial + 1 + i),
    ]
    const moved = e.op('Transpose', [reshaped(e, padded, inner)], { perm: attribute.ints(perm) })
    const outer: Size[] = [-1, ...blocks.map((_, i) => inner[2 * i + 1] as Size), ...sizes.slice(spatial + 1)]
    const times = blocks.reduce((a, b) => a * b, 1)
    const batch = shape?.[0] ?? null
    const result = outer.map((size, d) => {
      if (d === 0) return batch === null ? null : batch * times
      return typeof size === 'number' ? size : null
    })
    return e.result(reshaped(e, moved, outer), x.dtype, result)
  },
  except: 'computed sizes of blocks',
}

function divided(e: Emission, size: Size, by: number): Size {
  if (typeof size === 'number')
    return Number.isInteger(size / by) ? size / by : e.refuse(`a dimension of ${size} in blocks of ${by}`)
  return e.op('Div', [size, e.ints([by])])
}

function multiplied(e: Emission, size: Size, by: number): Size {
  return typeof size === 'number' ? size * by : e.op('Mul', [size, e.ints([by])])
}

const batchToSpace: Operator = {
  emit: (e) => {
    const x = e.value(0)
    const blocks = e.numbers(1, 'sizes of blocks')
    const crops = e.known(2)
    const spatial = blocks.length
    const name = e.in(0)
    const sizes = sizesAt(e, x, name)
    const rest = sizes.slice(spatial + 1)
    const times = blocks.reduce((a, b) => a * b, 1)
    const batch = divided(e, sizes[0] as Size, times)
    const inner = [...blocks, batch, ...sizes.slice(1, spatial + 1), ...rest]
    const perm = [
      spatial,
      ...blocks.flatMap((_, i) => [spatial + 1 + i, i]),
      ...rest.map((_, i) => 2 * spatial + 1 + i),
    ]
    const moved = e.op('Transpose', [reshaped(e, name, inner)], { perm: attribute.ints(perm) })
    const outer = [batch, ...blocks.map((block, i) => multiplied(e, sizes[i + 1] as Size, block)), ...rest]
    let result = reshaped(e, moved, outer)
    const shape = outer.map((size, d) => {
      if (typeof size !== 'number') return null
      if (d < 1 || d > spatial) return size
      return crops ? size - (crops[2 * d - 2] as number) - (crops[2 * d - 1] as number) : null
    })
    if (!crops) {
      const parts = outer.slice(1, spatial + 1).map((size) => (typeof size === 'number' ? e.ints([size]) : size))
      const ends = e.op('Sub', [e.op('Concat', parts, { axis: attribute.int(0) }), column(e, 2, 1)])
      result = e.op('Slice', [result, column(e, 2, 0), ends, e.ints(blocks.map((_, i) => i + 1))])
    } else if (crops.some((n) => n > 0)) {
      const ends = blocks.map((_, i) =>
        crops[2 * i + 1] === 0 ? Number.MAX_SAFE_INTEGER : -(crops[2 * i + 1] as number),
      )
      const starts = blocks.map((_, i) => crops[2 * i] as number)
      result = e.op('Slice', [result, e.ints(starts), e.ints(ends), e.ints(blocks.map((_, i) => i + 1))])
    }
    return e.result(result, x.dtype, shape)
  },
  except: 'computed sizes of blocks',
}

const suppression: Operator = {
  types: (node) => (node.op.endsWith('V4') ? ['int32', 'int32'] : ['int32']),
  emit: (e) => {
    const isV1 = e.node.op === 'NonMaxSuppression'
    const boxes = e.op('Unsqueeze', [e.in(0), e.ints([0])])
    const scores = e.op('Unsqueeze', [e.in(1), e.ints([0, 1])])
    const overlap = isV1 ? e.scalar('float32', floatOf(e.node, 'iou_threshold', 0.5)) : e.in(3)
    if (e.node.op.endsWith('V4') && boolOf(e.node, 'pad_to_max_output_size', false)) e.refuse('pad_to_max_output_size')
    const inputs = [boxes, scores, e.op('Reshape', [e.long(2), e.ints([1])]), e.op('Reshape', [overlap, e.ints([1])])]
    if (e.inputs.length > 4) inputs.push(e.op('Reshape', [e.in(4), e.ints([1])]))
    const found = e.op('NonMaxSuppression', inputs)
    const at = e.cast(e.op('Gather', [found, e.scalar('int64', 2)], { axis: attribute.int(1) }), 'int32')
    const values = [e.result(at, 'int32', [null])]
    if (e.node.op.endsWith('V4')) values.push(e.result(e.op('Squeeze', [e.cast(e.shapeOf(at), 'int32')]), 'int32', []))
    return values
  },
  except: 'pad_to_max_output_size',
}

const cropAndResize: Operator = {
  types: () => ['float32'],
  accepts: (_node, [dtype]) => dtype === 'float32',
  emit: (e) => {
    if (textOf(e.node, 'method', 'bilinear') !== 'bilinear') e.refuse('a method that is not bilinear')
    if (floatOf(e.node, 'extrapolation_value', 0) !== 0) e.refuse('an extrapolation value')
    const x = e.value(0)
    const size = e.numbers(3, 'a size of crops') as [number, number]
    const name = e.in(0, 'first')
    // Each crop is sampled at its own points: GridSample, in coordinates of -1 … 1 from corner to corner.
    const boxes = e.in(1)
    const picked = e.op('Gather', [name, e.long(2)])
    const spread = (from: number, to: number, count: number) => {
      const [low, high] = [from, to].map((k) => e.op('Gather', [boxes, e.ints([k])], { axis: attribute.int(1) })) as [
        string,
        string,
      ]
      if (count === 1) return e.op('Sub', [e.op('Add', [low, high]), e.scalar('float32', 1)])
      const steps = Float32Array.from({ length: count }, (_, i) => i / (count - 1))
      const way = e.op('Mul', [
        e.op('Sub', [high, low]),
        e.constant({ dtype: 'float32', shape: [1, count], data: steps }),
      ])
      return e.op('Sub', [e.op('Mul', [e.op('Add', [low, way]), e.scalar('float32', 2)]), e.scalar('float32', 1)])
    }
    const ys = e.op('Unsqueeze', [spread(0, 2, size[0]), e.ints([2, 3])])
    const xs = e.op('Unsqueeze', [spread(1, 3, size[1]), e.ints([1, 3])])
    const sizes = e.op('Concat', [e.dimension(boxes, 0), e.ints([size[0], size[1], 1])], { axis: attribute.int(0) })
    const grid = e.op('Concat', [e.op('Expand', [xs, sizes]), e.op('Expand', [ys, sizes])], { axis: attribute.int(3) })
    const sampled = e.op('GridSample', [picked, grid], {
      mode: attribute.text('linear'),
      padding_mode: attribute.text('zeros'),
      align_corners: attribute.int(1),
    })
    // Points outside the image are 0 as a whole, not mixed with its edge.
    const one = e.scalar('float32', 1.000001)
    const isIn = (part: string) => e.op('LessOrEqual', [e.op('Abs', [part]), one])
    const inside = e.op('And', [isIn(ys), isIn(xs)])
    const mask = e.op('Transpose', [inside], { perm: attribute.ints([0, 3, 1, 2]) })
    const result = e.op('Where', [mask, sampled, e.scalar('float32', 0)])
    return e.result(result, 'float32', [e.value(1).shape?.[0] ?? null, size[0], size[1], x.shape?.[3] ?? null], 'first')
  },
  except: 'other methods, extrapolation values, images that are not of 32-bit floats',
}

const adjustContrast: Operator = {
  accepts: needs('ReduceMean'),
  emit: (e) => {
    const x = e.value(0)
    const rank = e.rank(0)
    const axes = e.ints([rank - 3, rank - 2].map((axis) => (x.prefersFirst(e.scope) ? firstAxis(axis, rank) : axis)))
    const layout = x.prefersFirst(e.scope) ? 'first' : 'plain'
    const name = e.in(0, layout)
    const mean = e.typed('ReduceMean', x.dtype, [name, axes])
    const scaled = e.op('Mul', [e.op('Sub', [name, mean]), e.in(1)])
    return e.result(e.op('Add', [scaled, mean]), x.dtype, x.shape, layout)
  },
}

/** Values rounded to the steps that quantised training makes (fake_quant_ops_functor.h of TensorFlow 2.21). */
function fakeQuant(read: (e: Emission) => readonly [string, string]): Operator {
  return {
    emit: (e) => {
      const x = e.value(0)
      const [min, max] = read(e)
      const bits = intOf(e.node, 'num_bits', 8)
      const low = boolOf(e.node, 'narrow_range', false) ? 1 : 0
      const [start, end] = [e.scalar('float32', low), e.scalar('float32', 2 ** bits - 1)]
      const scale = e.op('Div', [e.op('Sub', [max, min]), e.op('Sub', [end, start])])
      const zero = e.op('Sub', [start, e.op('Div', [min, scale])])
      const half = e.scalar('float32', 0.5)
      const nearest = (name: string) => e.op('Floor', [e.op('Add', [name, half])])
      const nudged = e.op('Min', [e.op('Max', [nearest(zero), start]), end])
      const [from, to] = [
        e.op('Mul', [e.op('Sub', [start, nudged]), scale]),
        e.op('Mul', [e.op('Sub', [end, nudged]), scale]),
      ]
      const clamped = e.op('Min', [e.op('Max', [e.in(0), from]), to])
      const inverse = e.op('Reciprocal', [scale])
      const steps = nearest(e.op('Mul', [e.op('Sub', [clamped, from]), inverse]))
      return e.result(e.op('Add', [e.op('Mul', [steps, scale]), from]), x.dtype, x.shape)
    },
  }
}

/** Images and quantised values. */
export const imageOperators: OperatorTable = {
  ResizeBilinear: resize('linear'),
  ResizeNearestNeighbor: resize('nearest'),
  DepthToSpace: {
    emit: (e) => blockOrder(e, 'DepthToSpace'),
    accepts: needs('DepthToSpace'),
    except: 'channels first',
  },
  SpaceToDepth: {
    emit: (e) => blockOrder(e, 'SpaceToDepth'),
    accepts: needs('SpaceToDepth'),
    except: 'channels first',
  },
  SpaceToBatchND: spaceToBatch,
  BatchToSpaceND: batchToSpace,
  NonMaxSuppression: suppression,
  NonMaxSuppressionV2: suppression,
  NonMaxSuppressionV3: suppression,
  NonMaxSuppressionV4: suppression,
  CropAndResize: cropAndResize,
  AdjustContrastv2: adjustContrast,
  FakeQuantWithMinMaxArgs: fakeQuant((e) => [
    e.scalar('float32', floatOf(e.node, 'min', -6)),
    e.scalar('float32', floatOf(e.node, 'max', 6)),
  ]),
  FakeQuantWithMinMaxVars: fakeQuant((e) => [e.in(1), e.in(2)]),
  FakeQuantWithMinMaxVarsPerChannel: fakeQuant((e) => [e.in(1), e.in(2)]),
}
