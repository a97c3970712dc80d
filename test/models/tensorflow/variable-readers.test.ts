import { describe, expect, it } from 'vitest'
import { asRead } from '../../../src/models/tensorflow/variable-readers.ts'
import { writeBundle } from '../../support/tensorflow-bundle.ts'
import { n, nodesOf, programOf, savedModel, signature, type } from '../../support/tensorflow-model.ts'

describe('an operator that reads a variable itself', () => {
  it('becomes an operator on its value', () => {
    const files = writeBundle({ v: { dtype: 'DT_FLOAT', shape: [3, 2], data: new Float32Array(6) } })
    const handle = n(
      'v',
      'VarHandleOp',
      [],
      `${type('dtype', 'DT_FLOAT')} attr { key: "shared_name" value { s: "v" } }`,
    )
    const float = type('dtype', 'DT_FLOAT')
    const nodes = [
      n('i', 'Placeholder', [], type('dtype', 'DT_INT32')),
      handle,
      n('a', 'ResourceGather', ['v', 'i'], `${float} attr { key: "batch_dims" value { i: 1 } }`),
      n('b', 'ResourceGatherNd', ['v', 'i'], float),
      n('c', 'VariableShape', ['v']),
    ]
    const { graph } = programOf(
      savedModel(
        `graph_def { ${nodes.join(' ')} } ${signature('s', { i: 'i:0' }, { a: 'a:0', b: 'b:0', c: 'c:0' })}`,
        files,
      ),
    )
    expect(nodesOf(graph.nodes)).toEqual({
      i: 'Placeholder()',
      v: 'Const()',
      'a^axis': 'Const()',
      a: 'GatherV2(v, i, a^axis)',
      b: 'GatherNd(v, i)',
      c: 'Shape(v)',
    })
    const axis = graph.nodes.get('a^axis')?.attributes.get('value')
    expect(axis?.kind === 'tensor' && axis.value.data).toEqual(Int32Array.of(1))
    expect(graph.nodes.get('a')?.attributes.get('Tparams')).toMatchObject({ value: 'float32' })
  })

  it('is none of the others', () => {
    expect(
      asRead({
        name: 'r',
        op: 'ReadVariableOp',
        inputs: [{ node: 'v', output: 0 }],
        controls: [],
        attributes: new Map(),
        device: '',
      }),
    ).toBeNull()
  })
})
