import { MillraceError } from '../../core/errors.ts'
import { emptyFrames, type FrameBatch, sliceFrames } from '../../core/frames.ts'
import { Wake } from '../../core/wake.ts'
import { listOffset } from './admin.ts'
import { checkCode, errorKind, errorName, type KafkaCluster, type KafkaConnection } from './cluster.ts'
import { type FetchAnswer, fetchApi } from './fetch-request.ts'
import { endOfRecordSet, readRecordSet } from './record-batch.ts'

/** What a fetcher reads, and how. */
export interface FetcherSettings {
  readonly topic: string
  readonly partition: number
  /** Where reading starts. */
  readonly offset: number
  /** False gives records of open and aborted transactions too. */
  readonly isCommittedOnly: boolean
  /** Most bytes of one answer; a batch that is larger comes all the same. Two answers are held at a time. */
  readonly maxBytes: number
  /** How long a broker waits for the first record before it answers with none. */
  readonly maxWaitMs: number
  /** What to do when the partition has no record at the offset any more, or not yet, or when the topic was deleted and made anew. */
  readonly gone: 'error' | 'earliest' | 'latest'
  /** Most bytes that one compressed batch may become; 128 MiB by default. */
  readonly maxBatchBytes?: number
}

/** Answers that are held: one being handed out, one behind it. */
const READ_AHEAD = 2

/**
 * Reads one partition on a connection of its own. From the first `next` on it fetches ahead, at most two answers, so that records
 * are there when they are asked for, and stops while they are not taken (backpressure). Leaders that move, brokers that restart and
 * lost connections are waited for, for twice `requestTimeoutMs`; then `next` throws, and may be called again.
 *
 * One user; calls do not overlap, except `interrupt`.
 */
export class PartitionFetcher {
  readonly #cluster: KafkaCluster
  readonly #settings: FetcherSettings
  readonly #place: string
  /** Offset of the next record that is handed out. */
  #position: number
  /** Offset of the next fetch. */
  #fetchFrom: number
  /** Answers, each of which gives its frames one batch after the other. */
  #fetched: Generator<FrameBatch>[] = []
  /** Ids that the topic has had. */
  readonly #topicIds = new Set<string>()
  /** When the first of the answers without records in a row was asked for (monotonic); null after anything else. */
  #emptySinceMs: number | null = null
  #idleMs = 0
  /** Until when the broker listens to nothing because of a quota (monotonic). */
  #throttledUntilMs = 0
  #current: FrameBatch | null = null
  /** Index in `#current`. */
  #at = 0
  #connection: KafkaConnection | null = null
  /** Ends the fetching under way: by `seek` and `close`. */
  #run: AbortController | null = null
  #error: unknown = null
  readonly #arrived = new Wake()
  #room: (() => void) | null = null
  #isInterrupted = false
  /** Offset at which a damaged batch was fetched again: damage on the way is mended by that. */
  #damagedAt = -1
  #isClosed = false

  constructor(cluster: KafkaCluster, settings: FetcherSettings) {
    this.#cluster = cluster
    this.#settings = settings
    this.#place = `${settings.topic}/${settings.partition}`
    this.#position = settings.offset
    this.#fetchFrom = settings.offset
  }

  /** Offset of the next record to be handed out. */
  get position(): number {
    return this.#position
  }

  /**
   * Up to `maxRecords` frames that are there; when none is, waits up to `waitMs` for the first. An empty batch whose `end` is beyond
   * the position before passes over markers and aborted transactions; one whose `end` is the position means that nothing came.
   */
  async next(maxRecords: number, waitMs: number): Promise<FrameBatch> {
    const ready = this.#take(maxRecords)
    if (ready !== null || waitMs <= 0) return ready ?? this.#nothing()
    const { clock } = this.#cluster
    const deadline = clock.monotonicMs() + waitMs
    while (!this.#isInterrupted) {
      const arrived = this.#take(maxRecords)
      if (arrived !== null) return arrived
      const left = deadline - clock.monotonicMs()
      if (left <= 0) return this.#nothing()
      await this.#arrived.wait(left, clock)
    }
    this.#isInterrupted = false
    return this.#nothing()
  }

  /**
   * For how long the broker has been answering that nothing came, by its latest answer. 0 before the first such answer and after anything else:
   * records, errors, lost connections, moved leaders.
   */
  get idleMs(): number {
    return this.#idleMs
  }

  /** Reads on from `offset`; what was fetched ahead is dropped. */
  seek(offset: number): void {
    this.#stop()
    // An answer that is still to come is not waited for.
    if (this.#connection?.isBusy) this.#disconnect()
    this.#position = offset
    this.#fetchFrom = offset
  }

  /** Makes a waiting `next`, or the next one that would wait, return with nothing. */
  interrupt(): void {
    this.#isInterrupted = true
    this.#arrived.wake()
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.interrupt()
    this.#stop()
    await this.#disconnect()
  }

  #nothing(): FrameBatch {
    return emptyFrames(this.#position)
  }

  /** What is there, or null. */
  #take(maxRecords: number): FrameBatch | null {
    if (this.#isClosed) throw new MillraceError('CORE_CLOSED', { subject: `the reader of ${this.#place}` })
    this.#start()
    while (this.#current === null) {
      const answer = this.#fetched[0]
      if (answer === undefined) {
        this.#throwError()
        return null
      }
      const frames = this.#decoded(answer)
      if (frames === null) {
        this.#fetched.shift()
        this.#room?.()
      } else {
        this.#current = frames
        this.#at = 0
      }
      if (this.#fetched.length === 0) this.#start()
    }
    const to = Math.min(this.#at + maxRecords, this.#current.length)
    const frames = sliceFrames(this.#current, this.#at, to)
    if (to === this.#current.length) this.#current = null
    this.#at = to
    this.#position = frames.end
    return frames
  }

  /** The next frames of an answer, null at its end. A damaged batch is fetched once more before it is an error. */
  #decoded(answer: Generator<FrameBatch>): FrameBatch | null {
    try {
      const { value } = answer.next()
      return value ?? null
    } catch (thrown) {
      const isDamage = thrown instanceof MillraceError && thrown.code === 'CLIENT_KAFKA_BATCH_DAMAGED'
      const isAgain = this.#damagedAt === this.#position
      this.seek(this.#position)
      if (!isDamage || isAgain) throw thrown
      this.#damagedAt = this.#position
      return null
    }
  }

  #throwError(): void {
    const error = this.#error
    this.#error = null
    if (error !== null) throw error
  }

  /** Begins to fetch, unless that is under way or an error waits to be thrown. */
  #start(): void {
    if (this.#run !== null || this.#error !== null) return
    const run = new AbortController()
    this.#run = run
    this.#fetchAhead(run.signal).catch((thrown: unknown) => {
      if (this.#run !== run) return
      this.#run = null
      this.#error = thrown
      this.#arrived.wake()
    })
  }

  #stop(): void {
    this.#run?.abort()
    this.#run = null
    this.#room?.()
    this.#room = null
    this.#error = null
    this.#fetched = []
    this.#current = null
    this.#notIdle()
  }

  #notIdle(): void {
    this.#emptySinceMs = null
    this.#idleMs = 0
  }

  #disconnect(): Promise<void> | undefined {
    const connection = this.#connection
    this.#connection = null
    return connection?.close()
  }

  async #fetchAhead(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#fetched.length >= READ_AHEAD) {
        await new Promise<void>((resolve) => {
          this.#room = resolve
        })
        continue
      }
      const { topic } = this.#settings
      const from = this.#fetchFrom
      const answer = await this.#cluster.retry({ topic, signal }, () => this.#fetch(from, signal))
      if (signal.aborted || answer === null) continue
      const { abortedTransactions, records } = answer
      if (records === null) continue
      const end = endOfRecordSet(records, this.#place)
      if (end <= from) {
        const reason = `the answer of ${records.length} bytes ends at offset ${end}`
        throw new MillraceError('CLIENT_KAFKA_BATCH_DAMAGED', { offset: from, place: this.#place, reason })
      }
      const { isCommittedOnly, maxBatchBytes } = this.#settings
      const frames = readRecordSet(records, {
        from,
        abortedTransactions: isCommittedOnly ? abortedTransactions : null,
        place: this.#place,
        ...(maxBatchBytes === undefined ? {} : { maxBatchBytes }),
      })
      this.#fetchFrom = end
      this.#fetched.push(frames)
      this.#arrived.wake()
    }
  }

  /** One request; null when the offset was gone and reading goes on at another. Throws what `retry` knows how to wait for. */
  async #fetch(offset: number, signal: AbortSignal): Promise<FetchAnswer | null> {
    if (signal.aborted) return null
    const { topic, partition, isCommittedOnly, maxBytes, maxWaitMs } = this.#settings
    const { clock } = this.#cluster
    const metadata = await this.#cluster.topic(topic)
    if (this.#topicIds.size > 0 && !this.#topicIds.has(metadata.id)) return await this.#goOnAnew(metadata.id, signal)
    this.#topicIds.add(metadata.id)
    const connection = await this.#connected(signal)
    const throttledMs = this.#throttledUntilMs - clock.monotonicMs()
    if (throttledMs > 0) await clock.sleep(throttledMs, signal)
    if (connection === null || signal.aborted) return null
    const leaderEpoch = metadata.partitions[partition]?.leaderEpoch ?? -1
    const askedMs = clock.monotonicMs()
    try {
      const answer = await connection.callFor(`partition ${this.#place}`, fetchApi, {
        ...{ topic, topicId: metadata.id, partition, leaderEpoch, offset },
        ...{ isCommittedOnly, maxBytes, maxWaitMs, minBytes: 1 },
      })
      if (signal.aborted) return null
      const throttleMs = Math.min(answer.throttleMs, this.#cluster.settings.requestTimeoutMs)
      this.#throttledUntilMs = clock.monotonicMs() + throttleMs
      const error = errorName(answer.errorCode)
      if (error === null) {
        this.#countIdle(answer, askedMs)
        return answer
      }
      this.#notIdle()
      if (error === 'OFFSET_OUT_OF_RANGE') return await this.#goOn(offset, signal)
      if (errorKind(error) !== 'retry') this.#disconnect()
      const place = { server: connection.address, api: fetchApi.name, subject: `partition ${this.#place}` }
      checkCode(answer.errorCode, place)
      return answer
    } catch (thrown) {
      if (signal.aborted) return null
      this.#notIdle()
      if (!connection.isUsable) this.#disconnect()
      throw thrown
    }
  }

  async #connected(signal: AbortSignal): Promise<KafkaConnection | null> {
    if (this.#connection?.isUsable) return this.#connection
    this.#disconnect()
    const { topic, partition, maxWaitMs } = this.#settings
    const leader = await this.#cluster.leader(topic, partition)
    if (signal.aborted) return null
    const requestTimeoutMs = this.#cluster.settings.requestTimeoutMs + maxWaitMs
    const connection = await this.#cluster.connect(leader, { requestTimeoutMs, maxInFlight: 1 })
    if (signal.aborted) {
      await connection.close()
      return null
    }
    this.#connection = connection
    return connection
  }

  /** What `gone` says about an offset that the partition does not have. */
  async #goOn(offset: number, signal: AbortSignal): Promise<null> {
    const { topic, partition, gone } = this.#settings
    const ask = (which: 'earliest' | 'latest') => listOffset(this.#cluster, topic, partition, which)
    if (gone === 'error') {
      const [start, end] = [await ask('earliest'), await ask('latest')]
      throw new MillraceError('CLIENT_KAFKA_OFFSET_GONE', { offset, place: this.#place, start, end })
    }
    const position = await ask(gone)
    if (!signal.aborted) this.#fetchFrom = position
    return null
  }

  /** What `gone` says about the records of a topic that was deleted: those of the new one have offsets of their own. */
  async #goOnAnew(id: string, signal: AbortSignal): Promise<null> {
    const { topic, gone } = this.#settings
    this.#notIdle()
    if (gone === 'error') {
      throw new MillraceError('CLIENT_KAFKA_TOPIC_REPLACED', { topic, place: this.#place, offset: this.#fetchFrom })
    }
    await this.#goOn(this.#fetchFrom, signal)
    if (!signal.aborted) this.#topicIds.add(id)
    return null
  }

  /** An answer that a quota holds back says nothing about records. */
  #countIdle({ records, throttleMs }: FetchAnswer, askedMs: number): void {
    if (records !== null || throttleMs > 0) this.#notIdle()
    else {
      this.#emptySinceMs ??= askedMs
      this.#idleMs = this.#cluster.clock.monotonicMs() - this.#emptySinceMs
    }
  }
}
