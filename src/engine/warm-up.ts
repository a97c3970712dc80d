import type { Clock } from '../core/clock.ts'
import { MillraceError } from '../core/errors.ts'
import type { PreparedModel, Scorer } from '../models/model.ts'
import type { RecordValue } from '../schema/value.ts'
import type { VersionReference } from './versions.ts'

/** CPU time of one slice: what a batch may wait for a warming version. */
const SLICE_MS = 0.5
/** CPU time of a whole warm-up; by then the optimising compiler has seen the hot loops. */
const TOTAL_MS = 25
/** Records scored at the most: small models are warm before their time is up. */
const TOTAL_RECORDS = 20_000

/** A new version on its way to candidate: scores samples in slices between batches until its code is compiled. */
export interface WarmUp {
  readonly scorer: Scorer
  readonly isDone: boolean
  /** Scores for about half a millisecond. Throws when the version cannot score any of its own samples. */
  slice(): Promise<void>
}

/** Starts a warm-up with the model's samples and, for stateless models, recent live records. Nothing is emitted. */
export function openWarmUp(
  loaded: { readonly reference: VersionReference; readonly prepared: PreparedModel },
  scorer: Scorer,
  recent: readonly RecordValue[],
  clock: Clock,
): WarmUp {
  const { prepared, reference } = loaded
  const samples = prepared.isStateful ? prepared.samples : [...prepared.samples, ...recent]
  let spentMs = 0
  let scored = 0
  let isChecked = false

  const scoreOnce = async () => {
    const result = await scorer.score(samples)
    scored += samples.length
    if (isChecked) return
    isChecked = true
    const own = prepared.samples.length
    if (own === 0 || !result.errors || result.errors.size < own) return
    for (let i = 0; i < own; i++) if (result.predictions[i] !== null) return
    const reason = result.errors.get(0)?.message ?? 'every sample is an error'
    throw new MillraceError('ENGINE_WARM_UP_ERROR', { model: reference.model, reason })
  }

  return {
    scorer,
    get isDone() {
      return samples.length === 0 || spentMs >= TOTAL_MS || scored >= TOTAL_RECORDS
    },
    async slice() {
      const start = clock.monotonicMs()
      let elapsedMs = 0
      do {
        await scoreOnce()
        elapsedMs = clock.monotonicMs() - start
      } while (elapsedMs < SLICE_MS && scored < TOTAL_RECORDS)
      spentMs += Math.max(elapsedMs, 0.01)
    },
  }
}
