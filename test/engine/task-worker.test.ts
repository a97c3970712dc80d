import { once } from 'node:events'
import { MessageChannel, Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { registry } from '../../src/components.ts'
import { systemClock } from '../../src/core/clock.ts'
import { planEngine } from '../../src/engine/read-engine.ts'
import { serveSlot } from '../../src/engine/slot-port.ts'
import type { HostAnswer, HostRequest } from '../../src/engine/task-host.ts'
import type { TaskWorkerData } from '../../src/engine/task-worker.ts'
import { SlotQueue } from '../../src/streams/slot-queue.ts'
import { functionUpdate } from './hosts.ts'

test('the thread scores what comes in at a slot of this process, and answers', async () => {
  const document = {
    name: 'numbers',
    slots: { 0: 'rest:', 1: { transport: 'discard', encoding: 'json' } },
    deadLetters: { transport: 'discard', encoding: 'json' },
    state: 'memory',
  }
  const plan = planEngine(document, { document: null, source: 'test', baseFolder: '/' }, registry)
  const queue = new SlotQueue('slot 0', systemClock)
  const { port1, port2 } = new MessageChannel()
  serveSlot(port1, queue)
  const registryUrl = new URL('../../src/components.ts', import.meta.url).href
  const workerData: TaskWorkerData = {
    registryUrl,
    plan,
    slots: [[0, port2]],
  }
  const worker = new Worker(new URL('../../src/engine/task-worker.ts', import.meta.url), {
    workerData,
    transferList: [port2],
  })
  onTestFinished(async () => void (await worker.terminate()))
  const ask = (request: HostRequest) => worker.postMessage(request)
  const answer = async (kind: HostAnswer['kind']) => {
    for (;;) {
      const [found] = (await once(worker, 'message')) as [HostAnswer]
      if (found.kind === 'failed') throw new Error(found.error.message)
      if (found.kind === kind) return found
    }
  }
  ask({ kind: 'open', planned: { name: '0/0', slot: 0, partition: 0, rank: 0 }, membership: null })
  await answer('opened')
  ask({ kind: 'restore', task: '0/0', prepared: [], rereadsModels: false })
  await answer('restored')
  ask({ kind: 'update', tasks: ['0/0'], update: await functionUpdate('1') })
  ask({ kind: 'start', task: '0/0' })
  await answer('running')
  expect(await queue.push(Buffer.from('{"x":1}'))).toBeNull()
  expect(await queue.push(Buffer.from('{"x"'))).toMatchObject({ code: 'ENCODING_JSON_SYNTAX' })
  ask({ kind: 'stop', task: '0/0' })
  const counts = { read: 2, predicted: 1, deadLettered: 1, dropped: 0 }
  expect(await answer('ended')).toMatchObject({ hasFinished: false, report: { counts } })
})
