import type { Clock } from '../core/clock.ts'
import { MillraceError, reasonOf } from '../core/errors.ts'
import type { Scorer } from '../models/model.ts'
import type { RecordValue } from '../schema/value.ts'
import type { JoinState, ModelUpdate } from './join-state.ts'
import { Supersession, supersededUpdate } from './model-journal.ts'
import type { VersionReference } from './versions.ts'
import { openWarmUp, WARM_UP_MS, type WarmUp } from './warm-up.ts'

/** The outcome of an update that brought a version. */
export type LoadedOutcome = Extract<ModelUpdate['outcome'], { type: 'loaded' }>

/** What the intake of a task works with. */
export interface IntakeParts {
  readonly state: JoinState
  readonly clock: Clock
  /** Opens the scorer of a prepared version on this thread. */
  readonly open: (outcome: LoadedOutcome) => Promise<Scorer>
  /** A few live records to warm with, beside the model's own samples. */
  readonly recent: () => readonly RecordValue[]
  /** A version could not be opened or warmed. */
  readonly onRejected: (reference: VersionReference, error: MillraceError) => void
}

/**
 * The updates of the model stream on their way into a task: applied one after another, in the order of their positions.
 *
 * A new version is opened and warmed in slices between two batches, so that no batch waits for it; it takes its place when it is
 * warm, and updates behind it wait for that. While the task has read no record there is nothing to wait for: what was published before is
 * only tried, so that a start behind many models is short.
 */
export class UpdateIntake {
  readonly #parts: IntakeParts
  readonly #updates: ModelUpdate[] = []
  #warmUp: WarmUp | null = null
  #position = 0
  #isRunning = false
  /** True when something came that may supersede what waits. */
  #hasNews = false

  constructor(parts: IntakeParts) {
    this.#parts = parts
  }

  /** Position of the model stream from which updates are wanted. */
  get position(): number {
    return this.#position
  }

  /** True while there is something to apply. */
  get isBusy(): boolean {
    return this.#updates.length > 0
  }

  /** Continues behind updates that a checkpoint has applied. */
  resume(position: number): void {
    this.#position = position
  }

  push(update: ModelUpdate): void {
    this.#updates.push(update)
    this.#hasNews = true
  }

  /** Records are read from now on: versions are warmed before they take over. */
  begin(): void {
    this.#isRunning = true
  }

  /** Applies what is ready, or warms for one slice; returns whether anything was applied. */
  async advance(): Promise<boolean> {
    this.#passOverSuperseded()
    let hasApplied = false
    for (;;) {
      const update = this.#updates[0]
      if (!update) return hasApplied
      if (update.position >= this.#position) {
        if (!(await this.#apply(update))) return hasApplied
        this.#position = update.end
        hasApplied = true
      }
      this.#updates.shift()
    }
  }

  /**
   * Leaves out versions that a later one of their key replaces before they are in place: a start behind a long model stream need not open
   * each of them, and a publisher that is faster than the warm-up fills no memory. The first one is on its way once records are read: it
   * takes its place, so that a fast publisher does not keep all from theirs.
   */
  #passOverSuperseded(): void {
    if (!this.#hasNews) return
    this.#hasNews = false
    const first = this.#isRunning || this.#warmUp ? 1 : 0
    const supersession = new Supersession()
    for (let i = this.#updates.length - 1; i >= first; i--) {
      const update = this.#updates[i] as ModelUpdate
      if (supersession.passes(update)) this.#updates[i] = supersededUpdate(update)
    }
  }

  /** Closes a version that is being warmed. */
  close(): void {
    this.#warmUp?.scorer.close()
    this.#warmUp = null
  }

  /** Returns false while the update's version is still being warmed. */
  async #apply(update: ModelUpdate): Promise<boolean> {
    const { state } = this.#parts
    const { outcome, action } = update
    if (outcome.type === 'loaded') {
      const held = state.held(outcome.reference)
      if (!held) return this.#warm(update, outcome)
      state.place(action, held, update.effectiveFromMs, update.publishedMs)
    } else if (outcome.type === 'none' && action === 'activate') {
      state.supersede(update)
    } else if (outcome.type === 'none' && (action === 'retire' || action === 'pin' || action === 'unpin')) {
      state.command(action, update)
    }
    return true
  }

  async #warm(update: ModelUpdate, outcome: LoadedOutcome): Promise<boolean> {
    const { state, clock, recent, onRejected } = this.#parts
    try {
      if (this.#warmUp) await this.#warmUp.slice()
      else {
        const totalMs = this.#isRunning ? WARM_UP_MS : 0
        this.#warmUp = openWarmUp(outcome, await this.#parts.open(outcome), recent(), clock, totalMs)
      }
      if (!this.#warmUp.isDone) return false
      const version = state.admit(outcome.reference, outcome.prepared, this.#warmUp.scorer)
      this.#warmUp = null
      state.place(update.action, version, update.effectiveFromMs, update.publishedMs)
    } catch (thrown) {
      this.close()
      const { model } = outcome.reference
      const isOurs = thrown instanceof MillraceError
      onRejected(
        outcome.reference,
        isOurs ? thrown : new MillraceError('ENGINE_WARM_UP_ERROR', { model, reason: reasonOf(thrown) }, thrown),
      )
    }
    return true
  }
}
