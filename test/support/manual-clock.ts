import type { Clock } from '../../src/core/clock.ts'

interface Sleeper {
  readonly atMs: number
  wake(): void
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #nowMs: number
  readonly #sleepers = new Set<Sleeper>()
  #watchers: (() => void)[] = []

  constructor(nowMs = 1_700_000_000_000) {
    this.#nowMs = nowMs
  }

  now(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) {
        resolve()
        return
      }
      const wake = () => {
        this.#sleepers.delete(sleeper)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      const sleeper: Sleeper = { atMs: this.#nowMs + delayMs, wake }
      this.#sleepers.add(sleeper)
      signal?.addEventListener('abort', wake, { once: true })
      const watchers = this.#watchers
      this.#watchers = []
      for (const watcher of watchers) watcher()
    })
  }

  /** Number of sleeps under way. */
  get sleeping(): number {
    return this.#sleepers.size
  }

  /** Resolves as soon as somebody sleeps. */
  async untilSleeping(): Promise<void> {
    while (this.#sleepers.size === 0) await new Promise<void>((resolve) => this.#watchers.push(resolve))
  }

  /** Moves time on and wakes who is due, earliest first. */
  async advance(byMs: number): Promise<void> {
    this.#nowMs += byMs
    const due = [...this.#sleepers].filter((s) => s.atMs <= this.#nowMs).sort((a, b) => a.atMs - b.atMs)
    for (const sleeper of due) sleeper.wake()
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}
