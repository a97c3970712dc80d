import { list, text } from '../../config/option.ts'
import { MillraceError } from '../../core/errors.ts'
import type { Transport } from '../transport.ts'
import { contentOf } from './content.ts'
import { openChunkReader, openFrameReader } from './reader.ts'

const base64 = { regex: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/, form: 'base64 text' }

const options = {
  records: list(text({ summary: 'one record' }), {
    summary: 'encoded records as text, one item each',
    isOptional: true,
    examples: [['{"x":1}', '{"x":2}']],
  }),
  binaryRecords: list(text({ summary: 'one record in base64' }, base64), {
    summary: 'encoded records in base64, one item each',
    isOptional: true,
    examples: [['AAEC', 'AwQF']],
  }),
  text: text({
    summary: 'records as one text, which the envelope cuts',
    isOptional: true,
    examples: ['{"x":1}\n{"x":2}\n'],
  }),
  binary: text({ summary: 'records as bytes in base64, which the envelope cuts', isOptional: true }, base64),
}

/** Records that stand in the descriptor itself: for examples, tests and small reference data. */
export const inlineTransport: Transport<typeof options> = {
  kind: 'transport',
  name: 'inline',
  summary: 'records written in the descriptor itself; exactly one of the options is given',
  stability: 'stable',
  since: '0.1.0',
  guarantee: {
    level: 'exactly-once',
    condition: 'the checkpoint keeps the position and the descriptor is not changed between runs',
  },
  options,
  check: (values, place) => void contentOf(values, place),
  traits: (values) => ({
    canRead: true,
    canWrite: false,
    keepsRecords: values.records !== undefined || values.binaryRecords !== undefined,
    isSeekable: true,
    carriesHeaders: false,
  }),
  partitions: async () => 1,
  domain: () => null,
  openReader: async (values, context) => {
    const content = contentOf(values, context.place)
    return content.isList ? openFrameReader(content.records, context) : openChunkReader(content.bytes, context)
  },
  openWriter: async (_values, { place }) => {
    throw new MillraceError('TRANSPORT_WRONG_DIRECTION', { place, transport: 'inline', direction: 'writing' })
  },
}
