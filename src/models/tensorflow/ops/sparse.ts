// Longer than others: one kernel per operator, each a few lines, in one table.
import { elementCount, type Tensor } from '../../../schema/tensor.ts'
import type { TfNode, TfShape } from '../graph.ts'
import { dtypeOf, intOf } from '../node-attributes.ts'
import type { TfDtype } from '../tf-dtype.ts'
import type { Value } from '../value.ts'
import { gives, type Kernel, KernelFault, type KernelNode, type Operator, type OperatorTable } from './operator.ts'
import {
  axisOf,
  checkedShape,
  generate,
  isLong,
  largest,
  makeData,
  numbers,
  scalarOf,
  stridesOf,
  take,
  vector,
} from './plain.ts'
import { sizesOf } from './shape.ts'

const full = (node: KernelNode) => node as TfNode

/** Rows of a matrix of indices. */
function rowsOf(indices: Tensor): number[][] {
  const width = indices.shape[1] ?? 1
  const list = numbers(indices)
  return Array.from({ length: indices.shape[0] ?? 0 }, (_, r) => list.slice(r * width, (r + 1) * width))
}

function indexTensor(rows: readonly (readonly number[])[], width: number): Tensor {
  return generate('int64', [rows.length, width], (i) => BigInt(rows[Math.floor(i / width)]?.[i % width] as number))
}

const toDense: Kernel = (_node, inputs) => {
  const [indices, sizes, values, otherwise] = [0, 1, 2, 3].map((i) => take(inputs, i)) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ]
  const shape = checkedShape(numbers(sizes))
  const strides = stridesOf(shape)
  const none = (otherwise.data as unknown as ArrayLike<never>)[0] as never
  const result = generate(values.dtype, shape, () => none)
  const list = values.data as unknown as ArrayLike<never>
  const rows = indices.shape.length === 2 ? rowsOf(indices) : numbers(indices).map((i) => [i])
  rows.forEach((row, i) => {
    if (row.some((index, d) => index < 0 || index >= (shape[d] as number)))
      throw new KernelFault(`index [${row.join(', ')}] of shape [${shape.join(', ')}]`)
    const at = row.reduce((sum, index, d) => sum + index * (strides[d] as number), 0)
    ;(result.data as unknown as never[])[at] = list[values.shape.length === 0 ? 0 : i] as never
  })
  return [result]
}

const reshape: Kernel = (_node, inputs) => {
  const [indices, from, wanted] = [take(inputs, 0), numbers(take(inputs, 1)), numbers(take(inputs, 2))]
  const total = from.reduce((a, b) => a * b, 1)
  const open = wanted.indexOf(-1)
  if (open >= 0) {
    const rest = wanted.reduce((a, b, i) => (i === open ? a : a * b), 1)
    wanted[open] = rest === 0 ? 0 : total / rest
  }
  if (wanted.reduce((a, b) => a * b, 1) !== total)
    throw new KernelFault(`shape [${from.join(', ')}] does not become [${wanted.join(', ')}]`)
  const [own, next] = [stridesOf(from), stridesOf(wanted)]
  const rows = rowsOf(indices).map((row) => {
    let at = row.reduce((sum, index, d) => sum + index * (own[d] as number), 0)
    return next.map((stride) => {
      const index = Math.floor(at / stride)
      at -= index * stride
      return index
    })
  })
  return [indexTensor(rows, wanted.length), vector('int64', wanted)]
}

const fillEmptyRows: Kernel = (_node, inputs) => {
  const [indices, values, shape, otherwise] = [0, 1, 2, 3].map((i) => take(inputs, i)) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ]
  const rows = rowsOf(indices)
  const count = numbers(shape)[0] as number
  checkedShape([count])
  const byRow = Array.from({ length: count }, () => [] as number[])
  rows.forEach((row, i) => {
    const own = byRow[row[0] as number]
    if (!own) throw new KernelFault(`row ${row[0]} of ${count}`)
    own.push(i)
  })
  const list = values.data as unknown as ArrayLike<number>
  const none = (otherwise.data as unknown as ArrayLike<number>)[0] as number
  const width = indices.shape[1] as number
  const places: number[][] = []
  const made: number[] = []
  const back = new Array<number>(rows.length)
  byRow.forEach((own, r) => {
    for (const i of own) {
      back[i] = places.length
      places.push(rows[i] as number[])
      made.push(list[i] as number)
    }
    if (own.length === 0) {
      places.push([r, ...new Array<number>(width - 1).fill(0)])
      made.push(none)
    }
  })
  return [
    indexTensor(places, width),
    generate(values.dtype, [made.length], (i) => made[i] as number),
    generate('boolean', [count], (i) => (byRow[i]?.length === 0 ? 1 : 0)),
    vector('int64', back),
  ]
}

/** Order of rows by their indices. */
function sorted(rows: readonly (readonly number[])[]): number[] {
  return rows
    .map((_, i) => i)
    .sort((a, b) => {
      const [x, y] = [rows[a] as readonly number[], rows[b] as readonly number[]]
      for (let d = 0; d < x.length; d++) if (x[d] !== y[d]) return (x[d] as number) - (y[d] as number)
      return a - b
    })
}

function arranged(indices: readonly (readonly number[])[], values: Tensor, width: number): [Tensor, Tensor] {
  const order = sorted(indices)
  const list = values.data as unknown as ArrayLike<number>
  return [
    indexTensor(
      order.map((i) => indices[i] as readonly number[]),
      width,
    ),
    generate(values.dtype, [order.length], (i) => list[order[i] as number] as number),
  ]
}

/** Sums of the rows that `ids` name, by segment; `scale` divides by their number or its root. */
function sumRows(
  data: Tensor,
  ids: readonly number[],
  segments: readonly number[],
  count: number,
  scale: (n: number) => number,
): Tensor {
  const width = elementCount(data.shape.slice(1))
  checkedShape([count, width])
  const list = data.data as unknown as ArrayLike<number>
  const isSingle = data.dtype === 'float32'
  const totals = new Float64Array(count * width)
  const counts = new Float64Array(count)
  ids.forEach((id, i) => {
    const segment = segments[i] as number
    if (!(segment >= 0 && segment < count)) throw new KernelFault(`segment ${segment} of ${count}`)
    if (!(id >= 0 && id < (data.shape[0] as number))) throw new KernelFault(`row ${id} of ${data.shape[0]}`)
    counts[segment] = (counts[segment] as number) + 1
    for (let k = 0; k < width; k++) {
      const sum = (totals[segment * width + k] as number) + Number(list[id * width + k])
      totals[segment * width + k] = isSingle ? Math.fround(sum) : sum
    }
  })
  return generate(data.dtype, [count, ...data.shape.slice(1)], (i) => {
    const n = counts[Math.floor(i / width)] as number
    const total = totals[i] as number
    if (isLong(data.dtype)) return BigInt(total)
    return n === 0 ? 0 : total / scale(n)
  })
}

function sparseSegment(scale: (n: number) => number, hasCount: boolean): Operator {
  return {
    infer: (_node, inputs) => [inputs[0]?.shape ? [null, ...inputs[0].shape.slice(1)] : null],
    evaluate: (_node, inputs) => {
      const [ids, segments] = [numbers(take(inputs, 1)), numbers(take(inputs, 2))]
      const count = hasCount ? scalarOf(take(inputs, 3)) : (segments.at(-1) ?? -1) + 1
      return [sumRows(take(inputs, 0), ids, segments, count, scale)]
    },
  }
}

/** Reductions of rows by segment; `empty` is what a segment without rows has. */
function segment(
  f: (a: number, b: number) => number,
  empty: (dtype: TfDtype) => number,
  isSorted: boolean,
  isMean = false,
): Operator {
  return {
    infer: (_node, inputs) => [inputs[0]?.shape ? [null, ...inputs[0].shape.slice(1)] : null],
    evaluate: (_node, inputs) => {
      const [data, ids] = [take(inputs, 0), take(inputs, 1)]
      const segments = numbers(ids)
      const count = isSorted ? (segments.at(-1) ?? -1) + 1 : scalarOf(take(inputs, 2))
      const width = elementCount(data.shape.slice(ids.shape.length))
      checkedShape([count, width])
      const list = data.data as unknown as ArrayLike<number>
      const totals: (number | undefined)[] = new Array(count * width)
      const counts = new Float64Array(count)
      segments.forEach((one, i) => {
        if (one < 0 && !isSorted) return
        if (one >= count) throw new KernelFault(`segment ${one} of ${count}`)
        counts[one] = (counts[one] as number) + 1
        for (let k = 0; k < width; k++) {
          const [at, x] = [one * width + k, list[i * width + k] as number]
          const before = totals[at]
          totals[at] = before === undefined ? x : data.dtype === 'float32' ? Math.fround(f(before, x)) : f(before, x)
        }
      })
      const none = isSorted ? 0 : empty(data.dtype)
      return [
        generate(data.dtype, [count, ...data.shape.slice(ids.shape.length)], (i) => {
          const total = totals[i]
          if (total === undefined) return isLong(data.dtype) ? BigInt(none) : none
          return isMean ? total / (counts[Math.floor(i / width)] as number) : total
        }),
      ]
    },
  }
}

const lowest = (dtype: TfDtype) =>
  dtype === 'float32'
    ? -3.4028234663852886e38
    : dtype === 'float64'
      ? -Number.MAX_VALUE
      : dtype === 'int32'
        ? -(2 ** 31)
        : -(2 ** 63)
const highest = (dtype: TfDtype) =>
  dtype === 'float32'
    ? 3.4028234663852886e38
    : dtype === 'float64'
      ? Number.MAX_VALUE
      : dtype === 'int32'
        ? 2 ** 31 - 1
        : 2 ** 63

const matrixProduct: Kernel = (node, inputs) => {
  const [indices, values, shape, b] = [0, 1, 2, 3].map((i) => take(inputs, i)) as [Tensor, Tensor, Tensor, Tensor]
  const flag = (name: string) => {
    const found = node.attributes.get(name)
    return found?.kind === 'bool' && found.value
  }
  const [isA, isB] = [flag('adjoint_a'), flag('adjoint_b')]
  const sizes = numbers(shape)
  const rows = sizes[isA ? 1 : 0] as number
  const columns = b.shape[isB ? 0 : 1] as number
  const list = numbers(b)
  const width = b.shape[1] as number
  const totals = new Float64Array(elementCount(checkedShape([rows, columns])))
  const own = numbers(values)
  rowsOf(indices).forEach((row, i) => {
    const [r, k] = (isA ? [row[1], row[0]] : row) as [number, number]
    for (let c = 0; c < columns; c++) {
      const at = r * columns + c
      totals[at] = Math.fround(
        (totals[at] as number) + (own[i] as number) * (list[isB ? c * width + k : k * width + c] as number),
      )
    }
  })
  return [generate(values.dtype, [rows, columns], (i) => totals[i] as number)]
}

function reduceSparse(f: (a: number, b: number) => number): Operator {
  return {
    types: (_node, inputs) => [inputs[1] ?? 'float32'],
    evaluate: (node, inputs) => {
      const sizes = numbers(take(inputs, 2))
      const axes = numbers(take(inputs, 3)).map((axis) => axisOf(axis, sizes.length))
      const keeps = node.attributes.get('keep_dims')
      const kept = sizes.map((size, d) => (axes.includes(d) || axes.length === 0 ? 1 : size))
      const shape =
        keeps?.kind === 'bool' && keeps.value
          ? kept
          : axes.length === 0
            ? []
            : sizes.filter((_, d) => !axes.includes(d))
      const strides = stridesOf(kept)
      const totals: (number | undefined)[] = new Array(elementCount(checkedShape(kept)))
      const values = numbers(take(inputs, 1))
      rowsOf(take(inputs, 0)).forEach((row, i) => {
        const at = row.reduce((sum, index, d) => sum + (kept[d] === 1 ? 0 : index * (strides[d] as number)), 0)
        const before = totals[at]
        totals[at] = before === undefined ? (values[i] as number) : f(before, values[i] as number)
      })
      return [generate(take(inputs, 1).dtype, shape, (i) => totals[i] ?? 0)]
    },
  }
}

const concat: Kernel = (node, inputs) => {
  const count = intOf(full(node), 'N')
  const shapes = inputs.slice(2 * count).map(numbers)
  const rank = shapes[0]?.length ?? 0
  const axis = axisOf(intOf(full(node), 'concat_dim'), rank)
  const rows: number[][] = []
  const values: number[] = []
  let from = 0
  for (let k = 0; k < count; k++) {
    for (const row of rowsOf(take(inputs, k))) rows.push(row.map((index, d) => (d === axis ? index + from : index)))
    for (const value of Array.from(take(inputs, count + k).data as unknown as ArrayLike<number>)) values.push(value)
    from += shapes[k]?.[axis] as number
  }
  const shape = (shapes[0] ?? []).map((size, d) => (d === axis ? from : size))
  const joined = generate(take(inputs, count).dtype, [values.length], (i) => values[i] as number)
  return [...arranged(rows, joined, rank), vector('int64', shape)]
}

const slice: Kernel = (_node, inputs) => {
  const [sizes, start, size] = [2, 3, 4].map((i) => numbers(take(inputs, i))) as [number[], number[], number[]]
  const list = take(inputs, 1).data as unknown as ArrayLike<number>
  const kept = rowsOf(take(inputs, 0)).flatMap((row, i) =>
    row.every((index, d) => index >= (start[d] as number) && index < (start[d] as number) + (size[d] as number))
      ? [{ row, i }]
      : [],
  )
  return [
    indexTensor(
      kept.map(({ row }) => row.map((index, d) => index - (start[d] as number))),
      sizes.length,
    ),
    generate(take(inputs, 1).dtype, [kept.length], (k) => list[(kept[k] as { i: number }).i] as number),
    vector(
      'int64',
      size.map((n, d) => Math.max(0, Math.min(n, (sizes[d] as number) - (start[d] as number)))),
    ),
  ]
}

const softmax: Kernel = (_node, inputs) => {
  const [indices, values] = [rowsOf(take(inputs, 0)), numbers(take(inputs, 1))]
  const groups = Map.groupBy(indices.keys(), (i) => indices[i]?.slice(0, -1).join())
  const result = new Array<number>(values.length)
  for (const group of groups.values()) {
    const most = largest(
      group.map((i) => values[i] as number),
      Number.NEGATIVE_INFINITY,
    )
    const total = group.reduce((sum, i) => sum + Math.exp((values[i] as number) - most), 0)
    for (const i of group) result[i] = Math.exp((values[i] as number) - most) / total
  }
  return [generate(take(inputs, 1).dtype, [values.length], (i) => result[i] as number)]
}

const addDense: Kernel = (_node, inputs) => {
  const dense = take(inputs, 3)
  const strides = stridesOf(dense.shape)
  const result = generate(dense.dtype, dense.shape, (i) => dense.data[i] as number)
  const data = result.data as unknown as number[]
  const values = take(inputs, 1).data as unknown as ArrayLike<number>
  rowsOf(take(inputs, 0)).forEach((row, i) => {
    const at = row.reduce((sum, index, d) => sum + index * (strides[d] as number), 0)
    data[at] = (data[at] as number) + (values[i] as number)
  })
  return [result]
}

const threeOutputs = (_node: TfNode, inputs: readonly TfDtype[]): TfDtype[] => [
  'int64',
  inputs[1] ?? 'float32',
  'int64',
]
const add = (a: number, b: number) => a + b
const max = (a: number, b: number) => (a > b ? a : b)
const min = (a: number, b: number) => (a < b ? a : b)
const one = () => 1
const own = (n: number) => n

const dynamicPartition: Operator = {
  infer: (node, inputs) => {
    const [data, parts] = inputs
    const shape: TfShape = data?.shape && parts?.shape ? [null, ...data.shape.slice(parts.shape.length)] : null
    return new Array<TfShape>(intOf(node, 'num_partitions')).fill(shape)
  },
  types: (node, inputs) => new Array<TfDtype>(intOf(node, 'num_partitions')).fill(inputs[0] ?? 'float32'),
  evaluate: (node, inputs) => {
    const [data, parts] = [take(inputs, 0), take(inputs, 1)]
    const width = elementCount(data.shape.slice(parts.shape.length))
    const list = data.data as unknown as ArrayLike<number>
    const own = numbers(parts)
    return Array.from({ length: intOf(full(node), 'num_partitions') }, (_, p) => {
      const rows = own.flatMap((part, i) => (part === p ? [i] : []))
      return generate(
        data.dtype,
        [rows.length, ...data.shape.slice(parts.shape.length)],
        (i) => list[(rows[Math.floor(i / width)] as number) * width + (i % width)] as number,
      )
    })
  },
}

const dynamicStitch: Operator = {
  types: (node, inputs) => [inputs[intOf(node, 'N')] ?? 'float32'],
  evaluate: (node, inputs) => {
    const count = intOf(full(node), 'N')
    const lists = inputs.slice(0, count).map(numbers)
    const data = inputs.slice(count)
    const first = take(data, 0)
    const inner = first.shape.slice(take(inputs, 0).shape.length)
    const width = elementCount(inner)
    const size = largest(lists.flat(), -1) + 1
    const result = makeData(first.dtype, elementCount(checkedShape([size, width])))
    lists.forEach((list, k) => {
      const values = take(data, k).data as unknown as ArrayLike<never>
      list.forEach((to, i) => {
        for (let j = 0; j < width; j++) (result as unknown as never[])[to * width + j] = values[i * width + j] as never
      })
    })
    return [{ dtype: first.dtype, shape: [size, ...inner], data: result }]
  },
}

const denseBincount: Kernel = (node, inputs) => {
  const [x, weights] = [take(inputs, 0), take(inputs, 2)]
  const size = scalarOf(take(inputs, 1))
  const flag = node.attributes.get('binary_output')
  const isBinary = flag?.kind === 'bool' && flag.value
  const width = x.shape.at(-1) ?? 1
  const rows = x.shape.length === 2 ? (x.shape[0] as number) : 1
  checkedShape([rows, size])
  const totals = new Float64Array(rows * size)
  const each = numbers(weights)
  numbers(x).forEach((value, i) => {
    if (value < 0) throw new KernelFault(`the value ${value}, expected none below 0`)
    if (value >= size) return
    const at = (x.shape.length === 2 ? Math.floor(i / width) : 0) * size + value
    totals[at] = isBinary ? 1 : (totals[at] as number) + (each.length > 0 ? (each[i] as number) : 1)
  })
  const shape = x.shape.length === 2 ? [rows, size] : [size]
  return [
    generate(weights.dtype, shape, (i) =>
      isLong(weights.dtype) ? BigInt(totals[i] as number) : (totals[i] as number),
    ),
  ]
}

/** Counts of each row's values, rows cut by their ends. */
const raggedBincount: Kernel = (node, inputs) => {
  const [ends, weights] = [numbers(take(inputs, 0)), take(inputs, 3)]
  const size = scalarOf(take(inputs, 2))
  const flag = node.attributes.get('binary_output')
  const isBinary = flag?.kind === 'bool' && flag.value
  const rows = Math.max(0, ends.length - 1)
  checkedShape([rows, size])
  const totals = new Float64Array(rows * size)
  const each = numbers(weights)
  let row = 0
  numbers(take(inputs, 1)).forEach((value, i) => {
    while (row < rows && i >= (ends[row + 1] as number)) row++
    if (value < 0) throw new KernelFault(`the value ${value}, expected none below 0`)
    if (value >= size || row >= rows) return
    const at = row * size + value
    totals[at] = isBinary ? 1 : (totals[at] as number) + (each.length > 0 ? (each[i] as number) : 1)
  })
  const isBig = isLong(weights.dtype)
  return [generate(weights.dtype, [rows, size], (i) => (isBig ? BigInt(totals[i] as number) : (totals[i] as number)))]
}

/** Sparse tensors, segments and what embeddings and feature columns are made of. */
export const sparseOperators: OperatorTable = {
  SparseToDense: {
    types: (_node, inputs) => [inputs[2] ?? 'float32'],
    infer: (_node, inputs) => [sizesOf(inputs[1] as Value)],
    evaluate: toDense,
  },
  SparseReshape: {
    types: gives('int64', 'int64'),
    infer: (_node, inputs) => {
      const rank = inputs[2]?.shape?.[0] ?? null
      return [[null, rank], [rank]]
    },
    evaluate: reshape,
  },
  SparseFillEmptyRows: {
    types: (_node, inputs) => ['int64', inputs[1] ?? 'float32', 'boolean', 'int64'],
    infer: (_node, inputs) => [[null, inputs[0]?.shape?.[1] ?? null], [null], [null], [null]],
    evaluate: fillEmptyRows,
  },
  SparseReorder: {
    types: (_node, inputs) => ['int64', inputs[1] ?? 'float32'],
    infer: (_node, inputs) => [inputs[0]?.shape ?? null, inputs[1]?.shape ?? null],
    evaluate: (_node, inputs) => arranged(rowsOf(take(inputs, 0)), take(inputs, 1), take(inputs, 0).shape[1] as number),
  },
  SparseConcat: {
    types: (node, inputs) => ['int64', inputs[intOf(node, 'N')] ?? 'float32', 'int64'],
    evaluate: concat,
  },
  SparseSlice: { types: threeOutputs, evaluate: slice },
  SparseSoftmax: { types: (_node, inputs) => [inputs[1] ?? 'float32'], evaluate: softmax },
  SparseTensorDenseAdd: { types: (_node, inputs) => [inputs[1] ?? 'float32'], evaluate: addDense },
  SparseTensorDenseMatMul: { types: (_node, inputs) => [inputs[1] ?? 'float32'], evaluate: matrixProduct },
  SparseReduceSum: reduceSparse(add),
  SparseReduceMax: reduceSparse(max),
  SparseSegmentSum: sparseSegment(one, false),
  SparseSegmentMean: sparseSegment(own, false),
  SparseSegmentSqrtN: sparseSegment(Math.sqrt, false),
  SparseSegmentSumWithNumSegments: sparseSegment(one, true),
  SparseSegmentMeanWithNumSegments: sparseSegment(own, true),
  SparseSegmentSqrtNWithNumSegments: sparseSegment(Math.sqrt, true),
  SegmentSum: segment(add, () => 0, true),
  SegmentMean: segment(add, () => 0, true, true),
  SegmentMax: segment(max, lowest, true),
  SegmentMin: segment(min, highest, true),
  SegmentProd: {
    ...segment(
      (a, b) => a * b,
      () => 1,
      true,
    ),
    except: 'segments without rows',
  },
  UnsortedSegmentSum: segment(add, () => 0, false),
  UnsortedSegmentProd: segment(
    (a, b) => a * b,
    () => 1,
    false,
  ),
  UnsortedSegmentMax: segment(max, lowest, false),
  UnsortedSegmentMin: segment(min, highest, false),
  DynamicPartition: dynamicPartition,
  DynamicStitch: dynamicStitch,
  ParallelDynamicStitch: dynamicStitch,
  DenseBincount: { types: (_node, inputs) => [inputs[2] ?? 'float32'], evaluate: denseBincount },
  RaggedBincount: {
    types: (_node, inputs) => [inputs[3] ?? 'float32'],
    infer: () => [[null, null]],
    evaluate: raggedBincount,
  },
  RaggedTensorToSparse: {
    types: (node, inputs) => ['int64', inputs[intOf(node, 'RAGGED_RANK')] ?? 'float32', 'int64'],
    evaluate: (node, inputs) => {
      if (intOf(full(node), 'RAGGED_RANK') !== 1) throw new KernelFault('rows within rows')
      const ends = numbers(take(inputs, 0))
      const values = take(inputs, 1)
      const rows = ends
        .slice(1)
        .flatMap((end, r) => Array.from({ length: end - (ends[r] as number) }, (_, c) => [r, c]))
      const most = largest(
        ends.slice(1).map((end, r) => end - (ends[r] as number)),
        0,
      )
      return [indexTensor(rows, 2), values, vector('int64', [ends.length - 1, most])]
    },
    except: 'rows within rows',
  },
  RaggedTensorToTensor: {
    types: (_node, inputs) => [inputs[1] ?? 'float32'],
    infer: (_node, inputs) => [raggedShape(inputs)],
    evaluate: (node, inputs) => raggedToDense(node, inputs),
    except: 'rows within rows, partitions other than row splits',
  },
  RaggedRange: {
    types: (node, inputs) => [dtypeOf(node, 'Tsplits', 'int64'), inputs[0] ?? 'int32'],
    evaluate: (node, inputs) => {
      const [starts, limits, deltas] = [0, 1, 2].map((i) => numbers(take(inputs, i))) as [number[], number[], number[]]
      const count = Math.max(starts.length, limits.length, deltas.length)
      const pick = (list: number[], i: number) => (list.length === 1 ? list[0] : list[i]) as number
      const ends = [0]
      const values: number[] = []
      for (let i = 0; i < count; i++) {
        const delta = pick(deltas, i)
        if (delta === 0) throw new KernelFault('a range in steps of 0')
        const size = Math.max(0, Math.ceil((pick(limits, i) - pick(starts, i)) / delta))
        checkedShape([size])
        for (let k = 0; k < size; k++) values.push(pick(starts, i) + k * delta)
        ends.push(values.length)
      }
      return [
        vector(dtypeOf(full(node), 'Tsplits', 'int64') as 'int64', ends),
        vector(take(inputs, 0).dtype as 'int32', values),
      ]
    },
  },
  RaggedGather: {
    types: (_node, inputs) => inputs.slice(0, 2),
    evaluate: (node, inputs) => {
      if (intOf(full(node), 'PARAMS_RAGGED_RANK') !== 1) throw new KernelFault('rows within rows')
      const ends = numbers(take(inputs, 0))
      const values = take(inputs, 1)
      const width = elementCount(values.shape.slice(1))
      const rows: number[] = []
      const made = [0]
      for (const row of numbers(take(inputs, 2))) {
        if (!(row >= 0 && row + 1 < ends.length)) throw new KernelFault(`row ${row} of ${ends.length - 1}`)
        for (let i = ends[row] as number; i < (ends[row + 1] as number); i++) rows.push(i)
        made.push(rows.length)
      }
      const list = values.data as unknown as ArrayLike<number>
      const data = generate(
        values.dtype,
        [rows.length, ...values.shape.slice(1)],
        (i) => list[(rows[Math.floor(i / width)] as number) * width + (i % width)] as number,
      )
      return [vector(take(inputs, 0).dtype as 'int64', made), data]
    },
    except: 'rows within rows',
  },
}

/** A shape with -1 where rows tell the size; a scalar -1 tells nothing. */
function raggedShape(inputs: readonly Value[]): TfShape {
  const [shape, values] = inputs
  const known = shape?.shape?.length === 1 ? sizesOf(shape) : null
  if (known) return known.map((size) => (size === null || size < 0 ? null : size))
  return values?.shape ? [null, null, ...values.shape.slice(1)] : null
}

function raggedToDense(node: KernelNode, inputs: readonly Tensor[]): Tensor[] {
  const kinds = node.attributes.get('row_partition_types')
  const names = kinds?.kind === 'list' ? kinds.bytes.map((name) => Buffer.from(name).toString()) : []
  const [shape, values, otherwise] = [take(inputs, 0), take(inputs, 1), take(inputs, 2)]
  const wanted = shape.data.length > 0 ? numbers(shape) : []
  const list = values.data as unknown as ArrayLike<never>
  const inner = values.shape.slice(1)
  const width = elementCount(inner)
  let rows: number[][]
  if (names.length === 1 && names[0] === 'ROW_SPLITS') {
    const ends = numbers(take(inputs, 3))
    rows = ends
      .slice(1)
      .map((end, r) => Array.from({ length: end - (ends[r] as number) }, (_, i) => (ends[r] as number) + i))
  } else if (names.length === 2 && names[0] === 'FIRST_DIM_SIZE' && names[1] === 'VALUE_ROWIDS') {
    const count = scalarOf(take(inputs, 3))
    rows = Array.from({ length: count }, () => [])
    numbers(take(inputs, 4)).forEach((row, i) => void rows[row]?.push(i))
  } else throw new KernelFault(`partitions ${names.join(', ')}`)
  const sure = (size: number | undefined, own: number) => (size === undefined || size < 0 ? own : size)
  const height = sure(wanted[0], rows.length)
  const most = sure(
    wanted[1],
    largest(
      rows.map((row) => row.length),
      0,
    ),
  )
  const none = (otherwise.data as unknown as ArrayLike<never>)[0]
  return [
    generate(values.dtype, checkedShape([height, most, ...inner]), (i) => {
      const k = i % width
      const c = Math.floor(i / width) % most
      const at = rows[Math.floor(i / (width * most))]?.[c]
      return at === undefined ? (none as never) : (list[at * width + k] as never)
    }),
  ]
}
