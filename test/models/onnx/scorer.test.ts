import { describe, expect, test } from 'vitest'
import type { GraphBuilder } from '../../../src/models/onnx-graph/builder.ts'
import { floats, load } from './models.ts'

const linear = (graph: GraphBuilder) => {
  graph.input('x', 'float32', ['N', 2])
  const product = graph.node('MatMul', ['x', graph.constant(floats([2, 1], 1, 10))], {}, { outputs: ['y'] })
  graph.output(product, 'float32', ['N', 1])
}

/** Fails for an index that is not there. */
const lookup = (graph: GraphBuilder) => {
  graph.input('i', 'int64', ['N'])
  graph.output(
    graph.node('Gather', [graph.constant(floats([3], 10, 20, 30)), 'i'], {}, { outputs: ['y'] }),
    'float32',
    ['N'],
  )
}

describe('OnnxScorer', () => {
  test('scores records by a feature list, as lists and as typed arrays', async () => {
    const model = await load(linear, { features: ['a', 'b'] })
    expect(
      await model.score([
        { a: 1, b: 2 },
        { a: '3', b: 4 },
      ]),
    ).toEqual([{ prediction: { y: 21 } }, { prediction: { y: 43 } }])
    await model.close()
    const byName = await load(linear)
    expect(await byName.score([{ x: [1, 2] }, { x: Float32Array.of(3, 4) }])).toEqual([
      { prediction: { y: 21 } },
      { prediction: { y: 43 } },
    ])
    await byName.close()
  })

  test('a record gets its rows of all tensors of a sequence: probabilities of several targets', async () => {
    const targets = (graph: GraphBuilder) => {
      linear(graph)
      const element = { kind: 'tensor', dtype: 'float32', shape: ['N', 1] } as const
      graph.outputOf(graph.node('SequenceConstruct', ['y', 'y'], {}, { outputs: ['p'] }), { kind: 'sequence', element })
    }
    const model = await load(targets, { features: ['a', 'b'] })
    const records = [1, 2, 3].map((a) => ({ a, b: 1 }))
    const expected = [11, 12, 13].map((y) => ({ prediction: { y, p: [[y], [y]] } }))
    expect(await model.score(records)).toEqual(expected)
    expect(await model.score(records.slice(0, 2))).toEqual(expected.slice(0, 2))
    await model.close()
  })

  test('a record that cannot be read is its own fault', async () => {
    const model = await load(linear, { features: ['a', 'b'] })
    const results = await model.score([{ a: 1, b: 2 }, { a: 'x', b: 1 }, null, { a: 1 }, { a: 3, b: 4 }])
    expect(results).toMatchObject([
      { prediction: { y: 21 } },
      { error: { code: 'MODEL_INPUT_INVALID' } },
      { error: { code: 'MODEL_RECORD_ABSENT' } },
      { error: { code: 'MODEL_INPUT_MISSING' } },
      { prediction: { y: 43 } },
    ])
    await model.close()
  })

  test('a record that fails the run of its batch is found, and the others are scored', async () => {
    const model = await load(lookup)
    const results = await model.score([0, 1, 99, 2, 0, -50, 1].map((i) => ({ i })))
    expect(results.map((result) => ('prediction' in result ? result.prediction['y'] : result.error.code))).toEqual([
      10,
      20,
      'MODEL_RUN_ERROR',
      30,
      10,
      'MODEL_RUN_ERROR',
      20,
    ])
    await model.close()
  })

  test('a batch that the model fixes is run row by row', async () => {
    const model = await load((graph) => {
      graph.input('x', 'float32', [1, 2])
      graph.output(graph.node('Neg', ['x'], {}, { outputs: ['y'] }), 'float32', [1, 2])
    })
    expect(await model.score([{ x: [1, 2] }, { x: [3, 4] }])).toEqual([
      { prediction: { y: [-1, -2] } },
      { prediction: { y: [-3, -4] } },
    ])
    await model.close()
  })

  test('runs tensors, several outputs and text', async () => {
    const model = await load((graph) => {
      graph.input('x', 'string', [null])
      graph.output(
        graph.node(
          'Equal',
          ['x', graph.constant({ dtype: 'string', shape: [1], data: ['a'] })],
          {},
          { outputs: ['same'] },
        ),
        'boolean',
        [null],
      )
      graph.output(graph.node('Identity', ['x'], {}, { outputs: ['copy'] }), 'string', [null])
    })
    expect(await model.run({ x: { dtype: 'string', shape: [2], data: ['a', 'b'] } })).toEqual({
      same: { dtype: 'boolean', shape: [2], data: Uint8Array.of(1, 0) },
      copy: { dtype: 'string', shape: [2], data: ['a', 'b'] },
    })
    expect(await model.score([{ x: 'a' }])).toEqual([{ prediction: { same: true, copy: 'a' } }])
    await expect(model.run({})).rejects.toMatchObject({ code: 'MODEL_RUN_ERROR' })
    await model.close()
  })
})
