import { type BytesColumn, type BytesWriter, copyBytes, NO_VALUE, viewOf } from '../core/bytes.ts'
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

const OWN_NAMES: readonly Buffer[] = Object.values(stampNames).map((name) => Buffer.from(name))
/** Digits of the largest position, 2^53 - 1. */
const MAX_DIGITS = 16

/**
 * What makes a prediction accountable: model, version, digest, position of the model-stream message that brought the
 * version, and position of the input record (`iris/0@1042`). All but the last number is the same for every record of a version,
 * so it is encoded once. It comes first in the headers: a transport that finds the same bytes at the start of many headers may
 * keep them once.
 */
export class Stamp {
  /** The stamp's headers up to the last number. */
  readonly #fixedHeaders: Buffer
  /** Where among them the length of `position` is. */
  readonly #lengthAt: number
  readonly #fixedFields: Readonly<Record<string, string>>
  /** `iris/0@`: the input position without its number. */
  readonly #positionPrefix: string
  readonly #prefixBytes: number

  constructor(reference: VersionReference, positionPrefix: string) {
    this.#fixedFields = {
      model: reference.model,
      version: reference.version,
      digest: `sha256:${reference.digest}`,
      modelPosition: reference.modelPosition,
    }
    this.#positionPrefix = positionPrefix
    this.#prefixBytes = Buffer.byteLength(positionPrefix)
    this.#fixedHeaders = encodeHeaders([...Object.entries(this.#fixedFields), [stampNames.position, positionPrefix]])
    this.#lengthAt = this.#fixedHeaders.length - this.#prefixBytes - 4
  }

  /** Appends one entry: the stamp, then the headers of record `index` but for those that the stamp replaces. */
  writeHeaders(writer: BytesWriter, inherited: InheritedHeaders | null, index: number, position: number): void {
    const fixed = this.#fixedHeaders
    const start = writer.reserve(fixed.length + MAX_DIGITS + (inherited === null ? 0 : inherited.bytesOf(index)))
    const { bytes } = writer
    bytes.set(fixed, start)
    const numberAt = start + fixed.length
    const end = writeNumber(bytes, numberAt, position)
    const valueBytes = this.#prefixBytes + end - numberAt
    const lengthAt = start + this.#lengthAt
    bytes[lengthAt] = valueBytes
    bytes[lengthAt + 1] = valueBytes >>> 8
    bytes[lengthAt + 2] = valueBytes >>> 16
    writer.commit(inherited === null ? end : inherited.copyOthers(index, writer.view, end))
  }

  /** The prediction with the stamp as its last field. */
  addField(prediction: RecordValue, position: number): RecordValue {
    const { model, version, digest, modelPosition } = this.#fixedFields as Record<string, string>
    const stamp = { model, version, digest, modelPosition, position: this.#positionPrefix + position } as RecordValue
    return { ...prediction, [STAMP_FIELD]: stamp }
  }
}

/** Headers of the input records of a batch, from which predictions take theirs. */
export class InheritedHeaders {
  readonly #column: BytesColumn
  readonly #view: DataView

  constructor(column: BytesColumn) {
    this.#column = column
    this.#view = viewOf(column.bytes)
  }

  /** Size of the headers of record `index`. */
  bytesOf(index: number): number {
    const end = this.#column.ends[index] as number
    return end === NO_VALUE ? 0 : end - (this.#column.starts[index] as number)
  }

  /** Copies the headers whose names are not the stamp's to `target` at `at`, without a damaged tail; returns where they end. */
  copyOthers(index: number, target: DataView, at: number): number {
    const view = this.#view
    const end = this.#column.ends[index] as number
    let from = this.#column.starts[index] as number
    let copied = from // headers [copied, from) are to be copied, at once
    let to = at
    while (from + 2 <= end) {
      const nameBytes = view.getUint16(from, true)
      const nameEnd = from + 2 + nameBytes
      if (nameEnd + 4 > end) break
      const next = nameEnd + 4 + view.getUint32(nameEnd, true)
      if (next > end) break
      if (isOwnName(view, from + 2, nameBytes)) {
        to = copyBytes(view, copied, from, target, to)
        copied = next
      }
      from = next
    }
    return copyBytes(view, copied, from, target, to)
  }
}

/** Writes a whole number from 0 in decimal digits; returns where they end. */
function writeNumber(bytes: Buffer, at: number, value: number): number {
  if (value >= 2 ** 31) return at + bytes.write(String(value), at, 'latin1')
  let end = at + 1
  for (let power = 10; value >= power; power *= 10) end++
  let rest = value | 0
  for (let i = end - 1; i >= at; i--) {
    const next = (rest / 10) | 0
    bytes[i] = 48 + rest - next * 10
    rest = next
  }
  return end
}

function isOwnName(view: DataView, at: number, length: number): boolean {
  for (const name of OWN_NAMES) {
    if (name.length !== length) continue
    let same = 0
    while (same < length && view.getUint8(at + same) === name[same]) same++
    if (same === length) return true
  }
  return false
}
