/**
 * Bytes on their way to a slow place: gathers what comes while a write is under way and hands it over in one call.
 *
 * An error of the sink is kept: every later `push` and `drain` throws it, because bytes before it are lost.
 */
export class WriteQueue {
  readonly #sink: (parts: readonly Uint8Array[]) => Promise<void>
  readonly #maxBytes: number
  #parts: Uint8Array[] = []
  /** Bytes pushed and not yet taken by the sink. */
  #pendingBytes = 0
  #pump: Promise<void> | null = null
  #error: unknown = null
  #waiting: (() => void)[] = []

  /** `push` makes its caller wait while more than `maxBytes` are pending. */
  constructor(sink: (parts: readonly Uint8Array[]) => Promise<void>, maxBytes: number) {
    this.#sink = sink
    this.#maxBytes = maxBytes
  }

  get pendingBytes(): number {
    return this.#pendingBytes
  }

  /** Takes bytes, which the caller does not change afterwards; a promise is returned only when there is no room for more. */
  push(bytes: Uint8Array): Promise<void> | void {
    if (this.#error !== null) throw this.#error
    if (bytes.length === 0) return
    this.#parts.push(bytes)
    this.#pendingBytes += bytes.length
    this.#pump ??= this.#run()
    if (this.#pendingBytes > this.#maxBytes) return this.#room()
  }

  /** Resolves when the sink has taken everything pushed so far. */
  async drain(): Promise<void> {
    while (this.#pump) await this.#pump
    if (this.#error !== null) throw this.#error
  }

  async #room(): Promise<void> {
    while (this.#error === null && this.#pendingBytes > this.#maxBytes) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    if (this.#error !== null) throw this.#error
  }

  async #run(): Promise<void> {
    await null // what is pushed in the same turn goes out in one call
    try {
      while (this.#parts.length > 0) {
        const parts = this.#parts
        this.#parts = []
        await this.#sink(parts)
        for (const part of parts) this.#pendingBytes -= part.length
        this.#wakeAll()
      }
    } catch (thrown) {
      this.#error = thrown
      this.#parts = []
    }
    this.#pump = null
    this.#wakeAll()
  }

  #wakeAll(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
