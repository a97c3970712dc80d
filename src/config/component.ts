import type { Guarantee } from '../core/guarantee.ts'
import type { OptionTable } from './option.ts'

/** Kinds of component that the registry holds. */
export const kinds = ['transport', 'envelope', 'encoding', 'format', 'state'] as const
export type Kind = (typeof kinds)[number]

const stabilities = ['stable', 'beta', 'experimental'] as const
export type Stability = (typeof stabilities)[number]

/** What every registered thing states about itself (STYLE 6.1); each room's interface file adds its `open…` functions. */
export interface Component<K extends Kind = Kind, T extends OptionTable = OptionTable> {
  readonly kind: K
  /** Noun after the protocol or format: lower-case letters, digits, hyphens. */
  readonly name: string
  /** One sentence, without a final period. */
  readonly summary: string
  readonly stability: Stability
  readonly since: string
  readonly guarantee?: Guarantee
  readonly options: T
}
