import type { Clock } from '../core/clock.ts'
import type { Telemetry, TelemetryEvents } from '../core/telemetry.ts'

/** What a terminal or a page shows while an engine runs. */
export interface LiveSnapshot {
  readonly read: number
  readonly predicted: number
  readonly deadLettered: number
  readonly dropped: number
  /** Records per second over the last seconds that are over. */
  readonly recordsPerSecond: number
  /** Times that another version took over a key; the first version of a key is one. */
  readonly swaps: number
  readonly rejectedVersions: number
  readonly restarts: number
  /** `model@version` by key, as of the task that swapped last. */
  readonly active: ReadonlyMap<string, string>
}

/** Seconds that the rate is taken over. */
const RATE_SECONDS = 5

/** Running totals over telemetry events, cheap enough to be read at every redraw. */
export class LiveCounters {
  readonly #clock: Clock
  readonly #unlisten: () => void
  readonly #startedMs: number
  /** Records by second, in a ring: entry `s % length` is second `s` since the start. */
  readonly #ring = new Float64Array(RATE_SECONDS + 1)
  #ringSecond = 0
  #read = 0
  #predicted = 0
  #deadLettered = 0
  #dropped = 0
  #rejectedVersions = 0
  #restarts = 0
  readonly #active = new Map<string, string>()
  /** Take-overs by key and task: every task makes each swap, so the task that is furthest tells their number. */
  readonly #swaps = new Map<string, Map<string, number>>()

  constructor(telemetry: Telemetry, clock: Clock) {
    this.#clock = clock
    this.#startedMs = clock.monotonicMs()
    this.#unlisten = telemetry.listen((name, event) => {
      if (name === 'batchScored') this.#onBatch(event as TelemetryEvents['batchScored'])
      else if (name === 'versionActivated') this.#onActivated(event as TelemetryEvents['versionActivated'])
      else if (name === 'engineRestarting') this.#restarts++
      else if (name === 'versionMoved' && (event as TelemetryEvents['versionMoved']).to === 'rejected')
        this.#rejectedVersions++
    })
  }

  snapshot(): LiveSnapshot {
    let swaps = 0
    for (const byTask of this.#swaps.values()) swaps += Math.max(...byTask.values())
    return {
      read: this.#read,
      predicted: this.#predicted,
      deadLettered: this.#deadLettered,
      dropped: this.#dropped,
      recordsPerSecond: this.#rate(),
      swaps,
      rejectedVersions: this.#rejectedVersions,
      restarts: this.#restarts,
      active: new Map(this.#active),
    }
  }

  /** Stops listening. Idempotent. */
  close(): void {
    this.#unlisten()
  }

  #onBatch({ records, predictions, deadLetters, dropped }: TelemetryEvents['batchScored']): void {
    this.#read += records
    this.#predicted += predictions
    this.#deadLettered += deadLetters
    this.#dropped += dropped
    this.#ring[this.#turnRing() % this.#ring.length]! += records
  }

  #onActivated({ task, key, model, version }: TelemetryEvents['versionActivated']): void {
    this.#active.set(key, `${model}@${version}`)
    const byTask = this.#swaps.get(key) ?? new Map<string, number>()
    byTask.set(task, (byTask.get(task) ?? 0) + 1)
    this.#swaps.set(key, byTask)
  }

  /** Clears the seconds that have begun since the last call; returns the present one. */
  #turnRing(): number {
    const second = Math.floor((this.#clock.monotonicMs() - this.#startedMs) / 1000)
    const { length } = this.#ring
    const from = Math.max(this.#ringSecond + 1, second - length + 1)
    for (let s = from; s <= second; s++) this.#ring[s % length] = 0
    this.#ringSecond = second
    return second
  }

  #rate(): number {
    const second = this.#turnRing()
    const seconds = Math.min(RATE_SECONDS, second)
    if (seconds === 0) return 0
    let records = 0
    for (let s = second - seconds; s < second; s++) records += this.#ring[s % this.#ring.length]!
    return records / seconds
  }
}
