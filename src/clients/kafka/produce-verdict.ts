import type { MillraceError } from '../../core/errors.ts'
import type { ProduceResult } from './produce-request.ts'
import { errorKind, errorName, refusal } from './protocol-errors.ts'

/**
 * What is to be done about an answered batch. `split`: it was too large (nothing will mend a single record). `again`: the same batch later, and with `isLeaderStale` at
 * another broker. `regain`: the broker has lost track of the producer (KIP-360). `fail`: nothing will mend it.
 */
export type ProduceVerdict =
  | { readonly action: 'done' }
  | { readonly action: 'again'; readonly error: MillraceError; readonly isLeaderStale: boolean }
  | { readonly action: 'split' | 'regain' | 'fail'; readonly error: MillraceError }

/** What a verdict depends on besides the answer. */
export interface ProduceCircumstances {
  readonly server: string
  readonly transactionalId: string | null
  /** True when no batch before this one is unacknowledged. */
  readonly isFirst: boolean
  /** As it was sent. */
  readonly batchBytes: number
}

/** Judges the answer for one batch. */
export function judge(
  result: ProduceResult,
  { server, transactionalId, isFirst, batchBytes }: ProduceCircumstances,
): ProduceVerdict {
  const name = errorName(result.errorCode)
  // A repetition of what the broker has: its first answer was lost.
  if (name === null || name === 'DUPLICATE_SEQUENCE_NUMBER') return { action: 'done' }
  if (name === 'MESSAGE_TOO_LARGE' || name === 'RECORD_LIST_TOO_LARGE') {
    const place = {
      server,
      api: 'Produce',
      subject: `a batch of ${batchBytes} bytes for ${result.topic}/${result.partition}`,
    }
    return { action: 'split', error: refusal(name, place, result.errorMessage) }
  }
  // It is the producer that is fenced, not the partition.
  const isFenced = errorKind(name) === 'fenced' && transactionalId !== null
  const subject = isFenced ? `transactional id "${transactionalId}"` : `partition ${result.topic}/${result.partition}`
  const error = refusal(name, { server, api: 'Produce', subject }, result.errorMessage)
  if (name === 'OUT_OF_ORDER_SEQUENCE_NUMBER' || name === 'UNKNOWN_PRODUCER_ID') {
    // Behind a batch that goes again the others cannot follow on; alone, the broker has lost what came before.
    return isFirst ? { action: 'regain', error } : { action: 'again', error, isLeaderStale: false }
  }
  if (!error.isRetryable) return { action: 'fail', error }
  return { action: 'again', error, isLeaderStale: errorKind(name) === 'metadata' }
}
