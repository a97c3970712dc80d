import { setImmediate as nextTurn } from 'node:timers/promises'
import type { MillraceError } from '../core/errors.ts'
import { type FrameBatch, sliceFrames } from '../core/frames.ts'
import { Histogram } from '../core/histogram.ts'
import type { RecordValue, Value } from '../schema/value.ts'
import { type CutOver, type HeldVersion, JoinState, type ModelUpdate } from './join-state.ts'
import { startBatch } from './score-batch.ts'
import { type CountedBatch, positionNames, type ScoredWork, TaskCommitter } from './task-commit.ts'
import type { SavedTask, TaskCounts, TaskParts, TaskReport, TaskSettings } from './task-parts.ts'
import { TaskStats } from './task-stats.ts'
import { UpdateIntake } from './update-intake.ts'
import { referenceId, type VersionReference } from './versions.ts'

export type { SavedTask, TaskCounts, TaskParts, TaskReport, TaskSettings, TaskState } from './task-parts.ts'

/** The names of the counts, under which checkpoints keep them beside the positions. */
const countNames = ['read', 'predicted', 'deadLettered', 'dropped'] as const satisfies readonly (keyof TaskCounts)[]
/** How long an idle task waits for records before it looks after itself. */
const IDLE_WAIT_MS = 500
/** Longest time that a busy task keeps the thread before timers and messages get a turn. */
const TURN_MS = 8
/** Most records of a batch whose latency is measured one by one. */
const LATENCY_SAMPLES = 64

/**
 * The loop of one partition: read, score, write, commit, one batch after another.
 *
 * Versions change only between two records: updates of the model stream are applied before a batch, or at the record whose
 * event time they name. Positions, outputs, dead letters, cut-overs and counts of a batch are committed together; after
 * an error nothing of the batch is durable, and the host starts a new task from the checkpoint.
 */
export class Task {
  readonly #parts: TaskParts
  readonly #settings: TaskSettings
  readonly #state: JoinState
  readonly #stats: TaskStats
  readonly #intake: UpdateIntake
  readonly #latency = new Histogram()
  #cutOvers: { readonly change: CutOver; readonly position: number }[] = []
  #hasUnsavedState = false
  /** Position of the next record to be scored: where a cut-over that happens now takes effect. */
  #position = 0
  readonly #counts: TaskCounts = { read: 0, predicted: 0, deadLettered: 0, dropped: 0 }
  readonly #committer: TaskCommitter
  #recent: readonly RecordValue[] = []
  #isStopping = false
  #isDropping = false
  #wake: (() => void) | null = null
  #turnStartedMs = 0

  constructor(parts: TaskParts, settings: TaskSettings) {
    this.#parts = parts
    this.#settings = settings
    this.#committer = new TaskCommitter(parts, settings.echoesRecord, this.#counts, {
      committed: (batch) => this.#announce(batch),
      failed: () => this.#wake?.(),
    })
    this.#stats = new TaskStats(parts.clock)
    this.#state = new JoinState({
      cutOver: (change) => this.#onCutOver(change),
      moved: (reference, from, to, reason) => {
        const { key, model, version, digest } = reference
        this.#parts.telemetry.emit('versionMoved', {
          engine: parts.engine,
          key,
          model,
          version,
          digest,
          from,
          to,
          reason,
        })
      },
    })
    this.#intake = new UpdateIntake({
      state: this.#state,
      clock: parts.clock,
      open: parts.open,
      recent: () => this.#recent,
      onRejected: (reference, error) => this.#onRejected(reference, error),
    })
  }

  /** Takes an update; updates come in the order of their positions. Callable at any time. */
  push(update: ModelUpdate): void {
    this.#intake.push(update)
    this.#parts.reader.interrupt()
    this.#wake?.()
  }

  /** Ends the loop after the batch in hand is committed. Idempotent. */
  stop(): void {
    this.#isStopping = true
    this.#parts.reader.interrupt()
    this.#wake?.()
  }

  /** Ends the loop without committing what is not committed yet: somebody else has the partition already. Idempotent. */
  drop(): void {
    this.#isDropping = true
    this.stop()
  }

  /**
   * Takes up positions, versions and counts of the last checkpoint. `versions` holds the opened versions that the checkpoint
   * names; `rereadsModels` says that the model stream is read from its start again. Called once, before `run`.
   */
  async restore(
    saved: SavedTask | null,
    versions: ReadonlyMap<string, HeldVersion>,
    rereadsModels: boolean,
  ): Promise<void> {
    const { reader } = this.#parts
    if (saved) {
      const position = saved.positions[positionNames.data]
      // A reader that cannot seek (REST) goes on where its sender does; what a group has committed, its users may have reset.
      const isOurs = reader.isSeekable && !reader.hasCommitted
      if (isOurs && position !== undefined && position !== reader.position) await reader.seek(position)
      this.#intake.resume(rereadsModels ? 0 : (saved.positions[positionNames.models] ?? 0))
      for (const name of countNames) this.#counts[name] = saved.positions[name] ?? 0
      for (const key of saved.state?.keys ?? []) {
        this.#state.restore(key, (reference) => versions.get(referenceId(reference)) as HeldVersion)
        this.#stats.of(key.key).begin(key.active, key.activeSinceMs)
      }
      this.#stats.restore(saved.statistics)
    }
    this.#position = reader.position
  }

  /** The state machine of the task's versions, for the host that restores them. */
  get versions(): JoinState {
    return this.#state
  }

  /**
   * Runs until the data stream ends (true) or `stop` is called (false). Rejects with the error that ended it. Updates that came
   * before are applied first, then `onRunning` is called: no record is read before the versions that were published are in place.
   */
  async run(poll: () => void, onRunning: () => void): Promise<boolean> {
    const { reader } = this.#parts
    this.#turnStartedMs = this.#parts.clock.monotonicMs()
    while (this.#intake.isBusy && !this.#isStopping) {
      await this.#applyUpdates()
      await this.#giveTurn()
      poll()
    }
    this.#intake.begin()
    onRunning()
    for (;;) {
      poll()
      this.#committer.check()
      await this.#applyUpdates()
      if (this.#isStopping) break
      const batch = await reader.next(this.#settings.maxRecords, this.#readingWaitMs)
      if (batch === null) {
        await this.#finish()
        return true
      }
      if (batch.length > 0) {
        if (!(await this.#process(batch, poll))) break
      } else if (this.#hasUnsavedState && !this.#committer.hasOpen) await this.#commit(null)
      else if (this.#committer.isDue) await this.#committer.commitMeanwhile()
      await this.#giveTurn()
    }
    await this.#finish()
    return false
  }

  report(): TaskReport {
    return {
      task: this.#parts.name,
      position: this.#position,
      modelPosition: this.#intake.position,
      counts: { ...this.#counts },
      keys: this.#state.snapshot(),
      stats: this.#stats.snapshots(),
      latency: this.#latency.counts.slice(),
    }
  }

  /** Releases the scorers; the streams are their host's. */
  close(): void {
    this.#committer.abort()
    try {
      this.#intake.close()
    } finally {
      this.#state.close()
    }
  }

  /** Reading waits no longer than what was written may wait for its commit. */
  get #readingWaitMs(): number {
    if (this.#intake.isBusy) return 0
    return Math.min(IDLE_WAIT_MS, Math.max(0, this.#committer.leftMs))
  }

  async #applyUpdates(): Promise<void> {
    if (await this.#intake.advance()) this.#hasUnsavedState = true
  }

  #onRejected({ key, model, version, digest }: VersionReference, error: MillraceError): void {
    const { engine, telemetry } = this.#parts
    const move = { from: 'loading', to: 'rejected', reason: error.message }
    telemetry.emit('versionMoved', { engine, key, model, version, digest, ...move })
  }

  #onCutOver(change: CutOver): void {
    const now = this.#parts.clock.now()
    const versions = this.#state.get(change.key)
    if (versions) versions.activeSinceMs = now
    this.#stats.of(change.key).begin(change.version?.reference ?? null, now)
    this.#cutOvers.push({ change, position: this.#position })
    this.#hasUnsavedState = true
    if (!change.version) return
    const { engine, name, telemetry } = this.#parts
    const { key, model, version } = change.version.reference
    telemetry.emit('versionActivated', { engine, task: name, key, model, version, position: this.#position })
  }

  /** Called by the scorer's listener. */
  recordDuration(version: HeldVersion, records: number, durationMs: number): void {
    if (this.#state.active(version.reference.key) === version)
      this.#stats.record(version.reference.key, records, durationMs)
  }

  /** Scores and commits a batch; false when the task was stopped while it held records back: only those before are committed. */
  async #process(batch: FrameBatch, poll: () => void): Promise<boolean> {
    const decoded = this.#parts.reader.decode(batch)
    const { values } = decoded
    const scored = startBatch(batch, decoded.errors)
    let from = 0
    while (from < batch.length) {
      this.#position = batch.positions[from] as number
      const to =
        this.#settings.holdMs > 0 ? await this.#holdBack(batch, values, from, poll) : this.#segmentEnd(batch, from)
      if (to === null) {
        if (from > 0) await this.#add(firstOf({ batch, scored, decoded }, from))
        return false
      }
      await this.#parts.scorer.score(batch, values, this.#state, scored, from, to)
      from = to
    }
    this.#position = batch.end
    await this.#commitInTime({ batch, scored, decoded })
    this.#keepRecent(values)
    return true
  }

  /** End of the records from `from` on that the present versions score; activates what is due at record `from`. */
  #segmentEnd(batch: FrameBatch, from: number): number {
    let due = this.#state.nextDueMs()
    if (due === Number.POSITIVE_INFINITY) return batch.length
    const times = batch.timestampsMs
    if (!times) {
      this.#state.activateDue(this.#parts.clock.now())
      return batch.length
    }
    this.#state.activateDue(times[from] as number)
    due = this.#state.nextDueMs()
    let to = from + 1
    while (to < batch.length && (times[to] as number) < due) to++
    return to
  }

  /** Policy `hold`: as `segmentEnd`, when every key of the segment is served or `holdMs` are over. Null when the task is to stop. */
  async #holdBack(
    batch: FrameBatch,
    values: readonly (Value | undefined)[],
    from: number,
    poll: () => void,
  ): Promise<number | null> {
    const { clock, scorer } = this.#parts
    const untilMs = clock.monotonicMs() + this.#settings.holdMs
    for (;;) {
      const to = this.#segmentEnd(batch, from)
      if (scorer.unservedKeys(batch, values, this.#state, from, to).size === 0) return to
      if (this.#isStopping) return null
      const leftMs = untilMs - clock.monotonicMs()
      if (leftMs <= 0) return to
      this.#committer.check()
      // What was written before this batch does not wait for the versions of this one.
      if (this.#committer.isDue) await this.#committer.commit()
      if (!this.#intake.isBusy) await this.#waitForUpdate(Math.min(leftMs, this.#committer.leftMs))
      poll()
      await this.#applyUpdates()
    }
  }

  async #waitForUpdate(waitMs: number): Promise<void> {
    const abort = new AbortController()
    this.#wake = () => abort.abort()
    await this.#parts.clock.sleep(waitMs, abort.signal)
    this.#wake = null
  }

  /** Writes what belongs to a batch, and all that has changed since the last. */
  async #add(work: ScoredWork | null, savesStatistics = this.#stats.isDue): Promise<void> {
    const state = this.#hasUnsavedState ? { keys: this.#state.snapshot() } : null
    const cutOvers = this.#cutOvers
    this.#cutOvers = []
    await this.#committer.add({
      work,
      cutOvers,
      position: this.#position,
      modelPosition: this.#intake.position,
      state,
      statistics: savesStatistics ? this.#stats.save() : null,
    })
    this.#hasUnsavedState = false
  }

  async #commit(work: ScoredWork | null): Promise<void> {
    await this.#add(work)
    await this.#committer.commit()
  }

  /** Commits with the batch where each has a commit of its own; else the commit goes its way while the next batch is scored. */
  async #commitInTime(work: ScoredWork): Promise<void> {
    await this.#add(work)
    if (!this.#committer.isDue) return
    if (this.#parts.store.commitIntervalMs === 0) await this.#committer.commit()
    else await this.#committer.commitMeanwhile()
  }

  #announce({ timestampsMs, ...batch }: CountedBatch): void {
    const { telemetry, engine, name, clock } = this.#parts
    telemetry.emit('batchScored', { engine, task: name, ...batch })
    const { records, predictions } = batch
    if (!timestampsMs || predictions === 0) return
    const now = clock.now()
    const step = Math.max(1, Math.floor(records / LATENCY_SAMPLES))
    for (let i = 0; i < records; i += step) this.#latency.record(now - (timestampsMs[i] as number), step)
  }

  /** Keeps a few live records: what a new version is warmed with. */
  #keepRecent(values: readonly (Value | undefined)[]): void {
    if (values.length < 32 && this.#recent.length >= 32) return
    this.#recent = values
      .slice(0, 64)
      .filter((v) => v !== undefined && v !== null && typeof v === 'object') as RecordValue[]
  }

  async #giveTurn(): Promise<void> {
    const now = this.#parts.clock.monotonicMs()
    if (now - this.#turnStartedMs < TURN_MS) return
    await nextTurn()
    this.#turnStartedMs = this.#parts.clock.monotonicMs()
  }

  /** Commits what is left and makes everything durable. */
  async #finish(): Promise<void> {
    if (this.#isDropping) return this.#committer.drop()
    if (this.#hasUnsavedState || this.#stats.hasUnsaved) await this.#add(null, this.#stats.hasUnsaved)
    await this.#committer.commit()
    for (const writer of [...this.#parts.predictions, this.#parts.deadLetters]) await writer.flush()
  }
}

/** The first `length` records of a batch that was scored as far as that. */
function firstOf({ batch, scored, decoded }: ScoredWork, length: number): ScoredWork {
  const faults = scored.faults.filter((fault) => fault.index < length)
  return { batch: sliceFrames(batch, 0, length), scored: { ...scored, faults }, decoded }
}
