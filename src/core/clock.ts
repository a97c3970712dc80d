/** Time as an argument (STYLE 9.4): the engine and its tests never read the system clock directly. */
export interface Clock {
  /** Wall time: milliseconds since the Unix epoch, with a fraction. */
  now(): number
  /** Monotonic time in milliseconds, with a fraction; only differences mean something. */
  monotonicMs(): number
  /** Resolves after `delayMs`, or at once when the signal aborts (it never rejects). Sleeps of more than 24 days end early. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}

/** Longest delay of one timer, about 25 days; the runtime fires a longer one at once. */
const maxTimerMs = 2 ** 31 - 1

/** The clock of the machine. */
export const systemClock: Clock = Object.freeze({
  now: () => performance.timeOrigin + performance.now(),
  monotonicMs: () => performance.now(),
  sleep: (delayMs: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (signal?.aborted) {
        resolve()
        return
      }
      const finish = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', finish)
        resolve()
      }
      const timer = setTimeout(finish, Math.min(delayMs, maxTimerMs))
      signal?.addEventListener('abort', finish, { once: true })
    }),
})
