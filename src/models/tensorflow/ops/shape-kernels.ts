// Longer than others: one kernel per operator, each a few lines, in one table.
import { elementCount, type Tensor } from '../../../schema/tensor.ts'
import type { TfNode } from '../graph.ts'
import { dtypeOf, intOf, intsOf } from '../node-attributes.ts'
import { transposed } from '../scope.ts'
import { type Kernel, KernelFault, type KernelNode } from './operator.ts'
import {
  axisOf,
  broadcastIndex,
  broadcastSizes,
  checkedShape,
  generate,
  isLong,
  makeData,
  numbers,
  scalarOf,
  stridesOf,
  take,
  vector,
} from './plain.ts'
import { boundsOf, type SliceEntry, sliceEntries } from './slice.ts'

const full = (node: KernelNode) => node as TfNode

/** Elements of `x` at the places that `at` gives. */
export function picked(x: Tensor, shape: readonly number[], at: (index: number) => number): Tensor {
  const size = elementCount(checkedShape(shape))
  const data = makeData(x.dtype, size)
  const from = x.data as unknown as ArrayLike<never>
  for (let i = 0; i < size; i++) (data as unknown as never[])[i] = from[at(i)] as never
  return { dtype: x.dtype, shape, data }
}

/** Tensors one behind the other along a dimension. */
export function concatenated(tensors: readonly Tensor[], axis: number): Tensor {
  const first = take(tensors, 0)
  const rank = first.shape.length
  const at = axisOf(axis, rank)
  const shape = first.shape.slice()
  shape[at] = tensors.reduce((sum, one) => sum + (one.shape[at] as number), 0)
  for (const one of tensors)
    if (one.shape.length !== rank || one.shape.some((size, d) => d !== at && size !== first.shape[d]))
      throw new KernelFault(`shapes [${first.shape.join(', ')}] and [${one.shape.join(', ')}] do not go together`)
  const data = makeData(first.dtype, elementCount(checkedShape(shape)))
  const outer = elementCount(shape.slice(0, at))
  let to = 0
  for (let o = 0; o < outer; o++)
    for (const one of tensors) {
      const width = elementCount(one.shape.slice(at))
      const from = one.data as unknown as ArrayLike<never>
      for (let i = 0; i < width; i++) (data as unknown as never[])[to++] = from[o * width + i] as never
    }
  return { dtype: first.dtype, shape, data }
}

function withShape(x: Tensor, shape: readonly number[]): Tensor {
  return { dtype: x.dtype, shape, data: x.data }
}

const reshape: Kernel = (_node, inputs) => {
  const x = take(inputs, 0)
  const wanted = numbers(take(inputs, 1))
  const open = wanted.indexOf(-1)
  if (open >= 0) {
    const rest = wanted.reduce((a, b, i) => (i === open ? a : a * b), 1)
    wanted[open] = rest === 0 ? 0 : x.data.length / rest
  }
  if (elementCount(wanted) !== x.data.length || wanted.some((size) => !Number.isInteger(size)))
    throw new KernelFault(`a tensor of shape [${x.shape.join(', ')}] has no shape [${wanted.join(', ')}]`)
  return [withShape(x, wanted)]
}

const stridedSlice: Kernel = (node, inputs) => {
  const x = take(inputs, 0)
  const [begin, end, strides] = [1, 2, 3].map((i) => numbers(take(inputs, i))) as [number[], number[], number[]]
  const entries = sliceEntries(node, begin.length, x.shape.length)
  const own = stridesOf(x.shape)
  let base = 0
  const shape: number[] = []
  const steps: number[] = []
  for (const entry of entries) {
    const size = x.shape[entry.axis] as number
    const step = own[entry.axis] as number
    if (entry.kind === 'new') {
      shape.push(1)
      steps.push(0)
    } else if (entry.kind === 'keep') {
      shape.push(size)
      steps.push(step)
    } else if (entry.kind === 'shrink') {
      base += axisIndex(begin[entry.index] as number, size) * step
    } else {
      const stride = strides[entry.index] as number
      const { start, stop } = rangeOf(entry, size, begin, end, stride)
      shape.push(Math.max(0, Math.ceil((stop - start) / stride)))
      steps.push(step * stride)
      base += start * step
    }
  }
  return [strided(x, shape, steps, base)]
}

function rangeOf(entry: SliceEntry, size: number, begin: readonly number[], end: readonly number[], stride: number) {
  if (stride === 0) throw new KernelFault('a stride of 0')
  return boundsOf(
    size,
    entry.hasBegin ? (begin[entry.index] as number) : null,
    entry.hasEnd ? (end[entry.index] as number) : null,
    stride,
  )
}

function axisIndex(index: number, size: number): number {
  const at = index < 0 ? index + size : index
  if (!(at >= 0 && at < size)) throw new KernelFault(`index ${index} of a dimension of ${size}`)
  return at
}

/** Elements at `base + Σ index·step`. */
function strided(x: Tensor, shape: readonly number[], steps: readonly number[], base: number): Tensor {
  const strides = stridesOf(shape)
  return picked(x, shape, (i) => {
    let at = base
    for (let d = 0; d < shape.length; d++)
      at += (Math.floor(i / (strides[d] as number)) % (shape[d] as number)) * (steps[d] as number)
    return at
  })
}

const slice: Kernel = (_node, inputs) => {
  const x = take(inputs, 0)
  const begin = numbers(take(inputs, 1))
  const sizes = numbers(take(inputs, 2)).map((size, i) =>
    size === -1 ? (x.shape[i] as number) - (begin[i] as number) : size,
  )
  if (
    sizes.some(
      (size, i) => size < 0 || (begin[i] as number) < 0 || (begin[i] as number) + size > (x.shape[i] as number),
    )
  )
    throw new KernelFault(
      `a slice of [${sizes.join(', ')}] from [${begin.join(', ')}] of shape [${x.shape.join(', ')}]`,
    )
  const steps = stridesOf(x.shape)
  return [
    strided(
      x,
      sizes,
      steps,
      begin.reduce((sum, b, i) => sum + b * (steps[i] as number), 0),
    ),
  ]
}

function gather(x: Tensor, at: Tensor, axis: number, batch: number): Tensor {
  const inner = elementCount(x.shape.slice(axis + 1))
  const size = x.shape[axis] as number
  const outer = elementCount(x.shape.slice(batch, axis))
  const spots = elementCount(at.shape.slice(batch))
  const shape = [...x.shape.slice(0, axis), ...at.shape.slice(batch), ...x.shape.slice(axis + 1)]
  const list = numbers(at)
  for (const index of list)
    if (!(index >= 0 && index < size)) throw new KernelFault(`index ${index} of a dimension of ${size}`)
  return picked(x, shape, (i) => {
    const k = i % inner
    const spot = Math.floor(i / inner) % spots
    const o = Math.floor(i / (inner * spots)) % outer
    const b = Math.floor(i / (inner * spots * outer))
    return ((b * outer + o) * size + (list[b * spots + spot] as number)) * inner + k
  })
}

const range: Kernel = (_node, inputs) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => scalarOf(take(inputs, i))) as [number, number, number]
  if (delta === 0) throw new KernelFault('a range in steps of 0')
  const size = Math.max(0, Math.ceil((limit - start) / delta))
  const { dtype } = take(inputs, 0)
  checkedShape([size])
  return [generate(dtype, [size], (i) => (isLong(dtype) ? BigInt(start + i * delta) : start + i * delta))]
}

/** Sums and the like over the dimensions of the second input. */
function reduction(
  start: number | null,
  f: (a: number, b: number) => number,
  finish: (total: number, count: number) => number = (x) => x,
): Kernel {
  return (node, inputs) => {
    const x = take(inputs, 0)
    const rank = x.shape.length
    const axes = numbers(take(inputs, 1)).map((axis) => axisOf(axis, rank))
    const keeps = node.attributes.get('keep_dims')
    const kept = x.shape.map((size, d) => (axes.includes(d) ? 1 : size))
    const to = broadcastIndex(kept, x.shape)
    const size = elementCount(kept)
    const totals = new Array<number>(size).fill(
      isLong(x.dtype) && start !== null ? (BigInt(start) as never) : (start ?? Number.NaN),
    )
    const counts = new Array<number>(size).fill(0)
    const data = x.data as ArrayLike<number>
    for (let i = 0; i < data.length; i++) {
      const at = to(i)
      totals[at] = start === null && counts[at] === 0 ? (data[i] as number) : f(totals[at] as number, data[i] as number)
      counts[at] = (counts[at] as number) + 1
    }
    const shape = keeps?.kind === 'bool' && keeps.value ? kept : x.shape.filter((_, d) => !axes.includes(d))
    return [generate(x.dtype, shape, (i) => finish(totals[i] as number, counts[i] as number))]
  }
}

const select: Kernel = (node, inputs) => {
  const [condition, x, y] = [take(inputs, 0), take(inputs, 1), take(inputs, 2)]
  const isRows = node.op === 'Select' && condition.shape.length === 1 && x.shape.length > 1
  const shown = isRows ? { ...condition, shape: [condition.data.length, ...x.shape.slice(1).map(() => 1)] } : condition
  const shape = broadcastSizes(broadcastSizes(shown.shape, x.shape), y.shape)
  const [c, a, b] = [shown, x, y].map((one) => broadcastIndex(one.shape, shape)) as ((i: number) => number)[]
  const data = makeData(x.dtype, elementCount(shape))
  const [left, right] = [x.data as unknown as ArrayLike<never>, y.data as unknown as ArrayLike<never>]
  for (let i = 0; i < data.length; i++)
    (data as unknown as never[])[i] = (
      condition.data[(c as (i: number) => number)(i)] ? left[a?.(i) as number] : right[b?.(i) as number]
    ) as never
  return [{ dtype: x.dtype, shape, data }]
}

const where: Kernel = (_node, inputs) => {
  const { data, shape } = take(inputs, 0)
  const strides = stridesOf(shape)
  const found: number[] = []
  for (let i = 0; i < data.length; i++) if (Number(data[i]) !== 0) found.push(i)
  const rank = shape.length
  return [
    generate('int64', [found.length, rank], (k) => {
      const [row, d] = [Math.floor(k / rank), k % rank]
      return BigInt(Math.floor((found[row] as number) / (strides[d] as number)) % (shape[d] as number))
    }),
  ]
}

const pad: Kernel = (_node, inputs) => {
  const x = take(inputs, 0)
  const widths = numbers(take(inputs, 1))
  const value = inputs[2]
    ? (inputs[2].data as unknown as ArrayLike<never>)[0]
    : x.dtype === 'string'
      ? ''
      : isLong(x.dtype)
        ? 0n
        : 0
  const shape = x.shape.map((size, d) => size + (widths[2 * d] as number) + (widths[2 * d + 1] as number))
  const [strides, own] = [stridesOf(shape), stridesOf(x.shape)]
  const data = x.data as unknown as ArrayLike<never>
  return [
    generate(x.dtype, checkedShape(shape), (i) => {
      let at = 0
      for (let d = 0; d < shape.length; d++) {
        const index = (Math.floor(i / (strides[d] as number)) % (shape[d] as number)) - (widths[2 * d] as number)
        if (index < 0 || index >= (x.shape[d] as number)) return value as never
        at += index * (own[d] as number)
      }
      return data[at] as never
    }),
  ]
}

/** Parts of a tensor along a dimension. */
function parts(x: Tensor, axis: number, sizes: readonly number[]): Tensor[] {
  const at = axisOf(axis, x.shape.length)
  const steps = stridesOf(x.shape)
  let from = 0
  return sizes.map((size) => {
    const shape = x.shape.map((n, d) => (d === at ? size : n))
    const part = strided(x, shape, steps, from * (steps[at] as number))
    from += size
    return part
  })
}

function shapeTensor(node: KernelNode, shape: readonly number[]): Tensor {
  return vector(dtypeOf(full(node), 'out_type', 'int32') as 'int32', shape)
}

const filledLike =
  (value: number): Kernel =>
  (_node, inputs) => {
    const { dtype, shape } = take(inputs, 0)
    return [generate(dtype, shape, () => (dtype === 'string' ? '' : isLong(dtype) ? BigInt(value) : value))]
  }

const squeeze: Kernel = (node, inputs) => {
  const x = take(inputs, 0)
  const given = intsOf(full(node), 'squeeze_dims', []).map((axis) => axisOf(axis, x.shape.length))
  return [
    withShape(
      x,
      x.shape.filter((size, d) => (given.length > 0 ? !given.includes(d) : size !== 1)),
    ),
  ]
}

const expandDims: Kernel = (_node, inputs) => {
  const x = take(inputs, 0)
  const at = axisOf(scalarOf(take(inputs, 1)), x.shape.length + 1)
  return [withShape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)])]
}

const pass: Kernel = (_node, inputs) => inputs

/** Kernels of operators that move elements and compute shapes, for all types. */
export const shapeKernels: Readonly<Record<string, Kernel>> = {
  Identity: pass,
  IdentityN: pass,
  Snapshot: pass,
  EnsureShape: pass,
  Shape: (node, inputs) => [shapeTensor(node, take(inputs, 0).shape)],
  ShapeN: (node, inputs) => inputs.map((x) => shapeTensor(node, x.shape)),
  Size: (node, inputs) => [withShape(shapeTensor(node, [take(inputs, 0).data.length]), [])],
  Rank: (_node, inputs) => [withShape(vector('int32', [take(inputs, 0).shape.length]), [])],
  Reshape: reshape,
  ExpandDims: expandDims,
  Squeeze: squeeze,
  Transpose: (_node, inputs) => [transposed(take(inputs, 0), numbers(take(inputs, 1)))],
  ConcatV2: (_node, inputs) => [concatenated(inputs.slice(0, -1), scalarOf(take(inputs, inputs.length - 1)))],
  Concat: (_node, inputs) => [concatenated(inputs.slice(1), scalarOf(take(inputs, 0)))],
  Pack: (node, inputs) => {
    const rank = take(inputs, 0).shape.length + 1
    const at = axisOf(intOf(full(node), 'axis', 0), rank)
    return [
      concatenated(
        inputs.map((x) => withShape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)])),
        at,
      ),
    ]
  },
  Unpack: (node, inputs) => {
    const x = take(inputs, 0)
    const at = axisOf(intOf(full(node), 'axis', 0), x.shape.length)
    const shape = x.shape.filter((_, d) => d !== at)
    return parts(x, at, new Array<number>(x.shape[at] as number).fill(1)).map((part) => withShape(part, shape))
  },
  Split: (node, inputs) => {
    const x = take(inputs, 1)
    const axis = axisOf(scalarOf(take(inputs, 0)), x.shape.length)
    const count = intOf(full(node), 'num_split')
    return parts(x, axis, new Array<number>(count).fill((x.shape[axis] as number) / count))
  },
  SplitV: (_node, inputs) => {
    const x = take(inputs, 0)
    const axis = axisOf(scalarOf(take(inputs, 2)), x.shape.length)
    const sizes = numbers(take(inputs, 1))
    const open = sizes.indexOf(-1)
    if (open >= 0) sizes[open] = (x.shape[axis] as number) - sizes.reduce((a, b) => a + b, 0) - 1
    return parts(x, axis, sizes)
  },
  Tile: (_node, inputs) => {
    const x = take(inputs, 0)
    const counts = numbers(take(inputs, 1))
    const shape = x.shape.map((size, d) => size * (counts[d] as number))
    const [strides, own] = [stridesOf(shape), stridesOf(x.shape)]
    return [
      picked(x, shape, (i) => {
        let at = 0
        for (let d = 0; d < shape.length; d++)
          at += (Math.floor(i / (strides[d] as number)) % (x.shape[d] as number)) * (own[d] as number)
        return at
      }),
    ]
  },
  Pad: pad,
  PadV2: pad,
  Slice: slice,
  StridedSlice: stridedSlice,
  Gather: (_node, inputs) => [gather(take(inputs, 0), take(inputs, 1), 0, 0)],
  GatherV2: (node, inputs) => {
    const [x, at] = [take(inputs, 0), take(inputs, 1)]
    const batch = intOf(full(node), 'batch_dims', 0)
    return [
      gather(x, at, axisOf(scalarOf(take(inputs, 2)), x.shape.length), batch < 0 ? batch + at.shape.length : batch),
    ]
  },
  GatherNd: (_node, inputs) => {
    const [x, at] = [take(inputs, 0), take(inputs, 1)]
    const depth = at.shape.at(-1) as number
    const inner = elementCount(x.shape.slice(depth))
    const list = numbers(at)
    const strides = stridesOf(x.shape)
    return [
      picked(x, [...at.shape.slice(0, -1), ...x.shape.slice(depth)], (i) => {
        const row = Math.floor(i / inner)
        let place = i % inner
        for (let d = 0; d < depth; d++)
          place += axisIndex(list[row * depth + d] as number, x.shape[d] as number) * (strides[d] as number)
        return place
      }),
    ]
  },
  Fill: (_node, inputs) => {
    const value = take(inputs, 1)
    return [picked(value, numbers(take(inputs, 0)), () => 0)]
  },
  ZerosLike: filledLike(0),
  OnesLike: filledLike(1),
  BroadcastTo: (_node, inputs) => {
    const x = take(inputs, 0)
    const shape = numbers(take(inputs, 1))
    return [picked(x, shape, broadcastIndex(x.shape, shape))]
  },
  BroadcastArgs: (_node, inputs) => [
    vector(take(inputs, 0).dtype as 'int32', broadcastSizes(numbers(take(inputs, 0)), numbers(take(inputs, 1)))),
  ],
  Range: range,
  ReverseV2: (_node, inputs) => {
    const x = take(inputs, 0)
    const axes = numbers(take(inputs, 1)).map((axis) => axisOf(axis, x.shape.length))
    const strides = stridesOf(x.shape)
    const steps = strides.map((step, d) => (axes.includes(d) ? -step : step))
    const base = axes.reduce((sum, d) => sum + ((x.shape[d] as number) - 1) * (strides[d] as number), 0)
    return [strided(x, x.shape, steps, base)]
  },
  Select: select,
  SelectV2: select,
  Where: where,
  Sum: reduction(0, (a, b) => a + b),
  Prod: reduction(1, (a, b) => a * b),
  Max: reduction(null, (a, b) => (a > b || Number.isNaN(a) ? a : b)),
  Min: reduction(null, (a, b) => (a < b || Number.isNaN(a) ? a : b)),
  All: reduction(1, (a, b) => (a !== 0 && b !== 0 ? 1 : 0)),
  Any: reduction(0, (a, b) => (a !== 0 || b !== 0 ? 1 : 0)),
  InvertPermutation: (_node, inputs) => {
    const list = numbers(take(inputs, 0))
    const result = new Array<number>(list.length).fill(0)
    list.forEach((to, from) => {
      result[axisIndex(to, list.length)] = from
    })
    return [vector(take(inputs, 0).dtype as 'int32', result)]
  },
}
