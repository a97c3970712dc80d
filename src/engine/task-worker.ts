import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import type { Registry } from '../config/registry.ts'
import { systemClock } from '../core/clock.ts'
import type { EnginePlan } from './engine-plan.ts'
import { openCheckpoints } from './open-checkpoints.ts'
import { SlotPort } from './slot-port.ts'
import { type HostAnswer, type HostRequest, TaskHost } from './task-host.ts'

/** What a scoring thread is started with. */
export interface TaskWorkerData {
  /** URL of the module that exports `registry`. */
  readonly registryUrl: string
  readonly plan: EnginePlan
  /** Ports to the HTTP ends of REST slots, by slot number. */
  readonly slots: readonly (readonly [number, MessagePort])[]
}

/** Entry of a scoring thread. Messages are dealt with as they come, and between two batches of a busy task. */
async function serve(data: TaskWorkerData, port: MessagePort): Promise<void> {
  const { registry } = (await import(data.registryUrl)) as { registry: Registry }
  const { plan } = data
  const channels = new Map(data.slots.map(([slot, slotPort]) => [slot, new SlotPort(slotPort)]))
  const answer = (message: HostAnswer) => port.postMessage(message)
  const host = new TaskHost(
    { plan, registry, clock: systemClock, channels },
    () => openCheckpoints(plan, registry),
    answer,
  )
  const poll = () => {
    for (let message = receiveMessageOnPort(port); message; message = receiveMessageOnPort(port))
      handle(message.message as HostRequest)
  }
  const handle = (request: HostRequest) => (request.kind === 'close' ? void close() : host.handle(request, poll))
  const close = async () => {
    port.off('message', handle)
    await host.close().catch(() => {}) // everything is committed, or given up on
    port.close()
    for (const [, slotPort] of data.slots) slotPort.close()
  }
  port.on('message', handle)
  if (plan.standby) await host.warm()
}

if (parentPort) await serve(workerData as TaskWorkerData, parentPort)
