import type { Transport } from '../transport.ts'
import { openStandardInput, openStreamReader } from './reader.ts'
import { openDescriptorWriter } from './writer.ts'

const options = {}

/** Standard input and output of the process, as bytes. */
export const stdioTransport: Transport<typeof options> = {
  kind: 'transport',
  name: 'stdio',
  summary: 'standard input as an input, standard output as an output',
  stability: 'stable',
  since: '0.1.0',
  guaranteeIn: {
    level: 'at-most-once',
    condition: 'always: what was read and not yet scored is lost with the process',
  },
  guaranteeOut: {
    level: 'at-least-once',
    condition: 'whoever reads standard output keeps what it has read',
  },
  guarantee: { level: 'at-most-once', condition: 'as an input; as an output it is at-least-once' },
  options,
  traits: () => ({ canRead: true, canWrite: true, keepsRecords: false, isSeekable: false, carriesHeaders: false }),
  partitions: async () => 1,
  domain: () => null,
  openReader: async (_values, context) => openStreamReader(openStandardInput(), context),
  openWriter: async (_values, context) => openDescriptorWriter(1, context),
}
