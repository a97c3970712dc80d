import { describe, expect, it } from 'vitest'
import { prepareTensorflow } from '../../../src/models/tensorflow/prepare.ts'
import { graphBytes } from '../../support/tensorflow-message.ts'
import { n, type } from '../../support/tensorflow-model.ts'
import { counterModel, denseModel } from '../../support/tensorflow-saved-models.ts'

const prepare = (bytes: Uint8Array, options: object = {}, maxArtifactBytes = 1e6) =>
  prepareTensorflow(
    { bytes, digest: '', source: 'm' },
    { threads: 1, ...options },
    { allowsCode: false, maxArtifactBytes },
  )

describe('preparing', () => {
  it('plans the default signature, and notes one that cannot be run', async () => {
    const prepared = await prepare(denseModel)
    expect(prepared.signature).toMatchObject({
      inputs: [{ name: 'features', dtype: 'float32', shape: [2] }],
      outputs: [{ name: 'score' }],
    })
    expect(prepared.notes).toEqual([
      expect.stringContaining('signature "odd" cannot be run: m: node "odd" (HandMadeOperator)'),
    ])
    expect(prepared.facts).toMatchObject({
      tensorflow: '2.21.0',
      graphVersion: 1286,
      tags: 'serve',
      signature: 'serving_default',
      variables: 1,
    })
    expect(prepared.description?.elements).toMatchObject({ MatMul: 1, AddV2: 1, Const: 2 })
    expect(prepared.description?.parts).toEqual([
      { depth: 0, name: 'signature odd', count: 1, detail: 'not usable, see notes' },
      { depth: 0, name: 'signature serving_default', count: 1, detail: 'features float32[?, 2] -> score float32' },
    ])
    expect([prepared.isStateful, prepared.samples]).toEqual([false, [{ features: [1, 1] }]])
    expect(prepared.residentBytes).toBeGreaterThan(100)
    expect(structuredClone(prepared.payload).signatures).toHaveLength(2)
  })

  it('refuses the signature that records are scored with, by node and operator', async () => {
    await expect(prepare(denseModel, { signature: 'odd' })).rejects.toMatchObject({
      code: 'MODEL_ARTIFACT_UNSUPPORTED',
      message: expect.stringContaining('node "odd" (HandMadeOperator)'),
    })
    await expect(prepare(denseModel, { signature: 'od' })).rejects.toThrow(
      'option "signature": the model has no signature "od"',
    )
  })

  it('has as state what signatures that can run assign', async () => {
    const prepared = await prepare(counterModel, { signature: 'incr' })
    expect([prepared.isStateful, prepared.samples]).toEqual([true, []])
    expect(prepared.payload.variables).toEqual([
      { name: 'counter', value: { dtype: 'float32', shape: [], data: Float32Array.of(3) } },
    ])
    expect(prepared.notes).toEqual([expect.stringContaining('signature "spoil" cannot be run')])
  })

  it('takes the tensors of a graph that options name', async () => {
    const graph = graphBytes(
      [
        n('x', 'Placeholder', [], type('dtype', 'DT_FLOAT')),
        n('y', 'Neg', ['x'], type('T', 'DT_FLOAT')),
        n('z', 'Exp', ['y'], type('T', 'DT_FLOAT')),
      ].join(' '),
    )
    const names = async (options: object) => (await prepare(graph, options)).signature.outputs.map(({ name }) => name)
    expect(await names({})).toEqual(['z'])
    expect(await names({ fetches: ['y:0', 'z'] })).toEqual(['y', 'z'])
  })

  it('notes the nodes that tfjs runs, by their signature', async () => {
    const graph = graphBytes(
      [
        n('x', 'Placeholder', [], type('dtype', 'DT_FLOAT')),
        n('axis', 'Placeholder', [], type('dtype', 'DT_INT32')),
        n('y', 'Cumprod', ['x', 'axis'], type('T', 'DT_FLOAT')),
      ].join(' '),
    )
    expect((await prepare(graph)).notes).toEqual([
      'run by tfjs, which is slower, for want of a translation: node "y" (Cumprod)',
    ])
  })

  it('refuses artifacts above the limit', async () => {
    await expect(prepare(denseModel, {}, 100)).rejects.toMatchObject({ code: 'MODEL_ARTIFACT_TOO_LARGE' })
  })
})
