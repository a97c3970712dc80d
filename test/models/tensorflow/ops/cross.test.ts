import { describe, expect, test } from 'vitest'
import type { TfAttribute } from '../../../../src/models/tensorflow/graph.ts'
import { crossOperators } from '../../../../src/models/tensorflow/ops/cross.ts'
import type { Kernel } from '../../../../src/models/tensorflow/ops/operator.ts'
import type { Tensor } from '../../../../src/schema/tensor.ts'

/** A sparse column as its three tensors: the values of each row. */
function column(rows: readonly (readonly (string | bigint)[])[]): readonly [Tensor, Tensor, Tensor] {
  const places = rows.flatMap((row, r) => row.flatMap((_, k) => [r, k]))
  const values = rows.flat()
  const isText = typeof values[0] === 'string'
  const long = (list: readonly number[], shape: readonly number[]): Tensor => ({
    dtype: 'int64',
    shape,
    data: BigInt64Array.from(list, BigInt),
  })
  return [
    long(places, [values.length, 2]),
    isText
      ? { dtype: 'string', shape: [values.length], data: values as string[] }
      : { dtype: 'int64', shape: [values.length], data: BigInt64Array.from(values as bigint[]) },
    long([rows.length, Math.max(...rows.map((row) => row.length))], [2]),
  ]
}

function run(op: string, columns: readonly ReturnType<typeof column>[], attributes: object = {}, more: Tensor[] = []) {
  const int = (value: bigint): TfAttribute => ({ kind: 'int', value })
  const node = {
    name: 'n',
    op,
    attributes: new Map<string, TfAttribute>([
      ['N', int(BigInt(columns.length))],
      ['hashed_output', { kind: 'bool', value: true }],
      ['hash_key', int(956_888_297_470n)],
      ...(Object.entries(attributes) as [string, TfAttribute][]),
    ]),
  }
  const inputs = [0, 1, 2].flatMap((part) => columns.map((one) => one[part] as Tensor))
  const evaluate = crossOperators[op]?.evaluate as Kernel
  const [indices, values, shape] = evaluate(node, [...inputs, ...more]) as [Tensor, Tensor, Tensor]
  return { places: Array.from(indices.data as BigInt64Array, Number), values: [...values.data], shape: [...shape.data] }
}

const a = column([['a', 'b'], ['c'], []])
const b = column([[1n, 2n], [-3n], [4n]])
const c = column([['x'], ['y', 'z'], ['w']])

/** Expected numbers are those of TensorFlow 2.21's raw operators. */
describe('SparseCross', () => {
  test('hashes every combination of a row into buckets, none where a column is empty', () => {
    const buckets = { num_buckets: { kind: 'int', value: 20n } }
    expect(run('SparseCross', [a, c], buckets)).toEqual({
      places: [0, 0, 0, 1, 1, 0, 1, 1],
      values: [12n, 4n, 0n, 0n],
      shape: [3n, 2n],
    })
  })

  test('whole numbers are their own hashes, and no number of buckets is all that are not negative', () => {
    expect(run('SparseCross', [b, c]).values).toEqual([
      854_275_097_015_501_859n,
      508_490_610_932_277_762n,
      1_849_483_804_084_569_779n,
      7_640_701_736_979_187_728n,
      7_729_735_771_543_470_493n,
    ])
  })

  test('joins texts', () => {
    const joined = { hashed_output: { kind: 'bool', value: false } }
    expect(run('SparseCross', [a, c], joined).values).toEqual(['a_X_x', 'b_X_x', 'c_X_y', 'c_X_z'])
    const between: Tensor = { dtype: 'string', shape: [], data: ['-'] }
    expect(run('SparseCrossV2', [b, c], {}, [between]).values).toEqual(['1-x', '2-x', '-3-y', '-3-z', '4-w'])
  })
})
