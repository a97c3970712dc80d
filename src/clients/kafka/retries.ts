import type { Clock } from '../../core/clock.ts'
import { MillraceError } from '../../core/errors.ts'
import { errorKind, protocolErrorOf } from './protocol-errors.ts'

/** Where the knowledge is that a retry must look up again. */
export interface Lookups {
  /** Forgets who leads the partitions of a topic, or of all. */
  refresh(topic?: string): void
  forgetCoordinator(kind: CoordinatorKind, key: string): void
}

/** Groups and transactional ids have a broker each that keeps their state. */
export type CoordinatorKind = 'group' | 'transaction'

/** How long and about what is retried. */
export interface RetrySettings {
  readonly clock: Clock
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number
  /** No attempt begins later than so long after the first. */
  readonly forMs: number
  readonly signal?: AbortSignal | undefined
  readonly lookups?: Lookups
  /** Topic whose leaders are looked up again after an error that says so; all topics when absent. */
  readonly topic?: string
  readonly coordinator?: { readonly kind: CoordinatorKind; readonly key: string }
  /** Answers that are retried although the table of errors calls them final. */
  readonly alsoRetried?: readonly string[]
  /** False: a request whose answer was lost is not repeated, because it may have taken effect. */
  readonly repeatsUnanswered?: boolean
}

const FIRST_WAIT_MS = 20
const MAX_WAIT_MS = 1000

/** Wait before attempt `attempt` + 1: doubles from 20 ms to 1 s, of which a random half is taken off (so that clients spread). */
export function backoffMs(attempt: number, random: () => number): number {
  const full = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 16))
  return full * (0.5 + random() / 2)
}

/**
 * Does an idempotent request until it is answered for good: retryable protocol errors, lost connections and brokers that cannot be
 * reached are tried again, after forgetting what the error says is stale. The last error is thrown when the time is over.
 */
export async function withRetries<T>(settings: RetrySettings, attempt: (number: number) => Promise<T>): Promise<T> {
  const { clock, random, forMs, signal } = settings
  const deadline = clock.monotonicMs() + forMs
  for (let number = 0; ; number++) {
    try {
      return await attempt(number)
    } catch (thrown) {
      if (!isRetried(thrown, settings)) throw thrown
      forgetStale(thrown, settings)
      const waitMs = backoffMs(number, random)
      if (signal?.aborted || clock.monotonicMs() + waitMs > deadline) throw thrown
      await clock.sleep(waitMs, signal)
      if (signal?.aborted) throw thrown
    }
  }
}

const unanswered: readonly string[] = ['CLIENT_KAFKA_INDEFINITE', 'CLIENT_KAFKA_RESPONSE_DAMAGED']

/** True for an error that leaves open whether a request took effect. */
export function isUnanswered(thrown: unknown): boolean {
  return thrown instanceof MillraceError && unanswered.includes(thrown.code)
}

function isRetried(thrown: unknown, { alsoRetried, repeatsUnanswered = true }: RetrySettings): boolean {
  if (!(thrown instanceof MillraceError)) return false
  if (!repeatsUnanswered && isUnanswered(thrown)) return false
  const name = protocolErrorOf(thrown)
  return thrown.isRetryable || (name !== null && (alsoRetried?.includes(name) ?? false))
}

/** A broker that is gone may have led partitions and coordinated: everything about it is looked up again. */
function forgetStale(thrown: unknown, { lookups, topic, coordinator }: RetrySettings): void {
  if (lookups === undefined) return
  const name = protocolErrorOf(thrown)
  const kind = name === null ? 'lost' : errorKind(name)
  if (kind === 'metadata' || kind === 'lost') lookups.refresh(topic)
  if ((kind === 'coordinator' || kind === 'lost') && coordinator !== undefined) {
    lookups.forgetCoordinator(coordinator.kind, coordinator.key)
  }
}

/** Numbers from 0 to 1 from a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
