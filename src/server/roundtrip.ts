import { randomUUID } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { MillraceError } from '../core/errors.ts'
import { encodeHeaders, REQUEST_HEADER } from '../core/headers.ts'
import type { SlotRecord } from '../transports/transport.ts'
import type { ServedEngine } from './server-context.ts'

type SlotQueue = NonNullable<ReturnType<ServedEngine['slots']['get']>>

/** The two ends that a record goes in and its prediction comes out of. */
export interface Roundtrip {
  readonly input: SlotQueue
  readonly output: SlotQueue
  /** Number of the output slot, for messages. */
  readonly outputSlot: number
  readonly timeoutMs: number
  readonly clock: Clock
}

/**
 * Scores one record through the engine and resolves with its own prediction, however many others are under way.
 *
 * The record carries the request's id in a header, predictions keep the headers of their record, and the output slot hands the one
 * with this id over. What becomes of the record otherwise is known when its effects are durable, and rejects: the fault of
 * a dead letter, or SERVER_ROUNDTRIP_EMPTY, because predictions are sent before the acknowledgement. After the timeout the
 * record is still scored; its prediction is then dropped, as nobody else has asked for it.
 */
export async function roundtrip(
  { input, output, outputSlot, timeoutMs, clock }: Roundtrip,
  bytes: Uint8Array,
  headers: Iterable<readonly [string, string]>,
): Promise<SlotRecord> {
  const request = randomUUID()
  const answer = Promise.withResolvers<SlotRecord>()
  const forget = output.divert(request, answer.resolve)
  const timer = new AbortController()
  void input
    .push(bytes, encodeHeaders([...headers, [REQUEST_HEADER, request]]))
    .finally(forget)
    .then((fault) => {
      const empty = () => new MillraceError('SERVER_ROUNDTRIP_EMPTY', { slot: outputSlot })
      answer.reject(fault ? MillraceError.fromReport(fault) : empty())
    }, answer.reject)
  void clock
    .sleep(timeoutMs, timer.signal)
    .then(() => answer.reject(new MillraceError('SERVER_ROUNDTRIP_LATE', { slot: outputSlot, timeoutMs })))
  try {
    return await answer.promise
  } finally {
    timer.abort()
  }
}
