import { expect, test } from 'vitest'
import { attribute, GraphBuilder } from '../../../src/models/onnx-graph/builder.ts'
import { pruned } from '../../../src/models/tensorflow/prune.ts'

test('what no output needs is left out, what a branch reads is not', () => {
  const builder = new GraphBuilder()
  const x = builder.input('x', 'float32', [1])
  const condition = builder.input('c', 'boolean', [])
  const one = builder.constant({ dtype: 'float32', shape: [1], data: Float32Array.of(1) })
  const idle = builder.constant({ dtype: 'float32', shape: [1], data: Float32Array.of(2) })
  builder.node('Add', [x, idle])
  const inner = builder.node('Relu', [x])
  const branch = () => builder.subgraph('b', (nested) => nested.output(nested.node('Add', [inner, one])))
  const y = builder.node('If', [condition], {
    then_branch: attribute.graph(branch()),
    else_branch: attribute.graph(branch()),
  })
  builder.output(y, 'float32', [1])
  const graph = pruned(builder.finish())
  expect(graph.nodes.map(({ op }) => op)).toStrictEqual(['Relu', 'If'])
  expect(graph.initializers.map(({ name }) => name)).toStrictEqual([one])
})

test('what a branch gives as it is, without a node of its own, is not left out', () => {
  const builder = new GraphBuilder()
  const x = builder.input('x', 'float32', [1])
  const condition = builder.input('c', 'boolean', [])
  const [first, second] = [builder.node('Relu', [x]), builder.node('Neg', [x])]
  const branch = (name: string) => attribute.graph(builder.subgraph('b', (nested) => nested.output(name)))
  builder.output(
    builder.node('If', [condition], { then_branch: branch(first), else_branch: branch(second) }),
    'float32',
    [1],
  )
  expect(pruned(builder.finish()).nodes.map(({ op }) => op)).toStrictEqual(['Relu', 'Neg', 'If'])
})
