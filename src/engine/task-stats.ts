import type { Clock } from '../core/clock.ts'
import { KeyStats, type StatsSnapshot, type TaskStatistics } from './stats.ts'

/** Shortest time between two saves of the statistics, and how much longer it is for each key. */
const SAVE_INTERVAL_MS = 1_000
const SAVE_INTERVAL_PER_KEY_MS = 10

/** The statistics of a task's keys, and when to save them. */
export class TaskStats {
  readonly #clock: Clock
  readonly #stats = new Map<string, KeyStats>()
  #hasUnsaved = false
  #dueMs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#dueMs = clock.monotonicMs() + SAVE_INTERVAL_MS
  }

  /** True when something was recorded since the last save. */
  get hasUnsaved(): boolean {
    return this.#hasUnsaved
  }

  /** True when the next commit is to save them. */
  get isDue(): boolean {
    return this.#hasUnsaved && this.#clock.monotonicMs() >= this.#dueMs
  }

  of(key: string): KeyStats {
    let stats = this.#stats.get(key)
    if (!stats) {
      stats = new KeyStats(key)
      this.#stats.set(key, stats)
    }
    return stats
  }

  /** `records` of a key were scored in `durationMs` together. */
  record(key: string, records: number, durationMs: number): void {
    this.of(key).record(records, durationMs)
    this.#hasUnsaved = true
  }

  snapshots(): StatsSnapshot[] {
    return [...this.#stats.values()].map((stats) => stats.snapshot())
  }

  /** What a checkpoint keeps; it counts as saved from now on. */
  save(): TaskStatistics {
    this.#hasUnsaved = false
    this.#dueMs = this.#clock.monotonicMs() + SAVE_INTERVAL_MS + this.#stats.size * SAVE_INTERVAL_PER_KEY_MS
    return { keys: [...this.#stats.values()].flatMap((stats) => stats.save() ?? []) }
  }

  /** Takes up what a checkpoint has kept, for the keys that still have the same version. */
  restore(saved: TaskStatistics | null): void {
    for (const key of saved?.keys ?? []) this.#stats.get(key.key)?.restore(key)
  }
}
