import { describe, expect, it } from 'vitest'
import { ConstantReader } from '../../../src/models/tensorflow/constant-reader.ts'
import type { FlatGraph } from '../../../src/models/tensorflow/flatten.ts'
import { parseInput, readGraph } from '../../../src/models/tensorflow/graph-def.ts'
import { graphType } from '../../../src/models/tensorflow/graph-messages.ts'
import { readText } from '../../../src/models/tensorflow/message-text.ts'
import { TensorBundle } from '../../../src/models/tensorflow/tensor-bundle.ts'
import { writeBundle } from '../../support/tensorflow-bundle.ts'
import { n, texts, type } from '../../support/tensorflow-model.ts'

const files = writeBundle({
  a: { dtype: 'DT_FLOAT', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
  b: { dtype: 'DT_INT64', shape: [], data: BigInt64Array.of(7n) },
})
const bundle = new TensorBundle('variables/variables', (path) => files[path] ?? null, 'm')

function value(endpoint: string, ...nodes: string[]) {
  const graph: FlatGraph = { nodes: new Map(readGraph(readText(graphType, nodes.join(' ')), 'm').nodes), effects: [] }
  return new ConstantReader(graph, bundle, 'm').value(parseInput(endpoint) as never)
}

const int = (value: number | string) =>
  `attr { key: "value" value { tensor { dtype: DT_INT32 ${[value]
    .flat()
    .map((v) => `int_val: ${v}`)
    .join(' ')} } } }`
const restore = (keys: string[], parts: string[]) => [
  n('k', 'Const', [], texts(...keys)),
  n('p', 'Const', [], texts(...parts)),
  n('f', 'Placeholder'),
  n('r', 'RestoreV2', ['f', 'k', 'p']),
]

describe('values that depend on constants alone', () => {
  it('come from the checkpoint by the place of the key', () => {
    const nodes = restore(['b', 'a'], ['', ''])
    expect(value('i', ...nodes, n('i', 'Identity', ['r:1']))?.data).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6))
    expect(value('r', ...nodes)?.data).toEqual(BigInt64Array.of(7n))
    expect(value('r:2', ...nodes)).toBeNull()
    expect(value('o', n('k', 'Const', [], texts('b')), n('f', 'X'), n('o', 'Restore', ['f', 'k']))?.dtype).toBe('int64')
  })

  it('may be a slice of what the checkpoint has', () => {
    expect(value('r', ...restore(['a'], ['2 3 1,1:0,2']))).toMatchObject({ shape: [1, 2], data: Float32Array.of(4, 5) })
    expect(value('r', ...restore(['a'], ['2 3 -:2,1']))).toMatchObject({ shape: [2, 1], data: Float32Array.of(3, 6) })
    expect(() => value('r', ...restore(['a'], ['2 3 1,2:0,2']))).toThrow(
      'node "r" (RestoreV2): the slice "2 3 1,2:0,2" does not fit the shape [2, 3]',
    )
    expect(() => value('r', ...restore(['a'], ['2 3 x:0,2']))).toThrow('does not fit')
  })

  it('may be computed as initialisers of tables do', () => {
    const keys = n('k', 'Const', [], texts('x', 'y', 'z'))
    const [zero, one] = [n('zero', 'Const', [], int(0)), n('one', 'Const', [], int(1))]
    const range = [
      keys,
      zero,
      one,
      n('size', 'Size', ['k']),
      n('range', 'Range', ['zero', 'size', 'one']),
      n('cast', 'Cast', ['range'], type('DstT', 'DT_INT64')),
    ]
    expect(value('cast', ...range)).toMatchObject({ dtype: 'int64', shape: [3], data: BigInt64Array.of(0n, 1n, 2n) })
    expect(value('fill', one, n('dims', 'Reshape', ['one', 'one']), n('fill', 'Fill', ['dims', 'one']))).toMatchObject({
      shape: [1],
      data: Int32Array.of(1),
    })
    const yes = 'attr { key: "value" value { tensor { dtype: DT_BOOL bool_val: true } } }'
    expect(value('not', n('t', 'Const', [], yes), n('not', 'LogicalNot', ['t']))?.data).toEqual(Uint8Array.of(0))
  })

  it('are none where a node is not computed here, or asks for too much', () => {
    expect(value('y', n('x', 'RandomUniform'), n('y', 'Identity', ['x']))).toBeNull()
    expect(value('y', n('y', 'Identity', ['y']))).toBeNull()
    const big = n(
      'dims',
      'Const',
      [],
      'attr { key: "value" value { tensor { dtype: DT_INT32 int_val: 100000 tensor_shape { dim { size: 2 } } } } }',
    )
    expect(value('fill', big, n('one', 'Const', [], int(1)), n('fill', 'Fill', ['dims', 'one']))).toBeNull()
    expect(
      value(
        'range',
        n('z', 'Const', [], int(0)),
        n('m', 'Const', [], int(2_000_000_000)),
        n('o', 'Const', [], int(1)),
        n('range', 'Range', ['z', 'm', 'o']),
      ),
    ).toBeNull()
  })
})
