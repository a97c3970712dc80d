import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import type { LoaderAnswer, LoaderData, LoaderRequest } from '../../src/engine/loader-worker.ts'
import { registryUrl } from '../support/function-registry.ts'
import { command, reference, source } from './fakes.ts'

test('the thread answers each request under its id, good or bad', async () => {
  const settings = { allowsCode: true, maxArtifactBytes: 1e6, locations: [], baseFolder: '/', features: {} }
  const workerData: LoaderData = { registryUrl, settings, state: { type: 'memory' } }
  const worker = new Worker(new URL('../../src/engine/loader-worker.ts', import.meta.url), { workerData })
  onTestFinished(async () => void (await worker.terminate()))
  const ask = async (request: LoaderRequest) => {
    const answered = once(worker, 'message') as Promise<[LoaderAnswer]>
    worker.postMessage(request)
    return (await answered)[0]
  }
  const request = { command: command({ data: Buffer.from(source('a')) }), position: 'models/0@0', known: null }
  const loaded = await ask({ id: 5, kind: 'load', request })
  expect(loaded).toMatchObject({ id: 5, kind: 'loaded', loaded: { reference: { version: '1' } } })
  const missing = { ...reference({ format: 'javascript' }) }
  expect(await ask({ id: 6, kind: 'reload', reference: missing })).toMatchObject({
    id: 6,
    kind: 'error',
    error: { code: 'ENGINE_ARTIFACT_MISSING' },
  })
})
