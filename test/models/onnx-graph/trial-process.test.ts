import { fork } from 'node:child_process'
import { expect, test } from 'vitest'

const entry = new URL('../../../src/models/onnx-graph/trial-process.ts', import.meta.url)

test('the process says when it takes a trial up, answers, and ends when its parent leaves', async () => {
  const child = fork(entry, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  const exit = new Promise((done) => child.on('exit', done))
  child.send({
    id: 1,
    model: Uint8Array.of(1),
    options: {},
    source: { source: 'm', format: 'f' },
    runs: [],
    maxMemoryBytes: 2 ** 40,
  })
  const answers = await new Promise<unknown[]>((done) => {
    const received: unknown[] = []
    child.on('message', (answer) => received.push(answer) === 2 && done(received))
  })
  expect(answers[0]).toEqual({ kind: 'started', id: 1 })
  expect(answers[1]).toMatchObject({ kind: 'error', id: 1, error: { code: 'MODEL_RUNTIME_REFUSED' } })
  child.disconnect()
  await exit
})
