import { listOffsets } from '../../clients/kafka/admin.ts'
import type { KafkaCluster } from '../../clients/kafka/cluster.ts'
import { PartitionFetcher } from '../../clients/kafka/fetcher.ts'
import { MillraceError } from '../../core/errors.ts'
import { ChangelogTable } from './changelog.ts'

const MAX_FETCH_BYTES = 1024 * 1024
const MAX_RECORDS = 10_000
/** How long a broker holds back the answer of a fetch at the end of the partition. */
const FETCH_WAIT_MS = 500
/** Wait after an error of a follower before it goes on. */
const RETRY_MS = 1_000

/** Where the changelog is, and how long reading it may take. */
export interface ChangelogPlace {
  readonly topic: string
  readonly partition: number
  /** Open transactions end within so long, by themselves or by the coordinator. */
  readonly transactionTimeoutMs: number
}

interface Waiter extends PromiseWithResolvers<void> {
  readonly end: number
}

/** Is called with each task whose state changed, and null when it has none any more. */
type OnState = (task: string, state: unknown) => void

/**
 * One partition of the changelog topic as far as it was read: committed records alone. `catchUp` reads on to the end; `follow` stays
 * at the end from then on.
 */
export class ChangelogPartition {
  readonly table: ChangelogTable
  readonly #cluster: KafkaCluster
  readonly #place: ChangelogPlace
  /** Offset of the next record to be read. */
  #position = 0
  /** The last `catchUp`: they read one after another. */
  #reading: Promise<void> = Promise.resolve()
  #follower: PartitionFetcher | null = null
  #following: Promise<void> | null = null
  readonly #waiters = new Set<Waiter>()
  /** What keeps the follower from reading on; null once it reads again. */
  #error: MillraceError | null = null
  readonly #closed = new AbortController()

  constructor(cluster: KafkaCluster, place: ChangelogPlace) {
    this.#cluster = cluster
    this.#place = place
    this.table = new ChangelogTable(place.topic)
  }

  /**
   * Resolves when the table has everything that was committed before the call, as far as no open transaction lies before it. With
   * `waitsForOpen` those are waited for, so that of everything written it is known whether it was committed; they end within
   * their time-out. Rejects with CORE_CLOSED when it is given up by the signal or `close`.
   */
  async catchUp(waitsForOpen: boolean, signal?: AbortSignal): Promise<void> {
    const { topic, partition } = this.#place
    const isolation = waitsForOpen ? 'readUncommitted' : 'readCommitted'
    const [latest] = await listOffsets(this.#cluster, topic, [partition], 'latest', isolation)
    const end = latest?.offset ?? 0
    const given = signal ? AbortSignal.any([signal, this.#closed.signal]) : this.#closed.signal
    if (this.#follower) return await this.#followedTo(end, given)
    const reading = this.#reading.then(() => this.#readTo(end, given))
    this.#reading = reading.catch(() => {})
    await reading
  }

  /** Reads on in the background until `close`; without `onState` no state is looked into. */
  follow(onState: OnState | null): void {
    if (this.#following) return
    const fetcher = this.#fetcher()
    this.#follower = fetcher
    if (onState) for (const task of this.table.tasks()) this.#tell(task, onState)
    this.#following = this.#follow(fetcher, onState)
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#closed.abort()
    await this.#follower?.close()
    await this.#following
    await this.#reading
  }

  #fetcher(): PartitionFetcher {
    const { topic, partition } = this.#place
    return new PartitionFetcher(this.#cluster, {
      topic,
      partition,
      offset: this.#position,
      isCommittedOnly: true,
      maxBytes: MAX_FETCH_BYTES,
      maxWaitMs: FETCH_WAIT_MS,
      gone: 'earliest',
    })
  }

  async #readTo(end: number, given: AbortSignal): Promise<void> {
    if (this.#position >= end) return
    if (given.aborted) throw closed()
    const { clock } = this.#cluster
    const fetcher = this.#fetcher()
    const deadline = clock.monotonicMs() + this.#longestWaitMs
    try {
      while (this.#position < end) {
        const before = this.#position
        this.#take(await fetcher.next(MAX_RECORDS, FETCH_WAIT_MS), null)
        if (this.#position === before && clock.monotonicMs() > deadline) throw this.#late(end)
        if (given.aborted) throw closed()
      }
    } finally {
      await fetcher.close()
    }
  }

  async #follow(fetcher: PartitionFetcher, onState: OnState | null): Promise<void> {
    while (!this.#closed.signal.aborted) {
      try {
        this.#take(await fetcher.next(MAX_RECORDS, FETCH_WAIT_MS), onState)
        this.#error = null
      } catch (thrown) {
        if (this.#closed.signal.aborted) return
        this.#error = MillraceError.from(thrown, `following ${this.#place.topic}/${this.#place.partition}`)
        if (!this.#error.isRetryable) for (const { reject } of this.#waiters) reject(this.#error)
        await this.#cluster.clock.sleep(RETRY_MS, this.#closed.signal)
      }
    }
  }

  #take(batch: Awaited<ReturnType<PartitionFetcher['next']>>, onState: OnState | null) {
    const changed = this.table.apply(batch)
    this.#position = batch.end
    if (onState) for (const task of changed) this.#tell(task, onState)
    for (const { end, resolve } of this.#waiters) if (end <= this.#position) resolve()
  }

  /** A damaged state is told to whoever loads it. */
  #tell(task: string, onState: OnState): void {
    try {
      onState(task, this.table.stateOf(task))
    } catch (thrown) {
      if (!(thrown instanceof MillraceError)) throw thrown
    }
  }

  /** Waits for the follower, which goes on after errors: the last one is the reason when it does not come so far in time. */
  async #followedTo(end: number, given: AbortSignal): Promise<void> {
    if (this.#position >= end) return
    if (given.aborted) throw closed()
    const waiter: Waiter = { end, ...Promise.withResolvers<void>() }
    const giveUp = () => waiter.reject(closed())
    const patience = new AbortController()
    void this.#cluster.clock.sleep(this.#longestWaitMs, patience.signal).then(() => {
      if (!patience.signal.aborted) waiter.reject(this.#error ?? this.#late(end))
    })
    given.addEventListener('abort', giveUp)
    this.#waiters.add(waiter)
    try {
      await waiter.promise
    } finally {
      this.#waiters.delete(waiter)
      given.removeEventListener('abort', giveUp)
      patience.abort()
    }
  }

  get #longestWaitMs(): number {
    return this.#place.transactionTimeoutMs + this.#cluster.settings.requestTimeoutMs
  }

  #late(end: number): MillraceError {
    const { topic, partition } = this.#place
    return new MillraceError('STATE_CHANGELOG_LATE', {
      place: `${topic}/${partition}`,
      position: this.#position,
      end,
      waitMs: this.#longestWaitMs,
    })
  }
}

function closed(): MillraceError {
  return new MillraceError('CORE_CLOSED', { subject: 'the checkpoint store' })
}
