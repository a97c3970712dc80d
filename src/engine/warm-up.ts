import type { Clock } from '../core/clock.ts'
import { MillraceError } from '../core/errors.ts'
import type { PreparedModel, Scorer } from '../models/model.ts'
import type { RecordValue } from '../schema/value.ts'
import type { VersionReference } from './versions.ts'

/** CPU time of one slice: what a batch may wait for a warming version. */
const SLICE_MS = 0.5
/** CPU time of a whole warm-up; by then the optimising compiler has seen the hot loops. */
export const WARM_UP_MS = 25
/** Records scored at the most: small models are warm before their time is up. */
const TOTAL_RECORDS = 20_000

/** A new version on its way to candidate: scores samples in slices between batches until its code is compiled. */
export interface WarmUp {
  readonly scorer: Scorer
  readonly isDone: boolean
  /** Scores for about half a millisecond. Throws when the version cannot score any of its own samples. */
  slice(): Promise<void>
}

/**
 * Starts a warm-up with the model's samples and, for stateless models, recent live records. Nothing is emitted. With `totalMs` 0 each of
 * its own samples is scored once.
 */
export function openWarmUp(
  loaded: { readonly reference: VersionReference; readonly prepared: PreparedModel },
  scorer: Scorer,
  recent: readonly RecordValue[],
  clock: Clock,
  totalMs = WARM_UP_MS,
): WarmUp {
  const { prepared, reference } = loaded
  const samples = prepared.isStateful ? prepared.samples : [...prepared.samples, ...recent]
  const own = prepared.samples.length
  let spentMs = 0
  let scored = 0
  let hasScoredOwn = own === 0
  let reason: string | null = null
  // A large model takes long for its first records, when nothing of it is compiled or in a cache: parts start with one.
  let partSize = 1

  const scorePart = async () => {
    const at = scored % samples.length
    const part = samples.slice(at, at + partSize)
    const { predictions, errors } = await scorer.score(part)
    scored += part.length
    for (let i = 0; i < part.length && at + i < own; i++) {
      const error = errors?.get(i)
      if (!error || predictions[i] !== null) hasScoredOwn = true
      else reason ??= error.message
    }
    if (hasScoredOwn || scored < own) return
    throw new MillraceError('ENGINE_WARM_UP_ERROR', {
      model: reference.model,
      reason: reason ?? 'every sample is an error',
    })
  }

  return {
    scorer,
    get isDone() {
      return samples.length === 0 || (scored >= own && (spentMs >= totalMs || scored >= TOTAL_RECORDS))
    },
    async slice() {
      const start = clock.monotonicMs()
      let elapsedMs = 0
      do {
        const before = elapsedMs
        await scorePart()
        elapsedMs = clock.monotonicMs() - start
        if (elapsedMs - before < SLICE_MS / 8) partSize = Math.min(partSize * 2, samples.length)
      } while (elapsedMs < SLICE_MS && scored < (totalMs === 0 ? own : TOTAL_RECORDS))
      spentMs += Math.max(elapsedMs, 0.01)
    },
  }
}
