import { describe, expect, test } from 'vitest'
import { lowerOpset } from '../../../src/models/onnx/lower-opset.ts'
import { attribute, type GraphBuilder } from '../../../src/models/onnx-graph/builder.ts'
import { floats, load, modelOf } from './models.ts'

const modulo = (graph: GraphBuilder) => {
  graph.input('x', 'float32', [null])
  const three = graph.constant(floats([1], 3))
  graph.output(graph.node('Mod', ['x', three], { fmod: attribute.int(1) }, { outputs: ['y'] }), 'float32', [null])
}

describe('lowerOpset', () => {
  test.each([
    [28, 14],
    [27, 13],
    [26, 14],
  ])('a model of opset %i and IR version %i runs', async (opset, irVersion) => {
    const model = await load(modulo, {}, { opset, irVersion })
    expect(await model.score([{ x: 7 }, { x: -4 }])).toEqual([{ prediction: { y: 1 } }, { prediction: { y: -1 } }])
    await model.close()
  })

  test('an operator that came with a newer opset is refused by its name', async () => {
    const build = (graph: GraphBuilder) => {
      graph.input('x', 'float32', [null, 4])
      graph.output(graph.node('SwiGLU', ['x'], {}, { outputs: ['y'] }), 'float32', [null, 2])
    }
    await expect(load(build, {}, { opset: 28, irVersion: 14 })).rejects.toThrow('uses the operator SwiGLU')
  })

  test('other versions are left as they are, newer ones to be refused', () => {
    for (const versions of [
      { opset: 26, irVersion: 13 },
      { opset: 29, irVersion: 15 },
    ]) {
      const model = modelOf(modulo, versions)
      expect(lowerOpset(model)).toBe(model)
    }
  })
})
