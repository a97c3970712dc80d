import type { ErrorReport } from '../core/errors.ts'
import { Lifecycle } from '../core/lifecycle.ts'
import type { PreparedModel, Scorer } from '../models/model.ts'
import {
  allVersions,
  type HeldVersion,
  isDue,
  isNamed,
  isOutdone,
  type KeySnapshot,
  type KeyVersions,
  leave,
  type NamedVersions,
  noVersions,
  settle,
} from './key-versions.ts'
import type { ModelAction } from './model-message.ts'
import { isSameVersion, type VersionReference, type VersionState, versionMoves } from './versions.ts'

export type { HeldVersion, KeySnapshot, KeyVersions, NamedVersions } from './key-versions.ts'

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
  /** Time of the message on its stream, in ms since the epoch; null where the stream tells none. */
  readonly publishedMs: number | null
  readonly outcome:
    | { readonly type: 'loaded'; readonly reference: VersionReference; readonly prepared: PreparedModel }
    | { readonly type: 'rejected'; readonly error: ErrorReport }
    /** It names what is held, if anything; with action `activate`: a later activation of its key makes it void. */
    | { readonly type: 'none' }
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
 * It is deterministic: equal updates at equal data positions give equal cut-overs. Schedules do not even depend on the data position at
 * which their messages are read: of those whose time has come the one with the latest time counts. A message that changes at once what
 * scores a key finds the schedules done that were due when it was published, whether the task has seen a record of that time or not: one
 * that starts later must not let them override it. It comes too late where a schedule of a later time is done.
 */
export class JoinState {
  readonly #keys = new Map<string, KeyVersions>()
  /** Earliest event time at which something is scheduled, or Infinity. */
  #nextDueMs = Number.POSITIVE_INFINITY
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

  /** Carries out an update that brought a version; `publishedMs` is the time of its message, where it is known. */
  place(
    action: ModelAction,
    version: HeldVersion,
    effectiveFromMs: number | null,
    publishedMs: number | null = null,
  ): void {
    const versions = this.#versionsOf(version.reference.key)
    switch (action) {
      case 'publish':
        if (versions.active === version || versions.waiting === version) return
        leave(versions.shadows, version)
        versions.candidates.add(version)
        return
      case 'shadow':
        if (versions.scheduled.findLast((s) => isDue(s, publishedMs))?.version === version)
          this.#runUntil(versions, publishedMs as number)
        if (versions.active === version) this.#standDown(versions, version)
        if (versions.waiting === version) {
          versions.waiting = null
          versions.doneMs = null
        }
        versions.candidates.delete(version)
        version.life.move('shadow')
        versions.shadows.add(version)
        this.#reschedule(
          versions,
          versions.scheduled.filter((s) => s.version !== version || !isDue(s, publishedMs)),
        )
        return
      case 'pin':
        this.#pin(versions, version, publishedMs)
        return
      case 'activate':
        if (isOutdone(versions, effectiveFromMs ?? publishedMs)) this.#passOver(versions, version)
        else if (effectiveFromMs !== null) {
          versions.candidates.delete(version)
          this.#plan(versions, { fromMs: effectiveFromMs, version })
        } else {
          this.#takeOver(versions, version)
          this.#passOverDue(versions, publishedMs)
          versions.doneMs = null
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
  command(action: 'retire' | 'pin' | 'unpin', named: NamedVersions): boolean {
    const versions = this.#keys.get(named.key)
    if (!versions) return false
    const publishedMs = named.publishedMs ?? null
    const meant = () => allVersions(versions).filter((held) => isNamed(held, named))
    switch (action) {
      case 'unpin':
        versions.isPinned = false
        if (versions.waiting) this.#activate(versions, versions.waiting)
        return true
      case 'pin': {
        if (meant().length > 0) this.#runDue(versions, allVersions(versions), publishedMs)
        const [target] = meant()
        if (!target) return false
        this.#pin(versions, target, publishedMs)
        return true
      }
      case 'retire': {
        this.#runDue(versions, meant(), publishedMs)
        // The active one comes last, so that none of the others takes over just to be retired.
        const targets = meant().reverse()
        for (const target of targets) this.#retire(versions, target)
        return targets.length > 0
      }
      default:
        return action satisfies never
    }
  }

  /** An activation that a later one of its key makes void: as if the version had taken over, or come to wait, and was replaced at once. */
  supersede(named: NamedVersions & { readonly effectiveFromMs?: number | null }): void {
    const versions = this.#keys.get(named.key)
    if (!versions) return
    const publishedMs = named.publishedMs ?? null
    if ((named.effectiveFromMs ?? null) === null) {
      if (!isOutdone(versions, publishedMs)) versions.doneMs = null
      this.#passOverDue(versions, publishedMs)
    }
    for (const held of allVersions(versions)) {
      if (!isNamed(held, named) || held === versions.active) continue
      if (versions.waiting === held) versions.waiting = null
      this.#passOver(versions, held)
    }
  }

  /** Versions whose event time has come: they take over, the last one stays. */
  activateDue(eventTimeMs: number): void {
    if (eventTimeMs < this.#nextDueMs) return
    for (const versions of this.#keys.values()) this.#runUntil(versions, eventTimeMs)
  }

  /** Earliest event time at which something is scheduled, or Infinity. */
  nextDueMs(): number {
    return this.#nextDueMs
  }

  /** The state as data. */
  snapshot(): KeySnapshot[] {
    return [...this.#keys.values()].map((v) => ({
      key: v.key,
      active: v.active?.reference ?? null,
      activeSinceMs: v.activeSinceMs,
      isPinned: v.isPinned,
      waiting: v.waiting?.reference ?? null,
      doneMs: v.doneMs,
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
    versions.doneMs = snapshot.doneMs ?? null
    if (snapshot.active) {
      versions.active = open(snapshot.active)
      versions.active.life.move('active')
    }
    if (snapshot.waiting) versions.waiting = open(snapshot.waiting)
    this.#reschedule(
      versions,
      snapshot.scheduled.map((s) => ({ fromMs: s.fromMs, version: open(s.reference) })),
    )
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
    const versions = noVersions(key)
    this.#keys.set(key, versions)
    return versions
  }

  #plan(versions: KeyVersions, entry: KeyVersions['scheduled'][number]): void {
    const others = versions.scheduled.filter((s) => s.fromMs !== entry.fromMs || s.version !== entry.version)
    this.#reschedule(
      versions,
      [...others, entry].sort((a, b) => a.fromMs - b.fromMs),
    )
  }

  #reschedule(versions: KeyVersions, scheduled: KeyVersions['scheduled']): void {
    versions.scheduled = scheduled
    this.#nextDueMs = Number.POSITIVE_INFINITY
    for (const { scheduled: first } of this.#keys.values())
      this.#nextDueMs = Math.min(this.#nextDueMs, first[0]?.fromMs ?? Number.POSITIVE_INFINITY)
  }

  #runUntil(versions: KeyVersions, timeMs: number): void {
    for (let due = versions.scheduled[0]; due && due.fromMs <= timeMs; due = versions.scheduled[0]) {
      this.#reschedule(versions, versions.scheduled.slice(1))
      this.#takeOver(versions, due.version)
      versions.doneMs = due.fromMs
    }
  }

  /** Carries out what was due when a message about `named` was published, if that is about them. */
  #runDue(versions: KeyVersions, named: readonly HeldVersion[], publishedMs: number | null): void {
    const due = versions.scheduled.filter((s) => isDue(s, publishedMs))
    if (due.some((s) => named.includes(s.version))) this.#runUntil(versions, publishedMs as number)
  }

  /** Ends what was due when a message was published that has just been carried out: as if it had come before it. */
  #passOverDue(versions: KeyVersions, publishedMs: number | null): void {
    const due = versions.scheduled.filter((s) => isDue(s, publishedMs))
    if (due.length === 0) return
    this.#reschedule(versions, versions.scheduled.slice(due.length))
    for (const version of new Set(due.map((s) => s.version))) this.#passOver(versions, version)
  }

  /** As if the version had been activated and replaced. */
  #passOver(versions: KeyVersions, version: HeldVersion): void {
    settle(versions, version)
    this.#endUnlessHeld(versions, version)
  }

  /** An activation whose time has come. */
  #takeOver(versions: KeyVersions, version: HeldVersion): void {
    if (versions.active === version) this.#replaceWaiting(versions, null)
    else if (versions.isPinned) this.#replaceWaiting(versions, version)
    else this.#activate(versions, version)
  }

  /** Of a key that was pinned already, what was due when the message was published waits; of any, what is done and was due later. */
  #pin(versions: KeyVersions, version: HeldVersion, publishedMs: number | null): void {
    const { active, isPinned } = versions
    const isLate = isOutdone(versions, publishedMs)
    const due = isPinned ? versions.scheduled.findLast((s) => isDue(s, publishedMs)) : undefined
    if (isLate && versions.waiting === null && active !== version) versions.waiting = active
    versions.isPinned = true
    this.#activate(versions, version)
    if (due) {
      this.#replaceWaiting(versions, due.version === active || due.version === version ? null : due.version)
      versions.doneMs = due.fromMs
    }
    this.#passOverDue(versions, publishedMs)
    if (versions.waiting === null && !isLate) versions.doneMs = null
  }

  #activate(versions: KeyVersions, version: HeldVersion | null): void {
    const previous = versions.active
    if (previous === version) return
    if (version) settle(versions, version)
    if (version && versions.waiting === version) versions.waiting = null
    versions.active = version
    version?.life.move('active')
    this.#events.cutOver({ key: versions.key, version, previous })
    if (previous) this.#endUnlessHeld(versions, previous)
  }

  /** The active version stops scoring but stays loaded; the pin goes with it, and what waited for that takes over. */
  #standDown(versions: KeyVersions, version: HeldVersion): void {
    const next = versions.waiting
    versions.active = next
    versions.waiting = null
    versions.isPinned = false
    if (next === null) versions.doneMs = null
    version.life.move('candidate')
    next?.life.move('active')
    this.#events.cutOver({ key: versions.key, version: next, previous: version })
  }

  /** A younger message has the last word over the version that waits. */
  #replaceWaiting(versions: KeyVersions, version: HeldVersion | null): void {
    const previous = versions.waiting
    if (version) settle(versions, version)
    versions.waiting = version
    if (previous && previous !== version) this.#endUnlessHeld(versions, previous)
  }

  #retire(versions: KeyVersions, version: HeldVersion): void {
    settle(versions, version)
    this.#reschedule(
      versions,
      versions.scheduled.filter((s) => s.version !== version),
    )
    if ((versions.waiting ?? versions.active) === version) versions.doneMs = null
    if (versions.waiting === version) versions.waiting = null
    if (versions.active !== version) {
      this.#endUnlessHeld(versions, version)
      return
    }
    versions.isPinned = false
    this.#activate(versions, versions.waiting)
  }

  /** A version that has lost a place ends when it has no other. */
  #endUnlessHeld(versions: KeyVersions, version: HeldVersion): void {
    if (versions.active === version) return
    if (allVersions(versions).includes(version)) {
      if (!versions.shadows.has(version)) version.life.move('candidate')
      return
    }
    version.life.move('retiring')
    version.scorer.close()
    version.life.move('retired')
  }
}
