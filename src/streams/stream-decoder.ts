import type { Registry } from '../config/registry.ts'
import type { BytesColumn } from '../core/bytes.ts'
import { type ErrorCode, type ErrorParameters, MillraceError } from '../core/errors.ts'
import type { FrameBatch } from '../core/frames.ts'
import type { DecodedBatch } from '../encodings/encoding.ts'
import type { StreamDescriptor } from './descriptor.ts'
import { formatPosition } from './position-text.ts'
import { encodingContext, encodingOf, encodingOptions, type StreamContext } from './stream-context.ts'

/** Decodes and checks batches of a stream; an error's parameter `place` is the record's position. Never throws for a record. */
export interface StreamDecoder {
  (batch: FrameBatch): DecodedBatch
  /** As `Decoder.prepare`; absent when the decoder never needs to. */
  readonly prepare?: (frames: BytesColumn) => Promise<void> | null
}

/** Opens the decoder of a stream, apart from its transport. */
export function openStreamDecoder(
  descriptor: StreamDescriptor,
  registry: Registry,
  context: StreamContext,
): StreamDecoder {
  const encoding = encodingOf(descriptor, registry, context.place)
  const decoder = encoding.openDecoder(encodingOptions(descriptor, context), encodingContext(descriptor, context))
  const placeOf = (position: number) => formatPosition(descriptor.name, context.partition, position)
  const decode = (batch: FrameBatch) => {
    const decoded = decoder.decode(batch.values)
    return decoded.errors === null ? decoded : { ...decoded, errors: placed(decoded.errors, batch, placeOf) }
  }
  if (!decoder.prepare) return decode
  return Object.assign(decode, { prepare: (frames: BytesColumn) => decoder.prepare?.(frames) ?? null })
}

/** The errors with the place of each record as a parameter. */
function placed(
  errors: ReadonlyMap<number, MillraceError>,
  batch: FrameBatch,
  placeOf: (position: number) => string,
): ReadonlyMap<number, MillraceError> {
  const result = new Map<number, MillraceError>()
  for (const [index, error] of errors) {
    const parameters = { ...error.parameters, place: placeOf(batch.positions[index] as number) }
    result.set(index, new MillraceError(error.code, parameters as ErrorParameters<ErrorCode>, error.cause))
  }
  return result
}
