import { bytesAt } from '../../core/bytes.ts'
import type { ChunkWriter, FrameWriter, SlotChannel, SlotRecord, TransportContext } from '../transport.ts'

/** Writer of a slot whose answers carry one record each. */
export function openFrameWriter(channel: SlotChannel, { clock }: TransportContext): FrameWriter {
  let sequence = 0
  return {
    accepts: 'frames',
    domain: null,
    write: (batch) => {
      const now = clock.now()
      const records: SlotRecord[] = []
      for (let i = 0; i < batch.length; i++) {
        records.push({
          sequence: sequence++,
          bytes: bytesAt(batch.values, i) ?? Buffer.alloc(0),
          headers: batch.headers && bytesAt(batch.headers, i),
          timestampMs: batch.timestampsMs?.[i] ?? now,
        })
      }
      return channel.send(records)
    },
    flush: async () => {},
    close: async () => {},
  }
}

/** Writer of a slot whose answers are pieces of one byte stream. */
export function openChunkWriter(channel: SlotChannel, { clock }: TransportContext): ChunkWriter {
  let sequence = 0
  return {
    accepts: 'chunks',
    domain: null,
    write: (bytes) => channel.send([{ sequence: sequence++, bytes, headers: null, timestampMs: clock.now() }]),
    flush: async () => {},
    close: async () => {},
  }
}
