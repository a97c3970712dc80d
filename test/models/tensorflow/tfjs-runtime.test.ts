import { expect, test } from 'vitest'
import { loadTfjs, openTfjs } from '../../../src/models/tensorflow/tfjs-runtime.ts'

test('tfjs is loaded once', async () => {
  const tfjs = await loadTfjs('m')
  expect(await loadTfjs('m')).toBe(tfjs)
  expect(tfjs.tidy(() => [...tfjs.abs(tfjs.tensor(Float32Array.of(-2), [1], 'float32')).dataSync()])).toEqual([2])
})

test('a package that is absent is named', async () => {
  const absent = () => Promise.reject(Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' }))
  await expect(openTfjs('m', [['@tensorflow/tfjs-core', absent]])).rejects.toMatchObject({
    code: 'MODEL_RUNTIME_MISSING',
    message: expect.stringContaining('npm install @tensorflow/tfjs-core'),
  })
  const broken = () => Promise.reject(new Error('no memory'))
  await expect(openTfjs('m', [['@tensorflow/tfjs-core', broken]])).rejects.toMatchObject({
    code: 'MODEL_RUNTIME_REFUSED',
  })
})
