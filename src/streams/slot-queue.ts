import type { Clock } from '../core/clock.ts'
import { type ErrorReport, MillraceError } from '../core/errors.ts'
import { decodeHeaders, REQUEST_HEADER } from '../core/headers.ts'
import { Wake } from '../core/wake.ts'
import type { SlotChannel, SlotRecord } from '../transports/transport.ts'

export type { SlotChannel, SlotRecord } from '../transports/transport.ts'

/** Bounds of a slot's queue. */
export interface SlotQueueLimits {
  readonly maxRecords: number
  readonly maxBytes: number
}

interface Sender {
  readonly sequence: number
  /** Why the record became a dead letter, or null; told with the ack. */
  fault: ErrorReport | null
  resolve(fault: ErrorReport | null): void
  reject(error: MillraceError): void
}

const defaultLimits: SlotQueueLimits = { maxRecords: 10_000, maxBytes: 64 * 1024 * 1024 }

/**
 * The HTTP end of one slot, inside the process that serves it: a bounded queue between the server and the engine.
 *
 * An input slot uses `push` (server) with `receive` and `acknowledge` (engine); an output slot uses `send` (engine) with
 * `pull` (server). Records stay in the queue until they are acknowledged, so a reader that opens anew (`rewind`) gets again
 * what an earlier one took without finishing.
 */
export class SlotQueue implements SlotChannel {
  readonly #name: string
  readonly #clock: Clock
  readonly #limits: SlotQueueLimits
  /** Oldest first; `[0, #taken)` were received and wait for their ack. */
  #records: SlotRecord[] = []
  #taken = 0
  #bytes = 0
  #nextSequence = 0
  #senders: Sender[] = []
  #hasEnded = false
  #closeReason: string | null = null
  #isInterrupted = false
  readonly #arrived = new Wake()
  /** Pulls that wait for a record, first come first served. */
  #pulls: Wake[] = []
  #roomWaits: Wake[] = []
  /** Who takes the records that carry their request's id. */
  readonly #requests = new Map<string, (record: SlotRecord) => void>()

  /** `name` stands in messages, for example `slot 0`. */
  constructor(name: string, clock: Clock, limits: Partial<SlotQueueLimits> = {}) {
    this.#name = name
    this.#clock = clock
    this.#limits = { ...defaultLimits, ...limits }
  }

  /** Records that are in the queue, received ones included. */
  get length(): number {
    return this.#records.length
  }

  /** True when one more record of any size is accepted. */
  get hasRoom(): boolean {
    return this.#records.length < this.#limits.maxRecords && this.#bytes < this.#limits.maxBytes
  }

  /**
   * Queues one record for the engine. Resolves when its effects are durable: with null, or with the reason when it became a
   * dead letter. Rejects at once with STREAM_SLOT_FULL when there is no room, and with CORE_CLOSED when the slot ends before.
   */
  push(bytes: Uint8Array, headers: Uint8Array | null = null): Promise<ErrorReport | null> {
    if (this.#hasEnded) return Promise.reject(this.#closed())
    if (!this.hasRoom) {
      const parameters = { slot: this.#name, records: this.#records.length, bytes: this.#bytes }
      return Promise.reject(new MillraceError('STREAM_SLOT_FULL', parameters))
    }
    return new Promise((resolve, reject) => {
      const sequence = this.#append({ bytes, headers, timestampMs: this.#clock.now() })
      this.#senders.push({ sequence, fault: null, resolve, reject })
      this.#arrived.wake()
    })
  }

  /** Resolves with true when the queue has room, or with false after `waitMs`. */
  async whenRoom(waitMs: number): Promise<boolean> {
    const deadline = this.#clock.monotonicMs() + waitMs
    while (!this.hasRoom && !this.#hasEnded) {
      const remainingMs = deadline - this.#clock.monotonicMs()
      if (remainingMs <= 0) return false
      await this.#waitIn(this.#roomWaits, remainingMs)
    }
    return this.hasRoom
  }

  /** The engine's next records; empty after `waitMs` or `interrupt`, null when the slot has ended and all were received. */
  async receive(maxRecords: number, waitMs: number): Promise<readonly SlotRecord[] | null> {
    const deadline = this.#clock.monotonicMs() + waitMs
    for (;;) {
      if (this.#taken < this.#records.length) {
        const records = this.#records.slice(this.#taken, this.#taken + maxRecords)
        this.#taken += records.length
        return records
      }
      if (this.#hasEnded) return null
      const remainingMs = deadline - this.#clock.monotonicMs()
      if (this.#isInterrupted || remainingMs <= 0) {
        this.#isInterrupted = false
        return []
      }
      await this.#arrived.wait(remainingMs, this.#clock)
    }
  }

  /** Answers the senders of everything up to and including `sequence`. Idempotent. */
  acknowledge(sequence: number): void {
    const first = this.#records[0]
    if (!first || sequence < first.sequence) return
    const count = Math.min(this.#taken, sequence - first.sequence + 1)
    this.#drop(count)
    let answered = 0
    for (const sender of this.#senders) {
      if (sender.sequence >= first.sequence + count) break
      sender.resolve(sender.fault)
      answered++
    }
    this.#senders = this.#senders.slice(answered)
  }

  /** The record at `sequence` becomes a dead letter: its sender learns why with the ack. */
  reject(sequence: number, error: ErrorReport): void {
    const sender = this.#senders[sequence - (this.#senders[0]?.sequence ?? 0)] // sequences have no gaps
    if (sender) sender.fault = error
  }

  rewind(): void {
    this.#taken = 0
    for (const sender of this.#senders) sender.fault = null
    if (this.#records.length > 0) this.#arrived.wake()
  }

  /** Gives records whose header REQUEST_HEADER is `request` to `take` instead of queuing them, until the returned function is called. */
  divert(request: string, take: (record: SlotRecord) => void): () => void {
    this.#requests.set(request, take)
    return () => this.#requests.delete(request)
  }

  /** Queues the engine's records for whoever pulls; resolves when there is room for more. */
  async send(records: readonly SlotRecord[]): Promise<void> {
    if (this.#hasEnded) throw this.#closed()
    for (const record of records) {
      const take = this.#requests.size === 0 ? undefined : this.#requests.get(requestOf(record))
      if (take) take(record)
      else this.#append(record)
    }
    for (const pull of this.#pulls) pull.wake()
    while (!this.hasRoom && !this.#hasEnded) await this.#waitIn(this.#roomWaits, Number.POSITIVE_INFINITY)
    if (this.#closeReason !== null) throw this.#closed()
  }

  /** Takes up to `maxRecords` out of the queue; empty when none came within `waitMs` or before the signal, null when the slot has ended. */
  async pull(maxRecords: number, waitMs: number, signal?: AbortSignal): Promise<readonly SlotRecord[] | null> {
    const deadline = this.#clock.monotonicMs() + waitMs
    for (;;) {
      if (signal?.aborted) return []
      if (this.#records.length > 0) {
        const records = this.#records.slice(0, maxRecords)
        this.#drop(records.length)
        return records
      }
      if (this.#hasEnded) return null
      const remainingMs = deadline - this.#clock.monotonicMs()
      if (remainingMs <= 0) return []
      await this.#waitIn(this.#pulls, remainingMs, signal)
    }
  }

  /** No record comes any more: readers get what is there and then the end. Idempotent. */
  end(): void {
    this.#hasEnded = true
    this.#wakeAll()
  }

  /** Ends at once: drops what is queued and rejects the senders that were not answered. Idempotent. */
  close(reason: string): void {
    if (this.#closeReason !== null) return
    this.#closeReason = reason
    this.#drop(this.#records.length)
    const senders = this.#senders
    this.#senders = []
    for (const sender of senders) sender.reject(this.#closed())
    this.end()
  }

  interrupt(): void {
    this.#isInterrupted = true
    this.#arrived.wake()
  }

  #append(record: Omit<SlotRecord, 'sequence'>): number {
    const sequence = this.#nextSequence++
    this.#records.push({ ...record, sequence })
    this.#bytes += record.bytes.length
    return sequence
  }

  #drop(count: number): void {
    for (let i = 0; i < count; i++) this.#bytes -= (this.#records[i] as SlotRecord).bytes.length
    this.#records = this.#records.slice(count)
    this.#taken = Math.max(0, this.#taken - count)
    if (this.hasRoom) for (const wait of this.#roomWaits) wait.wake()
  }

  async #waitIn(waits: Wake[], waitMs: number, signal?: AbortSignal): Promise<void> {
    const wake = new Wake()
    const stop = () => wake.wake()
    waits.push(wake)
    signal?.addEventListener('abort', stop, { once: true })
    await wake.wait(waitMs, this.#clock)
    signal?.removeEventListener('abort', stop)
    waits.splice(waits.indexOf(wake), 1)
  }

  #wakeAll(): void {
    this.#arrived.wake()
    for (const wait of [...this.#pulls, ...this.#roomWaits]) wait.wake()
  }

  #closed(): MillraceError {
    const subject = this.#closeReason === null ? this.#name : `${this.#name} (${this.#closeReason})`
    return new MillraceError('CORE_CLOSED', { subject })
  }
}

function requestOf(record: SlotRecord): string {
  return decodeHeaders(record.headers).get(REQUEST_HEADER)?.toString() ?? ''
}
