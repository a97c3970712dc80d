import { describe, expect, test } from 'vitest'
import { objectSchema } from '../../../src/config/option.ts'
import { loadModel } from '../../../src/load-model.ts'
import { onnxFormat } from '../../../src/models/onnx/onnx.ts'
import type { GraphBuilder } from '../../../src/models/onnx-graph/builder.ts'
import { bytesOf, load } from './models.ts'

const negate = (graph: GraphBuilder) => {
  graph.input('x', 'float32', ['N', 2])
  graph.output(graph.node('Neg', ['x'], {}, { outputs: ['y'] }), 'float32', ['N', 2])
}

function prepare(bytes: Uint8Array, maxArtifactBytes = 1e9) {
  const options = objectSchema(onnxFormat.options).parse({})
  return onnxFormat.prepare({ bytes, digest: '', source: 'm.onnx' }, options, { allowsCode: false, maxArtifactBytes })
}

describe('prepareOnnx', () => {
  test('gives a plan that crosses threads, with signature, samples and facts', async () => {
    const prepared = structuredClone(await prepare(bytesOf(negate)))
    expect(prepared.signature).toMatchObject({
      inputs: [{ name: 'x', dtype: 'float32', shape: [2] }],
      outputs: [{ name: 'y', dtype: 'float32', shape: [2] }],
    })
    expect(prepared.facts).toMatchObject({ nodes: 1 })
    expect(prepared.notes).toEqual([])
    const scorer = await onnxFormat.open(prepared)
    const { predictions, errors } = await scorer.score(prepared.samples)
    expect(errors).toBe(null)
    expect(predictions).toHaveLength(1)
    scorer.close()
    scorer.close()
  })

  test.each<[string, Promise<unknown> | (() => Promise<unknown>), string, string]>([
    [
      'bytes that are no model',
      () => prepare(new TextEncoder().encode('<xml/>')),
      'MODEL_ARTIFACT_SYNTAX',
      'm.onnx cannot be read as onnx',
    ],
    [
      'a file above the limit',
      () => prepare(bytesOf(negate), 10),
      'MODEL_ARTIFACT_TOO_LARGE',
      'above the limit of 10 bytes',
    ],
    [
      'an operator that nobody knows, by its node',
      () =>
        prepare(
          bytesOf((graph) => {
            graph.input('x', 'float32', [1])
            graph.output(graph.node('Bogus', ['x'], {}, { name: 'b' }), 'float32', [1])
          }),
        ),
      'MODEL_ARTIFACT_UNSUPPORTED',
      'm.onnx: node "b" (Bogus) uses the operator Bogus',
    ],
    [
      'an operator that the runtime lacks, by its node',
      () =>
        prepare(
          bytesOf((graph) => {
            graph.input('x', 'float64', [1, 1, 4, 4])
            graph.input('w', 'float64', [1, 1, 1, 1])
            graph.output(graph.node('Conv', ['x', 'w'], {}, { name: 'doubles' }), 'float64', null)
          }),
        ),
      'MODEL_ARTIFACT_UNSUPPORTED',
      'm.onnx: node "doubles" (Conv) uses the operator Conv of opset 11',
    ],
    [
      'a graph that does not fit together',
      () =>
        prepare(
          bytesOf((graph) => {
            graph.input('x', 'float32', [1])
            graph.output(graph.node('Neg', ['nowhere']), 'float32', [1])
          }),
        ),
      'MODEL_RUNTIME_REFUSED',
      'm.onnx is refused by onnxruntime',
    ],
  ])('refuses %s', async (_, make, code, message) => {
    const refused = typeof make === 'function' ? make() : make
    await expect(refused).rejects.toMatchObject({ code })
    await expect(refused).rejects.toThrow(message)
  })

  test('refuses an execution provider that is not there, and names those that are', async () => {
    await expect(load(negate, { providers: ['quantum'] })).rejects.toThrow(
      'there is no execution provider "quantum" here; known: cpu',
    )
  })

  test('options of execution keep the result', async () => {
    for (const options of [
      { threads: 2, graphOptimization: 'disabled' },
      { executionMode: 'parallel', interOpThreads: 2, providers: ['cpu'] },
      { freeDimensions: { N: 1 } },
    ]) {
      const model = await load(negate, options)
      expect(await model.score([{ x: [1, 2] }])).toEqual([{ prediction: { y: [-1, -2] } }])
      await model.close()
    }
  })

  test('a model that only its own inputs run is loaded with a note', async () => {
    // Two inputs whose sizes must be equal and above 1.
    const bytes = bytesOf((graph) => {
      graph.input('x', 'float32', [null])
      graph.output(graph.node('Reshape', ['x', graph.ints([3])], {}, { outputs: ['y'] }), 'float32', [3])
    })
    const prepared = await prepare(bytes)
    expect(prepared.notes?.[0]).toContain('on made-up inputs')
    const model = await loadModel(bytes, { format: 'onnx' })
    expect((await model.run({ x: { dtype: 'float32', shape: [3], data: [1, 2, 3] } }))['y']).toMatchObject({
      shape: [3],
    })
    await model.close()
  })
})
