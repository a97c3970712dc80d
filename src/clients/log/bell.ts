import { closeSync, constants, type FSWatcher, openSync, watch, writeSync } from 'node:fs'
import type { Clock } from '../../core/clock.ts'

/** How often waiters look for themselves, should the system lose or not support notifications. */
const POLL_MS = 100
/** The same where files cannot be watched at all. */
const BLIND_POLL_MS = 5
/** After so many rings with nobody waiting the watch is given up, so that a busy log does not interrupt a busy thread. */
const MAX_IDLE_RINGS = 32
const LONGEST_TIMER_MS = 2 ** 31 - 1
const ONE_BYTE = Buffer.from([1])

interface Waiter {
  readonly isReady: () => boolean
  readonly finish: (isReady: boolean) => void
  readonly fail: (reason: unknown) => void
}

/**
 * Wakes readers in all threads and processes of a log file.
 *
 * After a commit is visible its writer writes one byte into the bell, a file beside the log, and whoever waits watches
 * that file. (The write-ahead log itself is no bell: it is written before the commit can be seen, and so much that
 * watching it costs more than reading.) Watching starts before the waiter looks, so no ring between looking and waiting
 * is lost. A pending wait keeps the process alive; an open bell does not.
 */
export class Bell {
  readonly #path: string
  readonly #clock: Clock
  readonly #waiters = new Set<Waiter>()
  #descriptor: number | null = null
  #watcher: FSWatcher | null = null
  #idleRings = 0
  #isChecking = false
  #polling: AbortController | null = null

  constructor(path: string, clock: Clock) {
    this.#path = path
    this.#clock = clock
    try {
      this.#descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT)
    } catch {
      // Without a bell readers poll: slower, not wrong.
    }
  }

  /** Tells all threads and processes that something was committed. A broken bell must not break a commit that is done. */
  ring(): void {
    if (this.#waiters.size > 0 && !this.#isChecking) {
      this.#isChecking = true
      queueMicrotask(() => {
        this.#isChecking = false
        this.#check()
      })
    }
    if (this.#descriptor === null) return
    try {
      writeSync(this.#descriptor, ONE_BYTE, 0, 1, 0)
    } catch {
      // As above.
    }
  }

  /** Resolves true as soon as `isReady` answers true, false after `waitMs` or when the signal aborts. */
  wait(isReady: () => boolean, waitMs: number, signal?: AbortSignal): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const timer = new AbortController()
      const leave = () => {
        this.#waiters.delete(waiter)
        timer.abort()
        signal?.removeEventListener('abort', give)
      }
      const waiter: Waiter = {
        isReady,
        finish: (result) => {
          leave()
          resolve(result)
        },
        fail: (reason) => {
          leave()
          reject(reason)
        },
      }
      const give = () => waiter.finish(false)
      this.#waiters.add(waiter)
      this.#arm()
      this.#look(waiter)
      if (!this.#waiters.has(waiter)) return
      if (signal?.aborted || waitMs <= 0) return give()
      signal?.addEventListener('abort', give, { once: true })
      if (waitMs <= LONGEST_TIMER_MS) {
        void this.#clock.sleep(waitMs, timer.signal).then(() => timer.signal.aborted || give())
      }
      if (this.#polling === null) void this.#poll()
    })
  }

  /** Ends all waits (with false) and releases the file; idempotent. */
  close(): void {
    for (const waiter of this.#waiters) waiter.finish(false)
    this.#polling?.abort()
    this.#disarm()
    if (this.#descriptor !== null) closeSync(this.#descriptor)
    this.#descriptor = null
  }

  #check(): void {
    for (const waiter of this.#waiters) this.#look(waiter)
  }

  #look(waiter: Waiter): void {
    try {
      if (waiter.isReady()) waiter.finish(true)
    } catch (error) {
      waiter.fail(error)
    }
  }

  #arm(): void {
    this.#idleRings = 0
    if (this.#watcher !== null || this.#descriptor === null) return
    try {
      const watcher = watch(this.#path, { persistent: false }, () => this.#rung())
      watcher.on('error', () => this.#disarm())
      this.#watcher = watcher
    } catch {
      // Out of watches, or a file system without them: #poll does it.
    }
  }

  #disarm(): void {
    this.#watcher?.close()
    this.#watcher = null
  }

  #rung(): void {
    if (this.#waiters.size > 0) this.#check()
    else if (++this.#idleRings > MAX_IDLE_RINGS) this.#disarm()
  }

  async #poll(): Promise<void> {
    const polling = new AbortController()
    this.#polling = polling
    while (this.#waiters.size > 0) {
      await this.#clock.sleep(this.#watcher === null ? BLIND_POLL_MS : POLL_MS, polling.signal)
      if (polling.signal.aborted) break
      this.#check()
    }
    this.#polling = null
  }
}
