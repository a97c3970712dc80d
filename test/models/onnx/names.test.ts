import { expect, test } from 'vitest'
import { eachNode, namesOf } from '../../../src/models/onnx/names.ts'
import { attribute } from '../../../src/models/onnx-graph/builder.ts'
import { floats, modelOf } from './models.ts'

test('nodes and names of graphs inside a graph count', () => {
  const { graph } = modelOf((outer) => {
    outer.input('c', 'boolean', [])
    outer.constant(floats([1], 1), 'w')
    const branch = outer.subgraph('b', (inner) => inner.output(inner.node('Neg', ['w'], {}, { outputs: ['deep'] })))
    outer.output(
      outer.node('If', ['c'], { then_branch: attribute.graph(branch), else_branch: attribute.graph(branch) }),
    )
  })
  const ops: string[] = []
  eachNode(graph, ({ op }) => ops.push(op))
  expect(ops).toEqual(['If', 'Neg', 'Neg'])
  expect([...namesOf(graph)].sort()).toEqual(['If', 'c', 'deep', 'w'])
})
