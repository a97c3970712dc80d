import type { BytesWriter } from '../core/bytes.ts'
import { encodeHeaders } from '../core/headers.ts'
import type { RecordValue } from '../schema/value.ts'
import type { VersionReference } from './versions.ts'

/** Where a prediction's stamp goes: into headers, into the record as field `stamp`, or nowhere. */
export type StampPlace = 'headers' | 'field' | 'none'

/** Names of the stamp's parts, as headers and as members of the field. */
export const stampNames = {
  model: 'model',
  version: 'version',
  digest: 'digest',
  modelPosition: 'modelPosition',
  position: 'position',
} as const

/** Name of the record field that holds the stamp. */
export const STAMP_FIELD = 'stamp'

const POSITION_NAME = Buffer.from(stampNames.position)

/**
 * What makes a prediction accountable: model, version, digest, position of the model-stream message that brought the
 * version, and position of the input record (`iris/0@1042`). All but the last is the same for every record of a version, so it is
 * encoded once.
 */
export class Stamp {
  readonly #fixedHeaders: Buffer
  readonly #fixedFields: Readonly<Record<string, string>>
  /** `iris/0@`: the input position without its number. */
  readonly #positionPrefix: string

  constructor(reference: VersionReference, positionPrefix: string) {
    this.#fixedFields = {
      model: reference.model,
      version: reference.version,
      digest: `sha256:${reference.digest}`,
      modelPosition: reference.modelPosition,
    }
    this.#fixedHeaders = encodeHeaders(Object.entries(this.#fixedFields))
    this.#positionPrefix = positionPrefix
  }

  /** Appends one entry: the record's own headers, then the stamp's. */
  writeHeaders(writer: BytesWriter, inherited: Uint8Array | null, position: number): void {
    const fixed = this.#fixedHeaders
    const inheritedBytes = inherited === null ? 0 : inherited.length
    const text = this.#positionPrefix + position
    let at = writer.reserve(inheritedBytes + fixed.length + 6 + POSITION_NAME.length + text.length * 3)
    const { bytes } = writer
    if (inherited !== null) {
      bytes.set(inherited, at)
      at += inheritedBytes
    }
    fixed.copy(bytes, at)
    at += fixed.length
    at = bytes.writeUInt16LE(POSITION_NAME.length, at)
    POSITION_NAME.copy(bytes, at)
    at += POSITION_NAME.length
    const valueBytes = bytes.write(text, at + 4, 'utf8')
    bytes.writeUInt32LE(valueBytes, at)
    writer.commit(at + 4 + valueBytes)
  }

  /** The prediction with the stamp as its last field. */
  addField(prediction: RecordValue, position: number): RecordValue {
    const { model, version, digest, modelPosition } = this.#fixedFields as Record<string, string>
    const stamp = { model, version, digest, modelPosition, position: this.#positionPrefix + position } as RecordValue
    return { ...prediction, [STAMP_FIELD]: stamp }
  }
}
