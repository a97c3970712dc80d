import type { MessagePort } from 'node:worker_threads'
import { type ErrorReport, MillraceError } from '../core/errors.ts'
import type { SlotChannel, SlotRecord } from '../streams/slot-queue.ts'

type Call =
  | { readonly id: number; readonly call: 'receive'; readonly maxRecords: number; readonly waitMs: number }
  | { readonly id: number; readonly call: 'send'; readonly records: readonly SlotRecord[] }
  | { readonly call: 'acknowledge'; readonly sequence: number }
  | { readonly call: 'interrupt' }
  | { readonly call: 'rewind' }
  | { readonly call: 'reject'; readonly sequence: number; readonly error: ErrorReport }

interface Answer {
  readonly id: number
  readonly records?: readonly SlotRecord[] | null
  readonly error?: ErrorReport
}

/** The HTTP end of a slot, seen from the thread of its task: calls go to the process's queue over a port. */
export class SlotPort implements SlotChannel {
  readonly #port: MessagePort
  readonly #waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: MillraceError) => void }>()
  #nextId = 1
  #isClosed = false

  constructor(port: MessagePort) {
    this.#port = port
    port.on('message', (answer: Answer) => {
      const waiter = this.#waiting.get(answer.id)
      this.#waiting.delete(answer.id)
      if (answer.error) waiter?.reject(MillraceError.fromReport(answer.error))
      else waiter?.resolve(answer)
    })
    port.on('close', () => {
      this.#isClosed = true
      for (const waiter of this.#waiting.values()) waiter.resolve({ id: 0, records: null })
      this.#waiting.clear()
    })
  }

  async receive(maxRecords: number, waitMs: number): Promise<readonly SlotRecord[] | null> {
    const id = this.#nextId++
    const answer = await this.#ask({ id, call: 'receive', maxRecords, waitMs })
    return answer.records ?? null
  }

  async send(records: readonly SlotRecord[]): Promise<void> {
    const id = this.#nextId++
    await this.#ask({ id, call: 'send', records })
  }

  acknowledge(sequence: number): void {
    this.#port.postMessage({ call: 'acknowledge', sequence } satisfies Call)
  }

  interrupt(): void {
    this.#port.postMessage({ call: 'interrupt' } satisfies Call)
  }

  rewind(): void {
    this.#port.postMessage({ call: 'rewind' } satisfies Call)
  }

  reject(sequence: number, error: ErrorReport): void {
    this.#port.postMessage({ call: 'reject', sequence, error } satisfies Call)
  }

  #ask(call: Call & { readonly id: number }): Promise<Answer> {
    if (this.#isClosed) return Promise.resolve({ id: call.id, records: null })
    return new Promise((resolve, reject) => {
      this.#waiting.set(call.id, { resolve, reject })
      this.#port.postMessage(call)
    })
  }
}

/** Answers the calls of a SlotPort from the queue; runs on the thread that owns the queue, until the port closes. */
export function serveSlot(port: MessagePort, queue: SlotChannel): void {
  // A task that is gone must not take records from the one that comes after it.
  port.on('close', () => queue.interrupt())
  port.on('message', async (call: Call) => {
    switch (call.call) {
      case 'acknowledge':
        queue.acknowledge(call.sequence)
        return
      case 'interrupt':
        queue.interrupt()
        return
      case 'rewind':
        queue.rewind?.()
        return
      case 'reject':
        queue.reject?.(call.sequence, call.error)
        return
      case 'receive':
      case 'send':
        port.postMessage(await answer(call, queue))
        return
      default:
        call satisfies never
    }
  })
}

async function answer(call: Extract<Call, { id: number }>, queue: SlotChannel): Promise<Answer> {
  try {
    if (call.call === 'receive') return { id: call.id, records: await queue.receive(call.maxRecords, call.waitMs) }
    await queue.send(call.records)
    return { id: call.id }
  } catch (thrown) {
    return { id: call.id, error: MillraceError.from(thrown, 'the HTTP end of a slot').toReport() }
  }
}
