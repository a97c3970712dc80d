import type { Clock } from './clock.ts'

/** Longest delay that a timer takes, in milliseconds; longer ones would fire at once. */
const MAX_DELAY_MS = 2_147_483_647

/**
 * One waiter that anybody may wake. A wake that comes while nobody waits is kept for the next wait, so that none is lost
 * between looking and waiting; the waiter therefore looks again after every wait.
 */
export class Wake {
  #isPending = false
  #sleeping: AbortController | null = null

  /** Ends the wait under way, or the next one. */
  wake(): void {
    if (this.#sleeping) this.#sleeping.abort()
    else this.#isPending = true
  }

  /** Resolves after `waitMs` of the clock, or when woken. Calls do not overlap. */
  async wait(waitMs: number, clock: Clock): Promise<void> {
    if (this.#isPending || !(waitMs > 0)) {
      this.#isPending = false
      return
    }
    const sleeping = new AbortController()
    this.#sleeping = sleeping
    await clock.sleep(Math.min(waitMs, MAX_DELAY_MS), sleeping.signal)
    this.#sleeping = null
  }
}
