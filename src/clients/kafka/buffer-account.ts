interface Waiter {
  resolve(): void
  reject(error: unknown): void
}

/** Counts bytes that are written and not yet acknowledged, and lets callers wait for less of them. */
export class BufferAccount {
  readonly #maxBytes: number
  #bytes = 0
  #roomWaiters: Waiter[] = []
  #emptyWaiters: Waiter[] = []

  /** `room` makes its caller wait while there are more than `maxBytes`. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** True while someone waits for the last byte. */
  get isAwaited(): boolean {
    return this.#emptyWaiters.length > 0
  }

  add(bytes: number): void {
    this.#bytes += bytes
  }

  subtract(bytes: number): void {
    this.#bytes -= bytes
    if (this.#bytes <= this.#maxBytes) for (const { resolve } of this.#roomWaiters.splice(0)) resolve()
    if (this.#bytes === 0) for (const { resolve } of this.#emptyWaiters.splice(0)) resolve()
  }

  /** Resolves when there is room; no promise when there is some. */
  room(): Promise<void> | void {
    if (this.#bytes <= this.#maxBytes) return
    return new Promise<void>((resolve, reject) => this.#roomWaiters.push({ resolve, reject }))
  }

  /** Resolves when nothing is left. */
  emptied(): Promise<void> {
    if (this.#bytes === 0) return Promise.resolve()
    return new Promise<void>((resolve, reject) => this.#emptyWaiters.push({ resolve, reject }))
  }

  /** Ends all waits with an error. */
  reject(error: unknown): void {
    for (const waiter of [...this.#roomWaiters.splice(0), ...this.#emptyWaiters.splice(0)]) waiter.reject(error)
  }
}
