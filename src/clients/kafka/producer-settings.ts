import type { Compression } from './compression.ts'

/**
 * Size at which batches are sent by default. With larger requests a record of 8 KB cost a broker of 1 GiB of heap, which is Kafka's default, a third more
 * (bench/kafka-crayfish.ts): buffers of more than 512 KiB are humongous objects of its collector there.
 */
const BATCH_BYTES = 500_000

/** What every producer may be told; what is absent has its default. */
export interface ProducerOptions {
  /** None by default. */
  readonly compression?: Compression
  /** Size at which a batch is sent even while others are under way, at most that of a request; BATCH_BYTES by default. */
  readonly maxBatchBytes?: number
  /** Size from which a request takes no further partition; 4 MiB by default. */
  readonly maxRequestBytes?: number
  /** Bytes written and not acknowledged beyond which callers wait; 32 MiB by default. */
  readonly maxBufferedBytes?: number
  /** How long a partition may refuse everything before the producer gives up; 120 s by default. */
  readonly deliveryTimeoutMs?: number
}

/** The options with their defaults. */
export function producerSettings(options: ProducerOptions): Required<ProducerOptions> {
  const { compression = 'none', maxBatchBytes = BATCH_BYTES, maxRequestBytes = 4 * 2 ** 20 } = options
  return {
    compression,
    maxBatchBytes: Math.min(maxBatchBytes, maxRequestBytes),
    maxRequestBytes,
    maxBufferedBytes: options.maxBufferedBytes ?? 32 * 2 ** 20,
    deliveryTimeoutMs: options.deliveryTimeoutMs ?? 120_000,
  }
}
