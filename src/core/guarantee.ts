/** What a component promises about each record, and when (STYLE 6.4). */
export const guarantees = ['at-most-once', 'at-least-once', 'exactly-once'] as const
export type GuaranteeLevel = (typeof guarantees)[number]

/** What becomes of each record, and when that holds. */
export interface Guarantee {
  readonly level: GuaranteeLevel
  /** When the level holds, as a sentence. */
  readonly condition: string
}
