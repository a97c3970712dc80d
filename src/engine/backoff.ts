import type { Clock } from '../core/clock.ts'

/** First delay before something is tried again; it doubles with each failure up to the limit. */
const FIRST_DELAY_MS = 100
const MAX_DELAY_MS = 30_000
/** A run of this length makes the delay start over. */
const GOOD_RUN_MS = 60_000

/** Delays between attempts: 100 ms, doubling to 30 s, and from the start again after a good run. */
export class Backoff {
  readonly #clock: Clock
  #failures = 0
  #startedMs: number

  /** The first attempt begins now. */
  constructor(clock: Clock) {
    this.#clock = clock
    this.#startedMs = clock.monotonicMs()
  }

  /** Failures since the last good run. */
  get failures(): number {
    return this.#failures
  }

  /** An attempt begins. */
  begin(): void {
    this.#startedMs = this.#clock.monotonicMs()
  }

  /** The attempt has failed: how long to wait before the next, in ms. */
  next(): number {
    if (this.#clock.monotonicMs() - this.#startedMs > GOOD_RUN_MS) this.#failures = 0
    return Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures++)
  }
}
