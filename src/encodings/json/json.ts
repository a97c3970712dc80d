import type { Encoding, EncodingContext } from '../encoding.ts'
import { JsonDecoder } from './decoder.ts'
import { JsonEncoder } from './encoder.ts'

const options = {}

/** Records as JSON texts (RFC 8259), one value per frame. */
export const jsonEncoding: Encoding<typeof options> = Object.freeze({
  kind: 'encoding',
  name: 'json',
  summary: 'JSON text, read by the learned layout of the records and written without intermediate text',
  stability: 'stable',
  since: '0.1.0',
  options,
  isSelfDelimiting: false,
  hasFields: true,
  schemaRule: 'any',
  openDecoder: (_options: object, context: EncodingContext) => new JsonDecoder(context.schema),
  openEncoder: (_options: object, context: EncodingContext) => new JsonEncoder(context.schema),
})
