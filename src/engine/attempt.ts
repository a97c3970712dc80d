import { availableParallelism } from 'node:os'
import type { Registry } from '../config/registry.ts'
import type { Clock } from '../core/clock.ts'
import { type ErrorReport, MillraceError } from '../core/errors.ts'
import type { Telemetry } from '../core/telemetry.ts'
import { unlessAborted } from '../core/unless-aborted.ts'
import type { CheckpointStore } from '../state/state.ts'
import type { SlotQueue } from '../streams/slot-queue.ts'
import { openStreamAssignment } from '../streams/stream-assignment.ts'
import { checkpointName, KNOWN_VERSIONS } from './checkpoint-names.ts'
import { engineGuarantee } from './engine-guarantee.ts'
import type { EnginePlan, PlannedTask } from './engine-plan.ts'
import { InputShare } from './input-share.ts'
import type { KnownVersion } from './keeper.ts'
import { Loader } from './loader.ts'
import { ModelFeeds } from './model-feeds.ts'
import { openCheckpoints } from './open-checkpoints.ts'
import { type PlannedInput, planInputs } from './plan-tasks.ts'
import { ScoringThreads } from './scoring-thread.ts'
import { followCheckpoints } from './standby.ts'
import type { TaskReport } from './task.ts'
import { TaskLife } from './task-life.ts'
import { VersionCache } from './version-cache.ts'

/** What an attempt is made of. */
export interface AttemptParts {
  readonly plan: EnginePlan
  readonly registry: Registry
  readonly registryUrl: string
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** The HTTP ends of the REST slots, kept over restarts. */
  readonly slots: ReadonlyMap<number, SlotQueue>
  /** `host:port` under which other instances reach this one's HTTP server, or null. */
  readonly address: string | null
}

/** How an attempt ended: all inputs at their end, stopped, or by an error. */
export type AttemptEnd =
  | { readonly type: 'finished' | 'stopped' }
  | { readonly type: 'failed'; readonly error: MillraceError }

/** One of the instances of an engine, and the tasks that it runs. */
export interface EngineInstance {
  /** `host:port` of its HTTP server, or null when it has none. */
  readonly address: string | null
  readonly isSelf: boolean
  /** `<slot>/<partition>`, sorted by slot and partition. */
  readonly tasks: readonly string[]
  /** Those of this instance's tasks that an error keeps from running: they are tried again and again. Others tell theirs themselves. */
  readonly failing?: readonly FailingTask[]
}

/** A task that an error keeps from running. */
export interface FailingTask {
  readonly task: string
  readonly error: ErrorReport
}

/**
 * One run of an engine's threads: the loader thread, the scoring threads, the model stream and the tasks.
 *
 * Inputs that instances divide (a consumer group) have tasks that come and go, each restarted by itself after any error but one of
 * the configuration. The tasks of other
 * inputs live as long as the attempt: an error of one ends it, everything is taken down, and the engine may make a new
 * attempt, which resumes from the checkpoints.
 */
export class Attempt {
  readonly #parts: AttemptParts
  readonly #loader: Loader
  readonly #versions: VersionCache
  readonly #threads: ScoringThreads
  readonly #feeds: ModelFeeds
  readonly #ends = Promise.withResolvers<AttemptEnd>()
  #store: CheckpointStore | null = null
  #known: readonly KnownVersion[] = []
  /** Tasks of inputs that are read whole. */
  #lives: TaskLife[] = []
  #shares: InputShare[] = []
  #isStopping = false
  readonly #stopped = new AbortController()
  #isRunning = false
  /** Last reports of the tasks that have ended here, by name. */
  readonly #endReports = new Map<string, TaskReport>()

  constructor(parts: AttemptParts) {
    this.#parts = parts
    const { plan, registryUrl, clock, slots, telemetry } = parts
    const { allowsCode, maxArtifactBytes, locations, baseFolder, loadTimeoutMs } = plan.versions
    const settings = { allowsCode, maxArtifactBytes, locations, baseFolder, features: plan.join.features }
    this.#loader = new Loader({ registryUrl, settings, state: plan.state }, loadTimeoutMs, clock)
    this.#versions = new VersionCache((reference) => this.#loader.reload(reference))
    const onTelemetry = (name: string, payload: unknown) => telemetry.emit(name as never, payload as never)
    const max = plan.threads ?? availableParallelism()
    this.#threads = new ScoringThreads({ plan, registryUrl, clock, slots, onTelemetry }, max)
    this.#feeds = new ModelFeeds({
      ...parts,
      loader: this.#loader,
      versions: this.#versions,
      known: () => this.#known,
      remembersKnown: () => this.#store?.forgetsUnacquired !== true,
      save: (known) => this.#saveKnown(known),
      onError: (error) => this.#fail(error),
    })
  }

  get known(): readonly KnownVersion[] {
    return this.#feeds.known ?? this.#known
  }

  get #knownName(): string {
    return checkpointName(this.#parts.plan.name, KNOWN_VERSIONS)
  }

  /** Starts everything and resolves when the attempt is over; it never rejects. */
  async run(onRunning: () => void): Promise<AttemptEnd> {
    const started = this.#start(onRunning).catch((thrown) => {
      const error = MillraceError.from(thrown, `engine "${this.#parts.plan.name}"`)
      // What gave up because of the stop is no failure.
      if (!this.#isStopping || error.code !== 'CORE_CLOSED') this.#fail(error)
    })
    const end = await this.#ends.promise
    await this.#takeDown(started)
    return end
  }

  /** Lets every task commit what it has in hand and end, then leaves the groups. Idempotent. */
  stop(): void {
    if (this.#isStopping) return
    this.#giveUpWaiting()
    for (const life of this.#lives) life.stop()
    void Promise.all(this.#shares.map((share) => share.stop().catch(() => {}))).then(() => this.#checkEnd())
  }

  /** What every task says about itself now. */
  async report(waitMs: number): Promise<readonly TaskReport[]> {
    const running = await this.#threads.report(waitMs)
    return [...this.#endReports.values(), ...running.filter((report) => !this.#endReports.has(report.task))]
  }

  /** The instances that run tasks of the engine now; this one alone where nothing is divided. */
  async instances(): Promise<readonly EngineInstance[]> {
    const self: string[] = this.#lives.map((life) => life.planned.name)
    const others = new Map<string, { address: string | null; tasks: string[] }>()
    for (const [n, share] of this.#shares.entries()) {
      for (const [i, { address, partitions, isSelf }] of (await share.instances()).entries()) {
        const tasks = partitions.map((partition) => `${share.slot}/${partition}`)
        if (isSelf) self.push(...tasks)
        else {
          const id = address ?? `${n}.${i}` // two that tell no address are two
          const known = others.get(id)
          if (known) known.tasks.push(...tasks)
          else others.set(id, { address, tasks })
        }
      }
    }
    const rest = [...others.values()].map((other) => ({ ...other, isSelf: false }))
    const failing = this.#shares.flatMap((share) => share.failing)
    const own = { address: this.#parts.address, isSelf: true, tasks: self, ...(failing.length > 0 ? { failing } : {}) }
    return [own, ...rest]
  }

  async #start(onRunning: () => void): Promise<void> {
    const { plan, registry, telemetry } = this.#parts
    this.#store = await openCheckpoints(plan, registry)
    const { signal } = this.#stopped
    const inputs = await unlessAborted(planInputs(plan, registry), signal)
    const isDivided = inputs.some((input) => input.isDivisible)
    if (!isDivided) this.#known = await unlessAborted(this.#loadKnown(this.#store), signal)
    await this.#feeds.check(inputs)
    // A member of a group is given partitions at once: by then it must be able to score.
    if (isDivided && !this.#isStopping) this.#threads.warm(inputs.reduce((sum, { tasks }) => sum + tasks.length, 0))
    if (isDivided) await this.#feeds.catchUp()
    // Artifacts of checkpoints come by the model stream.
    if (plan.standby) await this.#followCheckpoints(this.#store)
    for (const input of inputs) await this.#attach(input)
    if (!isDivided) this.#feeds.expect(this.#lives.length)
    await Promise.all(this.#lives.map((life) => life.running))
    if (!isDivided) this.#feeds.start()
    if (this.#isStopping) return
    const tasks = this.#lives.length
    telemetry.emit('engineStarted', { engine: plan.name, tasks, guarantee: engineGuarantee(plan, registry).level })
    this.#isRunning = true
    onRunning()
    for (const share of this.#shares) share.start()
    this.#checkEnd()
  }

  /** Returns once the checkpoints are known, or the attempt is to end: what is waited for then ends with the store. */
  async #followCheckpoints(store: CheckpointStore): Promise<void> {
    if (this.#isStopping) return
    const { plan, telemetry } = this.#parts
    const parts = { engine: plan.name, versions: this.#versions, fetch: this.#feeds.fetch.bind(this.#feeds), telemetry }
    const following = followCheckpoints(store, parts)
    following.catch(() => {})
    await unlessAborted(following, this.#stopped.signal)
  }

  /** Takes up the tasks of an input, or joins those that divide it. */
  async #attach(input: PlannedInput): Promise<void> {
    if (this.#isStopping) return
    if (input.isDivisible && (await this.#join(input))) return
    for (const planned of input.tasks) {
      const life = this.#begin(planned, () => undefined, false)
      this.#lives.push(life)
      life.done.then(
        (end) => this.#onEnd(planned.name, end?.hasFinished ? 'end of stream' : 'stopped', end?.report ?? null),
        (thrown) => this.#fail(thrown as MillraceError),
      )
      if (this.#isStopping) life.stop()
    }
  }

  /** Joins the instances that divide the input; false when it is not divided after all. */
  async #join({ stream, firstRank }: PlannedInput): Promise<boolean> {
    const { plan, registry, clock, telemetry, address } = this.#parts
    const { baseFolder, group } = plan
    const { descriptor, place, slot } = stream
    const { signal } = this.#stopped
    const context = { clock, baseFolder, partition: 0, group, place, channel: null, address, signal }
    const share = new InputShare({
      engine: plan.name,
      slot,
      clock,
      telemetry,
      firstRank,
      open: () => openStreamAssignment(descriptor, registry, context),
      begin: (planned, membership) => {
        this.#endReports.delete(planned.name)
        return this.#begin(planned, membership, true)
      },
      onEnd: (task, reason, report) => this.#onEnd(task, reason, report),
      onError: (error) => this.#fail(error),
    })
    if (!(await share.open())) return false
    this.#shares.push(share)
    if (this.#isStopping) await share.stop()
    return true
  }

  #begin(planned: PlannedTask, membership: () => unknown, isRestartable: boolean): TaskLife {
    const { plan, clock, telemetry } = this.#parts
    return new TaskLife(planned, {
      engine: plan.name,
      clock,
      telemetry,
      threads: this.#threads,
      versions: this.#versions,
      feedOf: (task, start) => this.#feeds.of(task, start),
      leaveFeed: (task) => this.#feeds.leave(task),
      membership,
      isRestartable,
    })
  }

  async #loadKnown(store: CheckpointStore): Promise<readonly KnownVersion[]> {
    const saved = await store.load(this.#knownName)
    return (saved?.state as { readonly known?: readonly KnownVersion[] } | null)?.known ?? []
  }

  async #saveKnown(known: readonly KnownVersion[]): Promise<void> {
    if (!this.#feeds.keepsKnown) return
    const store = this.#store as CheckpointStore
    const transaction = store.begin(this.#knownName)
    store.saveState(this.#knownName, { known }, transaction)
    await transaction.commit()
  }

  #onEnd(task: string, reason: string, report: TaskReport | null): void {
    if (report) this.#endReports.set(task, report)
    else this.#endReports.delete(task)
    this.#parts.telemetry.emit('taskStopped', { engine: this.#parts.plan.name, task, reason })
    this.#checkEnd()
  }

  /** The attempt is over when nothing is left to do: all tasks have ended, or will never come. */
  #checkEnd(): void {
    const haveLivesEnded = this.#lives.every((life) => life.hasEnded)
    if (this.#isStopping) {
      if (haveLivesEnded && this.#shares.every((share) => !share.isBusy)) this.#ends.resolve({ type: 'stopped' })
    } else if (this.#isRunning && haveLivesEnded && this.#shares.every((share) => share.hasFinished))
      this.#ends.resolve({ type: 'finished' })
  }

  /** Ends what the start waits for. Idempotent. */
  #giveUpWaiting(): void {
    this.#isStopping = true
    this.#stopped.abort(new MillraceError('CORE_CLOSED', { subject: `engine "${this.#parts.plan.name}"` }))
    this.#feeds.stop()
  }

  #fail(error: MillraceError): void {
    this.#ends.resolve({ type: 'failed', error })
  }

  async #takeDown(started: Promise<unknown>): Promise<void> {
    this.#giveUpWaiting()
    for (const life of this.#lives) life.stop()
    const left = this.#shares.map((share) => share.close().catch(() => {}))
    await this.#threads.close()
    await Promise.all(left)
    await this.#loader.close()
    await started
    await this.#feeds.close()
    this.#versions.close()
    await this.#store?.close()
  }
}
