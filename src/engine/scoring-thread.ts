import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import type { Clock } from '../core/clock.ts'
import { MillraceError, reasonOf } from '../core/errors.ts'
import { workerUrl } from '../core/worker-url.ts'
import type { PreparedModel } from '../models/model.ts'
import type { SlotQueue } from '../streams/slot-queue.ts'
import type { EnginePlan, PlannedTask } from './engine-plan.ts'
import type { TaskStart } from './hosted-task.ts'
import type { ModelUpdate } from './join-state.ts'
import { serveSlot } from './slot-port.ts'
import type { TaskReport } from './task.ts'
import type { HostAnswer, HostRequest } from './task-host.ts'
import type { TaskWorkerData } from './task-worker.ts'

/**
 * Young generation of a scoring thread, three halves of 4 MiB: short-lived records are collected often and cheaply, and resident memory
 * stays level. Memory that a socket has filled is freed only by such a collection; a larger one comes so seldom that this memory
 * sets off collections of the whole heap instead, which cost half of the thread's time with records of 8 KB.
 */
const YOUNG_GENERATION_MIB = 12

/** How long a thread may take to end by itself. */
const THREAD_END_MS = 2_000

/** How a task on a scoring thread ended without an error. */
export interface TaskEnd {
  /** True when its data stream has ended, false when it was stopped or dropped. */
  readonly hasFinished: boolean
  readonly report: TaskReport
}

/** A task on a scoring thread, as the main thread drives it: `open`, `restore`, `start`, each after the one before; then it ends. */
export class RemoteTask {
  readonly planned: PlannedTask
  readonly thread: ScoringThread
  readonly #end = Promise.withResolvers<TaskEnd>()
  #step: PromiseWithResolvers<unknown> | null = null

  /** Made by `ScoringThread.open`. */
  constructor(planned: PlannedTask, thread: ScoringThread) {
    this.planned = planned
    this.thread = thread
    this.#end.promise.catch(() => {})
  }

  /** Resolves when the task has ended; rejects with the error that ended it, or its thread. */
  get end(): Promise<TaskEnd> {
    return this.#end.promise
  }

  /** Opens streams and checkpoint. */
  open(membership: unknown): Promise<TaskStart> {
    return this.#ask({ kind: 'open', planned: this.planned, membership }) as Promise<TaskStart>
  }

  /** Takes up the checkpoint with the versions that it names. */
  async restore(
    prepared: readonly (readonly [string, PreparedModel])[],
    options: { readonly rereadsModels: boolean },
  ): Promise<void> {
    await this.#ask({ kind: 'restore', task: this.planned.name, prepared, ...options })
  }

  /** Starts the loop; resolves with the position from which it reads, once the updates that came before are applied. */
  start(): Promise<number> {
    return this.#ask({ kind: 'start', task: this.planned.name }) as Promise<number>
  }

  /** Has the task commit and end. */
  stop(): void {
    this.thread.post({ kind: 'stop', task: this.planned.name })
  }

  /** Has the task end without another commit. */
  drop(): void {
    this.thread.post({ kind: 'drop', task: this.planned.name })
  }

  /** Called by the thread with what the task answers. */
  onAnswer(answer: Extract<HostAnswer, { kind: 'opened' | 'restored' | 'running' | 'ended' | 'failed' }>): void {
    switch (answer.kind) {
      case 'opened':
        this.#step?.resolve(answer.start)
        return
      case 'restored':
        this.#step?.resolve(undefined)
        return
      case 'running':
        this.#step?.resolve(answer.position)
        return
      case 'ended':
        this.#end.resolve({ hasFinished: answer.hasFinished, report: answer.report })
        // One that was stopped on its way: whoever waits for the step finds the end.
        this.#step?.resolve(answer.report.position)
        return
      case 'failed': {
        const error = MillraceError.fromReport(answer.error)
        if (answer.stack !== '') error.stack = answer.stack
        this.fail(error)
        return
      }
      default:
        answer satisfies never
    }
  }

  /** Ends the task with an error. */
  fail(error: MillraceError): void {
    this.#step?.reject(error)
    this.#end.reject(error)
  }

  #ask(request: HostRequest): Promise<unknown> {
    this.#step = Promise.withResolvers<unknown>()
    if (this.thread.hasDied) this.#step.reject(this.thread.death())
    else this.thread.post(request)
    return this.#step.promise
  }
}

/** What scoring threads are started with. */
export interface ThreadParts {
  readonly plan: EnginePlan
  readonly registryUrl: string
  readonly clock: Clock
  /** The HTTP ends of the REST slots. */
  readonly slots: ReadonlyMap<number, SlotQueue>
  readonly onTelemetry: (name: string, payload: unknown) => void
}

/** One scoring thread with the tasks that are on it now. */
export class ScoringThread {
  readonly #parts: ThreadParts
  readonly #worker: Worker
  readonly #ports: MessagePort[] = []
  readonly #tasks = new Map<string, RemoteTask>()
  readonly #reports = new Map<number, (reports: readonly TaskReport[]) => void>()
  #nextReportId = 1
  #death: string | null = null

  constructor(parts: ThreadParts, index: number) {
    this.#parts = parts
    const { plan, registryUrl, slots } = parts
    const ports: [number, MessagePort][] = []
    for (const [slot, queue] of slots) {
      const { port1, port2 } = new MessageChannel()
      serveSlot(port1, queue)
      this.#ports.push(port1)
      ports.push([slot, port2])
    }
    const data: TaskWorkerData = { registryUrl, plan, slots: ports }
    this.#worker = new Worker(workerUrl(import.meta.url, 'task-worker'), {
      workerData: data,
      transferList: ports.map(([, port]) => port),
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB },
      name: `millrace-tasks-${index}`,
    })
    this.#worker.on('message', (answer: HostAnswer) => this.#onAnswer(answer))
    this.#worker.on('error', (thrown) => this.#die(reasonOf(thrown)))
    this.#worker.on('exit', (code) => this.#die(`exit code ${code}`))
  }

  /** Number of tasks that are on it. */
  get load(): number {
    return this.#tasks.size
  }

  get hasDied(): boolean {
    return this.#death !== null
  }

  /** The error of tasks on a thread that has died. */
  death(): MillraceError {
    const tasks = [...this.#tasks.keys()].join(', ')
    return new MillraceError('ENGINE_THREAD_DIED', { tasks, reason: this.#death ?? 'it was closed' })
  }

  /** Puts a task on the thread; it counts as load until it has ended. */
  add(planned: PlannedTask): RemoteTask {
    const task = new RemoteTask(planned, this)
    this.#tasks.set(planned.name, task)
    return task
  }

  /** Takes a task off that was given up on. */
  remove(task: RemoteTask): void {
    if (this.#tasks.get(task.planned.name) === task) this.#tasks.delete(task.planned.name)
  }

  post(request: HostRequest): void {
    this.#worker.postMessage(request)
  }

  /** What every task says about itself now; what comes later than `waitMs` is left out. */
  async report(waitMs: number): Promise<readonly TaskReport[]> {
    if (this.#tasks.size === 0 || this.hasDied) return []
    const id = this.#nextReportId++
    const patience = new AbortController()
    const { promise, resolve } = Promise.withResolvers<readonly TaskReport[]>()
    this.#reports.set(id, resolve)
    void this.#parts.clock.sleep(waitMs, patience.signal).then(() => resolve([]))
    this.post({ kind: 'report', id })
    const found = await promise
    patience.abort()
    this.#reports.delete(id)
    return found
  }

  /** Lets the thread end by itself, which is gentler to the runtime than termination; one that does not is terminated. */
  async close(): Promise<void> {
    this.#worker.removeAllListeners('exit')
    const exit = new Promise((resolve) => this.#worker.once('exit', resolve))
    if (!this.hasDied) {
      const patience = new AbortController()
      this.post({ kind: 'close' })
      await Promise.race([exit, this.#parts.clock.sleep(THREAD_END_MS, patience.signal)])
      patience.abort()
    }
    await this.#worker.terminate()
    this.#die('it was closed')
  }

  #onAnswer(answer: HostAnswer): void {
    switch (answer.kind) {
      case 'report':
        this.#reports.get(answer.id)?.(answer.reports)
        return
      case 'telemetry':
        this.#parts.onTelemetry(answer.name, answer.payload)
        return
      default: {
        const task = this.#tasks.get(answer.kind === 'opened' ? answer.start.task : answer.task)
        if (answer.kind === 'ended' || answer.kind === 'failed') this.#tasks.delete(answer.task)
        task?.onAnswer(answer)
      }
    }
  }

  #die(reason: string): void {
    if (this.#death !== null) return
    this.#death = reason
    const error = this.death()
    for (const resolve of this.#reports.values()) resolve([])
    for (const task of this.#tasks.values()) task.fail(error)
    this.#tasks.clear()
    for (const port of this.#ports) port.close()
  }
}

/** The scoring threads of an engine: started as tasks come, one for each task until there are as many as allowed. */
export class ScoringThreads {
  readonly #parts: ThreadParts
  readonly #max: number
  #threads: ScoringThread[] = []
  #started = 0

  constructor(parts: ThreadParts, max: number) {
    this.#parts = parts
    this.#max = max
  }

  /** Starts the threads of so many tasks now, so that a task that comes later need not wait for one. */
  warm(tasks: number): void {
    while (this.#threads.length < Math.min(tasks, this.#max)) this.#startThread()
  }

  /** Puts a task on the thread that has the fewest. */
  place(planned: PlannedTask): RemoteTask {
    this.#threads = this.#threads.filter((thread) => !thread.hasDied)
    const idle = this.#threads.find((thread) => thread.load === 0)
    if (!idle && this.#threads.length < this.#max) return this.#startThread().add(planned)
    const least = Math.min(...this.#threads.map((thread) => thread.load))
    return (this.#threads.find((thread) => thread.load === least) as ScoringThread).add(planned)
  }

  /** What every task says about itself now. */
  async report(waitMs: number): Promise<readonly TaskReport[]> {
    return (await Promise.all(this.#threads.map((thread) => thread.report(waitMs)))).flat()
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()))
  }

  #startThread(): ScoringThread {
    const thread = new ScoringThread(this.#parts, this.#started++)
    this.#threads.push(thread)
    return thread
  }
}

/** Hands an update to tasks: one message for each thread. */
export function deliver(update: ModelUpdate, tasks: Iterable<RemoteTask>): void {
  for (const [thread, ofThread] of Map.groupBy(tasks, (task) => task.thread))
    thread.post({ kind: 'update', tasks: ofThread.map(({ planned }) => planned.name), update })
}
