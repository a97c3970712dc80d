import type { Clock } from '../core/clock.ts'
import { type ErrorReport, MillraceError } from '../core/errors.ts'
import { Lifecycle, type Moves } from '../core/lifecycle.ts'
import type { Telemetry } from '../core/telemetry.ts'
import type { PreparedModel } from '../models/model.ts'
import { Backoff } from './backoff.ts'
import type { PlannedTask } from './engine-plan.ts'
import type { TaskStart } from './hosted-task.ts'
import type { ModelFeed } from './model-feed.ts'
import type { RemoteTask, ScoringThreads, TaskEnd } from './scoring-thread.ts'
import type { VersionCache } from './version-cache.ts'
import { referenceId } from './versions.ts'

/** A task that was fenced off while its partition is still ours waits for the group to say whose it is. */
const FENCED_DELAY_MS = 1_000

/** What the life of a task takes part in. */
export interface LifeParts {
  readonly engine: string
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly threads: ScoringThreads
  readonly versions: VersionCache
  /** The model stream of a task, caught up with; null when the engine has none. */
  readonly feedOf: (planned: PlannedTask, start: TaskStart) => Promise<ModelFeed | null>
  /** The task follows its model stream no longer. */
  readonly leaveFeed: (planned: PlannedTask) => void
  /** `Assignment.membership` of the task's input as it is now: a member that was put out and joins again has another. */
  readonly membership: () => unknown
  /** True when the task is opened again by itself after an error, and starts without a version that is gone. */
  readonly isRestartable: boolean
}

/**
 * Life of a task.
 *
 * ```
 * opening ──► restoring ──► following ──► running ──► ended
 *  ▲   │          │             │            │         ▲
 *  │   └──────────┴─────────────┴────────────┤         │  (stopped, dropped, or an error that it cannot recover from)
 *  │                                         ├─────────┤
 *  └────────────── waiting ◄─────────────────┘         │  (an error, where the task is restartable)
 *                     └────────────────────────────────┘
 * ```
 */
const lifeMoves = {
  opening: ['restoring', 'waiting', 'ended'],
  restoring: ['following', 'waiting', 'ended'],
  following: ['running', 'waiting', 'ended'],
  running: ['waiting', 'ended'],
  waiting: ['opening', 'ended'],
  ended: [],
} as const satisfies Moves<string>

/** The life of one task on the main thread, from the assignment of its partition to its end. */
export class TaskLife {
  readonly planned: PlannedTask
  /** Resolves when the task has ended and nothing of it is open; rejects with the error that it cannot recover from. */
  readonly done: Promise<TaskEnd | null>
  readonly #parts: LifeParts
  readonly #running = Promise.withResolvers<void>()
  readonly #wake = new AbortController()
  readonly #life: Lifecycle<keyof typeof lifeMoves>
  #wish: 'run' | 'stop' | 'drop' = 'run'
  /** The task while it opens or its loop may be running: only then it is told of a stop itself. */
  #told: RemoteTask | null = null
  #error: ErrorReport | null = null
  /** When the task was given to this instance, or last failed. */
  #sinceMs: number

  constructor(planned: PlannedTask, parts: LifeParts) {
    this.planned = planned
    this.#parts = parts
    this.#life = new Lifecycle<keyof typeof lifeMoves>(`task ${planned.name}`, lifeMoves, 'opening')
    this.#sinceMs = parts.clock.monotonicMs()
    this.done = this.#live().finally(() => this.#life.move('ended'))
    this.done.then(
      () => this.#running.resolve(),
      (thrown) => this.#running.reject(thrown),
    )
    this.#running.promise.catch(() => {})
  }

  /** Resolves when the task reads records for the first time, or has ended before; rejects as `done` does. */
  get running(): Promise<void> {
    return this.#running.promise
  }

  /** True once `done` is settled. */
  get hasEnded(): boolean {
    return this.#life.state === 'ended'
  }

  /** The error that keeps the task from running, until it runs again; else null. */
  get error(): ErrorReport | null {
    return this.#error
  }

  /** Has the task commit what it has in hand and end. Idempotent. */
  stop(): void {
    if (this.#wish !== 'run') return
    this.#wish = 'stop'
    this.#wake.abort()
    this.#told?.stop()
  }

  /** Has the task end without another commit: its partition is somebody else's already. Idempotent. */
  drop(): void {
    if (this.#wish === 'drop') return
    this.#wish = 'drop'
    this.#wake.abort()
    this.#told?.drop()
  }

  async #live(): Promise<TaskEnd | null> {
    const { clock, engine, telemetry, isRestartable } = this.#parts
    const { name: task } = this.planned
    const backoff = new Backoff(clock)
    for (;;) {
      try {
        return await this.#attempt()
      } catch (thrown) {
        const error = MillraceError.from(thrown, `task ${task}`)
        if (this.#wish === 'drop') return null // what it could not do is no error: nothing of it counts
        if (this.#wish === 'stop' && error.code === 'CORE_CLOSED') return null // it gave up what it was waiting for
        this.#error = error.toReport()
        telemetry.emit('taskError', { engine, task, error: this.#error })
        if (!isRestartable || isFinal(error)) throw error
        if (this.#wish === 'stop') return null // whoever goes on with it does so from the last commit
        this.#life.move('waiting')
        const delayMs = Math.max(backoff.next(), error.isFenced ? FENCED_DELAY_MS : 0)
        telemetry.emit('taskRestarting', { engine, task, error: this.#error, attempt: backoff.failures, delayMs })
        await clock.sleep(delayMs, this.#wake.signal)
        if (this.#wish !== 'run') return null
        this.#life.move('opening')
        this.#sinceMs = clock.monotonicMs()
        backoff.begin()
      }
    }
  }

  /** One run of the task, from opening to its end. */
  async #attempt(): Promise<TaskEnd> {
    const { threads, feedOf, membership } = this.#parts
    const task = threads.place(this.planned)
    let feed: ModelFeed | null = null
    try {
      this.#told = task
      const start = await task.open(membership()).finally(() => {
        this.#told = null
      })
      const openedMs = this.#elapsedMs
      this.#life.move('restoring')
      if (this.#wish === 'run') feed = await feedOf(this.planned, start)
      if (this.#wish === 'run') await feed?.reach(start.modelPosition)
      const { prepared, isMissing } = await this.#prepare(start, feed)
      const rereadsModels = feed !== null && (feed.isReread || isMissing)
      if (this.#wish === 'run') await task.restore(prepared, { rereadsModels })
      const restoredMs = this.#elapsedMs
      this.#life.move('following')
      if (this.#wish === 'run') await feed?.follow(task, rereadsModels ? 0 : start.modelPosition)
      if (this.#wish !== 'run') return await this.#endNow(task)
      this.#told = task
      const position = await task.start()
      this.#announce(position, openedMs, restoredMs)
      return await task.end
    } catch (thrown) {
      task.drop()
      await task.end.catch(() => {})
      throw thrown
    } finally {
      this.#told = null
      feed?.leave(task)
      if (feed) this.#parts.leaveFeed(this.planned)
      task.thread.remove(task)
    }
  }

  #endNow(task: RemoteTask): Promise<TaskEnd> {
    if (this.#wish === 'drop') task.drop()
    else task.stop()
    return task.end
  }

  /** The versions that the checkpoint names, each prepared once in this process. */
  async #prepare(
    { task, references }: TaskStart,
    feed: ModelFeed | null,
  ): Promise<{
    readonly prepared: (readonly [string, PreparedModel])[]
    readonly isMissing: boolean
  }> {
    const { versions, telemetry, engine, isRestartable } = this.#parts
    const prepared = new Map<string, PreparedModel>()
    let isMissing = false
    for (const reference of references) {
      if (this.#wish !== 'run') break
      const id = referenceId(reference)
      if (prepared.has(id)) continue
      try {
        prepared.set(id, await versions.get(reference))
      } catch (thrown) {
        const error = MillraceError.from(thrown, `task ${task}`)
        if (!isRestartable || error.code !== 'ENGINE_ARTIFACT_MISSING') throw error
        const fetched = (await feed?.fetch(reference).catch(() => null)) ?? null
        if (fetched) {
          prepared.set(id, fetched)
          continue
        }
        isMissing = true
        const { key, model, version, digest } = reference
        telemetry.emit('versionMissing', { engine, task, key, model, version, digest })
      }
    }
    return { prepared: [...prepared], isMissing }
  }

  #announce(position: number, openedMs: number, restoredMs: number): void {
    const { engine, telemetry } = this.#parts
    const startedMs = this.#elapsedMs
    this.#life.move('running')
    this.#error = null
    telemetry.emit('taskStarted', {
      engine,
      task: this.planned.name,
      position,
      openMs: openedMs,
      restoreMs: restoredMs - openedMs,
      catchUpMs: startedMs - restoredMs,
      totalMs: startedMs,
    })
    this.#running.resolve()
  }

  get #elapsedMs(): number {
    return this.#parts.clock.monotonicMs() - this.#sinceMs
  }
}

/**
 * True when trying again is no use, here or on another instance: what was configured is wrong, or the cluster refuses what we
 * are. Anything else (status 500 is a fault of ours, or of what was kept) may be over soon, or concern one partition alone, and
 * must not end the engine: the next instance would end the same way.
 */
function isFinal({ scope, isRetryable, isFenced, entry }: MillraceError): boolean {
  return scope === 'server' && !isRetryable && !isFenced && entry.status !== 500
}
