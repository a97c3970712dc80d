import { MillraceError } from '../../core/errors.ts'
import type { FrameWriter, Transport } from '../transport.ts'

const options = {}

/** Swallows everything: for measuring, and for outputs that nobody wants. */
export const discardTransport: Transport<typeof options> = {
  kind: 'transport',
  name: 'discard',
  summary: 'swallows every record',
  stability: 'stable',
  since: '0.1.0',
  guarantee: { level: 'exactly-once', condition: 'always, because nothing is kept' },
  options,
  traits: () => ({ canRead: false, canWrite: true, keepsRecords: true, isSeekable: false, carriesHeaders: true }),
  partitions: async () => 1,
  domain: () => null,
  openReader: async (_options, { place }) => {
    throw new MillraceError('TRANSPORT_WRONG_DIRECTION', { place, transport: 'discard', direction: 'reading' })
  },
  openWriter: async () => swallower,
}

const swallower: FrameWriter = Object.freeze({
  accepts: 'frames',
  domain: null,
  write: () => undefined,
  flush: async () => undefined,
  close: async () => undefined,
})
