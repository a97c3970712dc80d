import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { timesSource } from '../../support/engine-folder.ts'
import { csvJob, preparedFunction } from '../../support/score-job.ts'

test('a thread answers chunks in order, and what cannot be opened by an error', async () => {
  const prepared = await preparedFunction(timesSource(3))
  const registryUrl = new URL('../../../src/components.ts', import.meta.url).href
  const url = new URL('../../../src/cli/score/score-worker.ts', import.meta.url)
  const workerData = { registryUrl, format: 'javascript', prepared, job: csvJob(['x']) }
  const worker = new Worker(url, { workerData, execArgv: ['--disable-warning=ExperimentalWarning'] })
  worker.postMessage(Buffer.from('1\n2\n'))
  const [first] = (await once(worker, 'message')) as [{ scored: { output: Uint8Array } }]
  expect(Buffer.from(first.scored.output).toString()).toBe('3\n6\n')
  await worker.terminate()
  const broken = new Worker(url, {
    workerData: { ...workerData, format: 'none' },
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  broken.postMessage(Buffer.from('1\n'))
  const [answer] = (await once(broken, 'message')) as [{ error: { code: string } }]
  expect(answer.error.code).toBe('CONFIG_COMPONENT_UNKNOWN')
  await broken.terminate()
})
