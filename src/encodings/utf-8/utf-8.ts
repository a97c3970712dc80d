import { type BytesColumn, type BytesWriter, NO_VALUE } from '../../core/bytes.ts'
import { MillraceError } from '../../core/errors.ts'
import { bufferOf, TextReader, utf8FaultAt } from '../../core/utf8.ts'
import { describeValue, mismatch } from '../../schema/check.ts'
import { describeSchema } from '../../schema/schema.ts'
import type { Value } from '../../schema/value.ts'
import type { DecodedBatch, Decoder, Encoder, Encoding, EncodingContext } from '../encoding.ts'

const options = {}

class Utf8Decoder implements Decoder {
  readonly #texts = new TextReader()

  decode(frames: BytesColumn): DecodedBatch {
    const bytes = bufferOf(frames.bytes)
    const values: (Value | undefined)[] = new Array(frames.length)
    let errors: Map<number, MillraceError> | null = null
    for (let i = 0; i < frames.length; i++) {
      const start = frames.starts[i] as number
      const end = frames.ends[i] as number
      const text = end === NO_VALUE ? null : this.#texts.utf8(bytes, start, end)
      if (text !== null) {
        values[i] = text
        continue
      }
      values[i] = undefined
      errors ??= new Map()
      errors.set(i, end === NO_VALUE ? new MillraceError('ENCODING_NULL_RECORD', {}) : notUtf8(bytes, start, end))
    }
    return { values, errors }
  }
}

function notUtf8(bytes: Uint8Array, start: number, end: number): MillraceError {
  const at = utf8FaultAt(bytes, start, end)
  const byte = `0x${(bytes[at] as number).toString(16).padStart(2, '0')}`
  return new MillraceError('ENCODING_TEXT_NOT_UTF8', { byte, position: at - start })
}

const encoder: Encoder = {
  encode(value: Value, writer: BytesWriter): void {
    if (typeof value === 'string' && value.isWellFormed()) {
      writer.appendText(value)
      return
    }
    if (typeof value === 'string') {
      const actual = `text with a lone surrogate: ${describeValue(value)}`
      throw new MillraceError('ENCODING_VALUE_WRONG', { where: 'record', encoding: 'utf-8', expected: 'text', actual })
    }
    throw mismatch({ path: '', expected: 'string', actual: describeValue(value) })
  },
}

function requireText({ schema, place }: EncodingContext): void {
  if (schema === null || schema.type === 'string') return
  const parameters = { place, encoding: 'utf-8', expected: '"string"', actual: describeSchema(schema) }
  throw new MillraceError('ENCODING_SCHEMA_UNFIT', parameters)
}

/** Records as UTF-8 text: a value is a string. */
export const utf8Encoding: Encoding<typeof options> = Object.freeze({
  kind: 'encoding',
  name: 'utf-8',
  summary: 'each record is one text',
  stability: 'stable',
  since: '0.1.0',
  options,
  isSelfDelimiting: false,
  hasFields: false,
  schemaRule: 'string',
  openDecoder: (_options: object, context: EncodingContext) => {
    requireText(context)
    return new Utf8Decoder()
  },
  openEncoder: (_options: object, context: EncodingContext) => {
    requireText(context)
    return encoder
  },
})
