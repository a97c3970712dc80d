import type { RecordValue } from '../schema/value.ts'
import type { CutOver } from './join-state.ts'
import type { VersionReference } from './versions.ts'

/**
 * One cut-over as it stands in the activation log: from data position `from` on, `version` scores the records of `key` in
 * `task`. With the data and the artifact store this is all that replay needs.
 *
 * Example: `{"task":"0/0","checkpoint":"iris/0/0/log:data/millrace.db/iris","key":"iris","from":1042,"position":"iris/0@1042",
 * "version":{"key":"iris","model":"tree","version":"2","digest":"9f…","format":"pmml","description":"","modelPosition":"models/0@7",
 * "options":{}}}`.
 */
export interface Activation {
  readonly task: string
  /** Checkpoint of the task: a task has one for each source that it has read. */
  readonly checkpoint: string
  readonly key: string
  /** First data position that the version scores. */
  readonly from: number
  /** The same as text. */
  readonly position: string
  /** Null when no version of the key is active from here on. */
  readonly version: VersionReference | null
}

/** The record of a cut-over. */
export function activationRecord(
  {
    name,
    checkpoint,
    positionPrefix,
  }: { readonly name: string; readonly checkpoint: string; readonly positionPrefix: string },
  change: CutOver,
  from: number,
): RecordValue {
  const activation: Activation = {
    task: name,
    checkpoint,
    key: change.key,
    from,
    position: positionPrefix + from,
    version: change.version?.reference ?? null,
  }
  return activation as unknown as RecordValue
}
