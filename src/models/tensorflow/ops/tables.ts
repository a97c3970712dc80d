import type { Tensor } from '../../../schema/tensor.ts'
import type { TfNode } from '../graph.ts'
import { dtypeOf, floatsOf } from '../node-attributes.ts'
import {
  type Kernel,
  KernelFault,
  type KernelNode,
  needs,
  type Operator,
  type OperatorTable,
  sameShape,
} from './operator.ts'
import { generate, makeData, numbers, take, vector } from './plain.ts'

/** Tables by the content of their node, made at the first look-up. */
const opened = new WeakMap<NonNullable<KernelNode['table']>, ReadonlyMap<unknown, number>>()

function indexOf(node: KernelNode): { readonly places: ReadonlyMap<unknown, number>; readonly values: Tensor } {
  const { table } = node
  if (!table) throw new KernelFault('its table has no content in the file')
  let places = opened.get(table)
  if (!places) {
    const made = new Map<unknown, number>()
    const keys = table.keys.data as unknown as ArrayLike<unknown>
    for (let i = 0; i < keys.length; i++) made.set(keys[i], i)
    opened.set(table, made)
    places = made
  }
  return { places, values: table.values }
}

const find: Kernel = (node, inputs) => {
  const [keys, otherwise] = [take(inputs, 1), take(inputs, 2)]
  const { places, values } = indexOf(node)
  const list = keys.data as unknown as ArrayLike<unknown>
  const own = values.data as unknown as ArrayLike<never>
  const none = (otherwise.data as unknown as ArrayLike<never>)[0] as never
  const data = makeData(otherwise.dtype, list.length)
  for (let i = 0; i < list.length; i++) {
    const place = places.get(list[i])
    ;(data as unknown as never[])[i] = place === undefined ? none : (own[place] as never)
  }
  return [{ dtype: otherwise.dtype, shape: keys.shape, data }]
}

/** Tables are nothing by themselves. */
const maker: Operator = {
  types: () => ['resource'],
  evaluate: () => [generate('int32', [0], () => 0)],
  evaluates: () => true,
}

const lookup: Operator = {
  types: (_node, inputs) => [inputs[2] ?? 'int64'],
  infer: sameShape(1),
  evaluate: find,
  evaluates: () => true,
}

const size: Operator = {
  types: () => ['int64'],
  infer: () => [[]],
  evaluate: (node) => [{ ...vector('int64', [indexOf(node).values.data.length]), shape: [] }],
  evaluates: () => true,
}

/** Numbers of the intervals that values fall into. */
const bucketize: Operator = {
  types: () => ['int32'],
  infer: sameShape(),
  accepts: needs('GreaterOrEqual'),
  emit: (e) => {
    const x = e.value(0)
    const bounds = floatsOf(e.node, 'boundaries')
    const isWhole = x.dtype === 'int32' || x.dtype === 'int64'
    const dtype = isWhole || x.dtype === 'float64' ? 'float64' : 'float32'
    const wide = e.op('Unsqueeze', [dtype === x.dtype ? e.in(0) : e.cast(e.in(0), dtype), e.ints([-1])])
    const list = e.constant({
      dtype,
      shape: [bounds.length],
      data: dtype === 'float64' ? Float64Array.from(bounds) : Float32Array.from(bounds),
    })
    const passed = e.cast(e.op('GreaterOrEqual', [wide, list]), 'int32')
    return e.result(
      e.op('ReduceSum', [passed, e.ints([-1])], { keepdims: { kind: 'int', value: 0 } }),
      'int32',
      x.shape,
    )
  },
  evaluate: (node, inputs) => {
    const bounds = floatsOf(node as TfNode, 'boundaries')
    const x = numbers(take(inputs, 0))
    return [generate('int32', take(inputs, 0).shape, (i) => bounds.filter((bound) => (x[i] as number) >= bound).length)]
  },
}

function unique(hasCounts: boolean): Operator {
  return {
    types: (node, inputs) => {
      const index = dtypeOf(node, 'out_idx', 'int32')
      return [inputs[0] ?? 'float32', index, ...(hasCounts ? [index] : [])]
    },
    infer: (_node, inputs) => [[null], inputs[0]?.shape ?? null, [null]],
    evaluate: (node, inputs) => {
      const x = take(inputs, 0)
      if (x.shape.length !== 1) throw new KernelFault('values that are no vector')
      const index = dtypeOf(node as TfNode, 'out_idx', 'int32') as 'int32'
      const places = new Map<unknown, number>()
      const found: unknown[] = []
      const counts: number[] = []
      const at = Array.from(x.data as unknown as ArrayLike<unknown>, (value) => {
        let place = places.get(value)
        if (place === undefined) {
          place = found.length
          places.set(value, place)
          found.push(value)
          counts.push(0)
        }
        counts[place] = (counts[place] as number) + 1
        return place
      })
      return [
        generate(x.dtype, [found.length], (i) => found[i] as number),
        vector(index, at),
        ...(hasCounts ? [vector(index, counts)] : []),
      ]
    },
  }
}

/** Position at which each value would be put into its sorted row. */
function bound(isUpper: boolean): Operator {
  return {
    types: (node) => [dtypeOf(node, 'out_type', 'int32')],
    infer: sameShape(1),
    evaluate: (node, inputs) => {
      const [rows, values] = [take(inputs, 0), take(inputs, 1)]
      const width = rows.shape.at(-1) as number
      const each = values.shape.at(-1) as number
      const dtype = dtypeOf(node as TfNode, 'out_type', 'int32') as 'int32'
      const [list, wanted] = [numbers(rows), numbers(values)]
      return [
        {
          ...vector(
            dtype,
            wanted.map((value, i) => {
              const start = Math.floor(i / each) * width
              return list.slice(start, start + width).filter((x) => (isUpper ? x <= value : x < value)).length
            }),
          ),
          shape: values.shape,
        },
      ]
    },
  }
}

const listDiff: Operator = {
  types: (node, inputs) => [inputs[0] ?? 'int32', dtypeOf(node, 'out_idx', 'int32')],
  infer: () => [[null], [null]],
  evaluate: (node, inputs) => {
    const [x, y] = [take(inputs, 0), take(inputs, 1)]
    const known = new Set<unknown>(Array.from(y.data as unknown as ArrayLike<unknown>))
    const kept: number[] = []
    const list = x.data as unknown as ArrayLike<unknown>
    for (let i = 0; i < list.length; i++) if (!known.has(list[i])) kept.push(i)
    const index = dtypeOf(node as TfNode, 'out_idx', 'int32') as 'int32'
    return [generate(x.dtype, [kept.length], (i) => list[kept[i] as number] as number), vector(index, kept)]
  },
}

/** Tables and what counts values. */
export const tableOperators: OperatorTable = {
  HashTable: maker,
  HashTableV2: maker,
  MutableHashTable: maker,
  MutableHashTableV2: maker,
  MutableDenseHashTableV2: maker,
  LookupTableFind: lookup,
  LookupTableFindV2: lookup,
  LookupTableSize: size,
  LookupTableSizeV2: size,
  Bucketize: bucketize,
  Unique: unique(false),
  UniqueV2: { ...unique(false), except: 'an axis other than 0 of vectors' },
  UniqueWithCounts: unique(true),
  UniqueWithCountsV2: { ...unique(true), except: 'an axis other than 0 of vectors' },
  LowerBound: bound(false),
  UpperBound: bound(true),
  ListDiff: listDiff,
}
