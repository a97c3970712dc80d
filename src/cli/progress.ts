import type { Clock } from '../core/clock.ts'
import type { Printer } from './printer.ts'

const INTERVAL_MS = 250

/** A live line about long work, on standard error of a terminal, renewed a few times a second. */
export class Progress {
  readonly #print: Printer
  readonly #clock: Clock
  readonly #startedMs: number
  #shownMs: number
  #isShown = false

  constructor(print: Printer, clock: Clock) {
    this.#print = print
    this.#clock = clock
    this.#startedMs = clock.monotonicMs()
    this.#shownMs = this.#startedMs
  }

  /** Tells the number of records done. */
  async at(records: number, what: string): Promise<void> {
    const nowMs = this.#clock.monotonicMs()
    if (!this.#print.hasLiveNotes || nowMs - this.#shownMs < INTERVAL_MS) return
    this.#shownMs = nowMs
    this.#isShown = true
    const perSecond = Math.round((records / (nowMs - this.#startedMs)) * 1000)
    await this.#print.live(`${what} ${records} records, ${perSecond} a second`)
  }

  /** Removes the line. */
  async end(): Promise<void> {
    if (this.#isShown) await this.#print.live('')
    this.#isShown = false
  }
}
