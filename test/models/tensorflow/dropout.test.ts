import { describe, expect, test } from 'vitest'
import { loadModel } from '../../../src/load-model.ts'
import { n, type } from '../../support/tensorflow-model.ts'

const float = type('T', 'DT_FLOAT')
const dtype = type('dtype', 'DT_FLOAT')
const sized = (...sizes: number[]) =>
  `attr { key: "shape" value { shape { ${sizes.map((size) => `dim { size: ${size} }`).join(' ')} } } }`
const constant = (name: string, value: number) =>
  n(name, 'Const', [], `${dtype} attr { key: "value" value { tensor { dtype: DT_FLOAT float_val: ${value} } } }`)

const x = n('x', 'Placeholder', [], dtype + sized(-1, 2))
const keep = n('keep', 'Placeholder', [], dtype + sized())
const random = [
  n('s', 'Shape', ['x'], float + type('out_type', 'DT_INT32')),
  n('u', 'RandomUniform', ['s'], dtype + type('T', 'DT_INT32')),
  constant('zero', 0),
  constant('one', 1),
  n('range', 'Sub', ['one', 'zero'], float),
  n('scaled', 'Mul', ['u', 'range'], float),
  n('r', 'Add', ['scaled', 'zero'], float),
]
/** tf.nn.dropout of TensorFlow 1 up to 1.12, and from 1.13 on. */
const byFloor = [
  n('sum', 'Add', ['keep', 'r'], float),
  n('mask', 'Floor', ['sum'], float),
  n('d', 'RealDiv', ['x', 'keep'], float),
  n('y', 'Mul', ['d', 'mask'], float),
]
const byRate = [
  n('rate', 'Sub', ['one', 'keep'], float),
  n('kept', 'GreaterEqual', ['r', 'rate'], float),
  n('mask', 'Cast', ['kept'], type('SrcT', 'DT_BOOL') + type('DstT', 'DT_FLOAT')),
  n('y', 'Mul', ['x', 'mask'], float),
]

const load = (nodes: readonly string[], features: readonly unknown[] = ['x']) =>
  loadModel(Buffer.from(nodes.join('\n')), { format: 'tensorflow', options: { features: [...features] } })

describe('dropout that stayed in a graph', () => {
  test.each([
    ['floor', byFloor],
    ['rate', byRate],
  ])('drops nothing where its probability of keeping is fed as 1 (%s)', async (_, nodes) => {
    const features = [
      { input: 'x', features: ['x'] },
      { input: 'keep', value: 1 },
    ]
    const model = await load([x, keep, ...random, ...nodes], features)
    expect(await model.score([{ x: [0.5, -3] }])).toEqual([{ prediction: { y: [0.5, -3] } }])
    await model.close()
  })

  test('is refused where a constant probability would drop something, and taken where it would not', async () => {
    for (const nodes of [byFloor, byRate])
      await expect(load([x, constant('keep', 0.5), ...random, ...nodes])).rejects.toThrow('what it gives is random')
    const model = await load([x, constant('keep', 1), ...random, ...byRate])
    expect(await model.score([{ x: [2, 4] }])).toEqual([{ prediction: { y: [2, 4] } }])
    await model.close()
  })

  test('random numbers that are used otherwise are refused', async () => {
    const noise = n('y', 'Add', ['x', 'r'], float)
    await expect(load([x, ...random, noise])).rejects.toThrow('what it gives is random')
  })
})
