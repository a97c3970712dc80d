import { expect, test } from 'vitest'
import { functionalised } from '../../../src/models/tensorflow/frames.ts'

test('a graph without loops of TensorFlow 1 stays as it is', () => {
  const graph = { nodes: new Map(), functions: new Map(), tables: new Map() }
  expect(functionalised(graph, 'm').nodes.size).toBe(0)
})
