import { expect, test } from 'vitest'
import { functionalised } from '../../../src/models/tensorflow/frames.ts'
import { goldenCases, programOf, testOperators } from '../../support/tensorflow-operators.ts'

testOperators('control-v1', /^(while|Tensor)/)

test('a graph without loops of TensorFlow 1 stays as it is', () => {
  const graph = { nodes: new Map(), functions: new Map(), tables: new Map() }
  expect(functionalised(graph, 'm')).toBe(graph)
})

test('loops become While, with nothing of their frames left', () => {
  const golden = goldenCases('control-v1').find(({ name }) => name === 'while-nested')
  const graph = functionalised(programOf(golden as NonNullable<typeof golden>).graph, 'm')
  const ops = [graph.nodes, ...[...graph.functions.values()].map(({ nodes }) => nodes)].flatMap((nodes) =>
    [...nodes.values()].map(({ op }) => op),
  )
  expect(ops.filter((op) => op === 'While')).toHaveLength(2)
  expect(ops.filter((op) => /^(Enter|Exit|Merge|Switch|NextIteration|LoopCond)$/.test(op))).toStrictEqual([])
})

test('a node that very many read is dealt with in time that grows with their number', () => {
  const readers = 60_000
  const golden = goldenCases('control-v1').find(({ name }) => name === 'while-nested')
  const { graph } = programOf(golden as NonNullable<typeof golden>)
  const nodes = new Map(graph.nodes)
  const [first] = [...nodes.keys()]
  for (let i = 0; i < readers; i++) {
    const inputs = [{ node: first as string, output: 0 }]
    nodes.set(`reader${i}`, {
      name: `reader${i}`,
      op: 'Identity',
      inputs,
      controls: [],
      device: '',
      attributes: new Map(),
    })
  }
  expect(functionalised({ ...graph, nodes }, 'm').nodes.size).toBeGreaterThan(readers)
})
