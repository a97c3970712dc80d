import type { Moves } from '../core/lifecycle.ts'

/**
 * Life of a version, from its message on the model stream to its end.
 *
 * ```
 * published ──► loading ──► candidate ──► active ──► retiring ──► retired
 *     │            │          │  ▲  │       ▲  │                    │
 *     │            │          │  │  └─► shadow                      │
 *     └────────────┴──────────┴──┴─► rejected      (activated again: retired ──► loading)
 * ```
 *
 * `candidate` is loaded, verified and warmed; `shadow` scores without being emitted; `rejected` carries a reason.
 */
export const versionMoves = {
  published: ['loading', 'rejected', 'retired'],
  loading: ['candidate', 'rejected', 'retired'],
  candidate: ['active', 'shadow', 'retiring', 'rejected'],
  active: ['retiring', 'candidate'],
  shadow: ['candidate', 'active', 'retiring'],
  retiring: ['retired'],
  retired: ['loading'],
  rejected: ['loading'],
} as const satisfies Moves<string>

/** A state of `versionMoves`. */
export type VersionState = keyof typeof versionMoves

/** What identifies a version and lets it be loaded again: what checkpoints and cut-overs hold. */
export interface VersionReference {
  /** Join key that the version serves (the seeds' dataType). */
  readonly key: string
  readonly model: string
  readonly version: string
  /** Lower-case hex SHA-256 of the artifact. */
  readonly digest: string
  readonly format: string
  readonly description: string
  /** Position of the model-stream message that brought it, as text: `models/0@12`. */
  readonly modelPosition: string
  /** Options of the format, as the message gave them. */
  readonly options: Readonly<Record<string, unknown>>
}

/** `name@version`, the usual way to write a version. */
export function versionName(reference: Pick<VersionReference, 'model' | 'version'>): string {
  return `${reference.model}@${reference.version}`
}

/** True when both are the same artifact published under the same name with the same format and options. */
export function isSameVersion(a: VersionReference, b: VersionReference): boolean {
  return referenceId(a) === referenceId(b)
}

/** Identity of a version among those that are opened: equal for what `isSameVersion` calls the same. */
export function referenceId({ key, model, version, digest, format, options }: VersionReference): string {
  return JSON.stringify([key, model, version, digest, format, options])
}
