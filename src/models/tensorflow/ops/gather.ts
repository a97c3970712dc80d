import { attribute } from '../../onnx-graph/builder.ts'
import { broadcast, type Emission } from '../emission.ts'
import type { TfShape } from '../graph.ts'
import { intOf } from '../node-attributes.ts'
import type { TfDtype } from '../tf-dtype.ts'
import type { Value } from '../value.ts'
import { operands } from './elementwise.ts'
import { needs, type Operator, type OperatorTable } from './operator.ts'
import { axisIn, fillWith, sizesOf } from './shape.ts'

/** Indices as 64-bit whole numbers; negative ones, which TensorFlow refuses, become too large for any dimension. */
function indices(e: Emission, index: number): string {
  const value = e.value(index)
  const name = e.long(index)
  if (value.constant) {
    if (Array.from(value.constant.data as ArrayLike<number>, Number).some((i) => i < 0)) e.refuse('a negative index')
    return name
  }
  const isBelow = e.op('Less', [name, e.scalar('int64', 0)])
  return e.op('Where', [isBelow, e.scalar('int64', Number.MAX_SAFE_INTEGER), name])
}

function gatherShape(params: TfShape, at: TfShape, axis: number, batch: number): TfShape {
  return params && at ? [...params.slice(0, axis), ...at.slice(batch), ...params.slice(axis + 1)] : null
}

function gatherAlong(e: Emission, axis: number, batch: number): Value {
  const [params, at] = [e.value(0), e.value(1)]
  const shape = gatherShape(params.shape, at.shape, axis, batch)
  if (batch === 0)
    return e.result(e.op('Gather', [e.in(0), indices(e, 1)], { axis: attribute.int(axis) }), params.dtype, shape)
  const [rank, own] = [e.rank(0), e.rank(1)]
  // Dimensions between the batch and the axis are moved behind it, and back afterwards.
  const between = axis - batch
  const front = [
    ...Array.from({ length: batch }, (_, i) => i),
    axis,
    ...Array.from({ length: between }, (_, i) => batch + i),
  ]
  const rest = Array.from({ length: rank - axis - 1 }, (_, i) => axis + 1 + i)
  const moved = between === 0 ? e.in(0) : e.op('Transpose', [e.in(0)], { perm: attribute.ints([...front, ...rest]) })
  const listed = e.op('Unsqueeze', [indices(e, 1), e.ints([own])])
  const found = e.op('GatherND', [moved, listed], { batch_dims: attribute.int(batch) })
  if (between === 0) return e.result(found, params.dtype, shape)
  const spots = own - batch
  const back = [
    ...Array.from({ length: batch }, (_, i) => i),
    ...Array.from({ length: between }, (_, i) => batch + spots + i),
    ...Array.from({ length: spots }, (_, i) => batch + i),
    ...rest.map((_, i) => batch + spots + between + i),
  ]
  return e.result(e.op('Transpose', [found], { perm: attribute.ints(back) }), params.dtype, shape)
}

const gatherV2: Operator = {
  emit: (e) => {
    const batch = intOf(e.node, 'batch_dims', 0)
    const axis = e.numbers(2, 'a dimension')[0] as number
    const { rank } = e.value(1)
    const from = batch < 0 ? batch + (rank ?? e.refuse('indices of unknown rank')) : batch
    const at = axis < 0 ? axisIn(e, axis, e.rank(0)) : axis
    return gatherAlong(e, at, from)
  },
  except: 'a computed dimension',
}

function scatter(reduction: string, isNegated: boolean): Operator {
  return {
    emit: (e) => {
      const x = e.value(0)
      const isWide = reduction !== 'none' && !/^(float32|float64|int32|int64)$/.test(x.dtype)
      if (isWide) e.refuse(`sums of ${x.dtype}`)
      const updates = isNegated ? e.op('Neg', [e.in(2)]) : e.in(2)
      const name = e.op('ScatterND', [e.in(0), indices(e, 1), updates], { reduction: attribute.text(reduction) })
      return e.result(name, x.dtype, x.shape)
    },
  }
}

const select: Operator = {
  types: (_node, inputs) => [inputs[1] ?? 'float32'],
  accepts: needs('Where', 1),
  emit: (e) => {
    const values = [e.value(0), e.value(1), e.value(2)] as const
    const { dtype } = values[1]
    const [condition, x] = values
    if (e.node.op === 'Select' && condition.rank === 1 && x.rank !== 1) {
      // A vector picks rows.
      const rank = e.rank(1)
      const spread = e.op('Reshape', [e.in(0), e.ints([-1, ...new Array<number>(rank - 1).fill(1)])])
      return e.result(whereTyped(e, dtype, [spread, e.in(1), e.in(2)]), dtype, x.shape)
    }
    if (e.node.op === 'Select' && (condition.rank === null || x.rank === null)) e.refuse('values of unknown rank')
    const { layout, names } = operands(e, values)
    const shape = broadcast(...values.map((value) => value.shape))
    return e.result(whereTyped(e, dtype, names), dtype, shape, layout)
  },
}

function whereTyped(e: Emission, dtype: TfDtype, names: readonly string[]): string {
  const [condition, x, y] = names as [string, string, string]
  if (dtype === 'float32' || dtype === 'float64' || dtype === 'int32' || dtype === 'int64')
    return e.op('Where', [condition, x, y])
  const wide: TfDtype = /float/.test(dtype) ? 'float32' : dtype === 'uint64' ? 'int64' : 'int64'
  return e.cast(e.op('Where', [condition, e.cast(x, wide), e.cast(y, wide)]), dtype)
}

const oneHot: Operator = {
  types: (_node, inputs) => [inputs[2] ?? 'float32'],
  emit: (e) => {
    const [at, depth, on] = [e.value(0), e.value(1), e.value(2)]
    const axis = intOf(e.node, 'axis', -1)
    const { dtype } = on
    // Compared one by one: OneHot of ONNX counts negative indices from the end.
    const rank = at.rank ?? e.refuse('indices of unknown rank')
    const position = axis < 0 ? rank : axis
    const numbers = e.op('Range', [e.scalar('int64', 0), e.long(1), e.scalar('int64', 1)])
    const spread = e.op('Reshape', [numbers, e.ints([-1, ...new Array<number>(rank - position).fill(1)])])
    const hit = e.op('Equal', [e.op('Unsqueeze', [e.long(0), e.ints([position])]), spread])
    const size = depth.constant ? Number((depth.constant.data as ArrayLike<number>)[0]) : null
    const shape = at.shape ? [...at.shape.slice(0, position), size, ...at.shape.slice(position)] : null
    return e.result(whereTyped(e, dtype, [hit, e.in(2), e.in(3)]), dtype, shape)
  },
}

const gatherNd: Operator = {
  emit: (e) => {
    const [params, at] = [e.value(0), e.value(1)]
    const depth = at.shape?.at(-1) ?? null
    const shape =
      params.shape && at.shape && depth !== null ? [...at.shape.slice(0, -1), ...params.shape.slice(depth)] : null
    return e.result(e.op('GatherND', [e.in(0), indices(e, 1)]), params.dtype, shape)
  },
}

/** Picking and placing elements. */
export const gatherOperators: OperatorTable = {
  ResourceGather: {
    emit: (e) => {
      const batch = intOf(e.node, 'batch_dims', 0)
      return gatherAlong(e, batch, batch)
    },
  },
  Gather: { emit: (e) => gatherAlong(e, 0, 0) },
  GatherV2: gatherV2,
  GatherNd: gatherNd,
  ResourceGatherNd: gatherNd,
  ScatterNd: {
    types: (_node, inputs) => [inputs[1] ?? 'float32'],
    accepts: (_node, inputs) => /^(float32|float64|int32|int64)$/.test(inputs[1] ?? ''),
    emit: (e) => {
      const { dtype } = e.value(1)
      const empty = fillWith(e, e.longVector(2), dtype, 0)
      const name = e.op('ScatterND', [empty, indices(e, 0), e.in(1)], { reduction: attribute.text('add') })
      return e.result(name, dtype, sizesOf(e.value(2)))
    },
  },
  TensorScatterUpdate: scatter('none', false),
  TensorScatterAdd: scatter('add', false),
  TensorScatterSub: scatter('add', true),
  TensorScatterMax: scatter('max', false),
  TensorScatterMin: scatter('min', false),
  Select: select,
  SelectV2: select,
  OneHot: oneHot,
  Where: {
    types: () => ['int64'],
    accepts: needs('NonZero'),
    emit: (e) => {
      const { rank } = e.value(0)
      const found = e.op('NonZero', [e.in(0)])
      return e.result(e.op('Transpose', [found], { perm: attribute.ints([1, 0]) }), 'int64', [null, rank])
    },
  },
}
