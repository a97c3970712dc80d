import type { ErrorReport } from '../core/errors.ts'
import { Lifecycle } from '../core/lifecycle.ts'
import type { PreparedModel, Scorer } from '../models/model.ts'
import type { ModelAction } from './model-message.ts'
import { isSameVersion, type VersionReference, type VersionState, versionMoves } from './versions.ts'

/** One message of the model stream after the loader has dealt with it; every task applies the same updates in the same order. */
export interface ModelUpdate {
  /** Position of the message; a task that is beyond it passes the update over. */
  readonly position: number
  /** Where the message behind it starts: in a file, positions count bytes. */
  readonly end: number
  readonly positionText: string
  readonly action: ModelAction
  readonly key: string
  readonly model: string
  readonly version: string
  readonly effectiveFromMs: number | null
  readonly outcome:
    | { readonly type: 'loaded'; readonly reference: VersionReference; readonly prepared: PreparedModel }
    | { readonly type: 'rejected'; readonly error: ErrorReport }
    /** It names what is held, if anything; with action `activate`: a later activation of its key makes it void. */
    | { readonly type: 'none' }
}

/** A version that a task holds, with its scorer. */
export interface HeldVersion {
  readonly reference: VersionReference
  readonly scorer: Scorer
  readonly prepared: PreparedModel
  readonly life: Lifecycle<VersionState>
}

/** The versions of one key. */
export interface KeyVersions {
  readonly key: string
  active: HeldVersion | null
  /** Wall time in ms at which `active` took over. */
  activeSinceMs: number
  isPinned: boolean
  /** Activated while the key was pinned: takes over at unpin. */
  waiting: HeldVersion | null
  /** Loaded, to take over at an event time; in order of that time. */
  scheduled: { readonly fromMs: number; readonly version: HeldVersion }[]
  readonly candidates: Set<HeldVersion>
  readonly shadows: Set<HeldVersion>
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

/** A change of the active version of a key: `version` is null when none is active any more. */
export interface CutOver {
  readonly key: string
  readonly version: HeldVersion | null
  readonly previous: HeldVersion | null
}

/** What the host of the state is told; versions given to `release` are not used again. */
export interface JoinEvents {
  cutOver(change: CutOver): void
  moved(reference: VersionReference, from: VersionState, to: VersionState, reason: string): void
}

/**
 * Which version scores which key, in one task: a state machine fed with model updates, free of I/O.
 *
 * It is deterministic: equal updates at equal data positions give equal cut-overs.
 */
export class JoinState {
  readonly #keys = new Map<string, KeyVersions>()
  readonly #events: JoinEvents

  constructor(events: JoinEvents) {
    this.#events = events
  }

  keys(): IterableIterator<KeyVersions> {
    return this.#keys.values()
  }

  get(key: string): KeyVersions | undefined {
    return this.#keys.get(key)
  }

  /** The version that scores records of `key` now, or null. */
  active(key: string): HeldVersion | null {
    return this.#keys.get(key)?.active ?? null
  }

  /** A version held under this key with the same artifact, so that it need not be opened again. */
  held(reference: VersionReference): HeldVersion | null {
    const versions = this.#keys.get(reference.key)
    if (!versions) return null
    return allVersions(versions).find((v) => isSameVersion(v.reference, reference)) ?? null
  }

  /** A freshly opened version, as candidate. */
  admit(reference: VersionReference, prepared: PreparedModel, scorer: Scorer): HeldVersion {
    const life = new Lifecycle<VersionState>(
      `version ${reference.model}@${reference.version}`,
      versionMoves,
      'loading',
      (from, to) => this.#events.moved(reference, from, to, ''),
    )
    life.move('candidate')
    return { reference, scorer, prepared, life }
  }

  /** Carries out an update that brought a version. */
  place(action: ModelAction, version: HeldVersion, effectiveFromMs: number | null): void {
    const versions = this.#versionsOf(version.reference.key)
    detach(versions, version)
    switch (action) {
      case 'publish':
        if (versions.active !== version) versions.candidates.add(version)
        return
      case 'shadow':
        if (versions.active === version) this.#standDown(versions, version)
        version.life.move('shadow')
        versions.shadows.add(version)
        return
      case 'pin':
        versions.isPinned = true
        this.#activate(versions, version)
        return
      case 'activate':
        if (versions.active === version) {
          this.#dropWaiting(versions)
        } else if (effectiveFromMs !== null) {
          versions.scheduled.push({ fromMs: effectiveFromMs, version })
          versions.scheduled.sort((a, b) => a.fromMs - b.fromMs)
        } else if (versions.isPinned) {
          this.#replaceWaiting(versions, version)
        } else {
          this.#activate(versions, version)
        }
        return
      case 'retire':
      case 'unpin':
        return
      default:
        action satisfies never
    }
  }

  /** Carries out an update that brought no version: retire, pin and unpin by name. Returns false when it names nothing that is held. */
  command(action: 'retire' | 'pin' | 'unpin', key: string, model: string, version: string): boolean {
    const versions = this.#keys.get(key)
    if (!versions) return false
    const matches = (v: HeldVersion) =>
      v.reference.model === model && (version === '' || v.reference.version === version)
    switch (action) {
      case 'unpin':
        versions.isPinned = false
        if (versions.waiting) this.#activate(versions, versions.waiting)
        return true
      case 'pin': {
        const target = [...(versions.active ? [versions.active] : []), ...allVersions(versions)].find(matches)
        if (!target) return false
        versions.isPinned = true
        if (target !== versions.active) this.#activate(versions, target)
        return true
      }
      case 'retire': {
        // The active one comes last, so that none of the others takes over just to be retired.
        const targets = allVersions(versions).filter(matches).reverse()
        for (const target of targets) this.#retire(versions, target)
        return targets.length > 0
      }
      default:
        return action satisfies never
    }
  }

  /**
   * An activation that a later one of its key makes void: as if the version had taken over and was replaced at once. It is held no
   * longer, wherever it waited.
   */
  supersede(key: string, model: string, version: string): void {
    const versions = this.#keys.get(key)
    if (!versions) return
    for (const held of allVersions(versions)) {
      const isMeant = held.reference.model === model && held.reference.version === version
      if (!isMeant || held === versions.active) continue
      detach(versions, held)
      this.#end(held)
    }
  }

  /** Versions whose event time has come: they take over, the last one stays. */
  activateDue(eventTimeMs: number): void {
    for (const versions of this.#keys.values()) {
      while (versions.scheduled[0] && versions.scheduled[0].fromMs <= eventTimeMs) {
        const { version } = versions.scheduled[0]
        versions.scheduled.shift()
        if (versions.isPinned) this.#replaceWaiting(versions, version)
        else this.#activate(versions, version)
      }
    }
  }

  /** Earliest event time at which something is scheduled, or Infinity. */
  nextDueMs(): number {
    let earliest = Number.POSITIVE_INFINITY
    for (const versions of this.#keys.values()) {
      const due = versions.scheduled[0]?.fromMs
      if (due !== undefined && due < earliest) earliest = due
    }
    return earliest
  }

  /** The state as data. */
  snapshot(): KeySnapshot[] {
    return [...this.#keys.values()].map((v) => ({
      key: v.key,
      active: v.active?.reference ?? null,
      activeSinceMs: v.activeSinceMs,
      isPinned: v.isPinned,
      waiting: v.waiting?.reference ?? null,
      scheduled: v.scheduled.map((s) => ({ fromMs: s.fromMs, reference: s.version.reference })),
      candidates: [...v.candidates].map((c) => c.reference),
      shadows: [...v.shadows].map((s) => s.reference),
    }))
  }

  /** Rebuilds a key from its snapshot without announcing cut-overs: they were committed before. */
  restore(snapshot: KeySnapshot, open: (reference: VersionReference) => HeldVersion): void {
    const versions = this.#versionsOf(snapshot.key)
    versions.isPinned = snapshot.isPinned
    versions.activeSinceMs = snapshot.activeSinceMs
    if (snapshot.active) {
      versions.active = open(snapshot.active)
      versions.active.life.move('active')
    }
    if (snapshot.waiting) versions.waiting = open(snapshot.waiting)
    versions.scheduled = snapshot.scheduled.map((s) => ({ fromMs: s.fromMs, version: open(s.reference) }))
    for (const reference of snapshot.candidates) versions.candidates.add(open(reference))
    for (const reference of snapshot.shadows) {
      const shadow = open(reference)
      shadow.life.move('shadow')
      versions.shadows.add(shadow)
    }
  }

  /** Closes every scorer, whatever becomes of the others, and throws what the first of them threw; the state is not used afterwards. */
  close(): void {
    const thrown: unknown[] = []
    for (const { scorer } of [...this.#keys.values()].flatMap(allVersions))
      try {
        scorer.close()
      } catch (error) {
        thrown.push(error)
      }
    this.#keys.clear()
    if (thrown.length > 0) throw thrown[0]
  }

  #versionsOf(key: string): KeyVersions {
    const known = this.#keys.get(key)
    if (known) return known
    const versions: KeyVersions = {
      key,
      active: null,
      activeSinceMs: 0,
      isPinned: false,
      waiting: null,
      scheduled: [],
      candidates: new Set(),
      shadows: new Set(),
    }
    this.#keys.set(key, versions)
    return versions
  }

  #activate(versions: KeyVersions, version: HeldVersion | null): void {
    const previous = versions.active
    if (previous === version) return
    if (version) {
      detach(versions, version)
      version.life.move('active')
    }
    versions.active = version
    this.#events.cutOver({ key: versions.key, version, previous })
    if (previous) this.#end(previous)
  }

  /** The active version stops scoring but stays loaded; the pin goes with it, and what waited for that takes over. */
  #standDown(versions: KeyVersions, version: HeldVersion): void {
    versions.active = null
    versions.isPinned = false
    version.life.move('candidate')
    const next = versions.waiting
    if (next) {
      detach(versions, next)
      next.life.move('active')
      versions.active = next
    }
    this.#events.cutOver({ key: versions.key, version: next, previous: version })
  }

  #replaceWaiting(versions: KeyVersions, version: HeldVersion): void {
    if (versions.waiting !== version) this.#dropWaiting(versions)
    versions.waiting = version
  }

  /** A younger message has the last word over the version that waits. */
  #dropWaiting(versions: KeyVersions): void {
    if (versions.waiting) this.#end(versions.waiting)
    versions.waiting = null
  }

  #retire(versions: KeyVersions, version: HeldVersion): void {
    if (versions.active === version) {
      versions.isPinned = false
      this.#activate(versions, versions.waiting)
      return
    }
    detach(versions, version)
    this.#end(version)
  }

  #end(version: HeldVersion): void {
    version.life.move('retiring')
    version.scorer.close()
    version.life.move('retired')
  }
}

function allVersions(versions: KeyVersions): HeldVersion[] {
  const waiting = [versions.active, versions.waiting].filter((v) => v !== null)
  return [...waiting, ...versions.scheduled.map((s) => s.version), ...versions.candidates, ...versions.shadows]
}

/** Takes a version out of every place but `active`. */
function detach(versions: KeyVersions, version: HeldVersion): void {
  versions.candidates.delete(version)
  if (versions.shadows.delete(version)) version.life.move('candidate')
  if (versions.waiting === version) versions.waiting = null
  versions.scheduled = versions.scheduled.filter((s) => s.version !== version)
}
