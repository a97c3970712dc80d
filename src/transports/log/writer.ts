import type { EmbeddedLog } from '../../clients/log/log.ts'
import type { FrameBatch } from '../../core/frames.ts'
import type { Transaction } from '../../core/transaction.ts'
import type { FrameWriter } from '../transport.ts'
import { ownTransaction } from './reader.ts'

/** Which partition a writer appends to. */
export interface LogWriterPlace {
  readonly topic: string
  readonly partition: number
  readonly place: string
}

/** Appends to one partition of a topic. */
export class LogWriter implements FrameWriter {
  readonly accepts = 'frames'
  readonly isCopying = true
  readonly domain: string
  readonly #log: EmbeddedLog
  readonly #place: LogWriterPlace

  constructor(log: EmbeddedLog, place: LogWriterPlace) {
    this.domain = log.domain
    this.#log = log
    this.#place = place
  }

  /** Without a transaction the batch is its own commit: durable when this resolves. */
  write(batch: FrameBatch, transaction: Transaction | null): Promise<void> | void {
    if (batch.length === 0) return
    const { topic, partition, place } = this.#place
    if (transaction !== null) {
      ownTransaction(transaction, this.domain, place).append(topic, partition, batch)
      return
    }
    const own = this.#log.begin()
    own.append(topic, partition, batch)
    return own.commit()
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.#log.close()
  }
}
