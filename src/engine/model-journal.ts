import type { PreparedModel } from '../models/model.ts'
import type { ModelUpdate } from './join-state.ts'
import { referenceId, type VersionReference } from './versions.ts'

/** An update as the journal keeps it: a version by its reference, without what was prepared. */
export type JournalEntry = Omit<ModelUpdate, 'outcome'> & {
  readonly outcome:
    | { readonly type: 'loaded'; readonly reference: VersionReference }
    | Exclude<ModelUpdate['outcome'], { readonly type: 'loaded' }>
}

/** Most void activations that are kept, and void retirements: so many a task may have missed and still let go of a version. */
const MAX_VOID = 1_000

/** What a rule about superseded versions needs to know of a message. */
export interface Takeover {
  readonly key: string
  /** True for a message that makes a version active at once. */
  readonly takesOver: boolean
  /** True for a message that changes nothing. */
  readonly isVoid: boolean
  /** For one that makes a version active later: the event time; else absent or null. */
  readonly fromMs?: number | null
  /** Time of the message in ms; absent or null where it is not known. */
  readonly publishedMs?: number | null
}

/**
 * Tells which messages of a stretch of the model stream a task need not apply that has not read a record yet: an activation that
 * a later one of its key replaces, with nothing in between that is about that key, and one for a time that had come when the later one
 * was published. It is fed from the last message to the first.
 */
export class Supersession {
  /** By key: when the youngest activation that replaces was published, in ms. */
  readonly #replaced = new Map<string, number>()

  /** True when an activation of `key` is superseded by the messages that were noted; `fromMs` is its event time, null = at once. */
  replaces(key: string, fromMs: number | null = null): boolean {
    const publishedMs = this.#replaced.get(key)
    return publishedMs !== undefined && (fromMs === null || fromMs <= publishedMs)
  }

  /** Takes the message before those that were noted. What is to take over later changes nothing of what is replaced now. */
  note({ key, takesOver, isVoid, fromMs, publishedMs }: Takeover): void {
    if (isVoid || (fromMs ?? null) !== null) return
    const youngestMs = this.#replaced.get(key) ?? Number.NEGATIVE_INFINITY
    if (takesOver) this.#replaced.set(key, Math.max(youngestMs, publishedMs ?? Number.NEGATIVE_INFINITY))
    else this.#replaced.delete(key)
  }

  /**
   * Takes a retirement before those that were noted, where no record is read until all of them are applied: nobody sees then what it leaves
   * active. One that is younger than the activation behind it may have carried out schedules that this one leaves.
   */
  noteRetirement({ key, publishedMs }: JournalEntry): void {
    const youngestMs = this.#replaced.get(key)
    if (youngestMs !== undefined && (publishedMs ?? Number.NEGATIVE_INFINITY) > youngestMs) this.#replaced.delete(key)
  }

  /** True when `update` is superseded; either way it is noted. */
  passes(update: JournalEntry | ModelUpdate): boolean {
    const takeover = takeoverOf(update)
    const activates = takeover.takesOver || (takeover.fromMs ?? null) !== null
    const isSuperseded = activates && this.replaces(takeover.key, takeover.fromMs)
    this.note(takeover)
    return isSuperseded
  }
}

/** The updates of a model stream that a task which starts later needs, in order; versions that nobody would see score are left out. */
export class ModelJournal {
  #entries: JournalEntry[] = []
  /** Length at which superseded entries are taken out next: each costs a constant then. */
  #pruneAt = 64
  readonly #named = new Set<string>()

  /** Identities of the versions that entries name; it changes with them. */
  get named(): ReadonlySet<string> {
    return this.#named
  }

  /** Number of updates that are kept. */
  get length(): number {
    return this.#entries.length
  }

  /** Keeps an update; updates come in the order of their positions. */
  append(update: ModelUpdate): void {
    const { outcome } = update
    this.#entries.push({
      ...update,
      outcome: outcome.type === 'loaded' ? { type: 'loaded', reference: outcome.reference } : outcome,
    })
    if (outcome.type === 'loaded') this.#named.add(referenceId(outcome.reference))
    if (this.#entries.length < this.#pruneAt) return
    this.#entries = withoutSuperseded(this.#entries)
    this.#named.clear()
    for (const entry of this.#entries)
      if (entry.outcome.type === 'loaded') this.#named.add(referenceId(entry.outcome.reference))
    this.#pruneAt = Math.max(64, 2 * this.#entries.length)
  }

  /** What a task needs whose model position is `position`. */
  from(position: number): JournalEntry[] {
    return withoutSuperseded(this.#entries.filter((entry) => entry.position >= position))
  }
}

/** The update of an entry with its version prepared; `prepared` is null for one without. */
export function updateOf(entry: JournalEntry, prepared: PreparedModel | null): ModelUpdate {
  const { outcome } = entry
  if (outcome.type !== 'loaded') return { ...entry, outcome }
  return { ...entry, outcome: { ...outcome, prepared: prepared as PreparedModel } }
}

/**
 * Superseded activations become void ones, without their version: a task whose checkpoint holds such a version, to take over at some
 * time to come, must let go of it. The last of the rejected ones stays: a task's model position moves on to behind it. What was published or
 * shadowed and is retired later goes, and the retirements of what is not there any more are void too.
 */
function withoutSuperseded(entries: readonly JournalEntry[]): JournalEntry[] {
  const supersession = new Supersession()
  const retired = new Names()
  const activated = new Names()
  for (const entry of entries) if (takesPlace(entry)) activated.add(entry)
  const last = entries.at(-1)
  let superseded = 0
  const kept: JournalEntry[] = []
  for (const entry of entries.toReversed()) {
    const { action, outcome } = entry
    if (outcome.type === 'rejected' && entry !== last) continue
    if (outcome.type === 'none' && action === 'retire') {
      retired.add(entry)
      supersession.noteRetirement(entry)
      kept.push(entry)
      continue
    }
    // A pin by name may take any version of the model.
    if (outcome.type === 'none' && action === 'pin') retired.deleteModel(entry)
    const isAside =
      outcome.type === 'loaded' && (action === 'publish' || (action === 'shadow' && !activated.has(entry)))
    if (isAside && (retired.has(entry) || retired.has({ ...entry, version: '' }))) continue
    const isSuperseded = supersession.passes(entry)
    const isVoid = isSuperseded || (outcome.type === 'none' && action === 'activate')
    if (isVoid && ++superseded > MAX_VOID) continue
    kept.push(isSuperseded ? supersededUpdate(entry) : entry)
  }
  return withoutVoidRetirements(kept.reverse())
}

/** Of the retirements that name nothing which an entry before them brings, the last ones. */
function withoutVoidRetirements(entries: readonly JournalEntry[]): JournalEntry[] {
  const brought = new Names()
  const isVoid = entries.map((entry) => {
    const { action, outcome, version } = entry
    if (outcome.type === 'loaded') brought.add(entry)
    if (outcome.type !== 'none' || action !== 'retire') return false
    const isOfNothing = version === '' ? !brought.hasModel(entry) : !brought.has(entry)
    if (version === '') brought.deleteModel(entry)
    else brought.delete(entry)
    return isOfNothing
  })
  let surplus = isVoid.filter(Boolean).length - MAX_VOID
  return entries.filter((_, i) => !isVoid[i] || surplus-- <= 0)
}

/** True for an entry whose version becomes active, now or later. */
function takesPlace({ action, outcome }: JournalEntry): boolean {
  return outcome.type === 'loaded' && (action === 'activate' || action === 'pin')
}

type Named = Pick<JournalEntry, 'key' | 'model' | 'version'>

/** Names of versions by key and model. */
class Names {
  readonly #versions = new Map<string, Set<string>>()

  add(named: Named): void {
    const id = modelId(named)
    const versions = this.#versions.get(id)
    if (versions) versions.add(named.version)
    else this.#versions.set(id, new Set([named.version]))
  }

  has(named: Named): boolean {
    return this.#versions.get(modelId(named))?.has(named.version) === true
  }

  hasModel(named: Named): boolean {
    return this.#versions.has(modelId(named))
  }

  delete(named: Named): void {
    const versions = this.#versions.get(modelId(named))
    if (versions?.delete(named.version) && versions.size === 0) this.deleteModel(named)
  }

  deleteModel(named: Named): void {
    this.#versions.delete(modelId(named))
  }
}

function modelId({ key, model }: Named): string {
  return JSON.stringify([key, model])
}

/** An activation that a later one makes void, as an update. */
export function supersededUpdate<T extends JournalEntry | ModelUpdate>(update: T): T {
  const { outcome } = update
  const version = outcome.type === 'loaded' ? outcome.reference.version : update.version
  return { ...update, version, outcome: { type: 'none' } }
}

/** What the rule needs to know of an update. */
function takeoverOf({ key, action, effectiveFromMs, publishedMs, outcome }: JournalEntry | ModelUpdate): Takeover {
  const activates = outcome.type === 'loaded' && action === 'activate'
  return {
    key,
    takesOver: activates && effectiveFromMs === null,
    isVoid: outcome.type === 'rejected' || (outcome.type === 'none' && action === 'activate'),
    fromMs: activates ? effectiveFromMs : null,
    publishedMs,
  }
}
