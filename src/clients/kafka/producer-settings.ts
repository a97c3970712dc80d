import type { Compression } from './compression.ts'

/** What every producer may be told; what is absent has its default. */
export interface ProducerOptions {
  /** None by default. */
  readonly compression?: Compression
  /** Size at which a batch is sent even while others are under way; 1,000,000 by default, a little less than brokers take. */
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
  return {
    compression: options.compression ?? 'none',
    maxBatchBytes: options.maxBatchBytes ?? 1_000_000,
    maxRequestBytes: options.maxRequestBytes ?? 4 * 2 ** 20,
    maxBufferedBytes: options.maxBufferedBytes ?? 32 * 2 ** 20,
    deliveryTimeoutMs: options.deliveryTimeoutMs ?? 120_000,
  }
}
