import { expect, test } from 'vitest'
import { describeOnnx, factsOf } from '../../../src/models/onnx/describe.ts'
import { floats, modelOf } from './models.ts'

test('facts and description count operators and constants and cut long texts', () => {
  const model = {
    ...modelOf((graph) => {
      graph.input('x', 'float32', [null])
      const sum = graph.node('Add', ['x', graph.constant(floats([2], 1, 2))])
      graph.output(graph.node('Add', [graph.node('Neg', [sum]), sum]))
    }),
    producer: 'tool 1',
    metadata: new Map([['note', 'x'.repeat(10_000)]]),
  }
  expect(factsOf(model)).toMatchObject({
    irVersion: 10,
    opsets: 'ai.onnx 21, ai.onnx.ml 3',
    producer: 'tool 1',
    nodes: 3,
    constants: 1,
  })
  const described = describeOnnx(model, {
    inputs: [{ name: 'x', dtype: 'float32', shape: [], isOptional: false }],
    outputs: [],
  })
  expect(described.elements).toEqual({ Add: 2, Neg: 1 })
  expect(described.inputs).toEqual([{ name: 'x', optype: 'float32', treatments: [] }])
  expect(described.document['note']).toHaveLength(400)
})
