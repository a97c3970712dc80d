import { type BytesColumn, type BytesWriter, NO_VALUE } from '../../core/bytes.ts'
import { MillraceError } from '../../core/errors.ts'
import { describeValue, mismatch } from '../../schema/check.ts'
import { describeSchema } from '../../schema/schema.ts'
import type { Value } from '../../schema/value.ts'
import type { DecodedBatch, Decoder, Encoder, Encoding, EncodingContext } from '../encoding.ts'

const options = {}

const decoder: Decoder = {
  decode(frames: BytesColumn): DecodedBatch {
    const values: (Value | undefined)[] = new Array(frames.length)
    let errors: Map<number, MillraceError> | null = null
    for (let i = 0; i < frames.length; i++) {
      const end = frames.ends[i] as number
      if (end === NO_VALUE) {
        values[i] = undefined
        errors ??= new Map()
        errors.set(i, new MillraceError('ENCODING_NULL_RECORD', {}))
        continue
      }
      // A copy, because values outlive the batch.
      values[i] = new Uint8Array(frames.bytes.subarray(frames.starts[i], end))
    }
    return { values, errors }
  },
}

const encoder: Encoder = {
  encode(value: Value, writer: BytesWriter): void {
    if (value instanceof Uint8Array) writer.append(value)
    else throw mismatch({ path: '', expected: 'bytes', actual: describeValue(value) })
  },
}

function requireBytes({ schema, place }: EncodingContext): void {
  if (schema === null || schema.type === 'bytes') return
  const parameters = { place, encoding: 'raw', expected: '"bytes"', actual: describeSchema(schema) }
  throw new MillraceError('ENCODING_SCHEMA_UNFIT', parameters)
}

/** Records as they are: a value is the frame's bytes (FastScore's encoding `null`). */
export const rawEncoding: Encoding<typeof options> = Object.freeze({
  kind: 'encoding',
  name: 'raw',
  summary: 'each record is its bytes',
  stability: 'stable',
  since: '0.1.0',
  options,
  isSelfDelimiting: false,
  hasFields: false,
  schemaRule: 'bytes',
  openDecoder: (_options: object, context: EncodingContext) => {
    requireBytes(context)
    return decoder
  },
  openEncoder: (_options: object, context: EncodingContext) => {
    requireBytes(context)
    return encoder
  },
})
