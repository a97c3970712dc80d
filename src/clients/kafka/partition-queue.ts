import type { BytesColumn } from '../../core/bytes.ts'
import { MillraceError } from '../../core/errors.ts'
import type { FrameBatch } from '../../core/frames.ts'
import type { Compression } from './compression.ts'
import { decodeRecordSet } from './record-batch.ts'
import { type BatchMemory, RecordBatchBuilder, stampProducer } from './record-batch-builder.ts'
import type { ProducerIdentity } from './transaction-requests.ts'

/** Batches of a partition under way at a time: the broker remembers the last five of a producer, and tells repetitions among them. */
export const MAX_SENT = 5

/** Sequence numbers go from 0 to 2 ** 31 - 1 and begin again. */
const SEQUENCES = 2 ** 31

/** A finished batch on its way. */
export interface QueuedBatch {
  bytes: Buffer
  readonly count: number
  /** What it counts against the memory bound. */
  readonly size: number
  /** Rises along the partition's batches. */
  readonly order: number
  /** How far it is to the next batch's order: the halves of a batch share it. */
  readonly span: number
  /** Number of its first record; -1 until it is sent for the first time, and again when its queue begins anew. */
  sequence: number
}

const NO_PRODUCER: ProducerIdentity = { id: -1n, epoch: -1 }

/** How batches are made. */
export interface QueueSettings {
  readonly compression: Compression
  readonly maxBatchBytes: number
  readonly isTransactional: boolean
  readonly memory: BatchMemory
}

/**
 * Batches of one partition in the order of their records: one that gathers, finished ones, those under way, and those to be sent
 * again. Sequence numbers are given at the first sending and stay with a batch, as does the producer's epoch, so that the broker can
 * tell a repetition. While something is to be sent again, it goes alone, so that nothing overtakes it.
 */
export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  /** `topic/partition`. */
  readonly place: string
  /** Node id; null = to be looked up. */
  leader: number | null = null
  isLookingUp = false
  /** True once the partition is part of the transaction, where that takes a request of its own. */
  isAdded = false
  /** Nothing is sent before (monotonic). */
  notBeforeMs = 0
  /** Since when nothing has been accepted although it was tried (monotonic); null = all is well. */
  troubledSinceMs: number | null = null
  attempts = 0
  readonly #settings: QueueSettings
  #maxBatchBytes: number
  /** Most that the topic takes; null while it is unknown. */
  #topicMaxBytes: number | null = null
  /** Under which sequence numbers are given: a new epoch of the producer is taken over when nothing of the former one is left. */
  #producer = NO_PRODUCER
  #nextSequence = 0
  /**
   * True once the broker has a batch of this producer id. To a broker that knows nothing of a producer any sequence number is the
   * first one (ProducerAppendInfo.checkSequence), so a second batch must not overtake a first one that fails.
   */
  #isKnown = false
  #nextOrder = 0
  #open: RecordBatchBuilder | null = null
  #lastSize = 0
  readonly #finished: QueuedBatch[] = []
  readonly #sent: QueuedBatch[] = []
  readonly #again: QueuedBatch[] = []

  constructor(topic: string, partition: number, settings: QueueSettings) {
    this.topic = topic
    this.partition = partition
    this.place = `${topic}/${partition}`
    this.#settings = settings
    this.#maxBatchBytes = settings.maxBatchBytes
  }

  /** True when something is there that is not under way. */
  get hasWaiting(): boolean {
    return this.#again.length > 0 || this.#finished.length > 0 || this.#open !== null
  }

  /** The topic's `max.message.bytes`. */
  limit(topicMaxBytes: number): void {
    this.#topicMaxBytes = topicMaxBytes
    this.#maxBatchBytes = Math.min(this.#maxBatchBytes, topicMaxBytes)
  }

  /** Writes the frames into batches; returns how many bytes that took. A record that the topic does not take is an error before anything is written. */
  append(frames: FrameBatch, nowMs: number): number {
    const bound = boundOf(frames)
    if (this.#topicMaxBytes !== null && bound > this.#topicMaxBytes) this.#checkSizes(frames, this.#topicMaxBytes)
    let added = 0
    for (let from = 0; from < frames.length; ) {
      this.#open ??= this.#builder(from === 0 ? bound : this.#maxBatchBytes)
      const open = this.#open
      const before = open.count === 0 ? 0 : open.size
      from = open.append(frames, from, frames.length, this.#maxBatchBytes, nowMs)
      added += open.size - before
      if (from < frames.length || open.size >= this.#maxBatchBytes) this.#close()
    }
    return added
  }

  /** True when a batch is to be sent now: a full one, or any when nothing is under way or `isFlushing`. */
  isReady(isFlushing: boolean): boolean {
    const sent = this.#sent.length
    if (this.#again.length > 0 || !this.#isKnown) return sent === 0 && this.hasWaiting
    if (this.#finished.length > 0) return sent < MAX_SENT
    return this.#open !== null && (sent === 0 || (isFlushing && sent < MAX_SENT))
  }

  /** The next batch, from now on under way, stamped for its producer as it is now. Only when `isReady`. */
  take(producer: ProducerIdentity): QueuedBatch {
    if (this.#again.length === 0 && this.#finished.length === 0) this.#close()
    const batch = (this.#again.shift() ?? this.#finished.shift()) as QueuedBatch
    if (batch.sequence === -1) {
      this.#follow(producer)
      batch.sequence = this.#nextSequence
      this.#nextSequence = (this.#nextSequence + batch.count) % SEQUENCES
      this.#stamp(batch)
    }
    this.#sent.push(batch)
    return batch
  }

  /** The broker has the batch. */
  acknowledge(batch: QueuedBatch): void {
    this.#remove(batch)
    this.#settings.memory.give(batch.bytes)
    this.#isKnown = true
    this.troubledSinceMs = null
    this.attempts = 0
  }

  /** The batch goes again, before everything that comes after it. */
  sendAgain(batch: QueuedBatch): void {
    this.#remove(batch)
    this.#insertAgain(batch)
  }

  /** True when no batch before this one is unacknowledged: its sequence number has to follow on what the broker has. */
  isFirst(batch: QueuedBatch): boolean {
    const isNotBefore = ({ order }: QueuedBatch) => order >= batch.order
    return this.#sent.every(isNotBefore) && this.#again.every(isNotBefore)
  }

  /** Sends a batch that was too large again as two, within its sequence numbers; false when it is a single record. */
  split(batch: QueuedBatch): boolean {
    if (batch.count === 1) return false
    const { memory, compression } = this.#settings
    const parts = decodeRecordSet(batch.bytes, { from: 0, abortedTransactions: null, place: this.place })
    const half = batch.count >> 1
    const builders = [half, batch.count - half].map(() => new RecordBatchBuilder(batch.size, memory))
    let index = 0
    for (const frames of parts) {
      const before = Math.max(0, Math.min(frames.length, half - index))
      builders[0]?.append(frames, 0, before, Number.POSITIVE_INFINITY, 0)
      builders[1]?.append(frames, before, frames.length, Number.POSITIVE_INFINITY, 0)
      index += frames.length
    }
    this.#maxBatchBytes = Math.max(1024, Math.min(this.#maxBatchBytes, batch.size >> 1))
    this.#remove(batch)
    for (const [n, builder] of builders.entries()) {
      const sequence = (batch.sequence + (n === 0 ? 0 : half)) % SEQUENCES
      const { count } = builder
      const size = n === 0 ? batch.size >> 1 : batch.size - (batch.size >> 1)
      const span = batch.span / 2
      const piece = { bytes: builder.finish(compression), count, size, order: batch.order + n * span, span, sequence }
      this.#stamp(piece)
      this.#insertAgain(piece)
    }
    memory.give(batch.bytes)
    return true
  }

  /**
   * The broker has lost track of the sequence: what is to be sent again is numbered anew, in the producer's next epoch. Nothing is
   * under way. Other partitions of the producer keep their numbers, by which their brokers tell what they have already.
   */
  restart(): void {
    this.#producer = NO_PRODUCER
    for (const batch of this.#again) batch.sequence = -1
  }

  /** Drops what is to be sent again, and with `all` everything that is not under way; returns the bytes that it had. */
  drop(all: boolean): number {
    const { memory } = this.#settings
    const dropped = this.#again.splice(0)
    let bytes = 0
    if (all) {
      dropped.push(...this.#finished.splice(0))
      bytes += this.#open?.size ?? 0
      if (this.#open !== null) memory.give(this.#open.finish('none'))
      this.#open = null
    }
    for (const batch of dropped) {
      bytes += batch.size
      memory.give(batch.bytes)
    }
    this.troubledSinceMs = null
    return bytes
  }

  /** Records are checked before any is written, so that a refused batch leaves nothing behind. */
  #checkSizes(frames: FrameBatch, maxBytes: number): void {
    for (let i = 0; i < frames.length; i++) {
      if (BATCH_BOUND_BYTES + boundOfRecord(frames, i) <= maxBytes) continue
      const alone = new RecordBatchBuilder(256)
      alone.append(frames, i, i + 1, 0, 0)
      if (alone.size <= maxBytes) continue
      const bytes = alone.finish(this.#settings.compression).length
      if (bytes <= maxBytes) continue
      const { place } = this
      const setting = `max.message.bytes of topic "${this.topic}"`
      throw new MillraceError('CLIENT_KAFKA_RECORD_TOO_LARGE', { index: i, bytes, place, maxBytes, setting })
    }
  }

  /** A full batch makes room for one of its size, so that buffers are not grown again and again. */
  #builder(needed: number): RecordBatchBuilder {
    const wanted = Math.min(Math.max(needed, this.#lastSize), this.#maxBatchBytes)
    return new RecordBatchBuilder(wanted, this.#settings.memory)
  }

  #close(): void {
    const open = this.#open as RecordBatchBuilder
    this.#open = null
    const { count, size } = open
    this.#lastSize = size
    const bytes = open.finish(this.#settings.compression)
    this.#finished.push({ bytes, count, size, order: this.#nextOrder++, span: 1, sequence: -1 })
  }

  /** Takes a new identity over, whose numbers begin at 0, unless a batch has one of the former's. */
  #follow(producer: ProducerIdentity): void {
    const { id, epoch } = this.#producer
    if (producer.epoch === epoch && producer.id === id) return
    if (this.#sent.length > 0 || this.#again.some(({ sequence }) => sequence !== -1)) return
    this.#isKnown &&= producer.id === id
    this.#producer = producer
    this.#nextSequence = 0
  }

  #stamp(batch: QueuedBatch): void {
    const { id, epoch } = this.#producer
    const { isTransactional } = this.#settings
    stampProducer(batch.bytes, {
      producerId: id,
      producerEpoch: epoch,
      baseSequence: batch.sequence,
      isTransactional,
    })
  }

  #remove(batch: QueuedBatch): void {
    const index = this.#sent.indexOf(batch)
    if (index >= 0) this.#sent.splice(index, 1)
  }

  #insertAgain(batch: QueuedBatch): void {
    const at = this.#again.findIndex(({ order }) => order > batch.order)
    if (at === -1) this.#again.push(batch)
    else this.#again.splice(at, 0, batch)
  }
}

/** At least the bytes of a batch before its records. */
const BATCH_BOUND_BYTES = 128

/** At least the bytes that the frames take as one batch. */
function boundOf(frames: FrameBatch): number {
  let bytes = BATCH_BOUND_BYTES
  for (let i = 0; i < frames.length; i++) bytes += boundOfRecord(frames, i)
  return bytes
}

/** At least the bytes that a record takes in a batch; a header is longer there than in our form only with a name of over 8 KB. */
function boundOfRecord({ values, keys, headers }: FrameBatch, index: number): number {
  const headerBytes = headers === null ? 0 : sizeOf(headers, index)
  return 40 + sizeOf(values, index) + (keys === null ? 0 : sizeOf(keys, index)) + headerBytes + (headerBytes >> 12)
}

function sizeOf({ starts, ends }: BytesColumn, index: number): number {
  return Math.max(0, (ends[index] as number) - (starts[index] as number))
}
