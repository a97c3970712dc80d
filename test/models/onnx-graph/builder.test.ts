import { expect, test } from 'vitest'
import { attribute, GraphBuilder } from '../../../src/models/onnx-graph/builder.ts'

test('names are unique over a graph and those nested in it, and start with the hint', () => {
  const graph = new GraphBuilder()
  graph.input('Relu', 'float32', [null])
  expect(graph.node('Relu', ['Relu'])).toBe('Relu_1')
  graph.subgraph('body', (inner) => expect(inner.node('Relu', ['Relu'])).toBe('Relu_2'))
  expect(graph.constant({ dtype: 'float32', shape: [], data: Float32Array.of(1) })).toBe('constant')
  expect(graph.ints([1, 2])).toBe('ints')
  expect(graph.ints([3])).toBe('ints_1')
})

test('nodes keep their order, extras and attributes', () => {
  const graph = new GraphBuilder('g')
  graph.input('x', 'float32', ['N', 2])
  const [values, indices] = graph.nodes('TopK', ['x', graph.ints([1])], { axis: attribute.int(1) }, { outputs: 2 })
  graph.node(
    'Scaler',
    [values as string],
    { scale: attribute.floats([2]) },
    { domain: 'ai.onnx.ml', outputs: ['y'], name: 's' },
  )
  graph.output('y', 'float32', ['N', 1])
  graph.output(indices as string)
  expect(graph.finish()).toMatchObject({
    name: 'g',
    nodes: [
      { op: 'TopK', outputs: ['TopK', 'TopK_1'], domain: '' },
      {
        op: 'Scaler',
        outputs: ['y'],
        domain: 'ai.onnx.ml',
        name: 's',
        attributes: new Map([['scale', attribute.floats([2])]]),
      },
    ],
    inputs: [{ name: 'x', type: { kind: 'tensor', dtype: 'float32', shape: ['N', 2] } }],
    outputs: [
      { name: 'y', type: { kind: 'tensor' } },
      { name: 'TopK_1', type: null },
    ],
  })
})

test('a name that is taken otherwise is passed over, and many of one hint come quickly', () => {
  const graph = new GraphBuilder('g', new Set(['Add', 'Add_1', 'Add_3']))
  expect([graph.fresh('Add'), graph.fresh('Add'), graph.fresh('Add')]).toEqual(['Add_2', 'Add_4', 'Add_5'])
  for (let i = 0; i < 20_000; i++) graph.fresh('Neg')
  expect(graph.fresh('Neg')).toBe('Neg_20000')
})
