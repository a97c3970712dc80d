/** Model messages as publishers write them, for tests and fuzzing. */
import { registry } from '../../src/components.ts'
import { BytesWriter, bytesAt } from '../../src/core/bytes.ts'
import type { Encoding } from '../../src/encodings/encoding.ts'
import { modelEncoding } from '../../src/engine/model-decoder.ts'
import type { RecordValue } from '../../src/schema/value.ts'

/** A model message with the names of proto/model.proto; `data` as bytes. */
export type Message = Readonly<Record<string, unknown>> & { readonly data?: Uint8Array | undefined }

/** The message in JSON: bytes as base64, nested JSON as values. */
export function jsonMessage(message: Message): Buffer {
  const data = message.data === undefined ? {} : { data: Buffer.from(message.data).toString('base64') }
  return Buffer.from(JSON.stringify({ ...message, ...data }))
}

const encoding = registry.get<Encoding>('encoding', 'protobuf', 'test')
const encoder = encoding.openEncoder(modelEncoding(registry) as never, { schema: null, baseFolder: '/', place: 'test' })

/** The message in protobuf: nested JSON as text, enums by their names. */
export function protobufMessage(message: Message): Buffer {
  const value: Record<string, unknown> = { ...message }
  if (message['options']) value['options'] = JSON.stringify(message['options'])
  if (message['verificationRows'])
    value['verificationRows'] = (message['verificationRows'] as unknown[]).map((row) => JSON.stringify(row))
  if (message['action']) value['action'] = String(message['action']).toUpperCase()
  const writer = new BytesWriter(1, 256)
  encoder.encode(value as RecordValue, writer)
  return Buffer.from(bytesAt(writer.finish(), 0) ?? [])
}
