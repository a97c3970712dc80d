import type { Tensor } from '../../../schema/tensor.ts'
import type { TfNode, TfShape } from '../graph.ts'
import { boolOf, dtypeOf, intOf } from '../node-attributes.ts'
import { fingerprint64, joinFingerprints } from './farm-hash.ts'
import { type Kernel, KernelFault, type KernelNode, type OperatorTable } from './operator.ts'
import { checkedShape, generate, makeData, numbers, take, texts, vector } from './plain.ts'

/** A column to cross: its values of each row. */
type Column<T> = readonly (readonly T[])[]

/** Columns of the inputs: indices, values and shapes of `count` sparse tensors, then matrices. */
function columnsOf<T>(inputs: readonly Tensor[], count: number, read: (values: Tensor) => readonly T[]): Column<T>[] {
  const sparse = Array.from({ length: count }, (_, k) => {
    const [indices, values, shape] = [take(inputs, k), take(inputs, count + k), take(inputs, 2 * count + k)]
    const rows = Array.from({ length: checkedShape([numbers(shape)[0] ?? 0])[0] as number }, (): T[] => [])
    const at = numbers(indices)
    read(values).forEach((value, i) => {
      const row = rows[at[i * (indices.shape[1] ?? 2)] as number]
      if (!row) throw new KernelFault(`row ${at[i * (indices.shape[1] ?? 2)]} of ${rows.length}`)
      row.push(value)
    })
    return rows
  })
  const dense = inputs.slice(3 * count).map((matrix) => {
    const list = read(matrix)
    const width = matrix.shape[1] ?? 1
    return Array.from({ length: matrix.shape[0] ?? 0 }, (_, row) => list.slice(row * width, (row + 1) * width))
  })
  return [...sparse, ...dense]
}

/** All combinations of a row's values, those of the last column changing fastest. Example: `[[a, b], [x, y]]` gives ax, ay, bx, by. */
function combinations<T>(columns: readonly Column<T>[], row: number): T[][] {
  let all: T[][] = [[]]
  for (const column of columns) {
    const values = column[row] ?? []
    checkedShape([all.length, values.length])
    all = all.flatMap((one) => values.map((value) => [...one, value]))
  }
  return all
}

/** The sparse tensor of what `made` gives for each combination. */
function crossed<T>(columns: readonly Column<T>[], dtype: 'int64' | 'string', made: (one: T[]) => bigint | string) {
  const rows = columns[0]?.length ?? 0
  if (columns.some((column) => column.length !== rows)) throw new KernelFault('columns of different lengths')
  const each = Array.from({ length: rows }, (_, row) => combinations(columns, row))
  const places = each.flatMap((list, row) => list.flatMap((_, k) => [row, k]))
  const values = makeData(dtype, places.length / 2)
  each.flat().forEach((one, i) => {
    ;(values as unknown as unknown[])[i] = made(one)
  })
  const most = each.reduce((size, list) => Math.max(size, list.length), 0)
  return [
    generate('int64', [places.length / 2, 2], (i) => BigInt(places[i] as number)),
    { dtype, shape: [places.length / 2], data: values },
    vector('int64', [rows, most]),
  ] satisfies Tensor[]
}

/** Values as hashes: those of whole numbers are themselves. */
function hashes(values: Tensor): bigint[] {
  if (values.dtype === 'string') return texts(values).map(fingerprint64)
  return Array.from(values.data as BigInt64Array, (value) => BigInt.asUintN(64, BigInt(value)))
}

/** Values as texts. */
function words(values: Tensor): string[] {
  return values.dtype === 'string' ? [...texts(values)] : Array.from(values.data as BigInt64Array, String)
}

/** What stands between the values that are joined (sparse_cross_op.cc). */
const separator = '_X_'

const cross: Kernel = (kernel: KernelNode, inputs) => {
  const node = kernel as TfNode
  const count = intOf(node, 'N')
  if (!boolOf(node, 'hashed_output'))
    return crossed(columnsOf(inputs, count, words), 'string', (one) => one.join(separator))
  const buckets = BigInt(intOf(node, 'num_buckets', 0))
  const key = node.attributes.get('hash_key')
  const start = BigInt.asUintN(64, key?.kind === 'int' ? BigInt(key.value) : 0n)
  const modulus = buckets > 0n ? buckets : 2n ** 63n - 1n
  return crossed(columnsOf(inputs, count, hashes), 'int64', (one) => one.reduce(joinFingerprints, start) % modulus)
}

const infer = (): TfShape[] => [[null, 2], [null], [2]]

/** Crosses of columns, as feature columns and Keras' HashedCrossing have them. */
export const crossOperators: OperatorTable = {
  SparseCross: {
    types: (node) => ['int64', dtypeOf(node, 'out_type', 'int64'), 'int64'],
    infer,
    evaluate: cross,
  },
  SparseCrossV2: {
    types: () => ['int64', 'string', 'int64'],
    infer,
    evaluate: (node, inputs) => {
      const own = inputs.slice(0, -1)
      const [between = ''] = texts(take(inputs, inputs.length - 1))
      return crossed(columnsOf(own, intOf(node as TfNode, 'N'), words), 'string', (one) => one.join(between))
    },
  },
}
