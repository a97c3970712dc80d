import { MillraceError } from '../core/errors.ts'
import type { Telemetry } from '../core/telemetry.ts'
import type { PreparedModel } from '../models/model.ts'
import type { CheckpointStore } from '../state/state.ts'
import { taskOfCheckpoint } from './checkpoint-names.ts'
import type { KeySnapshot } from './join-state.ts'
import type { VersionCache } from './version-cache.ts'
import { referenceId, type VersionReference } from './versions.ts'

/** What standby works with, and whom it tells. */
export interface StandbyParts {
  readonly engine: string
  readonly versions: VersionCache
  /** A version whose artifact is not here, from where its message said; null when it said nothing. */
  readonly fetch: (reference: VersionReference) => Promise<PreparedModel | null>
  readonly telemetry: Telemetry
}

/**
 * Standby on the main thread: follows the checkpoints of all tasks of an engine, whoever commits them, and keeps the versions that they
 * name prepared. Resolves when those that are known now are.
 */
export async function followCheckpoints(store: CheckpointStore, parts: StandbyParts): Promise<void> {
  if (!store.follow) return
  const warmth = new Standby(parts)
  await store.follow((checkpoint, state) => {
    const task = taskOfCheckpoint(parts.engine, checkpoint)
    if (task !== null) warmth.note(checkpoint, task, state)
  })
  await warmth.settled()
}

/** The versions that the tasks of an engine may need at any moment. */
export class Standby {
  readonly #parts: StandbyParts
  readonly #byTask = new Map<string, ReadonlyMap<string, VersionReference>>()
  /** Versions that were prepared once: what does not fit into the cache is not prepared at every change of a state. */
  readonly #prepared = new Set<string>()
  /** Versions that are not to be had, which was told. */
  readonly #missing = new Set<string>()
  #preparing: Promise<void> = Promise.resolve()

  constructor(parts: StandbyParts) {
    this.#parts = parts
  }

  /** Takes note of a task's state, as its checkpoint has it; null when it was removed. */
  note(checkpoint: string, task: string, state: unknown): void {
    const keys = (state as { readonly keys?: readonly KeySnapshot[] } | null)?.keys ?? []
    const references = new Map(keys.flatMap(referencesOf).map((reference) => [referenceId(reference), reference]))
    this.#byTask.set(checkpoint, references)
    const named = new Set([...this.#byTask.values()].flatMap((versions) => [...versions.keys()]))
    this.#parts.versions.keep(this, named)
    for (const id of this.#prepared) if (!named.has(id)) this.#prepared.delete(id)
    for (const id of this.#missing) if (!named.has(id)) this.#missing.delete(id)
    this.#preparing = this.#preparing.then(() => this.#prepare(checkpoint, task, references))
  }

  /** Resolves when what was noted before is prepared. */
  settled(): Promise<void> {
    return this.#preparing
  }

  async #prepare(checkpoint: string, task: string, references: ReadonlyMap<string, VersionReference>): Promise<void> {
    for (const [id, reference] of references) {
      if (this.#byTask.get(checkpoint) !== references) return // a later state has come meanwhile
      if (this.#parts.versions.isFull) return
      if (this.#prepared.has(id)) continue
      try {
        await this.#prepareOne(reference)
        this.#prepared.add(id)
        this.#missing.delete(id)
      } catch (thrown) {
        // It may still come on the model stream; the task that needs it says so.
        if (!this.#missing.has(id)) this.#tell(task, reference, MillraceError.from(thrown, 'standby'))
        this.#missing.add(id)
      }
    }
  }

  async #prepareOne(reference: VersionReference): Promise<void> {
    const { versions, fetch } = this.#parts
    try {
      await versions.get(reference)
    } catch (thrown) {
      const isMissing = thrown instanceof MillraceError && thrown.code === 'ENGINE_ARTIFACT_MISSING'
      if (!isMissing || (await fetch(reference)) === null) throw thrown
    }
  }

  #tell(task: string, { key, model, version }: VersionReference, error: MillraceError): void {
    const { engine, telemetry } = this.#parts
    telemetry.emit('standbyVersionError', { engine, task, key, model, version, error: error.toReport() })
  }
}

/** Every version that the state of a key names. */
export function referencesOf(key: KeySnapshot): VersionReference[] {
  const single = [key.active, key.waiting].filter((r) => r !== null)
  return [...single, ...key.scheduled.map((s) => s.reference), ...key.candidates, ...key.shadows]
}
