import { type ErrorReport, MillraceError } from '../core/errors.ts'
import { Telemetry } from '../core/telemetry.ts'
import { unlessAborted } from '../core/unless-aborted.ts'
import type { PreparedModel } from '../models/model.ts'
import type { CheckpointStore } from '../state/state.ts'
import type { PlannedTask } from './engine-plan.ts'
import { type HostContext, HostedTask, type TaskStart } from './hosted-task.ts'
import type { ModelUpdate } from './join-state.ts'
import type { TaskReport } from './task.ts'

/** Messages to a scoring thread. */
export type HostRequest =
  | { readonly kind: 'open'; readonly planned: PlannedTask; readonly membership: unknown }
  | {
      readonly kind: 'restore'
      readonly task: string
      readonly prepared: readonly (readonly [string, PreparedModel])[]
      readonly rereadsModels: boolean
    }
  | { readonly kind: 'update'; readonly tasks: readonly string[]; readonly update: ModelUpdate }
  | { readonly kind: 'start'; readonly task: string }
  /** The task commits what it has in hand and ends; one that has not started just ends. */
  | { readonly kind: 'stop'; readonly task: string }
  /** The task's partition is somebody else's: it ends, and nothing more of it is committed. */
  | { readonly kind: 'drop'; readonly task: string }
  /** Nothing comes any more: the thread may end. */
  | { readonly kind: 'close' }
  | { readonly kind: 'report'; readonly id: number }

/** Messages from a scoring thread. */
export type HostAnswer =
  | { readonly kind: 'opened'; readonly start: TaskStart }
  | { readonly kind: 'restored'; readonly task: string }
  /** A task has the versions that were published before and reads records now. */
  | { readonly kind: 'running'; readonly task: string; readonly position: number }
  | { readonly kind: 'ended'; readonly task: string; readonly hasFinished: boolean; readonly report: TaskReport }
  | { readonly kind: 'failed'; readonly task: string; readonly error: ErrorReport; readonly stack: string }
  | { readonly kind: 'report'; readonly id: number; readonly reports: readonly TaskReport[] }
  | { readonly kind: 'telemetry'; readonly name: string; readonly payload: unknown }

/** The tasks of one scoring thread, driven by messages; tasks come and go while others run. */
export class TaskHost {
  readonly #context: Omit<HostContext, 'store' | 'telemetry'>
  readonly #openStore: () => Promise<CheckpointStore>
  readonly #answer: (answer: HostAnswer) => void
  readonly #telemetry = new Telemetry()
  #store: Promise<CheckpointStore> | null = null
  readonly #tasks = new Map<string, HostedTask>()
  /** Tasks that are being opened. */
  readonly #opening = new Map<string, AbortController>()
  readonly #running = new Set<HostedTask>()

  constructor(
    context: Omit<HostContext, 'store' | 'telemetry'>,
    openStore: () => Promise<CheckpointStore>,
    answer: (answer: HostAnswer) => void,
  ) {
    this.#context = context
    this.#openStore = openStore
    this.#answer = answer
    this.#telemetry.listen((name, payload) => answer({ kind: 'telemetry', name, payload }))
  }

  /**
   * Deals with one message; `poll` is what running tasks call between two batches to have messages dealt with. A task gets
   * `open`, `restore` and `start` in this order, each after the answer to the one before.
   */
  handle(request: Exclude<HostRequest, { kind: 'close' }>, poll: () => void): void {
    switch (request.kind) {
      case 'open':
        void this.#open(request.planned, request.membership)
        return
      case 'restore':
        void this.#restore(request)
        return
      case 'update':
        for (const name of request.tasks) this.#tasks.get(name)?.push(request.update)
        return
      case 'start': {
        const task = this.#tasks.get(request.task)
        if (task) void this.#run(task, poll)
        return
      }
      case 'stop':
      case 'drop': {
        this.#opening.get(request.task)?.abort(new MillraceError('CORE_CLOSED', { subject: `task ${request.task}` }))
        const task = this.#tasks.get(request.task)
        if (task && request.kind === 'drop') task.drop()
        else task?.stop()
        if (task && !this.#running.has(task)) void this.#end(task, false)
        return
      }
      case 'report':
        this.#answer({ kind: 'report', id: request.id, reports: [...this.#tasks.values()].map((t) => t.report()) })
        return
      default:
        request satisfies never
    }
  }

  /** Closes the store; called once. A task that is running still finds it closed. */
  async close(): Promise<void> {
    const store = await this.#store?.catch(() => null)
    await store?.close()
  }

  /** Standby: opens the store before a task comes, and keeps the checkpoints of all tasks at hand. */
  async warm(): Promise<void> {
    try {
      await this.#storeOf()
    } catch {
      // The first task says what is wrong.
    }
  }

  async #storeOf(): Promise<CheckpointStore> {
    this.#store ??= this.#openStore().then(async (store) => {
      try {
        if (this.#context.plan.standby) await store.follow?.(null)
      } catch (thrown) {
        await store.close().catch(() => {}) // else what it follows already goes on for ever
        throw thrown
      }
      return store
    })
    try {
      return await this.#store
    } catch (thrown) {
      this.#store = null
      throw thrown
    }
  }

  async #open(planned: PlannedTask, membership: unknown): Promise<void> {
    const { name } = planned
    const opening = new AbortController()
    this.#opening.set(name, opening)
    try {
      const store = await unlessAborted(this.#storeOf(), opening.signal)
      const context = { ...this.#context, store, telemetry: this.#telemetry }
      const task = await HostedTask.open(planned, context, membership, opening.signal)
      this.#opening.delete(name)
      this.#tasks.set(name, task)
      this.#answer({ kind: 'opened', start: task.start })
    } catch (thrown) {
      this.#opening.delete(name)
      this.#fail(name, thrown)
    }
  }

  async #restore(request: Extract<HostRequest, { kind: 'restore' }>): Promise<void> {
    const task = this.#tasks.get(request.task)
    if (!task) return
    try {
      await task.restore(new Map(request.prepared), request.rereadsModels)
      this.#answer({ kind: 'restored', task: request.task })
    } catch (thrown) {
      await this.#discard(task)
      this.#fail(request.task, thrown)
    }
  }

  async #run(task: HostedTask, poll: () => void): Promise<void> {
    const { name } = task.planned
    this.#running.add(task)
    try {
      const hasFinished = await task.run(poll, (position) => this.#answer({ kind: 'running', task: name, position }))
      await this.#end(task, hasFinished)
    } catch (thrown) {
      const report = task.report()
      await this.#discard(task)
      // Whoever has the partition now has fenced it off: what a dropped task could not do is no error.
      if (task.isDropped) this.#answer({ kind: 'ended', task: name, hasFinished: false, report })
      else this.#fail(name, thrown)
    }
  }

  async #end(task: HostedTask, hasFinished: boolean): Promise<void> {
    const { name } = task.planned
    const report = task.report()
    this.#forget(task)
    try {
      await task.close(task.isDropped)
      this.#answer({ kind: 'ended', task: name, hasFinished, report })
    } catch (thrown) {
      this.#fail(name, thrown)
    }
  }

  async #discard(task: HostedTask): Promise<void> {
    this.#forget(task)
    await task.close(true).catch(() => {})
  }

  #forget(task: HostedTask): void {
    this.#running.delete(task)
    if (this.#tasks.get(task.planned.name) === task) this.#tasks.delete(task.planned.name)
  }

  #fail(task: string, thrown: unknown): void {
    const error = MillraceError.from(thrown, `task ${task}`).toReport()
    this.#answer({ kind: 'failed', task, error, stack: thrown instanceof Error ? (thrown.stack ?? '') : '' })
  }
}
