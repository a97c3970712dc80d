// Longer than others: one translation per operator, each a few lines, in one table.
import { attribute } from '../../onnx-graph/builder.ts'
import { broadcast, type Emission, filled } from '../emission.ts'
import type { TfShape } from '../graph.ts'
import { dtypeOf, intOf, intsOf, textOf } from '../node-attributes.ts'
import { toFirst, toLast } from '../scope.ts'
import type { TfDtype } from '../tf-dtype.ts'
import { Value } from '../value.ts'
import { commonLayout } from './elementwise.ts'
import { givesAttribute, type Operator, type OperatorTable } from './operator.ts'

const repeat = (node: Parameters<typeof dtypeOf>[0], name: string, dtype: TfDtype) =>
  new Array<TfDtype>(intOf(node, name)).fill(dtype)

/** Position of an axis of a tensor in TensorFlow when its channels are moved behind the batch. */
export function firstAxis(axis: number, rank: number): number {
  return axis === 0 ? 0 : axis === rank - 1 ? 1 : axis + 1
}

export function axisIn(e: Emission, axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis
  return at >= 0 && at < rank ? at : e.refuse(`axis ${axis} of ${rank} dimensions`)
}

/** The shape of a value, as a vector of int64 at run time, without moving its channels. */
function runtimeShape(e: Emission, value: Value): string {
  if (!value.prefersFirst(e.scope)) return e.shapeOf(e.scope.nameOf(value))
  const rank = value.rank as number
  return e.op('Gather', [e.shapeOf(e.scope.nameOf(value, 'first')), e.ints(toLast(rank))])
}

function shapeResult(e: Emission, value: Value, dtype: TfDtype): Value {
  const { shape } = value
  const data = Float64Array.from(shape ?? [], (size) => size ?? Number.NaN)
  const known = shape ? ({ dtype: 'float64', shape: [shape.length], data } as const) : null
  if (shape?.every((size) => size !== null)) return knownValue(dtype, [shape.length], data)
  const long = runtimeShape(e, value)
  return e.result(
    dtype === 'int64' ? long : e.cast(long, dtype),
    dtype,
    shape ? [shape.length] : [null],
    'plain',
    known,
  )
}

/** A constant of whole numbers. */
export function knownValue(dtype: TfDtype, shape: readonly number[], data: Float64Array): Value {
  return Value.of(
    dtype === 'int64'
      ? { dtype, shape, data: BigInt64Array.from(data, BigInt) }
      : { dtype: 'int32', shape, data: Int32Array.from(data) },
  )
}

const shape: Operator = {
  types: givesAttribute('out_type', 'int32'),
  emit: (e) => shapeResult(e, e.value(0), dtypeOf(e.node, 'out_type', 'int32')),
}

const reshape: Operator = {
  emit: (e) => {
    const x = e.value(0)
    const target = e.value(1)
    const known = target.known ? Array.from(target.known.data as Float64Array) : null
    const open = known?.filter((size) => Number.isNaN(size) || size === -1).length ?? 0
    const sizes = known ? known.map((size) => (Number.isNaN(size) || size === -1 ? null : size)) : null
    const rank = target.shape?.length === 1 ? target.shape[0] : null
    const result: TfShape = sizes ?? (typeof rank === 'number' ? new Array<null>(rank).fill(null) : null)
    if (known && open <= 1) {
      const total = x.shape?.every((size) => size !== null)
        ? x.shape.reduce<number>((a, b) => a * (b as number), 1)
        : null
      const rest = sizes?.reduce<number>((a, b) => a * (b ?? 1), 1) ?? 0
      const full = result?.map((size) => (size === null && total !== null && rest > 0 ? total / rest : size)) ?? null
      const literal = sizes?.map((size) => size ?? -1) ?? []
      const attributes = literal.includes(0) && !literal.includes(-1) ? { allowzero: attribute.int(1) } : {}
      if (!(literal.includes(0) && literal.includes(-1)))
        return e.result(e.op('Reshape', [e.in(0), e.ints(literal)], attributes), x.dtype, full)
    }
    return e.result(e.op('Reshape', [e.in(0), e.long(1)]), x.dtype, result)
  },
}

const expandDims: Operator = {
  emit: (e) => {
    const x = e.value(0)
    const [axis] = e.numbers(1, 'a dimension')
    if (axis === undefined) return e.refuse('no dimension')
    const { shape } = x
    const rank = x.rank
    if (rank === null) return e.result(e.op('Unsqueeze', [e.in(0), e.ints([axis])]), x.dtype, null)
    const at = axisIn(e, axis, rank + 1)
    const result = shape ? [...shape.slice(0, at), 1, ...shape.slice(at)] : null
    if (x.prefersFirst(e.scope) && at > 0 && at < rank)
      return e.result(e.op('Unsqueeze', [e.in(0, 'first'), e.ints([at + 1])]), x.dtype, result, 'first')
    return e.result(e.op('Unsqueeze', [e.in(0), e.ints([at])]), x.dtype, result)
  },
}

const squeeze: Operator = {
  emit: (e) => {
    const x = e.value(0)
    const given = intsOf(e.node, 'squeeze_dims', intsOf(e.node, 'axis', []))
    const { shape, rank } = x
    if (given.length === 0) {
      if (!shape) return e.result(e.op('Squeeze', [e.in(0)]), x.dtype, null)
      const isKnown = shape.every((size) => size !== null)
      return e.result(e.op('Squeeze', [e.in(0)]), x.dtype, isKnown ? shape.filter((size) => size !== 1) : null)
    }
    if (rank === null) return e.result(e.op('Squeeze', [e.in(0), e.ints(given)]), x.dtype, null)
    const axes = given.map((axis) => axisIn(e, axis, rank))
    const result = shape?.filter((_, i) => !axes.includes(i)) ?? null
    const isSpatial = axes.every((axis) => axis > 0 && axis < rank - 1) && rank - axes.length >= 3
    if (x.prefersFirst(e.scope) && isSpatial)
      return e.result(
        e.op('Squeeze', [e.in(0, 'first'), e.ints(axes.map((axis) => axis + 1))]),
        x.dtype,
        result,
        'first',
      )
    return e.result(e.op('Squeeze', [e.in(0), e.ints(axes)]), x.dtype, result)
  },
}

const same = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((x, i) => x === b[i])

const transpose: Operator = {
  emit: (e) => {
    const x = e.value(0)
    const perm = e.known(1)
    if (!perm) return e.refuse('an order of dimensions that is computed, not a constant')
    const rank = perm.length
    const result = x.shape ? perm.map((p) => x.shape?.[p] ?? null) : new Array<null>(rank).fill(null)
    if (rank >= 3 && same(perm, toLast(rank)) && x.find(e.scope, 'first') === null)
      return e.result(e.in(0), x.dtype, result, 'first')
    if (rank >= 3 && same(perm, toFirst(rank)) && x.rank === rank && x.find(e.scope, 'first') !== null)
      return e.result(e.in(0, 'first'), x.dtype, result)
    return e.result(e.op('Transpose', [e.in(0)], { perm: attribute.ints(perm) }), x.dtype, result)
  },
}

function concat(axisFirst: boolean): Operator {
  const at = (count: number) => (axisFirst ? 0 : count - 1)
  return {
    types: (_node, inputs) => [inputs[axisFirst ? 1 : 0] ?? 'float32'],
    emit: (e) => {
      const [axis] = e.numbers(at(e.inputs.length), 'a dimension')
      const values = axisFirst ? e.inputs.slice(1) : e.inputs.slice(0, -1)
      const first = values[0] as Value
      const rank = values.find((value) => value.rank !== null)?.rank ?? null
      if (axis === undefined) return e.refuse('no dimension')
      if (rank === null) {
        const names = values.map((value) => e.scope.nameOf(value))
        return e.result(e.op('Concat', names, { axis: attribute.int(axis) }), first.dtype, null)
      }
      const position = axisIn(e, axis, rank)
      const layout = commonLayout(e, values)
      const isFirst = layout === 'first' && values.every((value) => value.rank === rank)
      const names = values.map((value) => e.scope.nameOf(value, isFirst ? 'first' : 'plain'))
      const result = concatShape(
        values.map((value) => value.shape),
        position,
        rank,
      )
      const on = isFirst ? firstAxis(position, rank) : position
      const name = names.length === 1 ? (names[0] as string) : e.op('Concat', names, { axis: attribute.int(on) })
      return e.result(name, first.dtype, result, isFirst ? 'first' : 'plain')
    },
  }
}

function concatShape(shapes: readonly TfShape[], axis: number, rank: number): TfShape {
  return Array.from({ length: rank }, (_, d) => {
    const sizes = shapes.map((one) => one?.[d] ?? null)
    if (d !== axis) return sizes.find((size) => size !== null) ?? null
    return sizes.includes(null) ? null : sizes.reduce<number>((a, b) => a + (b as number), 0)
  })
}

const pack: Operator = {
  emit: (e) => {
    const axis = intOf(e.node, 'axis', 0)
    const { dtype } = e.value(0)
    const shape = e.inputs.find((value) => value.shape !== null)?.shape ?? null
    if (shape === null && axis < 0) return e.refuse('values of unknown rank')
    const at = axis < 0 ? axis + (shape as readonly number[]).length + 1 : axis
    const names = e.inputs.map((_, i) => e.op('Unsqueeze', [e.in(i), e.ints([at])]))
    const name = names.length === 1 ? (names[0] as string) : e.op('Concat', names, { axis: attribute.int(at) })
    return e.result(name, dtype, shape ? [...shape.slice(0, at), e.inputs.length, ...shape.slice(at)] : null)
  },
}

const unpack: Operator = {
  types: (node, inputs) => repeat(node, 'num', inputs[0] ?? 'float32'),
  emit: (e) => {
    const x = e.value(0)
    const count = intOf(e.node, 'num')
    const axis = intOf(e.node, 'axis', 0)
    const at = axis < 0 ? axisIn(e, axis, e.rank(0)) : axis
    const shape = x.shape ? x.shape.filter((_, i) => i !== at) : null
    return Array.from({ length: count }, (_, i) =>
      e.result(
        e.op('Gather', [e.in(0), e.constant({ dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(i)) })], {
          axis: attribute.int(at),
        }),
        x.dtype,
        shape,
      ),
    )
  },
}

function splitInto(e: Emission, x: Value, index: number, axis: number, sizes: readonly number[] | null, count: number) {
  const rank = x.rank
  const at = axis < 0 ? axisIn(e, axis, e.rank(index)) : axis
  const layout = x.prefersFirst(e.scope) ? 'first' : 'plain'
  const on = attribute.int(layout === 'first' ? firstAxis(at, rank as number) : at)
  const whole = x.shape?.[at] ?? null
  const own = sizes ?? (whole === null ? null : new Array<number>(count).fill(whole / count))
  const names =
    count === 1
      ? [e.in(index, layout)]
      : sizes
        ? e.ops('Split', [e.in(index, layout), e.ints(sizes)], { axis: on }, count)
        : e.ops('Split', [e.in(index, layout)], { axis: on, num_outputs: attribute.int(count) }, count)
  return names.map((name, i) =>
    e.result(name, x.dtype, x.shape ? x.shape.map((size, d) => (d === at ? (own?.[i] ?? null) : size)) : null, layout),
  )
}

const split: Operator = {
  types: (node, inputs) => repeat(node, 'num_split', inputs[1] ?? 'float32'),
  emit: (e) => splitInto(e, e.value(1), 1, e.numbers(0, 'a dimension')[0] as number, null, intOf(e.node, 'num_split')),
}

const splitV: Operator = {
  types: (node, inputs) => repeat(node, 'num_split', inputs[0] ?? 'float32'),
  emit: (e) => {
    const x = e.value(0)
    const sizes = e.numbers(1, 'sizes')
    const axis = e.numbers(2, 'a dimension')[0] as number
    const open = sizes.indexOf(-1)
    if (open >= 0) {
      const at = axisIn(e, axis, e.rank(0))
      const whole = x.shape?.[at] ?? null
      if (whole === null) return e.refuse('a part of the rest of a dimension of unknown size')
      sizes[open] = whole - sizes.reduce((a, b) => a + b, 0) - 1
    }
    return splitInto(e, x, 0, axis, sizes, sizes.length)
  },
}

const tile: Operator = {
  emit: (e) => {
    const x = e.value(0)
    const counts = e.known(1)
    const result =
      x.shape && counts ? x.shape.map((size, i) => (size === null ? null : size * (counts[i] as number))) : null
    return e.result(
      e.typed('Tile', x.dtype, [e.in(0), e.long(1)].map(String)),
      x.dtype,
      result ?? x.shape?.map(() => null) ?? null,
    )
  },
}

const pad: Operator = {
  emit: (e) => {
    const x = e.value(0)
    const pads = e.known(1)
    const op = e.node.op
    const mode = op === 'MirrorPad' ? textOf(e.node, 'mode') : 'CONSTANT'
    const isSymmetric = mode === 'SYMMETRIC'
    const type = e.inputs.length > 2 ? e.in(2) : op === 'MirrorPad' ? '' : e.scalar(x.dtype, 0)
    if (!pads) {
      if (isSymmetric) return e.refuse('widths that are computed, not a constant')
      const widths = e.op('Reshape', [e.op('Transpose', [e.long(1)]), e.ints([-1])])
      const name = padTyped(e, x.dtype, e.in(0), widths, type, mode)
      return e.result(name, x.dtype, x.shape?.map(() => null) ?? null)
    }
    const rank = pads.length / 2
    const result =
      x.shape?.map((size, i) =>
        size === null ? null : size + (pads[2 * i] as number) + (pads[2 * i + 1] as number),
      ) ?? null
    const layout = x.prefersFirst(e.scope) && !isSymmetric ? 'first' : 'plain'
    const order = layout === 'first' ? toFirst(rank) : Array.from({ length: rank }, (_, i) => i)
    const name = isSymmetric
      ? padSymmetric(e, e.in(0), pads)
      : padTyped(
          e,
          x.dtype,
          e.in(0, layout),
          e.ints([...order.map((d) => pads[2 * d] as number), ...order.map((d) => pads[2 * d + 1] as number)]),
          type,
          mode,
        )
    return e.result(name, x.dtype, result, layout)
  },
}

function padTyped(e: Emission, dtype: TfDtype, x: string, widths: string, value: string, mode: string): string {
  const attributes = { mode: attribute.text(mode === 'REFLECT' ? 'reflect' : 'constant') }
  if (dtype === 'float32' || dtype === 'float64' || dtype === 'int32' || dtype === 'int64')
    return e.op('Pad', value === '' ? [x, widths] : [x, widths, value], attributes)
  const wide: TfDtype = /^float|^bfloat/.test(dtype) ? 'float32' : 'int64'
  const inputs = [e.cast(x, wide), widths, ...(value === '' ? [] : [e.cast(value, wide)])]
  return e.cast(e.op('Pad', inputs, attributes), dtype)
}

/** Borders are mirrored with the edge itself: slices of the edges, turned around, dimension by dimension. */
function padSymmetric(e: Emission, x: string, pads: readonly number[]): string {
  let name = x
  for (let d = 0; d < pads.length / 2; d++) {
    const [before, after] = [pads[2 * d] as number, pads[2 * d + 1] as number]
    if (before === 0 && after === 0) continue
    const turned = (from: number, to: number) =>
      e.op('Slice', [name, e.ints([from]), e.ints([to]), e.ints([d]), e.ints([-1])])
    const parts = [
      ...(before > 0 ? [turned(before - 1, Number.MIN_SAFE_INTEGER)] : []),
      name,
      ...(after > 0 ? [turned(-1, -after - 1)] : []),
    ]
    name = e.op('Concat', parts, { axis: attribute.int(d) })
  }
  return name
}

const like = (value: number): Operator => ({
  emit: (e) => {
    const x = e.value(0)
    if (x.shape?.every((size) => size !== null)) {
      const size = x.shape.reduce<number>((a, b) => a * (b as number), 1)
      if (size <= 4096 && x.dtype !== 'float16' && x.dtype !== 'bfloat16')
        return Value.of(filled(x.dtype, value, x.shape as number[]))
    }
    return e.result(fillWith(e, runtimeShape(e, x), x.dtype, value), x.dtype, x.shape)
  },
})

/** A tensor of a shape that is known at run time. */
export function fillWith(e: Emission, shape: string, dtype: TfDtype, value: number): string {
  return e.op('Expand', [e.scalar(dtype, value), shape])
}

/** Sizes that a vector of whole numbers names, as far as they are known. */
export function sizesOf(value: Value): TfShape {
  if (value.known) return Array.from(value.known.data as Float64Array, (size) => (Number.isNaN(size) ? null : size))
  const length = value.shape?.length === 1 ? value.shape[0] : null
  return typeof length === 'number' ? new Array<null>(length).fill(null) : null
}

/** Shapes and what changes them. */
export const shapeOperators: OperatorTable = {
  Shape: shape,
  ShapeN: {
    types: (node, inputs) => inputs.map(() => dtypeOf(node, 'out_type', 'int32')),
    emit: (e) => e.inputs.map((value) => shapeResult(e, value, dtypeOf(e.node, 'out_type', 'int32'))),
  },
  Size: {
    types: givesAttribute('out_type', 'int32'),
    emit: (e) => {
      const dtype = dtypeOf(e.node, 'out_type', 'int32')
      const { shape } = e.value(0)
      if (shape?.every((size) => size !== null))
        return knownValue(dtype, [], Float64Array.of(shape.reduce<number>((a, b) => a * (b as number), 1)))
      const long = e.op('Size', [e.in(0)])
      return e.result(dtype === 'int64' ? long : e.cast(long, dtype), dtype, [])
    },
  },
  Rank: {
    types: () => ['int32'],
    emit: (e) => {
      const { rank } = e.value(0)
      if (rank !== null) return knownValue('int32', [], Float64Array.of(rank))
      const long = e.op('Size', [e.shapeOf(e.in(0))])
      return e.result(e.cast(long, 'int32'), 'int32', [])
    },
  },
  Reshape: reshape,
  ExpandDims: { ...expandDims, except: 'a computed dimension' },
  Squeeze: squeeze,
  Transpose: { ...transpose, except: 'a computed order of dimensions' },
  ConcatV2: concat(false),
  Concat: concat(true),
  Pack: pack,
  Unpack: unpack,
  Split: split,
  SplitV: { ...splitV, except: 'computed sizes, and -1 in a dimension of unknown size' },
  Tile: tile,
  Pad: pad,
  PadV2: pad,
  MirrorPad: { ...pad, except: 'SYMMETRIC with computed widths' },
  ZerosLike: like(0),
  OnesLike: like(1),
  Fill: {
    types: (_node, inputs) => [inputs[1] ?? 'float32'],
    emit: (e) => e.result(e.op('Expand', [e.in(1), e.long(0)]), e.value(1).dtype, sizesOf(e.value(0))),
  },
  BroadcastTo: {
    emit: (e) => {
      const x = e.value(0)
      return e.result(e.op('Expand', [e.in(0), e.long(1)]), x.dtype, broadcast(x.shape, sizesOf(e.value(1))) ?? null)
    },
  },
  Range: {
    emit: (e) => {
      const { dtype } = e.value(0)
      return e.result(e.typed('Range', dtype, [e.in(0), e.in(1), e.in(2)]), dtype, [null])
    },
  },
  EnsureShape: { emit: (e) => passThrough(e) },
  Identity: { emit: (e) => passThrough(e) },
  Snapshot: { emit: (e) => passThrough(e) },
  PreventGradient: { emit: (e) => passThrough(e) },
  StopGradient: { emit: (e) => passThrough(e) },
  IdentityN: { types: (_node, inputs) => inputs, emit: (e) => e.inputs.map((value) => value) },
}

function passThrough(e: Emission): Value {
  return e.value(0)
}
