import type { Registry } from '../config/registry.ts'
import type { MillraceError } from '../core/errors.ts'
import type { FrameBatch } from '../core/frames.ts'
import type { Guarantee } from '../core/guarantee.ts'
import type { Transaction } from '../core/transaction.ts'
import type { DecodedBatch } from '../encodings/encoding.ts'
import type { Envelope } from '../envelopes/envelope.ts'
import type { FrameReader, TransportReader } from '../transports/transport.ts'
import { type Control, controlDetector } from './control-records.ts'
import { CutReader } from './cut-reader.ts'
import type { StreamDescriptor } from './descriptor.ts'
import { FrameGate } from './frame-gate.ts'
import { formatPosition } from './position-text.ts'
import {
  directedGuarantee,
  encodingOf,
  type StreamContext,
  transportContext,
  transportOf,
  transportOptions,
} from './stream-context.ts'
import { openStreamDecoder } from './stream-decoder.ts'
import { WholeChunks } from './whole-chunks.ts'

export type { DecodedBatch }

/** The reading end of one partition of a stream. One task uses it; calls do not overlap, except `interrupt`. */
export interface StreamReader {
  readonly name: string
  readonly partition: number
  /** Domain of transactions that `commit` can take part in, or null. */
  readonly domain: string | null
  readonly guarantee: Guarantee
  /** True when `seek` works, so that a checkpoint can keep the position. */
  readonly isSeekable: boolean
  /** Where the transport stood when the reader was opened or last moved. */
  readonly position: number
  /** True when `position` at open is what the consumer group has committed, which wins over a checkpoint's. */
  readonly hasCommitted: boolean
  /** Position behind the last record that the partition has now, or null where the transport cannot tell. */
  end(): Promise<number | null>
  /** Position behind the last record that was written, in transactions that are still open too, or null where it is `end`. */
  writtenEnd(): Promise<number | null>
  /** Control records taken out of the stream so far. */
  readonly controls: Readonly<Record<Control, number>>
  /**
   * Up to `maxRecords` frames. An empty batch means that no batch was complete within `waitMs`, or an interrupt; null means the
   * end. After a batch, reading goes on at its `end`.
   */
  next(maxRecords: number, waitMs: number): Promise<FrameBatch | null>
  /** Decodes and checks a batch that `next` gave; an error's parameter `place` is its position. Never throws for a record. */
  decode(batch: FrameBatch): DecodedBatch
  /** Text form of a position of this partition: `orders/3@1042`. */
  placeOf(position: number): string
  /** Tells whoever waits for the record at `position` why it becomes a dead letter; nothing where nobody can. Called before its commit. */
  reject(position: number, error: MillraceError): void
  commit(end: number, transaction: Transaction | null): Promise<void>
  /** Reads from `position` on; a byte transport starts a frame there. */
  seek(position: number): Promise<void>
  interrupt(): void
  close(): Promise<void>
}

/** Opens one partition (`context.partition`) of a stream for reading. */
export async function openStreamReader(
  descriptor: StreamDescriptor,
  registry: Registry,
  context: StreamContext,
): Promise<StreamReader> {
  const transport = transportOf(descriptor, registry, context.place)
  const encoding = encodingOf(descriptor, registry, context.place)
  const decode = openStreamDecoder(descriptor, registry, context)
  const reader = framed(
    await transport.openReader(transportOptions(descriptor, context), transportContext(descriptor, context)),
    descriptor,
    registry,
    context,
  )
  const gate = new FrameGate(reader, {
    batching: descriptor.batching,
    detect: descriptor.controlRecords ? controlDetector(encoding.name) : null,
    isLooping: descriptor.loop,
    clock: context.clock,
  })
  /** A batch that `next` could not give yet, because the decoder does not know its records. */
  let unprepared: FrameBatch | null = null
  const nextPrepared = async (maxRecords: number, waitMs: number) => {
    const batch = unprepared ?? (await gate.next(maxRecords, waitMs))
    unprepared = batch
    if (batch !== null) await decode.prepare?.(batch.values)
    unprepared = null
    return batch
  }
  const { partition } = context
  const placeOf = (position: number) => formatPosition(descriptor.name, partition, position)
  return {
    name: descriptor.name,
    partition,
    domain: reader.domain,
    guarantee: directedGuarantee(transport, 'in'),
    isSeekable: transport.traits(descriptor.transport).isSeekable,
    get position() {
      return reader.position
    },
    hasCommitted: reader.hasCommitted ?? false,
    end: async () => (await reader.end?.()) ?? null,
    writtenEnd: async () => (await reader.writtenEnd?.()) ?? null,
    controls: gate.controls,
    next: decode.prepare ? nextPrepared : (maxRecords, waitMs) => gate.next(maxRecords, waitMs),
    decode,
    placeOf,
    reject: (position, error) => reader.reject?.(position, error.toReport()),
    commit: (end, transaction) => reader.commit(end, transaction),
    seek: async (position) => {
      await reader.seek(position)
      gate.reset()
      unprepared = null
    },
    interrupt: () => reader.interrupt(),
    close: () => reader.close(),
  }
}

/** The transport's reader, behind the envelope's cutter if it delivers bytes. */
function framed(
  reader: TransportReader,
  descriptor: StreamDescriptor,
  registry: Registry,
  context: StreamContext,
): FrameReader {
  if (reader.delivers === 'frames') return reader
  const { envelope: options } = descriptor
  if (options === null) return new CutReader(reader, (position) => new WholeChunks(position), context.clock)
  const envelope = registry.get<Envelope>('envelope', options.type, `${context.place}.envelope`)
  return new CutReader(reader, (position) => envelope.openCutter(options, position), context.clock)
}
