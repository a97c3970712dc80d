import type { ErrorReport } from '../core/errors.ts'
import type { ModelCommand } from './model-message.ts'
import type { VersionReference } from './versions.ts'

/** A version that the engine has seen, for listings and for loading it again by name. */
export interface KnownVersion {
  readonly key: string
  readonly model: string
  readonly version: string
  /** Empty for a version that was never loaded and whose message gave none. */
  readonly digest: string
  readonly format: string
  readonly description: string
  readonly options: Readonly<Record<string, unknown>>
  /** Where a version is to be had that was never loaded, so that its artifact is not in the store. */
  readonly location?: string
  readonly position: string
  /** When its message was dealt with, in ms since the epoch. */
  readonly atMs: number
  /** Why it was rejected, or null. */
  readonly rejection: ErrorReport | null
}

/** Versions kept for listings; older ones are forgotten there, their artifacts stay. */
const MAX_LISTED = 200
/** Versions that a message may name, of all keys: the newest that were loaded, however long the list of messages since. */
const MAX_NAMED = 10_000

type Named = Pick<VersionReference, 'key' | 'model' | 'version' | 'digest'>

/** The versions that an engine has seen, the oldest first. */
export class KnownVersions {
  #list: KnownVersion[]
  /** By each of their `versionIds`, the one that was added last at the end. */
  readonly #named = new Map<string, KnownVersion>()
  readonly #maxNamed: number

  constructor(known: readonly KnownVersion[], maxNamed = MAX_NAMED) {
    this.#list = [...known]
    this.#maxNamed = maxNamed
    for (const version of known) this.#name(version)
  }

  get list(): readonly KnownVersion[] {
    return this.#list
  }

  /** Adds a version; it replaces what was known of the same message, which is read again after a restart. */
  add(
    version: Pick<VersionReference, 'key' | 'model' | 'version' | 'digest' | 'format' | 'description' | 'options'> & {
      readonly location?: string
    },
    position: string,
    atMs: number,
    rejection: ErrorReport | null,
  ): void {
    const { key, model, version: name, digest, format, description, options, location } = version
    const place = location ? { location } : {}
    const known = {
      key,
      model,
      version: name,
      digest,
      format,
      description,
      options,
      ...place,
      position,
      atMs,
      rejection,
    }
    this.#list = this.#list.filter((v) => v.position !== position)
    this.#list.push(known)
    if (this.#list.length > MAX_LISTED) this.#list = this.#list.slice(-MAX_LISTED)
    this.#name(known)
  }

  /** The version that an earlier message brought, for a message that only names it. */
  find(command: ModelCommand): KnownVersion | null {
    return this.#named.get(versionIds(command).at(-1) as string) ?? null
  }

  #name(version: KnownVersion): void {
    for (const id of versionIds(version)) {
      const isSameMessage = this.#named.get(id)?.position === version.position
      if (version.rejection !== null && !isSameMessage) continue // what was loaded under this name before is still to be had
      this.#named.delete(id)
      if (version.rejection === null) this.#named.set(id, version)
    }
    for (const oldest of this.#named.keys()) {
      if (this.#named.size <= 2 * this.#maxNamed) return
      this.#named.delete(oldest)
    }
  }
}

/** What messages name a version by: its name, and last its digest where there is one, which wins. */
function versionIds({ key, model, version, digest }: Named): readonly string[] {
  const byVersion = JSON.stringify([key, model, version])
  return digest === '' ? [byVersion] : [byVersion, JSON.stringify([key, model, digest, 'digest'])]
}

/** The versions that the messages of a stretch bring, by what later ones name them with. */
export class CarriedVersions {
  readonly #contents: readonly unknown[]
  /** Indexes of messages, rising. */
  readonly #byId = new Map<string, number[]>()

  /** One entry per message; null for one that brings no version. */
  constructor(contents: readonly (ModelCommand | Error | null)[]) {
    this.#contents = contents
    for (const [i, content] of contents.entries()) {
      if (content === null || content instanceof Error) continue
      for (const id of versionIds(content)) {
        const indexes = this.#byId.get(id)
        if (indexes) indexes.push(i)
        else this.#byId.set(id, [i])
      }
    }
  }

  /** The version that a message before `index` brought and that the command names, or null. */
  before(index: number, command: ModelCommand): ModelCommand | null {
    const found = this.#byId.get(versionIds(command).at(-1) as string)?.findLast((i) => i < index)
    return found === undefined ? null : (this.#contents[found] as ModelCommand)
  }
}
