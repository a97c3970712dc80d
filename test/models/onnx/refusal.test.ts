import { expect, test } from 'vitest'
import { MillraceError } from '../../../src/core/errors.ts'
import { explainRefusal } from '../../../src/models/onnx/refusal.ts'
import { modelOf } from './models.ts'

const model = modelOf((graph) => {
  graph.input('x', 'float32', [null])
  graph.node('Mul', ['x', 'x'], {}, { name: 'first' })
  graph.output(graph.node('Mul', ['x', 'x'], {}, { name: 'second' }))
})
const refused = (reason: string) =>
  explainRefusal(
    new MillraceError('MODEL_RUNTIME_REFUSED', { source: 'm', runtime: 'onnxruntime', reason }),
    model,
    'm',
  )

test('what the runtime says of an operator becomes the node, by name or the first of that operator', () => {
  expect(refused("Could not find an implementation for Mul(6) node with name 'second'")).toMatchObject({
    code: 'MODEL_ARTIFACT_UNSUPPORTED',
    parameters: { place: 'node "second" (Mul)', what: expect.stringContaining('the operator Mul of opset 6') },
  })
  expect(refused('Error No Op registered for Mul with domain_version of 99')).toMatchObject({
    parameters: { place: 'node "first" (Mul)' },
  })
  expect(refused('Fatal error: com.x:Mul(-1) is not a registered function/op')).toMatchObject({
    code: 'MODEL_RUNTIME_REFUSED',
  })
  expect(refused('Fatal error: Mul(-1) is not a registered function/op')).toMatchObject({
    parameters: { what: 'the operator Mul, which onnxruntime 1.30 does not have for the CPU' },
  })
})

test('everything else stays as it is', () => {
  expect(refused('shapes do not fit')).toMatchObject({ code: 'MODEL_RUNTIME_REFUSED' })
  expect(refused("Could not find an implementation for Other(6) node with name ''")).toMatchObject({
    code: 'MODEL_RUNTIME_REFUSED',
  })
  const other = new Error('x')
  expect(explainRefusal(other, model, 'm')).toBe(other)
})
