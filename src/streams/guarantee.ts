import { type Guarantee, type GuaranteeLevel, guarantees } from '../core/guarantee.ts'

/** One stream of an engine, as far as its guarantee goes. */
export interface StreamEnd {
  /** Name for the sentence: `input "orders"`. */
  readonly name: string
  /** Transaction domain of its transport, or null. */
  readonly domain: string | null
  /** What its transport promises in the direction in which it is used. */
  readonly guarantee: Guarantee
}

/**
 * What each record of an engine gets, and why, from its inputs, its outputs and the domain of its checkpoint store.
 *
 * Exactly-once holds when every output commits in the checkpoint's domain and every input either commits there too or can
 * be read again from the position that the checkpoint holds. Otherwise the weakest stream decides. `promise` is what the store's
 * commits promise, where that depends on its options.
 */
export function guaranteeOf(
  inputs: readonly StreamEnd[],
  outputs: readonly StreamEnd[],
  stateDomain: string | null,
  promise?: Guarantee,
): Guarantee {
  const verdicts: Verdict[] = [
    ...inputs.map((end) => verdict(end, stateDomain)),
    ...outputs.map((end) => verdict(end, stateDomain)),
  ]
  if (promise && promise.level !== 'exactly-once') verdicts.push({ level: promise.level, reason: promise.condition })
  const weakest = Math.min(...verdicts.map((v) => guarantees.indexOf(v.level)), guarantees.length - 1)
  const level = guarantees[weakest] as GuaranteeLevel
  const reasons = verdicts.filter((v) => v.level === level).map((v) => v.reason)
  if (level !== 'exactly-once') return { level, condition: reasons.join('; ') }
  const where = stateDomain === null ? 'reading again gives the same' : `everything commits in ${stateDomain}`
  const conditions = [...reasons, promise?.condition ?? ''].filter((reason) => reason !== '')
  return { level, condition: [where, ...new Set(conditions)].join('; ') }
}

interface Verdict {
  readonly level: GuaranteeLevel
  readonly reason: string
}

/** The level that one stream allows; the reason is empty where it commits with the checkpoint. */
function verdict(end: StreamEnd, stateDomain: string | null): Verdict {
  if (end.domain !== null) {
    if (end.domain === stateDomain) return { level: 'exactly-once', reason: '' }
    const state = stateDomain === null ? 'there is no checkpoint store' : `the checkpoint commits in ${stateDomain}`
    return { level: 'at-least-once', reason: `${end.name} commits in ${end.domain}, ${state}` }
  }
  const { level, condition } = end.guarantee
  return { level, reason: `${end.name} is ${level}: ${condition}` }
}
