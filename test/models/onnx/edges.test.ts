import { describe, expect, test } from 'vitest'
import { edgeTensors } from '../../../src/models/onnx/edges.ts'
import { attribute, type GraphBuilder } from '../../../src/models/onnx-graph/builder.ts'
import type { ValueType } from '../../../src/models/onnx-graph/graph.ts'
import type { TensorValue } from '../../../src/schema/tensor.ts'
import { floats, load, modelOf, type Versions } from './models.ts'

const tensor = (dtype: 'float32' | 'int64' | 'string' = 'float32') => ({ kind: 'tensor', dtype, shape: null }) as const
const sequence = (dtype: 'float32' | 'int64' | 'string' = 'float32') =>
  ({ kind: 'sequence', element: tensor(dtype) }) as const

/** Runs a made model once. */
async function run(build: (graph: GraphBuilder) => void, inputs: Record<string, unknown>, versions: Versions = {}) {
  const model = await load(build, {}, versions)
  try {
    return (await model.run(inputs as never)) as Record<string, TensorValue>
  } finally {
    await model.close()
  }
}

describe('edgeTensors', () => {
  test('a graph of plain tensors stays as it is', () => {
    const model = modelOf((graph) => {
      graph.input('x', 'float32', ['N', 2])
      graph.output(graph.node('Neg', ['x']), 'float32', ['N', 2])
    })
    const edged = edgeTensors(model, 'm')
    expect(edged.isChanged).toBe(false)
    expect(edged.model).toBe(model)
    expect(edged.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: [null, 2], from: 'x', isOfVectors: false }])
  })

  test('constants that are inputs too (before IR version 4) are not asked for', () => {
    const model = modelOf((graph) => {
      graph.input('x', 'float32', [1])
      graph.input(graph.constant(floats([1], 1), 'w'), 'float32', [1])
      graph.output(graph.node('Add', ['x', 'w']), 'float32', [1])
    })
    expect(edgeTensors(model, 'm').inputs.map(({ name }) => name)).toEqual(['x'])
  })

  test('maps of a ZipMap are made outside, also behind an Identity', async () => {
    const build = (graph: GraphBuilder) => {
      graph.input('p', 'float32', [null, 2])
      const zip = graph.node(
        'ZipMap',
        ['p'],
        { classlabels_strings: attribute.texts(['no', 'yes']) },
        { domain: 'ai.onnx.ml' },
      )
      const maps = { kind: 'sequence', element: { kind: 'map', key: 'string', value: tensor() } } as ValueType
      graph.outputOf(graph.node('Identity', [zip], {}, { outputs: ['y'] }), maps)
    }
    const { y } = await run(build, { p: floats([2, 2], 0.25, 0.75, 1, 0) })
    const maps = [
      new Map([
        ['no', 0.25],
        ['yes', 0.75],
      ]),
      new Map([
        ['no', 1],
        ['yes', 0],
      ]),
    ]
    expect(y).toEqual({ type: 'sequence', data: maps })
    const model = await load(build)
    const results = await model.score([{ p: [0.25, 0.75] }, { p: [1, 0] }])
    expect(results).toEqual([{ prediction: { y: { no: 0.25, yes: 0.75 } } }, { prediction: { y: { no: 1, yes: 0 } } }])
    await model.close()
  })

  for (const opset of [13, 17, 21])
    test(`sequences go in and out at opset ${opset}, with tensors of any rank, text and none`, async () => {
      for (const [dtype, data] of [
        ['float32', [floats([2, 1], 1, 2), floats([], 3), floats([1, 1, 2], 4, 5)]],
        ['string', [{ dtype: 'string', shape: [2], data: ['a', 'é'] }]],
        ['int64', []],
      ] as const) {
        const build = (graph: GraphBuilder) => {
          graph.inputOf('s', sequence(dtype))
          graph.outputOf(graph.node('Identity', ['s'], {}, { outputs: ['y'] }), sequence(dtype))
        }
        // Identity takes sequences from opset 14 on.
        const { y } = await run(
          opset >= 14
            ? build
            : (graph) => {
                graph.inputOf('s', sequence(dtype))
                graph.outputOf('s', sequence(dtype))
              },
          { s: { type: 'sequence', data } },
          { opset },
        )
        expect(y ?? {}, `${dtype}`).toEqual(opset >= 14 ? { type: 'sequence', data } : {})
      }
    })

  test('below opset 13 sequences of vectors go in, others are refused', async () => {
    const build = (graph: GraphBuilder) => {
      graph.inputOf('s', sequence())
      graph.input('x', 'float32', [null])
      graph.outputOf(graph.node('SequenceInsert', ['s', 'x'], {}, { outputs: ['y'] }), sequence())
    }
    const s = (...data: unknown[]) => ({ s: { type: 'sequence', data }, x: floats([1], 9) })
    const { y } = await run(build, s(floats([2], 1, 2), floats([1], 3)), { opset: 11 })
    expect(y).toEqual({ type: 'sequence', data: [floats([2], 1, 2), floats([1], 3), floats([1], 9)] })
    await expect(run(build, s(floats([1, 1], 1)), { opset: 11 })).rejects.toThrow('has not one dimension')
  })

  test('optional values go in and out', async () => {
    const build = (graph: GraphBuilder) => {
      graph.inputOf('x', { kind: 'optional', element: tensor() })
      const value = graph.node('OptionalGetElement', ['x'])
      graph.outputOf(graph.node('Optional', [graph.node('Neg', [value])], {}, { outputs: ['y'] }), {
        kind: 'optional',
        element: tensor(),
      })
    }
    expect(await run(build, { x: floats([2], 1, 2) }, { opset: 18 })).toEqual({ y: floats([2], -1, -2) })
  })

  test('16-bit floats are fed and given as 32-bit floats', async () => {
    for (const dtype of ['float16', 'bfloat16'] as const) {
      const build = (graph: GraphBuilder) => {
        graph.input('x', dtype, [null])
        graph.output(graph.node('Identity', ['x'], {}, { outputs: ['y'] }), dtype, [null])
      }
      expect(await run(build, { x: floats([2], 1.5, -2) })).toEqual({ y: floats([2], 1.5, -2) })
    }
  })

  test.each<[string, ValueType, string]>([
    [
      'a map',
      { kind: 'map', key: 'string', value: tensor() },
      'm: input "x" uses a map from string to a tensor of float32',
    ],
    [
      'complex numbers',
      { kind: 'tensor', dtype: 'complex64', shape: null },
      'm: input "x" uses the element type complex64',
    ],
    [
      'a sequence of sequences',
      { kind: 'sequence', element: sequence() },
      'm: input "x" uses a sequence of a sequence of a tensor of float32',
    ],
  ])('refuses %s as an input, with its name', (_, type, message) => {
    const model = modelOf((graph) => {
      graph.inputOf('x', type)
      graph.output(graph.node('Identity', ['x']), 'float32', null)
    })
    expect(() => edgeTensors(model, 'm')).toThrow(message)
  })
})
