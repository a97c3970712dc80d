import type { Lifecycle } from '../core/lifecycle.ts'
import type { PreparedModel, Scorer } from '../models/model.ts'
import type { VersionReference, VersionState } from './versions.ts'

/** A version that a task holds, with its scorer. */
export interface HeldVersion {
  readonly reference: VersionReference
  readonly scorer: Scorer
  readonly prepared: PreparedModel
  readonly life: Lifecycle<VersionState>
}

/** The versions of one key. A version may have several places: be active and come back later, say; it ends when it has none left. */
export interface KeyVersions {
  readonly key: string
  active: HeldVersion | null
  /** Wall time in ms at which `active` took over. */
  activeSinceMs: number
  isPinned: boolean
  /** Activated while the key was pinned: takes over at unpin. */
  waiting: HeldVersion | null
  /** Event time of the schedule that brought what waits, or else what is active; null when no schedule did. */
  doneMs: number | null
  /** Loaded, to take over at an event time; in order of that time, and where it is equal, in that of the messages. */
  scheduled: readonly { readonly fromMs: number; readonly version: HeldVersion }[]
  readonly candidates: Set<HeldVersion>
  readonly shadows: Set<HeldVersion>
}

/** What a message names; an empty `version` stands for every one of the model. */
export interface NamedVersions {
  readonly key: string
  readonly model: string
  readonly version: string
  /** Time of the message in ms; absent or null where it is not known. */
  readonly publishedMs?: number | null
}

/** The same as data, for checkpoints: what to load again and how it stood. */
export interface KeySnapshot {
  readonly key: string
  readonly active: VersionReference | null
  readonly activeSinceMs: number
  readonly isPinned: boolean
  readonly waiting: VersionReference | null
  /** Absent in older checkpoints. */
  readonly doneMs?: number | null
  readonly scheduled: readonly { readonly fromMs: number; readonly reference: VersionReference }[]
  readonly candidates: readonly VersionReference[]
  readonly shadows: readonly VersionReference[]
}

/** A key before its first version. */
export function noVersions(key: string): KeyVersions {
  return {
    key,
    active: null,
    activeSinceMs: 0,
    isPinned: false,
    waiting: null,
    doneMs: null,
    scheduled: [],
    candidates: new Set(),
    shadows: new Set(),
  }
}

/** Every version that has a place, once; the active one first. */
export function allVersions(versions: KeyVersions): HeldVersion[] {
  const { active, waiting, scheduled, candidates, shadows } = versions
  const single = [active, waiting].filter((v) => v !== null)
  return [...new Set([...single, ...scheduled.map((s) => s.version), ...candidates, ...shadows])]
}

/** True for what was due when a message of this time was published. */
export function isDue({ fromMs }: { readonly fromMs: number }, publishedMs: number | null): boolean {
  return publishedMs !== null && fromMs <= publishedMs
}

/** True for what counts from a time on, when a schedule of a later time is done. */
export function isOutdone({ doneMs }: KeyVersions, timeMs: number | null): boolean {
  return doneMs !== null && timeMs !== null && timeMs < doneMs
}

/** True when the version is one of those that a message names. */
export function isNamed({ reference }: HeldVersion, { model, version }: NamedVersions): boolean {
  return reference.model === model && (version === '' || reference.version === version)
}

/** A version that takes a place of its own is neither a candidate nor a shadow any more; what is scheduled stays so. */
export function settle(versions: KeyVersions, version: HeldVersion): void {
  versions.candidates.delete(version)
  leave(versions.shadows, version)
}

/** The version shadows no longer. */
export function leave(shadows: Set<HeldVersion>, version: HeldVersion): void {
  if (shadows.delete(version)) version.life.move('candidate')
}
