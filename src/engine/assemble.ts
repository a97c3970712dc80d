import { type BytesColumn, BytesWriter, bytesAt, pickColumn, sizeAt } from '../core/bytes.ts'
import { MillraceError } from '../core/errors.ts'
import { type FrameBatch, pickFrames } from '../core/frames.ts'
import type { RecordValue } from '../schema/value.ts'
import type { DecodedBatch } from '../streams/stream-reader.ts'
import type { Echo, StreamWriter } from '../streams/stream-writer.ts'
import type { HeldVersion } from './join-state.ts'
import type { ScoredBatch } from './score-batch.ts'
import { InheritedHeaders, Stamp, type StampPlace } from './stamp.ts'

/** Makes the stamp of each version once, and says where a writer's stamps go. */
export class StampFactory {
  readonly #setting: 'auto' | StampPlace
  readonly #positionPrefix: string
  readonly #stamps = new WeakMap<HeldVersion, Stamp>()

  constructor(setting: 'auto' | StampPlace, positionPrefix: string) {
    this.#setting = setting
    this.#positionPrefix = positionPrefix
  }

  of(version: HeldVersion): Stamp {
    let stamp = this.#stamps.get(version)
    if (!stamp) {
      stamp = new Stamp(version.reference, this.#positionPrefix)
      this.#stamps.set(version, stamp)
    }
    return stamp
  }

  placeFor(writer: Pick<StreamWriter, 'carriesHeaders' | 'hasFields'>): StampPlace {
    return stampPlace(this.#setting, writer)
  }
}

/** `auto`: headers where the transport carries them, else a field where records have fields. */
export function stampPlace(
  setting: 'auto' | StampPlace,
  writer: Pick<StreamWriter, 'carriesHeaders' | 'hasFields'>,
): StampPlace {
  if (setting !== 'auto') return setting
  if (writer.carriesHeaders) return 'headers'
  return writer.hasFields ? 'field' : 'none'
}

/**
 * Encodes the predictions of a batch, in input order, with their stamps; keys carry over and the time is `nowMs`.
 *
 * A prediction that cannot be encoded, or that its stream does not take, becomes a fault of `scored` and is left out. `echo` holds the records whose fields
 * are to come before the prediction's, or null.
 */
export function assemblePredictions(
  batch: FrameBatch,
  scored: ScoredBatch,
  echo: Echo | null,
  writer: StreamWriter,
  stamps: StampFactory,
  nowMs: number,
): FrameBatch {
  const place = stamps.placeFor(writer)
  const values: (RecordValue | undefined)[] = new Array(batch.length)
  for (let i = 0; i < batch.length; i++) {
    const prediction = scored.predictions[i]
    if (!prediction) continue
    const version = scored.owners[i] as HeldVersion
    values[i] = place === 'field' ? stamps.of(version).addField(prediction, batch.positions[i] as number) : prediction
  }
  const encoded = writer.encode(values, echo)
  if (encoded.errors) {
    for (const [index, error] of encoded.errors) {
      scored.predictions[index] = null
      scored.faults.push({ index, error, version: scored.owners[index] ?? null })
    }
  }
  const kept = encoded.indexes
  const frames = {
    length: encoded.values.length,
    values: encoded.values,
    keys: batch.keys && kept ? pickColumn(batch.keys, kept) : batch.keys,
    headers: writer.carriesHeaders ? headersOf(batch, scored, kept, place === 'headers' ? stamps : null) : null,
    timestampsMs: new Float64Array(encoded.values.length).fill(nowMs),
    positions: kept ? Float64Array.from(kept, (i) => batch.positions[i] as number) : batch.positions,
    end: batch.end,
  }
  return writer.maxRecordBytes === null ? frames : withoutTooLarge(frames, kept, scored, writer, writer.maxRecordBytes)
}

/** The frames that the stream takes; the others become faults. One that is too large would be so at every try. */
function withoutTooLarge(
  frames: FrameBatch,
  kept: readonly number[] | null,
  scored: ScoredBatch,
  { name }: StreamWriter,
  maxBytes: number,
): FrameBatch {
  const { values, keys, headers } = frames
  const bytesOf = (k: number) => sizeAt(values, k) + (keys ? sizeAt(keys, k) : 0) + (headers ? sizeAt(headers, k) : 0)
  let fitting = 0
  while (fitting < frames.length && bytesOf(fitting) <= maxBytes) fitting++
  if (fitting === frames.length) return frames
  const taken: number[] = []
  for (let k = 0; k < frames.length; k++) {
    const bytes = bytesOf(k)
    if (bytes <= maxBytes) {
      taken.push(k)
      continue
    }
    const index = kept ? (kept[k] as number) : k
    const error = new MillraceError('ENGINE_PREDICTION_TOO_LARGE', { bytes, maxBytes, stream: name })
    scored.predictions[index] = null
    scored.faults.push({ index, error, version: scored.owners[index] ?? null })
  }
  return pickFrames(frames, taken)
}

/** The records of a batch, to be echoed. */
export function echoOf(batch: FrameBatch, { values, verbatim }: DecodedBatch): Echo {
  return { records: values, frames: batch.values, verbatim: verbatim ?? null }
}

/**
 * The same for every output of an engine. A prediction that one of them cannot encode or does not take is left out of all: a record is
 * either a prediction or a dead letter.
 */
export function assembleOutputs(
  batch: FrameBatch,
  scored: ScoredBatch,
  echo: Echo | null,
  writers: readonly StreamWriter[],
  stamps: StampFactory,
  nowMs: number,
): FrameBatch[] {
  for (;;) {
    const faults = scored.faults.length
    const outputs = writers.map((writer) => assemblePredictions(batch, scored, echo, writer, stamps, nowMs))
    if (scored.faults.length === faults || writers.length === 1) return outputs
  }
}

/** Headers of the predictions: the stamps unless `stamps` is null, and those of the records. */
function headersOf(
  batch: FrameBatch,
  scored: ScoredBatch,
  kept: readonly number[] | null,
  stamps: StampFactory | null,
): BytesColumn | null {
  const inherited = batch.headers
  if (!stamps && !inherited) return null
  const length = kept ? kept.length : batch.length
  const headers = new BytesWriter(length, 320)
  const others = inherited && new InheritedHeaders(inherited)
  let owner: HeldVersion | null = null
  let stamp: Stamp | null = null
  for (let k = 0; k < length; k++) {
    const i = kept ? (kept[k] as number) : k
    if (!stamps) {
      headers.append(bytesAt(inherited as BytesColumn, i))
      continue
    }
    const version = scored.owners[i] as HeldVersion
    if (stamp === null || version !== owner) stamp = stamps.of(version)
    owner = version
    stamp.writeHeaders(headers, others, i, batch.positions[i] as number)
  }
  return headers.finish()
}
