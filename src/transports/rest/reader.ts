import { columnOf } from '../../core/bytes.ts'
import { MillraceError } from '../../core/errors.ts'
import { type FrameBatch, framesOf } from '../../core/frames.ts'
import type { Chunk, ChunkReader, FrameReader, SlotChannel, SlotRecord, TransportContext } from '../transport.ts'

/** Reader of a slot whose requests carry one record each; positions are the slot's sequence numbers. */
export function openFrameReader(channel: SlotChannel, context: TransportContext): FrameReader {
  let position = 0
  return {
    delivers: 'frames',
    domain: null,
    get position() {
      return position
    },
    next: async (maxRecords, waitMs) => {
      const records = await channel.receive(maxRecords, waitMs)
      if (records === null) return null
      const last = records.at(-1)
      if (last) position = last.sequence + 1
      return framesFrom(records, position)
    },
    reject: (at, error) => channel.reject?.(at, error),
    seek: async (to) => refuseSeek(to, position, context),
    commit: async (end) => {
      if (end > 0) channel.acknowledge(end - 1)
    },
    interrupt: () => channel.interrupt(),
    close: async () => channel.interrupt(),
  }
}

/**
 * Reader of a slot whose bodies are pieces of one byte stream; positions count its bytes.
 *
 * A piece is acknowledged when everything up to its last byte is committed: a sender whose body ends inside a record is
 * answered after the piece that completes the record.
 */
export function openChunkReader(channel: SlotChannel, context: TransportContext): ChunkReader {
  let position = 0
  /** Pieces not yet acknowledged, oldest first. */
  const pieces: { readonly end: number; readonly sequence: number }[] = []
  return {
    delivers: 'chunks',
    domain: null,
    get position() {
      return position
    },
    next: async (waitMs): Promise<Chunk | null> => {
      const records = await channel.receive(1, waitMs)
      if (records === null) return null
      const record = records[0]
      if (!record) return { bytes: Buffer.alloc(0), position }
      const chunk = { bytes: record.bytes, position }
      position += record.bytes.length
      pieces.push({ end: position, sequence: record.sequence })
      return chunk
    },
    seek: async (to) => refuseSeek(to, position, context),
    commit: async (end) => {
      let done = -1
      while (pieces[0] && pieces[0].end <= end) done = (pieces.shift() as { sequence: number }).sequence
      if (done >= 0) channel.acknowledge(done)
    },
    interrupt: () => channel.interrupt(),
    close: async () => channel.interrupt(),
  }
}

function framesFrom(records: readonly SlotRecord[], position: number): FrameBatch {
  const batch = framesOf(columnOf(records.map((record) => record.bytes)), records[0]?.sequence ?? position)
  return {
    ...batch,
    headers: records.some((record) => record.headers !== null) ? columnOf(records.map((r) => r.headers)) : null,
    timestampsMs: Float64Array.from(records, (record) => record.timestampMs),
  }
}

/** Going to where the reader is anyway is no move. */
function refuseSeek(to: number, position: number, { place }: TransportContext): void {
  if (to !== position) throw new MillraceError('TRANSPORT_NOT_SEEKABLE', { place, transport: 'rest', position: to })
}
