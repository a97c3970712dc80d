import { expect, test } from 'vitest'
import type { TfNode } from '../../../src/models/tensorflow/graph.ts'
import { complete, ordered, rewired, sliceOf } from '../../../src/models/tensorflow/subgraph.ts'

const node = (name: string, ...inputs: string[]): TfNode => ({
  name,
  op: 'Add',
  inputs: inputs.map((one) => ({ node: one, output: 0 })),
  controls: [],
  attributes: new Map(),
  device: '',
})
const graph = (...nodes: TfNode[]) => new Map(nodes.map((one) => [one.name, one]))

test('a slice ends at arguments', () => {
  const nodes = graph(node('a'), node('b', 'a'), node('c', 'b'))
  expect([...sliceOf(nodes, [{ node: 'c', output: 0 }], new Map([['b', null]])).keys()]).toStrictEqual(['c'])
})

test('readers come after what they read, however deep', () => {
  const chain = Array.from({ length: 20_000 }, (_, i) => node(`n${i}`, ...(i < 19_999 ? [`n${i + 1}`] : [])))
  const names = [...ordered(graph(...chain)).keys()]
  expect(names[0]).toBe('n19999')
  expect(names.at(-1)).toBe('n0')
})

test('nodes that read what is not there are left out, and their readers', () => {
  expect([...complete(graph(node('a'), node('b', 'lost'), node('c', 'b'), node('d', 'a'))).keys()]).toStrictEqual([
    'a',
    'd',
  ])
})

test('inputs are replaced by endpoint', () => {
  const made = rewired(node('a', 'x', 'y'), new Map([['x', { node: 'z', output: 2 }]]))
  expect(made.inputs).toStrictEqual([
    { node: 'z', output: 2 },
    { node: 'y', output: 0 },
  ])
})
