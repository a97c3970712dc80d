import type { CheckpointStore } from '../state/state.ts'
import { taskOfCheckpoint } from './checkpoint-names.ts'
import type { KeySnapshot } from './join-state.ts'
import type { VersionCache } from './version-cache.ts'
import { referenceId, type VersionReference } from './versions.ts'

/**
 * Standby on the main thread: follows the checkpoints of all tasks of an engine, whoever commits them, and keeps the versions that they
 * name prepared. Resolves when those that are known now are.
 */
export async function followCheckpoints(store: CheckpointStore, engine: string, versions: VersionCache): Promise<void> {
  if (!store.follow) return
  const warmth = new Standby(versions)
  await store.follow((checkpoint, state) => {
    if (taskOfCheckpoint(engine, checkpoint) !== null) warmth.note(checkpoint, state)
  })
  await warmth.settled()
}

/** The versions that the tasks of an engine may need at any moment. */
export class Standby {
  readonly #versions: VersionCache
  readonly #byTask = new Map<string, readonly VersionReference[]>()
  #preparing: Promise<void> = Promise.resolve()

  constructor(versions: VersionCache) {
    this.#versions = versions
  }

  /** Takes note of a task's state, as its checkpoint has it; null when it was removed. */
  note(checkpoint: string, state: unknown): void {
    const keys = (state as { readonly keys?: readonly KeySnapshot[] } | null)?.keys ?? []
    const references = keys.flatMap(referencesOf)
    this.#byTask.set(checkpoint, references)
    this.#versions.keep(new Set([...this.#byTask.values()].flat().map(referenceId)))
    this.#preparing = this.#preparing.then(() => this.#prepare(checkpoint, references))
  }

  /** Resolves when what was noted before is prepared. */
  settled(): Promise<void> {
    return this.#preparing
  }

  async #prepare(checkpoint: string, references: readonly VersionReference[]): Promise<void> {
    for (const reference of references) {
      if (this.#byTask.get(checkpoint) !== references) return // a later state has come meanwhile
      // A version that is not to be had now may still come on the model stream; the task that needs it says so.
      await this.#versions.get(reference).catch(() => {})
    }
  }
}

/** Every version that the state of a key names. */
export function referencesOf(key: KeySnapshot): VersionReference[] {
  const single = [key.active, key.waiting].filter((r) => r !== null)
  return [...single, ...key.scheduled.map((s) => s.reference), ...key.candidates, ...key.shadows]
}
