import { choice } from '../../config/option.ts'
import { MillraceError } from '../../core/errors.ts'
import type { SlotChannel, Transport, TransportContext } from '../transport.ts'
import { openChunkReader, openFrameReader } from './reader.ts'
import { openChunkWriter, openFrameWriter } from './writer.ts'

const options = {
  mode: choice(['simple', 'chunked'], {
    summary:
      'simple: a request carries one record; chunked: a body is a piece of a byte stream, which the envelope cuts',
    default: 'simple',
  }),
}

/** The slot's end over HTTP: the process that hosts the engine serves it and lends the channel. */
export const restTransport: Transport<typeof options> = {
  kind: 'transport',
  name: 'rest',
  summary: 'records that HTTP clients post to a slot of the engine or get from it',
  stability: 'stable',
  since: '0.1.0',
  guaranteeIn: {
    level: 'at-least-once',
    condition: 'the sender repeats requests that were not answered; an answer means that the effects are durable',
  },
  guaranteeOut: {
    level: 'at-most-once',
    condition: 'always: records that nobody has fetched are lost when the process ends',
  },
  guarantee: {
    level: 'at-most-once',
    condition: 'as an output; as an input it is at-least-once when the sender repeats requests that were not answered',
  },
  options,
  traits: ({ mode }) => ({
    canRead: true,
    canWrite: true,
    keepsRecords: mode === 'simple',
    isSeekable: false,
    carriesHeaders: mode === 'simple',
  }),
  partitions: async () => 1,
  domain: () => null,
  openReader: async ({ mode }, context) => {
    const channel = channelOf(context)
    channel.rewind?.()
    return mode === 'simple' ? openFrameReader(channel, context) : openChunkReader(channel, context)
  },
  openWriter: async ({ mode }, context) => {
    const channel = channelOf(context)
    return mode === 'simple' ? openFrameWriter(channel, context) : openChunkWriter(channel, context)
  },
}

function channelOf({ channel, place }: TransportContext): SlotChannel {
  if (channel) return channel
  throw new MillraceError('TRANSPORT_CHANNEL_MISSING', { place })
}
