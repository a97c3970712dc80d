import { expect, test } from 'vitest'
import { MillraceError } from '../../../src/core/errors.ts'
import { repairModel } from '../../../src/models/onnx/repair.ts'
import { attribute, type GraphBuilder } from '../../../src/models/onnx-graph/builder.ts'
import { load, modelOf } from './models.ts'

const refusal = (reason: string) =>
  new MillraceError('MODEL_RUNTIME_REFUSED', { source: 'm', runtime: 'onnxruntime', reason })

const upper = (graph: GraphBuilder) => {
  graph.input('x', 'string', [null])
  const attributes = {
    case_change_action: attribute.text('UPPER'),
    is_case_sensitive: attribute.int(0),
    stopwords: attribute.texts(['the']),
  }
  graph.output(graph.node('StringNormalizer', ['x'], attributes, { outputs: ['y'] }), 'string', [null])
}

const imputer = (replaced: number) => (graph: GraphBuilder) => {
  graph.input('x', 'float64', ['N', 2])
  const attributes = {
    imputed_value_floats: attribute.floats([0.5, -1]),
    replaced_value_float: attribute.float(replaced),
  }
  graph.output(graph.node('Imputer', ['x'], attributes, { domain: 'ai.onnx.ml', outputs: ['y'] }), 'float64', ['N', 2])
}

test('text changes its case whatever locales the machine has, beyond ASCII too', async () => {
  const model = await load(upper, {}, { opset: 10 })
  const { y } = await model.run({ x: { dtype: 'string', shape: [3], data: ['the', 'Zoë', 'élan'] } })
  expect(y).toEqual({ dtype: 'string', shape: [2], data: ['ZOË', 'ÉLAN'] })
  await model.close()
})

test('a locale is replaced once, so that a machine without either is told', () => {
  const failed = refusal('Failed to construct locale with name:en_US.UTF-8')
  const once = repairModel(modelOf(upper), failed)
  expect(once).not.toBe(null)
  expect(repairModel(once as never, failed)).toBe(null)
})

test('missing doubles are imputed, NaN or a number that stands for missing', async () => {
  for (const [replaced, missing] of [
    [Number.NaN, Number.NaN],
    [-999, -999],
  ] as const) {
    const model = await load(imputer(replaced))
    const data = Float64Array.of(missing, 1e-300, 2, missing)
    const { y } = await model.run({ x: { dtype: 'float64', shape: [2, 2], data } })
    expect(y).toEqual({ dtype: 'float64', shape: [2, 2], data: Float64Array.of(0.5, 1e-300, 2, -1) })
    await model.close()
  }
})

test('other refusals and other errors are left alone', () => {
  expect(repairModel(modelOf(upper), refusal('shapes do not fit'))).toBe(null)
  expect(repairModel(modelOf(upper), refusal('implementation for Imputer('))).toBe(null)
  expect(repairModel(modelOf(upper), new Error('locale'))).toBe(null)
})
