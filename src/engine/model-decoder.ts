import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseOptions } from '../config/parse.ts'
import type { Registry } from '../config/registry.ts'
import { bytesAt } from '../core/bytes.ts'
import type { MillraceError } from '../core/errors.ts'
import { type FrameBatch, sliceFrames } from '../core/frames.ts'
import type { Value } from '../schema/value.ts'
import type { StreamDescriptor } from '../streams/descriptor.ts'
import type { StreamContext } from '../streams/stream-context.ts'
import { openStreamDecoder, type StreamDecoder } from '../streams/stream-decoder.ts'
import { chunkOf } from './chunk-assembler.ts'

/** The message of the model stream: proto/model.proto, wire-compatible with the seeds' ModelDescriptor. */
export const MODEL_MESSAGE = 'ModelMessage'

const OPEN_BRACE = 0x7b

/** Text of proto/model.proto. */
export function modelProto(): string {
  return readFileSync(fileURLToPath(new URL('../../proto/model.proto', import.meta.url)), 'utf8')
}

/** The encoding of model messages in protobuf, as a descriptor's choice. */
export function modelEncoding(registry: Registry): StreamDescriptor['encoding'] {
  const { options } = registry.get('encoding', 'protobuf', 'model stream')
  const values = parseOptions(options, { schema: modelProto(), message: MODEL_MESSAGE }, { source: 'model stream' })
  return { type: 'protobuf', ...values }
}

/**
 * Decoder of a model stream whose descriptor states no encoding: each message is JSON when its first byte is `{`, else protobuf
 * (as the first byte of a protobuf message, `{` would start a group of field 15, which the message has not).
 */
export function openModelDecoder(
  descriptor: StreamDescriptor,
  registry: Registry,
  context: StreamContext,
): StreamDecoder {
  const json = openStreamDecoder(
    {
      ...descriptor,
      encoding: {
        type: 'json',
        ...parseOptions(registry.get('encoding', 'json', 'model stream').options, {}, { source: 'model stream' }),
      },
    },
    registry,
    context,
  )
  const protobuf = openStreamDecoder(
    { ...descriptor, encoding: modelEncoding(registry), schema: null },
    registry,
    context,
  )
  return (batch: FrameBatch): ReturnType<StreamDecoder> => {
    const values: (Value | undefined)[] = []
    const errors = new Map<number, MillraceError>()
    for (let i = 0; i < batch.length; i++) {
      const isJson = bytesAt(batch.values, i)?.[0] === OPEN_BRACE
      const decoded = (isJson ? json : protobuf)(sliceFrames(batch, i, i + 1))
      values.push(decoded.values[0])
      const error = decoded.errors?.get(0)
      if (error) errors.set(i, error)
    }
    return { values, errors: errors.size > 0 ? errors : null }
  }
}

/** What the decoder made of a record. */
export interface DecodedMessage {
  readonly value: Value | undefined
  readonly error: MillraceError | null
}

/** Decodes a batch as a whole; one with parts of artifacts record by record, so that no part is taken for a message. */
export function decodeMessages(batch: FrameBatch, decode: StreamDecoder): (index: number) => DecodedMessage {
  const hasParts = Array.from({ length: batch.length }, (_, i) => chunkOf(batch.headers, i)).some((c) => c !== null)
  const whole = hasParts ? null : decode(batch)
  return (index) => {
    const { values, errors } = whole ?? decode(sliceFrames(batch, index, index + 1))
    const at = whole ? index : 0
    return { value: values[at], error: errors?.get(at) ?? null }
  }
}
