import type { Registry } from '../config/registry.ts'
import { type ErrorCode, type ErrorParameters, MillraceError } from '../core/errors.ts'
import type { FrameBatch } from '../core/frames.ts'
import type { DecodedBatch } from '../encodings/encoding.ts'
import type { StreamDescriptor } from './descriptor.ts'
import { formatPosition } from './position-text.ts'
import { encodingOf, resolveSchema, type StreamContext } from './stream-context.ts'

/** Decodes and checks batches of a stream; an error's parameter `place` is the record's position. Never throws for a record. */
export type StreamDecoder = (batch: FrameBatch) => DecodedBatch

/** Opens the decoder of a stream, apart from its transport. */
export function openStreamDecoder(
  descriptor: StreamDescriptor,
  registry: Registry,
  context: StreamContext,
): StreamDecoder {
  const encoding = encodingOf(descriptor, registry, context.place)
  const decoder = encoding.openDecoder(descriptor.encoding, {
    schema: resolveSchema(descriptor, context),
    baseFolder: context.baseFolder,
    place: `${context.place}.encoding`,
  })
  const placeOf = (position: number) => formatPosition(descriptor.name, context.partition, position)
  return (batch) => {
    const decoded = decoder.decode(batch.values)
    return decoded.errors === null ? decoded : { ...decoded, errors: placed(decoded.errors, batch, placeOf) }
  }
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
