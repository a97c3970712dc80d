import { describe, expect, test } from 'vitest'
import { raiseOpset } from '../../../src/models/onnx/raise-opset.ts'
import { type Attributes, attribute, type GraphBuilder } from '../../../src/models/onnx-graph/builder.ts'
import type { Tensor } from '../../../src/schema/tensor.ts'
import { floats, load, modelOf } from './models.ts'

/** Applies an operator of an old opset to constants. */
async function apply(
  op: string,
  opset: number,
  inputs: readonly Tensor[],
  attributes: Attributes = {},
): Promise<unknown> {
  const names = inputs.map((_, k) => `x${k}`)
  const build = (graph: GraphBuilder) => {
    for (const [k, { dtype, shape }] of inputs.entries()) graph.input(names[k] as string, dtype, shape)
    graph.output(graph.node(op, names, attributes, { outputs: ['y'] }), 'float32', null)
  }
  const model = await load(build, {}, { opset, irVersion: 3, ml: 1 })
  try {
    return (await model.run(Object.fromEntries(inputs.map((tensor, k) => [`x${k}`, tensor]))))['y']
  } finally {
    await model.close()
  }
}

const broadcast = (axis?: number): Attributes => ({
  broadcast: attribute.int(1),
  ...(axis === undefined ? {} : { axis: attribute.int(axis) }),
})

describe('raiseOpset', () => {
  test('the second operand is aligned by axis, from the front or the end, or with the last dimensions', async () => {
    const x = floats([2, 3], 1, 2, 3, 4, 5, 6)
    expect(await apply('Add', 6, [x, floats([2], 10, 20)], broadcast(0))).toEqual(
      floats([2, 3], 11, 12, 13, 24, 25, 26),
    )
    expect(await apply('Sub', 6, [x, floats([2], 10, 20)], broadcast(-2))).toEqual(
      floats([2, 3], -9, -8, -7, -16, -15, -14),
    )
    expect(await apply('Mul', 6, [x, floats([3], 1, 0, 2)], broadcast())).toEqual(floats([2, 3], 1, 0, 6, 4, 0, 12))
    expect(await apply('Mul', 6, [x, floats([3], 1, 0, 2)], broadcast(1))).toEqual(floats([2, 3], 1, 0, 6, 4, 0, 12))
    expect(await apply('Pow', 1, [x, x])).toMatchObject({ shape: [2, 3] })
  })

  test('a slope of PRelu is of a channel', async () => {
    const x = floats([1, 2, 2], -1, -2, -3, 4)
    expect(await apply('PRelu', 6, [x, floats([2], 0.5, 10)])).toEqual(floats([1, 2, 2], -0.5, -1, -30, 4))
    expect(await apply('PRelu', 6, [x, floats([1], 0.5)])).toEqual(floats([1, 2, 2], -0.5, -1, -1.5, 4))
    expect(await apply('PRelu', 6, [x, floats([], 0.5)])).toEqual(floats([1, 2, 2], -0.5, -1, -1.5, 4))
  })

  test('what later opsets take for granted or as an input is rewritten', async () => {
    const x = floats([1, 2], 1, -2)
    expect(await apply('Neg', 1, [x], { consumed_inputs: attribute.ints([0]) })).toEqual(floats([1, 2], -1, 2))
    expect(await apply('Reshape', 1, [x], { shape: attribute.ints([2, 1]) })).toEqual(floats([2, 1], 1, -2))
    expect(await apply('Concat', 1, [x, x])).toEqual(floats([1, 4], 1, -2, 1, -2))
    expect(
      await apply('Cast', 1, [{ dtype: 'int32', shape: [2], data: Int32Array.of(1, 2) }], {
        to: attribute.text('FLOAT'),
      }),
    ).toEqual(floats([2], 1, 2))
    const one = floats([2], 1, 1)
    const zero = floats([2], 0, 0)
    const normal = await apply('BatchNormalization', 6, [x, one, zero, zero, one], {
      is_test: attribute.int(1),
      epsilon: attribute.float(0),
    })
    expect(normal).toEqual(x)
    const gemm = await apply('Gemm', 6, [x, floats([2, 1], 1, 1), floats([1], 5)], broadcast())
    expect(gemm).toEqual(floats([1, 1], 4))
  })

  test('ranks are followed from node to node, and where they are not known nothing is guessed', () => {
    const build = (first: string) => (graph: GraphBuilder) => {
      graph.input('x', 'float32', [2, 3])
      graph.input('b', 'float32', [2])
      graph.output(graph.node('Add', [graph.node(first, ['x']), 'b'], broadcast(0), { name: 'sum' }))
    }
    const raised = raiseOpset(modelOf(build('Relu'), { opset: 6 }), 'm')
    expect(raised.graph.nodes.map(({ op }) => op)).toEqual(['Relu', 'Unsqueeze', 'Add'])
    expect(raised.opsets.get('')).toBe(7)
    expect(() => raiseOpset(modelOf(build('Unknown'), { opset: 6 }), 'm')).toThrow(
      'm: node "sum" (Add) uses broadcasting by axis of a value of unknown rank',
    )
  })

  test('models of opset 7 and later are left alone', () => {
    const model = modelOf((graph) => graph.output(graph.node('Neg', ['x'])), { opset: 7 })
    expect(raiseOpset(model, 'm')).toBe(model)
  })
})
