import { attribute } from '../../onnx-graph/builder.ts'
import type { Emission } from '../emission.ts'
import type { TfNode } from '../graph.ts'
import { intOf } from '../node-attributes.ts'
import type { Value } from '../value.ts'
import type { Operator, OperatorTable } from './operator.ts'
import { sizesOf } from './shape.ts'

/** One entry of a strided slice (`a[1:3]`, `a[2]`, `a[newaxis]`, `a[...]`). */
export interface SliceEntry {
  /** Which element of begin, end and strides belongs to it. */
  readonly index: number
  /** `keep`: a whole dimension under an ellipsis. */
  readonly kind: 'range' | 'shrink' | 'new' | 'keep'
  /** Dimension of the input; -1 for a new one. */
  readonly axis: number
  readonly hasBegin: boolean
  readonly hasEnd: boolean
}

/**
 * Entries of a StridedSlice by its masks (strided_slice_op.cc of TensorFlow 2.21): bits of begin_mask and end_mask leave a bound open,
 * of new_axis_mask insert a dimension, of shrink_axis_mask take one element; ellipsis_mask stands for the dimensions that are left.
 */
export function sliceEntries(
  node: Pick<TfNode, 'name' | 'op' | 'attributes'>,
  count: number,
  rank: number | null,
): SliceEntry[] {
  const mask = (name: string) => intOf(node as TfNode, name, 0)
  const [begin, end, ellipsis] = [mask('begin_mask'), mask('end_mask'), mask('ellipsis_mask')]
  const [fresh, shrink] = [mask('new_axis_mask'), mask('shrink_axis_mask')]
  const has = (bits: number, i: number) => (bits & (1 << i)) !== 0
  const entries: SliceEntry[] = []
  let axis = 0
  let hasEllipsis = false
  for (let i = 0; i < count; i++) {
    if (has(ellipsis, i)) {
      if (rank === null) throw new RangeError('an ellipsis over a value of unknown rank')
      let later = 0
      for (let j = i + 1; j < count; j++) if (!has(fresh, j)) later++
      for (const last = rank - later; axis < last; axis++)
        entries.push({ index: i, kind: 'keep', axis, hasBegin: false, hasEnd: false })
      hasEllipsis = true
    } else if (has(fresh, i)) entries.push({ index: i, kind: 'new', axis: -1, hasBegin: false, hasEnd: false })
    else {
      const kind = has(shrink, i) ? 'shrink' : 'range'
      entries.push({ index: i, kind, axis: axis++, hasBegin: !has(begin, i), hasEnd: !has(end, i) })
    }
  }
  if (!hasEllipsis && rank !== null)
    for (; axis < rank; axis++) entries.push({ index: count, kind: 'keep', axis, hasBegin: false, hasEnd: false })
  return entries
}

const far = Number.MAX_SAFE_INTEGER

const stridedSlice: Operator = {
  emit: (e) => {
    const x = e.value(0)
    const [begin, end, strides] = [e.known(1), e.known(2), e.numbers(3, 'strides')]
    let entries: SliceEntry[]
    try {
      entries = sliceEntries(e.node, strides.length, x.rank)
    } catch (fault) {
      return e.refuse((fault as Error).message)
    }
    const bound = (index: 1 | 2, known: number[] | null, at: number): string =>
      known ? e.ints([known[at] as number]) : e.op('Slice', [e.longVector(index), e.ints([at]), e.ints([at + 1])])
    const ranges = entries.filter(
      (one) => one.kind === 'range' && (one.hasBegin || one.hasEnd || strides[one.index] !== 1),
    )
    let name = e.in(0)
    if (ranges.length > 0) {
      const start = (one: SliceEntry) => ((strides[one.index] as number) > 0 ? 0 : far)
      const stop = (one: SliceEntry) => ((strides[one.index] as number) > 0 ? far : -far)
      const joined = (parts: readonly string[]) =>
        parts.length === 1 ? (parts[0] as string) : e.op('Concat', parts, { axis: attribute.int(0) })
      const isKnown = begin && end
      const starts = isKnown
        ? e.ints(ranges.map((one) => (one.hasBegin ? (begin[one.index] as number) : start(one))))
        : joined(ranges.map((one) => (one.hasBegin ? bound(1, begin, one.index) : e.ints([start(one)]))))
      const ends = isKnown
        ? e.ints(ranges.map((one) => (one.hasEnd ? (end[one.index] as number) : stop(one))))
        : joined(ranges.map((one) => (one.hasEnd ? bound(2, end, one.index) : e.ints([stop(one)]))))
      const axes = e.ints(ranges.map((one) => one.axis))
      name = e.op('Slice', [name, starts, ends, axes, e.ints(ranges.map((one) => strides[one.index] as number))])
    }
    for (const one of entries.filter((entry) => entry.kind === 'shrink').reverse()) {
      const index = begin
        ? e.constant({ dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(begin[one.index] as number)) })
        : e.op('Squeeze', [bound(1, begin, one.index)])
      name = e.op('Gather', [name, index], { axis: attribute.int(one.axis) })
    }
    const kept = entries.filter((entry) => entry.kind !== 'shrink')
    const fresh = kept.flatMap((entry, i) => (entry.kind === 'new' ? [i] : []))
    if (fresh.length > 0) name = e.op('Unsqueeze', [name, e.ints(fresh)])
    const shape = x.shape ? kept.map((entry) => rangeSize(x, entry, begin, end, strides)) : null
    return e.result(name, x.dtype, shape)
  },
}

/** Elements that a range takes of its dimension, or null. */
function rangeSize(
  x: Value,
  entry: SliceEntry,
  begin: number[] | null,
  end: number[] | null,
  strides: readonly number[],
): number | null {
  if (entry.kind === 'new') return 1
  const size = x.shape?.[entry.axis] ?? null
  if (entry.kind === 'keep' || size === null) return size
  if ((entry.hasBegin && !begin) || (entry.hasEnd && !end)) return null
  return countOf(size, entry, begin, end, strides[entry.index] as number)
}

/** Elements from begin to end in steps. */
export function countOf(
  size: number,
  { index, hasBegin, hasEnd }: SliceEntry,
  begin: readonly number[] | null,
  end: readonly number[] | null,
  stride: number,
): number {
  const { start, stop } = boundsOf(
    size,
    hasBegin ? (begin?.[index] ?? 0) : null,
    hasEnd ? (end?.[index] ?? 0) : null,
    stride,
  )
  return Math.max(0, Math.ceil((stop - start) / stride))
}

/** Bounds of a range within a dimension; null = open. */
export function boundsOf(size: number, begin: number | null, end: number | null, stride: number) {
  const [low, high] = stride > 0 ? [0, size] : [-1, size - 1]
  const clamp = (x: number) => Math.min(Math.max(x < 0 ? x + size : x, low), high)
  return {
    start: begin === null ? (stride > 0 ? 0 : size - 1) : clamp(begin),
    stop: end === null ? (stride > 0 ? size : -1) : clamp(end),
  }
}

const slice: Operator = {
  emit: (e) => {
    const x = e.value(0)
    const [begin, sizes] = [e.known(1), e.known(2)]
    if (begin && sizes) {
      const ends = sizes.map((size, i) => (size === -1 ? far : (begin[i] as number) + size))
      const axes = sizes.map((_, i) => i)
      const shape = sizes.map((size, i) =>
        size !== -1 ? size : x.shape?.[i] == null ? null : (x.shape[i] as number) - (begin[i] as number),
      )
      return e.result(e.op('Slice', [e.in(0), e.ints(begin), e.ints(ends), e.ints(axes)]), x.dtype, shape)
    }
    const [from, count] = [e.longVector(1), e.longVector(2)]
    const isOpen = e.op('Equal', [count, e.ints([-1])])
    const ends = e.op('Where', [isOpen, e.ints([far]), e.op('Add', [from, count])])
    const shape = sizesOf(e.value(2))?.map((size) => (size === -1 ? null : size)) ?? x.shape?.map(() => null) ?? null
    return e.result(e.op('Slice', [e.in(0), from, ends]), x.dtype, shape)
  },
}

function emitSliceAll(e: Emission, axes: readonly number[]): string {
  const ones = axes.map(() => -1)
  return e.op('Slice', [e.in(0), e.ints(ones), e.ints(axes.map(() => -far)), e.ints(axes), e.ints(ones)])
}

/** Parts of tensors. */
export const sliceOperators: OperatorTable = {
  StridedSlice: { ...stridedSlice, except: 'computed strides' },
  Slice: slice,
  ReverseV2: {
    emit: (e) => {
      const x = e.value(0)
      const axes = e.numbers(1, 'dimensions')
      return e.result(axes.length === 0 ? e.in(0) : emitSliceAll(e, axes), x.dtype, x.shape)
    },
    except: 'computed dimensions',
  },
  ReverseSequence: {
    emit: (e) => {
      const x = e.value(0)
      const [time, batch] = [intOf(e.node, 'seq_dim'), intOf(e.node, 'batch_dim', 0)]
      if (time + batch !== 1) return e.refuse(`sequences along dimension ${time} of batches along ${batch}`)
      const attributes = { time_axis: attribute.int(time), batch_axis: attribute.int(batch) }
      return e.result(e.op('ReverseSequence', [e.in(0), e.long(1)], attributes), x.dtype, x.shape)
    },
    except: 'batches and sequences that are not the first two dimensions',
  },
  Roll: {
    emit: (e) => {
      const x = e.value(0)
      const shifts = e.numbers(1, 'shifts')
      const axes = e.numbers(2, 'dimensions')
      let name = e.in(0)
      for (const [i, axis] of axes.entries()) {
        const shift = shifts[i] as number
        if (shift === 0) continue
        const size = x.shape?.[axis < 0 ? axis + e.rank(0) : axis] ?? null
        if (size === null) return e.refuse('a dimension of unknown size')
        const cut = (((-shift % size) + size) % size) as number
        const [a, b] = [
          e.op('Slice', [name, e.ints([cut]), e.ints([far]), e.ints([axis])]),
          e.op('Slice', [name, e.ints([0]), e.ints([cut]), e.ints([axis])]),
        ]
        name = e.op('Concat', [a, b], { axis: attribute.int(axis) })
      }
      return e.result(name, x.dtype, x.shape)
    },
    except: 'computed shifts, and dimensions of unknown size',
  },
}
