import type { PreparedModel } from '../models/model.ts'
import { referenceId, type VersionReference } from './versions.ts'

/** Most bytes of prepared versions that are kept for tasks to come; a version beyond that is prepared again when it is wanted. */
const MAX_BYTES = 256 * 1024 * 1024
/** Most versions, however small. */
const MAX_VERSIONS = 64

/**
 * Prepared versions of an engine by their identity, for tasks that start later: each is prepared once, however many tasks
 * want it. Bounded: the least recently used go first, those that `keep` names last. The newest is always kept.
 */
export class VersionCache {
  readonly #reload: (reference: VersionReference) => Promise<PreparedModel>
  readonly #maxBytes: number
  readonly #maxVersions: number
  /** In the order of use, the least recent first. */
  readonly #versions = new Map<string, PreparedModel>()
  readonly #loading = new Map<string, Promise<PreparedModel>>()
  #kept: ReadonlySet<string> = new Set()
  #bytes = 0
  #isClosed = false

  /** `reload` prepares a version again from the artifact store. */
  constructor(
    reload: (reference: VersionReference) => Promise<PreparedModel>,
    limits: { readonly maxBytes?: number; readonly maxVersions?: number } = {},
  ) {
    this.#reload = reload
    this.#maxBytes = limits.maxBytes ?? MAX_BYTES
    this.#maxVersions = limits.maxVersions ?? MAX_VERSIONS
  }

  /** Number of versions that are at hand. */
  get size(): number {
    return this.#versions.size
  }

  put(reference: VersionReference, prepared: PreparedModel): void {
    if (!this.#isClosed) this.#use(referenceId(reference), prepared)
  }

  /** The version, prepared now if it is not at hand. Rejects with what `reload` rejects with. */
  async get(reference: VersionReference): Promise<PreparedModel> {
    const id = referenceId(reference)
    const found = this.#versions.get(id)
    if (found) {
      this.#use(id, found)
      return found
    }
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

  /** Identities of versions that shall stay at hand as long as there is room. */
  keep(ids: ReadonlySet<string>): void {
    this.#kept = ids
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
    while (this.#versions.size > 1 && (this.#bytes > this.#maxBytes || this.#versions.size > this.#maxVersions))
      this.#drop(this.#leastWanted(id))
  }

  /** The least recently used that nobody asked to keep; else the least recently used. Never the one just used. */
  #leastWanted(used: string): string {
    const others = [...this.#versions.keys()].filter((id) => id !== used)
    return others.find((id) => !this.#kept.has(id)) ?? (others[0] as string)
  }

  #drop(id: string): void {
    const dropped = this.#versions.get(id)
    if (!dropped) return
    this.#versions.delete(id)
    this.#bytes -= dropped.residentBytes
  }
}
