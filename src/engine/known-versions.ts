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

/** Versions kept for listings; older ones are forgotten, their artifacts stay. */
const MAX_KNOWN = 200

/** The versions that an engine has seen, the oldest first. */
export class KnownVersions {
  #list: KnownVersion[]

  constructor(known: readonly KnownVersion[]) {
    this.#list = [...known]
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
    this.#list = this.#list.filter((v) => v.position !== position)
    this.#list.push({
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
    })
    if (this.#list.length > MAX_KNOWN) this.#list = this.#list.slice(-MAX_KNOWN)
  }

  /** The version that an earlier message brought, for a message that only names it. */
  find(command: ModelCommand): KnownVersion | null {
    return this.#list.findLast((v) => v.rejection === null && isMeant(command, v)) ?? null
  }
}

/** True when the message names this version. */
export function isMeant(
  { key, model, version, digest }: ModelCommand,
  candidate: Pick<VersionReference, 'key' | 'model' | 'version' | 'digest'>,
): boolean {
  return (
    candidate.key === key &&
    candidate.model === model &&
    (digest !== '' ? candidate.digest === digest : candidate.version === version)
  )
}
