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

interface Waiter {
  readonly end: number
  readonly resolve: () => void
}

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
  #waiters: Waiter[] = []
  readonly #closed = new AbortController()

  constructor(cluster: KafkaCluster, place: ChangelogPlace) {
    this.#cluster = cluster
    this.#place = place
    this.table = new ChangelogTable(place.topic)
  }

  /**
   * Resolves when the table has everything that was committed before the call, as far as no open transaction lies before it. With
   * `waitsForOpen` those are waited for, so that of everything written it is known whether it was committed; they end within
   * their time-out.
   */
  async catchUp(waitsForOpen: boolean): Promise<void> {
    const { topic, partition } = this.#place
    const isolation = waitsForOpen ? 'readUncommitted' : 'readCommitted'
    const [latest] = await listOffsets(this.#cluster, topic, [partition], 'latest', isolation)
    const end = latest?.offset ?? 0
    if (this.#follower) return await this.#followedTo(end)
    const reading = this.#reading.then(() => this.#readTo(end))
    this.#reading = reading.catch(() => {})
    await reading
  }

  /** Reads on in the background until `close`; `onState` is called with each task whose state changed, and null when it has none any more. */
  follow(onState: (task: string, state: unknown) => void): void {
    if (this.#following) return
    const fetcher = this.#fetcher()
    this.#follower = fetcher
    for (const task of this.table.tasks()) this.#tell(task, onState)
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

  async #readTo(end: number): Promise<void> {
    if (this.#position >= end) return
    const { clock } = this.#cluster
    const fetcher = this.#fetcher()
    const deadline = clock.monotonicMs() + this.#longestWaitMs
    try {
      while (this.#position < end) {
        const before = this.#position
        this.#take(await fetcher.next(MAX_RECORDS, FETCH_WAIT_MS), null)
        if (this.#position === before && clock.monotonicMs() > deadline) throw this.#late(end)
        if (this.#closed.signal.aborted) throw new MillraceError('CORE_CLOSED', { subject: 'the checkpoint store' })
      }
    } finally {
      await fetcher.close()
    }
  }

  async #follow(fetcher: PartitionFetcher, onState: (task: string, state: unknown) => void): Promise<void> {
    while (!this.#closed.signal.aborted) {
      try {
        this.#take(await fetcher.next(MAX_RECORDS, FETCH_WAIT_MS), onState)
      } catch {
        // Whoever needs the table learns of what is wrong from its own `catchUp`, which runs out of time.
        await this.#cluster.clock.sleep(RETRY_MS, this.#closed.signal)
      }
    }
  }

  #take(
    batch: Awaited<ReturnType<PartitionFetcher['next']>>,
    onState: ((task: string, state: unknown) => void) | null,
  ) {
    const changed = this.table.apply(batch)
    this.#position = batch.end
    if (onState) for (const task of changed) this.#tell(task, onState)
    if (this.#waiters.length === 0) return
    for (const { resolve } of this.#waiters.filter(({ end }) => end <= this.#position)) resolve()
    this.#waiters = this.#waiters.filter(({ end }) => end > this.#position)
  }

  /** A damaged state is told to whoever loads it. */
  #tell(task: string, onState: (task: string, state: unknown) => void): void {
    try {
      onState(task, this.table.stateOf(task))
    } catch (thrown) {
      if (!(thrown instanceof MillraceError)) throw thrown
    }
  }

  async #followedTo(end: number): Promise<void> {
    if (this.#position >= end) return
    const patience = new AbortController()
    const late = this.#cluster.clock.sleep(this.#longestWaitMs, patience.signal).then(() => 'late' as const)
    const there = new Promise<'there'>((resolve) => {
      this.#waiters.push({ end, resolve: () => resolve('there') })
    })
    const first = await Promise.race([there, late])
    patience.abort()
    if (first === 'late') throw this.#late(end)
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
