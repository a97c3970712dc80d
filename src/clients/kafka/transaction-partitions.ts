import { MillraceError } from '../../core/errors.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { SenderSettings } from './sender-settings.ts'

/** Makes partitions part of the transaction where that takes a request of its own: one request at a time. */
export class TransactionPartitions {
  readonly #request: NonNullable<SenderSettings['addPartitions']>
  readonly #onEnd: (error: MillraceError | null) => void
  #underWay: AbortController | null = null

  /** `onEnd` is called when a request has been answered, with what went wrong. */
  constructor(request: NonNullable<SenderSettings['addPartitions']>, onEnd: (error: MillraceError | null) => void) {
    this.#request = request
    this.#onEnd = onEnd
  }

  get isUnderWay(): boolean {
    return this.#underWay !== null
  }

  /** Not while another is under way. */
  async add(queues: readonly PartitionQueue[]): Promise<void> {
    const underWay = new AbortController()
    this.#underWay = underWay
    let error: MillraceError | null = null
    try {
      await this.#request(queues, underWay.signal)
      for (const queue of queues) queue.isAdded = true
    } catch (thrown) {
      error = MillraceError.from(thrown, 'kafka producer')
      // Whoever drops the transaction aborts it, and takes a new epoch, with which a request that is late is of no effect.
      if (underWay.signal.aborted && error.isRetryable) error = null
    }
    this.#underWay = null
    this.#onEnd(error)
  }

  /** The transaction is dropped: what is under way is not tried again. */
  stop(): void {
    this.#underWay?.abort()
  }
}
