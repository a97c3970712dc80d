import { describe, expect, it } from 'vitest'
import { parseInput, readGraph } from '../../../src/models/tensorflow/graph-def.ts'
import { type GraphMessage, graphType } from '../../../src/models/tensorflow/graph-messages.ts'
import { readText } from '../../../src/models/tensorflow/message-text.ts'
import { dtypeOf, intsOf, shapeOf, tensorOf } from '../../../src/models/tensorflow/node-attributes.ts'

const read = (text: string) => readGraph(readText<GraphMessage>(graphType, text), 'm.pb')

describe('a graph', () => {
  it('has its nodes with inputs, control inputs and attributes', () => {
    const { nodes, producer, library } = read(`
      node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT_REF } }
             attr { key: "shape" value { shape { dim { size: -1 } dim { size: 2 } } } } }
      node { name: "c" op: "Const" attr { key: "value" value { tensor { dtype: DT_INT32 int_val: 7 } } } }
      node { name: "s" op: "Split" input: "c" input: "x:1" input: "^x" attr { key: "l" value { list { i: 1 i: 2 } } } }
      library { function { signature { name: "f" } } } versions { producer: 24 }`)
    const [x, c, s] = [...nodes.values()]
    if (!x || !c || !s) throw new Error('three nodes are expected')
    expect(s.inputs).toEqual([
      { node: 'c', output: 0 },
      { node: 'x', output: 1 },
    ])
    expect(s.controls).toEqual(['x'])
    expect(intsOf(s, 'l')).toEqual([1, 2])
    expect([dtypeOf(x, 'dtype'), shapeOf(x, 'shape')]).toEqual(['float32', [null, 2]])
    expect(x.attributes.get('dtype')).toMatchObject({ isReference: true })
    expect(tensorOf(c, 'value').data).toEqual(Int32Array.of(7))
    expect([producer, [...library.keys()]]).toEqual([24, ['f']])
  })

  it('tells unknown ranks from scalars', () => {
    const { nodes } = read(
      `node { name: "x" op: "P" attr { key: "a" value { shape { unknown_rank: true } } } attr { key: "b" value { shape { } } } }`,
    )
    const x = nodes.get('x')
    if (!x) throw new Error('a node is expected')
    expect([shapeOf(x, 'a'), shapeOf(x, 'b')]).toEqual([null, []])
  })

  it('is refused with the node that is wrong', () => {
    expect(() => read('node { name: "x" op: "A" } node { name: "x" op: "B" }')).toThrow(
      'node "x" (B): there are two nodes of this name',
    )
    expect(() => read('node { op: "A" }')).toThrow('node "" (A): it has no name')
    expect(() => read('node { name: "x" op: "A" input: "y:z" }')).toThrow(
      'node "x" (A): its input is "y:z", expected "node" or "node:output"',
    )
    expect(() => read('node { name: "x" op: "A" attr { key: "s" value { shape { dim { size: -2 } } } } }')).toThrow(
      'node "x" (A): a shape has a dimension of -2',
    )
    expect(() => read('node { name: "x" op: "A" attr { key: "v" value { tensor { dtype: 99 } } } }')).toThrow(
      'node "x" (A), attribute "v"',
    )
  })

  it('names an output of an input by its number', () => {
    expect(['a', 'a/b:3', 'a:b:0'].map(parseInput)).toEqual([
      { node: 'a', output: 0 },
      { node: 'a/b', output: 3 },
      { node: 'a:b', output: 0 },
    ])
    expect(['', ':1', 'a:', 'a:-1', 'a:1.5', 'a:99999999999'].map(parseInput)).toEqual([
      null,
      null,
      null,
      null,
      null,
      null,
    ])
  })
})
