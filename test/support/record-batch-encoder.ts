import type { Compression } from '../../src/clients/kafka/compression.ts'
import { type BatchProducer, RecordBatchBuilder, stampProducer } from '../../src/clients/kafka/record-batch-builder.ts'
import type { FrameBatch } from '../../src/core/frames.ts'

/** What a batch is written with besides its records. */
export interface RecordBatchSettings extends BatchProducer {
  readonly compression: Compression
  /** Time of the records that have none, in ms since the epoch. */
  readonly nowMs: number
}

/** Frames `[from, to)` as one batch, whose first offset is 0 as in every produce request. The bytes are copied. */
export function encodeRecordBatch(frames: FrameBatch, from: number, to: number, settings: RecordBatchSettings): Buffer {
  const builder = new RecordBatchBuilder(1024)
  builder.append(frames, from, to, Number.POSITIVE_INFINITY, settings.nowMs)
  const batch = builder.finish(settings.compression)
  stampProducer(batch, settings)
  return batch
}
