import { expect, test } from 'vitest'
import { attribute, GraphBuilder } from '../../../src/models/onnx-graph/builder.ts'
import { attributeOf, nodePlace, type OnnxNode, subgraphsOf } from '../../../src/models/onnx-graph/graph.ts'

function lastNode(build: (graph: GraphBuilder) => void): OnnxNode {
  const graph = new GraphBuilder()
  build(graph)
  return graph.finish().nodes.at(-1) as OnnxNode
}

test('a node is told by its name, by what it gives, or by its operator', () => {
  expect(nodePlace({ name: 'n', op: 'Add', outputs: ['y'] })).toBe('node "n" (Add)')
  expect(nodePlace({ name: '', op: 'Add', outputs: ['y'] })).toBe('the Add node that gives "y"')
  expect(nodePlace({ name: '', op: 'Add', outputs: [] })).toBe('a Add node')
})

test('an attribute is found by name and kind only', () => {
  const node = lastNode((graph) => graph.node('Softmax', ['x'], { axis: attribute.int(2) }))
  expect(attributeOf(node, 'axis', 'int')?.value).toBe(2)
  expect(attributeOf(node, 'axis', 'float')).toBeUndefined()
  expect(attributeOf(node, 'other', 'int')).toBeUndefined()
})

test('graphs inside of a node are found', () => {
  const node = lastNode((graph) => {
    const branch = (name: string) => graph.subgraph(name, (inner) => inner.output(inner.node('Neg', ['x'])))
    graph.node('If', ['c'], { then_branch: attribute.graph(branch('a')), else_branch: attribute.graph(branch('b')) })
  })
  expect(subgraphsOf(node).map((graph) => graph.name)).toEqual(['a', 'b'])
})
