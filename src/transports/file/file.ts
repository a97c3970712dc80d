import { resolve } from 'node:path'
import { boolean, choice, text } from '../../config/option.ts'
import type { Transport } from '../transport.ts'
import { openFileReader } from './reader.ts'
import { openFileWriter } from './writer.ts'

const options = {
  path: text({
    summary: 'path of the file; a relative one starts from the folder of the document',
    examples: ['data/iris.jsonl', '/var/spool/orders.jsonl'],
  }),
  follow: boolean({ summary: 'as an input: wait for more at the end of the file, as tail -f does', default: false }),
  mode: choice(['append', 'truncate'], {
    summary: 'as an output: keep what the file holds, or empty it when an engine starts anew (never when it resumes)',
    default: 'append',
  }),
}

/** Files of the machine: in from a position, out with backpressure. */
export const fileTransport: Transport<typeof options> = {
  kind: 'transport',
  name: 'file',
  summary: 'reads a file, once, in a loop or following it as it grows; writes a file',
  stability: 'stable',
  since: '0.1.0',
  guaranteeIn: {
    level: 'exactly-once',
    condition: 'the checkpoint keeps the position and the file only grows',
  },
  guaranteeOut: {
    level: 'at-least-once',
    condition: 'always: records written after the last checkpoint are written again when the engine resumes',
  },
  guarantee: {
    level: 'at-least-once',
    condition:
      'as an output, because records after the last checkpoint are written again; as an input positions are exact',
  },
  options,
  traits: () => ({ canRead: true, canWrite: true, keepsRecords: false, isSeekable: true, carriesHeaders: false }),
  partitions: async () => 1,
  source: ({ path }) => path,
  domain: () => null,
  openReader: async (values, context) =>
    openFileReader({ path: resolve(context.baseFolder, values.path), isFollowing: values.follow }, context),
  openWriter: async (values, context) =>
    openFileWriter({ path: resolve(context.baseFolder, values.path), mode: values.mode }, context),
}
