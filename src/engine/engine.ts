import type { Registry } from '../config/registry.ts'
import { type Clock, systemClock } from '../core/clock.ts'
import { Lifecycle, type Moves } from '../core/lifecycle.ts'
import { Telemetry } from '../core/telemetry.ts'
import { SlotQueue } from '../streams/slot-queue.ts'
import { Attempt, type AttemptEnd, type EngineInstance } from './attempt.ts'
import { Backoff } from './backoff.ts'
import type { EnginePlan } from './engine-plan.ts'
import { type EngineReport, summarise } from './engine-report.ts'
import { emptyStats, type ModelStats } from './stats.ts'

export { type EngineReport, type InstanceReport, mergeReports } from './engine-report.ts'
export { emptyStats } from './stats.ts'

/**
 * Life of an engine. From each of these it may end: `stopped`, `failed`, and but for `restarting` `finished` (all data streams ended).
 *
 * ```
 *    ┌──► starting ──► running
 *    │        │ │       │  │
 *    │        ▼ │       ▼  │        (an error that may pass)
 *    └── restarting ◄───┘  │
 *             │ │          │
 *             ▼ ▼          ▼        (a stop)
 *            draining ◄────┘
 * ```
 */
const engineMoves = {
  starting: ['running', 'restarting', 'draining', 'failed', 'finished', 'stopped'],
  running: ['draining', 'finished', 'restarting', 'failed', 'stopped'],
  restarting: ['starting', 'stopped', 'failed', 'draining'],
  draining: ['stopped', 'failed', 'finished'],
  finished: [],
  stopped: [],
  failed: [],
} as const satisfies Moves<string>

export type { EngineInstance } from './attempt.ts'

/** A state of `engineMoves`. */
export type EngineState = keyof typeof engineMoves

/** How long a state query waits for a busy task. */
const REPORT_WAIT_MS = 2_000

/** What an engine is made of. */
export interface EngineParts {
  readonly plan: EnginePlan
  readonly registry: Registry
  /** URL of the module that exports the same registry, for worker threads. */
  readonly registryUrl: string
  readonly clock?: Clock
  readonly telemetry?: Telemetry
}

/**
 * One running join with its streams. `start` begins, `done` tells how it ended, `stop` drains; queries answer at any time.
 *
 * An error that may pass (a stream that is away) leads to a new attempt from the checkpoint; any other ends the engine. A task whose
 * input instances divide is restarted by itself.
 */
export class Engine {
  readonly plan: EnginePlan
  readonly telemetry: Telemetry
  /** HTTP ends of the REST slots, by slot number. */
  readonly slots: ReadonlyMap<number, SlotQueue>
  readonly #parts: EngineParts
  readonly #clock: Clock
  readonly #life: Lifecycle<EngineState>
  readonly #started = Promise.withResolvers<void>()
  readonly #stopSignal = new AbortController()
  #attempt: Attempt | null = null
  #address: string | null = null
  #done: Promise<void> | null = null

  constructor(parts: EngineParts) {
    this.#parts = parts
    this.plan = parts.plan
    this.telemetry = parts.telemetry ?? new Telemetry()
    this.#clock = parts.clock ?? systemClock
    this.#life = new Lifecycle<EngineState>(`engine "${parts.plan.name}"`, engineMoves, 'starting')
    const rest = [...parts.plan.inputs, ...parts.plan.outputs].filter((s) => s.descriptor.transport.type === 'rest')
    this.slots = new Map(rest.map((s) => [s.slot, new SlotQueue(`slot ${s.slot}`, this.#clock)]))
    this.#started.promise.catch(() => {})
  }

  get state(): EngineState {
    return this.#life.state
  }

  /** Tells under which `host:port` other instances reach this one's HTTP server; call it before `start`. */
  advertise(address: string): void {
    this.#address = address
  }

  /** The instances that run the engine's tasks now, this one first. Rejects with a retryable error when the group cannot be asked. */
  async instances(): Promise<readonly EngineInstance[]> {
    return (await this.#attempt?.instances()) ?? [{ address: this.#address, isSelf: true, tasks: [] }]
  }

  /** Starts and resolves when the engine reads records, or waits for partitions to read; rejects when it cannot start. Idempotent. */
  start(): Promise<void> {
    this.#done ??= this.#run()
    this.#done.catch(() => {})
    return this.#started.promise
  }

  /** Resolves when all data streams have ended or the engine was stopped; rejects with the error that ended it. */
  async done(): Promise<void> {
    await this.#done
  }

  /** Drains: no more reading, everything in hand is scored, written and committed. Idempotent. */
  async stop(): Promise<void> {
    if (this.#life.canMove('draining')) this.#life.move('draining')
    this.#stopSignal.abort()
    this.#attempt?.stop()
    await this.#done?.catch(() => {})
  }

  /** Counts, statistics, versions and positions, as of now. */
  async report(): Promise<EngineReport> {
    const tasks = [...((await this.#attempt?.report(REPORT_WAIT_MS)) ?? [])]
    return summarise({ name: this.plan.name, state: this.state }, { tasks, versions: this.#attempt?.known ?? [] })
  }

  /** Statistics of one key, in the seeds' form; those of an unknown key are empty. */
  async stats(key: string): Promise<ModelStats> {
    return (await this.report()).stats[key] ?? emptyStats
  }

  async #run(): Promise<void> {
    const backoff = new Backoff(this.#clock)
    for (;;) {
      if (this.#stopSignal.signal.aborted) return this.#finish({ type: 'stopped' })
      backoff.begin()
      const attempt = new Attempt({
        ...this.#parts,
        clock: this.#clock,
        telemetry: this.telemetry,
        slots: this.slots,
        address: this.#address,
      })
      this.#attempt = attempt
      const end = await attempt.run(() => {
        if (this.#life.canMove('running')) this.#life.move('running')
        this.#started.resolve()
      })
      if (end.type !== 'failed' || this.#stopSignal.signal.aborted || !end.error.isRetryable) return this.#finish(end)
      const delayMs = backoff.next()
      this.#life.move('restarting')
      this.telemetry.emit('engineRestarting', {
        engine: this.plan.name,
        error: end.error.toReport(),
        attempt: backoff.failures,
        delayMs,
      })
      await this.#clock.sleep(delayMs, this.#stopSignal.signal)
      if (this.#life.canMove('starting')) this.#life.move('starting')
    }
  }

  #finish(end: AttemptEnd): void {
    for (const queue of this.slots.values()) queue.end()
    this.telemetry.emit('engineStopped', {
      engine: this.plan.name,
      reason: end.type === 'failed' ? end.error.message : end.type,
    })
    if (end.type === 'failed') {
      for (const queue of this.slots.values()) queue.close('the engine has failed')
      this.#life.move('failed')
      this.#started.reject(end.error)
      throw end.error
    }
    this.#life.move(end.type)
    this.#started.resolve()
    if (end.type === 'stopped') for (const queue of this.slots.values()) queue.close('the engine has stopped')
  }
}
