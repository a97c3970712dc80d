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
  readonly scheduled: readonly { readonly fromMs: number; readonly reference: VersionReference }[]
  readonly candidates: readonly VersionReference[]
  readonly shadows: readonly VersionReference[]
}
