import type { Clock } from '../core/clock.ts'
import { type ErrorReport, MillraceError } from '../core/errors.ts'
import type { Telemetry } from '../core/telemetry.ts'
import type { AssignedInstance, Assignment, AssignmentChange } from '../streams/stream-assignment.ts'
import { Backoff } from './backoff.ts'
import type { PlannedTask } from './engine-plan.ts'
import type { TaskReport } from './task.ts'
import type { TaskLife } from './task-life.ts'

/** What a share is made of, and whom it tells. */
export interface ShareParts {
  readonly engine: string
  readonly slot: number
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Joins the instances that divide the input; null when it is not divided after all. */
  readonly open: () => Promise<Assignment | null>
  /** Begins the task of a partition. */
  readonly begin: (planned: PlannedTask, membership: () => unknown) => TaskLife
  /** Rank of the task of partition 0. */
  readonly firstRank: number
  /** A task has ended; its last report while its partition is still this instance's, else null. */
  readonly onEnd: (task: string, reason: string, report: TaskReport | null) => void
  /** An error that does not pass. */
  readonly onError: (error: MillraceError) => void
}

/** A partition that is this instance's, or was until now. */
interface Held {
  readonly life: TaskLife
  hasFinished: boolean
  isLeaving: boolean
}

/**
 * This instance's share of an input that several instances divide: a task for each partition, begun when the partition comes and
 * ended when it goes. A partition is released once nothing of its task is open any more.
 */
export class InputShare {
  readonly #parts: ShareParts
  readonly #held = new Map<number, Held>()
  readonly #wake = new AbortController()
  #assignment: Assignment | null = null
  #following: Promise<void> | null = null
  #isStopping = false

  constructor(parts: ShareParts) {
    this.#parts = parts
  }

  get slot(): number {
    return this.#parts.slot
  }

  /** Joins; resolves as soon as this instance is a member, with or without partitions. False when there is nothing to join. */
  async open(): Promise<boolean> {
    this.#assignment = await this.#parts.open()
    return this.#assignment !== null
  }

  /** Begins to start and stop tasks. */
  start(): void {
    this.#following = this.#follow().catch((thrown) =>
      this.#parts.onError(MillraceError.from(thrown, `the assignment of slot ${this.#parts.slot}`)),
    )
  }

  /** True when every partition that is this instance's has come to its end, and there is at least one. */
  get hasFinished(): boolean {
    return this.#held.size > 0 && [...this.#held.values()].every((held) => held.hasFinished)
  }

  /** True while a task has not ended. */
  get isBusy(): boolean {
    return [...this.#held.values()].some((held) => !held.hasFinished)
  }

  /** Tasks that an error keeps from running. */
  get failing(): readonly { readonly task: string; readonly error: ErrorReport }[] {
    return [...this.#held.values()].flatMap(({ life: { planned, error } }) =>
      error ? [{ task: planned.name, error }] : [],
    )
  }

  /** All instances that share the input now. */
  async instances(): Promise<readonly AssignedInstance[]> {
    return (await this.#assignment?.instances()) ?? []
  }

  /** Ends all tasks with a last commit and leaves the group. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#wake.abort()
    for (const { life } of this.#held.values()) life.stop()
    await Promise.all([...this.#held.values()].map(({ life }) => life.done.catch(() => {})))
    await this.close()
  }

  /** Drops what still runs and leaves the group. Idempotent. */
  async close(): Promise<void> {
    this.#isStopping = true
    this.#wake.abort()
    for (const { life } of this.#held.values()) life.drop()
    await this.#assignment?.close()
    await this.#following
  }

  /** Follows the assignment to its end; a membership that is lost is begun anew. */
  async #follow(): Promise<void> {
    const { clock, telemetry, engine, slot, open } = this.#parts
    const backoff = new Backoff(clock)
    while (!this.#isStopping) {
      try {
        const assignment = (this.#assignment ??= await open())
        if (!assignment) return
        if (this.#isStopping) return await assignment.close() // it may have come after `close` looked for it
        for (let change = await assignment.next(); change !== null; change = await assignment.next())
          this.#apply(change, assignment)
        return
      } catch (thrown) {
        if (this.#isStopping) return
        const error = MillraceError.from(thrown, `the assignment of slot ${slot}`)
        if (!error.isRetryable && !error.isFenced) throw error
        await this.#lose()
        const delayMs = backoff.next()
        const report = error.toReport()
        telemetry.emit('assignmentError', { engine, slot, error: report, attempt: backoff.failures, delayMs })
        await clock.sleep(delayMs, this.#wake.signal)
        backoff.begin()
      }
    }
  }

  #apply({ partitions, isLost }: AssignmentChange, assignment: Assignment): void {
    const own = new Set(partitions)
    const gone = [...this.#held].filter(([partition, held]) => !own.has(partition) && !held.isLeaving)
    const come = partitions.filter((partition) => !this.#held.has(partition))
    const { engine, slot, telemetry } = this.#parts
    const [gained, given] = [come.length, gone.length]
    telemetry.emit('partitionsMoved', { engine, slot, partitions: partitions.length, gained, given, isLost })
    for (const [partition, held] of gone) {
      held.isLeaving = true
      if (isLost) held.life.drop()
      else held.life.stop()
      void this.#releaseAfterEnd(partition, held, assignment)
    }
    if (!this.#isStopping) for (const partition of come) this.#begin(partition, assignment)
  }

  #begin(partition: number, assignment: Assignment): void {
    const { slot, firstRank, begin, onEnd, onError } = this.#parts
    const planned = { name: `${slot}/${partition}`, slot, partition, rank: firstRank + partition }
    const life = begin(planned, () => assignment.membership)
    const held: Held = { life, hasFinished: false, isLeaving: false }
    this.#held.set(partition, held)
    life.done.then(
      (end) => {
        if (held.isLeaving) return
        held.hasFinished = true
        onEnd(planned.name, end?.hasFinished ? 'end of stream' : 'stopped', end?.report ?? null)
      },
      (thrown) => onError(thrown as MillraceError),
    )
  }

  async #releaseAfterEnd(partition: number, held: Held, assignment: Assignment): Promise<void> {
    await held.life.done.catch(() => {})
    this.#held.delete(partition)
    assignment.release([partition])
    this.#parts.onEnd(held.life.planned.name, 'its partition was given to another instance', null)
  }

  /** Drops everything: the membership is over, and others have the partitions. */
  async #lose(): Promise<void> {
    const assignment = this.#assignment
    this.#assignment = null
    const lives = [...this.#held.values()].map(({ life }) => life)
    for (const held of this.#held.values()) held.isLeaving = true
    for (const life of lives) life.drop()
    await Promise.all(lives.map((life) => life.done.catch(() => {})))
    this.#held.clear()
    await assignment?.close().catch(() => {})
  }
}
