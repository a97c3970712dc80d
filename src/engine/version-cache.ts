import type { PreparedModel } from '../models/model.ts'
import { referenceId, type VersionReference } from './versions.ts'

/** Most bytes of prepared versions that are kept for tasks to come; a version beyond that is prepared again when it is wanted. */
const MAX_BYTES = 256 * 1024 * 1024
/** Most versions that nobody asked to keep, however small. */
const MAX_VERSIONS = 64
/** Most of those that somebody did. */
const MAX_KEPT = 1_024

/**
 * Prepared versions of an engine by their identity, for tasks that start later: each is prepared once, however many tasks
 * want it. Bounded by bytes, and by number for those that `keep` names apart: the least recently used go first, and what `keep` names goes
 * for bytes only when nothing else is left. The newest is always kept.
 */
export class VersionCache {
  readonly #reload: (reference: VersionReference) => Promise<PreparedModel>
  readonly #maxBytes: number
  readonly #maxVersions: number
  readonly #maxKept: number
  /** In the order of use, the least recent first. */
  readonly #versions = new Map<string, PreparedModel>()
  readonly #loading = new Map<string, Promise<PreparedModel>>()
  /** What shall stay, by who said so. */
  readonly #kept = new Map<unknown, ReadonlySet<string>>()
  #bytes = 0
  #isClosed = false

  /** `reload` prepares a version again from the artifact store. */
  constructor(
    reload: (reference: VersionReference) => Promise<PreparedModel>,
    limits: { readonly maxBytes?: number; readonly maxVersions?: number; readonly maxKept?: number } = {},
  ) {
    this.#reload = reload
    this.#maxBytes = limits.maxBytes ?? MAX_BYTES
    this.#maxVersions = limits.maxVersions ?? MAX_VERSIONS
    this.#maxKept = limits.maxKept ?? MAX_KEPT
  }

  /** Number of versions that are at hand. */
  get size(): number {
    return this.#versions.size
  }

  put(reference: VersionReference, prepared: PreparedModel): void {
    if (!this.#isClosed) this.#use(referenceId(reference), prepared)
  }

  /** True when some version of this name is at hand; an empty version stands for any. */
  hasNamed({ key, model, version }: Pick<VersionReference, 'key' | 'model' | 'version'>): boolean {
    const start = JSON.stringify(version === '' ? [key, model] : [key, model, version]).slice(0, -1)
    return [...this.#versions.keys()].some((id) => id.startsWith(`${start},`))
  }

  /** The version if it is at hand, else null. */
  find(reference: VersionReference): PreparedModel | null {
    const id = referenceId(reference)
    const found = this.#versions.get(id)
    if (!found) return null
    this.#versions.delete(id)
    this.#versions.set(id, found)
    return found
  }

  /** The version, prepared now if it is not at hand. Rejects with what `reload` rejects with. */
  async get(reference: VersionReference): Promise<PreparedModel> {
    const found = this.find(reference)
    if (found) return found
    const id = referenceId(reference)
    const loading = this.#loading.get(id)
    if (loading) return loading
    const started = this.#reload(reference)
    this.#loading.set(id, started)
    try {
      const prepared = await started
      this.put(reference, prepared)
      return prepared
    } finally {
      this.#loading.delete(id)
    }
  }

  /** True when another version would only push out one that shall stay. */
  get isFull(): boolean {
    const kept = [...this.#versions.keys()].filter((id) => this.#isKept(id))
    const bytes = kept.reduce((sum, id) => sum + (this.#versions.get(id)?.residentBytes ?? 0), 0)
    return kept.length >= this.#maxKept || bytes >= this.#maxBytes
  }

  /** Identities of versions that shall stay at hand as long as there is room; `by` replaces what it named before. The set may change. */
  keep(by: unknown, ids: ReadonlySet<string>): void {
    this.#kept.set(by, ids)
  }

  /** `by` wants nothing kept any more. */
  release(by: unknown): void {
    this.#kept.delete(by)
  }

  /** Lets go of everything: no task comes any more. */
  close(): void {
    this.#isClosed = true
    this.#versions.clear()
    this.#bytes = 0
  }

  #use(id: string, prepared: PreparedModel): void {
    this.#drop(id)
    this.#versions.set(id, prepared)
    this.#bytes += prepared.residentBytes
    for (let next = this.#oneTooMany(id); next !== null; next = this.#oneTooMany(id)) this.#drop(next)
  }

  /** What goes next, never the one just used; null when there is room for all. */
  #oneTooMany(used: string): string | null {
    const ids = [...this.#versions.keys()]
    const kept = ids.filter((id) => this.#isKept(id))
    const others = ids.filter((id) => !this.#isKept(id))
    const first = (of: readonly string[]) => of.find((id) => id !== used) ?? null
    if (others.length > this.#maxVersions) return first(others)
    if (kept.length > this.#maxKept) return first(kept)
    return this.#bytes > this.#maxBytes ? (first(others) ?? first(kept)) : null
  }

  #isKept(id: string): boolean {
    for (const ids of this.#kept.values()) if (ids.has(id)) return true
    return false
  }

  #drop(id: string): void {
    const dropped = this.#versions.get(id)
    if (!dropped) return
    this.#versions.delete(id)
    this.#bytes -= dropped.residentBytes
  }
}
