import { type BytesColumn, bytesAt, columnOf, sizeAt } from '../core/bytes.ts'
import { MillraceError } from '../core/errors.ts'
import type { RecordValue } from '../schema/value.ts'
import type { StreamWriter } from '../streams/stream-writer.ts'
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
  /** Present where the options of the version are not there: the record would have been larger than its topic takes. */
  readonly lacksOptions?: true
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
): Activation {
  return {
    task: name,
    checkpoint,
    key: change.key,
    from,
    position: positionPrefix + from,
    version: change.version?.reference ?? null,
  }
}

/**
 * Encodes cut-overs for their stream. One that the stream does not take goes without the description of its version, then without the options
 * too, and is left out when even that is too large: no version may end an engine. The last two are told to `onError`.
 */
export function encodeActivations(
  activations: readonly Activation[],
  writer: Pick<StreamWriter, 'name' | 'encode' | 'maxRecordBytes'>,
  onError: (error: MillraceError) => void,
): BytesColumn {
  const { name: stream, maxRecordBytes: maxBytes } = writer
  const { values } = writer.encode(activations.map(asRecord))
  if (maxBytes === null || activations.every((_, i) => sizeAt(values, i) <= maxBytes)) return values
  const sizes = activations.map((_, i) => sizeAt(values, i))
  const fitting = activations.map((activation, i) => {
    const tell = (outcome: string) => {
      const facts = { position: activation.position, bytes: sizes[i] as number, maxBytes, stream }
      onError(new MillraceError('ENGINE_ACTIVATION_TOO_LARGE', { ...facts, outcome }))
    }
    for (const form of formsOf(activation)) {
      const encoded = bytesAt(writer.encode([asRecord(form)]).values, 0)
      if (!encoded || encoded.length > maxBytes) continue
      if (form.lacksOptions) tell('written without the options of its version')
      return Buffer.from(encoded)
    }
    tell('not written')
    return null
  })
  return columnOf(fitting.filter((bytes) => bytes !== null))
}

/** A cut-over in ever fewer words. */
function formsOf(activation: Activation): readonly Activation[] {
  const { version } = activation
  if (version === null) return [activation]
  const short = { ...activation, version: { ...version, description: '' } }
  return [activation, short, { ...short, version: { ...short.version, options: {} }, lacksOptions: true }]
}

function asRecord(activation: Activation): RecordValue {
  return activation as unknown as RecordValue
}
