import { BytesWriter, bytesAt, columnOf } from '../../../src/core/bytes.ts'
import { AvroDecoder } from '../../../src/encodings/avro-binary/decoder.ts'
import { AvroEncoder } from '../../../src/encodings/avro-binary/encoder.ts'
import { parseAvro } from '../../../src/schema/avro.ts'
import type { Schema } from '../../../src/schema/schema.ts'
import type { Value } from '../../../src/schema/value.ts'

/** Encodes values one after the other with one encoder. */
export function encodeAll(schema: Schema, values: readonly Value[]): Uint8Array[] {
  const encoder = new AvroEncoder(schema)
  const writer = new BytesWriter(1, 1)
  for (const value of values) encoder.encode(value, writer)
  const column = writer.finish()
  return values.map((_, i) => Uint8Array.from(bytesAt(column, i) as Uint8Array))
}

/** Decodes frames; errors come as their messages. */
export function decodeAll(written: Schema, frames: readonly (Uint8Array | null)[], read = written): unknown[] {
  const { values, errors } = new AvroDecoder(written, read).decode(columnOf(frames))
  return Array.from(values, (value, i) => errors?.get(i)?.message ?? value)
}

/** The bytes of one value, in hexadecimal. */
export function writeHex(schema: unknown, value: Value): string {
  return Buffer.from(encodeAll(parseAvro(schema), [value])[0] as Uint8Array).toString('hex')
}

/** The value of bytes in hexadecimal, or the message of its error. */
export function readHex(schema: unknown, hex: string, read: unknown = schema): unknown {
  const written = parseAvro(schema)
  return decodeAll(
    written,
    [Buffer.from(hex.replaceAll(' ', ''), 'hex')],
    read === schema ? written : parseAvro(read),
  )[0]
}
