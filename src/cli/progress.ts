import type { Clock } from '../core/clock.ts'
import type { Printer } from './printer.ts'

const INTERVAL_MS = 250
/** Where lines stay, fewer of them. */
const PLAIN_INTERVAL_MS = 5_000

/** A live line about long work, on standard error of a terminal, renewed a few times a second. */
export class Progress {
  readonly #print: Printer
  readonly #clock: Clock
  readonly #isForced: boolean
  readonly #startedMs: number
  #shownMs: number
  #isShown = false

  /** `isForced` prints lines also where standard error is no terminal. */
  constructor(print: Printer, clock: Clock, { isForced = false }: { readonly isForced?: boolean } = {}) {
    this.#print = print
    this.#clock = clock
    this.#isForced = isForced
    this.#startedMs = clock.monotonicMs()
    this.#shownMs = this.#startedMs
  }

  /** Milliseconds since the work began. */
  get elapsedMs(): number {
    return this.#clock.monotonicMs() - this.#startedMs
  }

  /** Tells the number of records done, and the share of the work that they are where it is known. */
  async at(records: number, what: string, share: number | null = null): Promise<void> {
    const isLive = this.#print.hasLiveNotes
    if (!isLive && !this.#isForced) return
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - this.#shownMs < (isLive ? INTERVAL_MS : PLAIN_INTERVAL_MS)) return
    this.#shownMs = nowMs
    const elapsedMs = nowMs - this.#startedMs
    const rate = `${what} ${records} records, ${rateText(records, elapsedMs)}`
    const text = share === null || share <= 0 ? rate : `${rate}${shareText(Math.min(1, share), elapsedMs)}`
    if (!isLive) return this.#print.warn(text)
    this.#isShown = true
    await this.#print.live(text)
  }

  /** Removes the line. */
  async end(): Promise<void> {
    if (this.#isShown) await this.#print.live('')
    this.#isShown = false
  }
}

/** `1000 a second`. */
export function rateText(records: number, elapsedMs: number): string {
  return `${Math.round((records / Math.max(1, elapsedMs)) * 1000)} a second`
}

/** `, 40 %, 12 s left`. */
function shareText(share: number, elapsedMs: number): string {
  const leftS = Math.ceil((elapsedMs * (1 - share)) / share / 1000)
  const left = leftS < 120 ? `${leftS} s` : `${Math.ceil(leftS / 60)} min`
  return `, ${Math.floor(share * 100)} %${share < 1 ? `, ${left} left` : ''}`
}
