import { describe, expect, it } from 'vitest'
import type { Scorer } from '../../../src/models/model.ts'
import { prepareTensorflow } from '../../../src/models/tensorflow/prepare.ts'
import { openTensorflow } from '../../../src/models/tensorflow/scorer.ts'
import { n, type } from '../../support/tensorflow-model.ts'
import { counterModel, denseModel } from '../../support/tensorflow-saved-models.ts'

async function open(bytes: Uint8Array, options: object = {}): Promise<Scorer> {
  const context = { allowsCode: false, maxArtifactBytes: 1e6 }
  const prepared = await prepareTensorflow({ bytes, digest: '', source: 'm' }, { threads: 1, ...options }, context)
  return openTensorflow(structuredClone(prepared))
}

const float = (...data: number[]) =>
  ({ dtype: 'float32', shape: [data.length / 2, 2], data: Float32Array.from(data) }) as const

describe('a scorer', () => {
  it('scores records, and keeps a fault with its record', async () => {
    const scorer = await open(denseModel)
    const { predictions, errors } = await scorer.score([
      { features: [1, 2] },
      { features: ['x', 2] },
      null,
      { features: [0, 0] },
    ])
    expect(predictions).toEqual([{ score: 9 }, null, null, { score: 1 }])
    expect([...(errors ?? [])].map(([row, { scope }]) => [row, scope])).toEqual([
      [1, 'record'],
      [2, 'record'],
    ])
    scorer.close()
    scorer.close()
  })

  it('runs tensors by the keys of a signature', async () => {
    const scorer = await open(denseModel)
    expect(await scorer.run?.({ features: float(1, 2, 3, 4) })).toMatchObject({
      score: { shape: [2, 1], data: Float32Array.of(9, 19) },
    })
    expect(await scorer.run?.({ 'features:0': float(1, 2) }, 'serving_default')).toMatchObject({
      score: { data: Float32Array.of(9) },
    })
    scorer.close()
  })

  it('gives 16-bit floats as 32-bit ones', async () => {
    const half = type('T', 'DT_HALF')
    const nodes = [n('x', 'Placeholder', [], type('dtype', 'DT_HALF')), n('y', 'Neg', ['x'], half)]
    const scorer = await open(Buffer.from(nodes.join(' ')))
    const x = { dtype: 'float16', shape: [2], data: Uint16Array.of(0x3e00, 0xc000) } as const
    expect(await scorer.run?.({ x })).toEqual({ y: { dtype: 'float32', shape: [2], data: Float32Array.of(-1.5, 2) } })
    scorer.close()
  })

  it('rejects what cannot be run', async () => {
    const scorer = await open(denseModel)
    const run = async (inputs: object, signature?: string) => scorer.run?.(inputs as never, signature)
    await expect(run({})).rejects.toMatchObject({
      code: 'MODEL_RUN_ERROR',
      message: expect.stringContaining('input "features" is missing'),
    })
    await expect(run({}, 'odd')).rejects.toThrow('signature "odd" cannot be run: m: node "odd" (HandMadeOperator)')
    await expect(run({}, 'serve')).rejects.toThrow('there is no signature "serve"')
    await expect(run({ features: { type: 'sequence', data: [] } })).rejects.toThrow(
      'input "features" is a sequence, expected a tensor',
    )
    scorer.close()
  })

  it('runs once per record where runs leave a mark', async () => {
    const scorer = await open(counterModel, { signature: 'incr' })
    expect(await scorer.score([{}, null, {}])).toMatchObject({ predictions: [{ output: 4 }, null, { output: 5 }] })
    expect((await scorer.score([null])).errors?.size).toBe(1)
    expect(await scorer.score([{}])).toMatchObject({ predictions: [{ output: 6 }], errors: null })
    scorer.close()
  })

  it('keeps the variables that signatures change from run to run', async () => {
    const scorer = await open(counterModel, { signature: 'get' })
    const output = async (signature: string, inputs: object = {}) => {
      const result = (await scorer.run?.(inputs as never, signature))?.['output']
      return result && 'data' in result ? result.data[0] : null
    }
    expect([await output('get'), await output('incr'), await output('incr')]).toEqual([3, 4, 5])
    expect(await output('add', { by: { dtype: 'float32', shape: [], data: Float32Array.of(0.5) } })).toBe(5.5)
    expect(await output('get')).toBe(5.5)
    const other = await open(counterModel, { signature: 'get' })
    expect(await other.run?.({}, 'get')).toMatchObject({ output: { data: Float32Array.of(3) } })
    scorer.close()
    other.close()
  })
})
