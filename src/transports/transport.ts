import type { Component } from '../config/component.ts'
import type { OptionTable, OptionValues } from '../config/option.ts'
import type { Clock } from '../core/clock.ts'
import type { ErrorReport } from '../core/errors.ts'
import type { FrameBatch } from '../core/frames.ts'
import type { Guarantee } from '../core/guarantee.ts'
import type { Transaction } from '../core/transaction.ts'

/** Bytes as delivered; `position` is the index of the first byte in its stream. */
export interface Chunk {
  readonly bytes: Uint8Array
  readonly position: number
  /** True when a looping stream ends here and starts again: what is pending is complete, the next chunk begins a frame. */
  readonly endsLap?: true
}

/** What both kinds of reader have. One reader serves one task; calls do not overlap. */
interface ReaderBase {
  /** Domain of transactions that `commit` can take part in, or null. */
  readonly domain: string | null
  /** Where the next read starts: the consumer group's committed position at open, if the transport keeps one; else the descriptor's start. */
  readonly position: number
  /** True when `position` is what the consumer group committed: it wins over the position of a checkpoint. */
  readonly hasCommitted?: boolean
  /**
   * Position behind the last record that the partition has now (read committed); absent where nobody can tell. A reader that has
   * it reports its way there: `next` gives batches, empty ones too, whose `end` passes over what is no record. The model stream is
   * read as far as this before an engine scores.
   */
  end?(): Promise<number>
  /** Position behind the last record that was written, in transactions that are still open too; absent where that is `end`. */
  writtenEnd?(): Promise<number>
  /** Reads from `position` on from now. Throws TRANSPORT_NOT_SEEKABLE where the transport cannot. */
  seek(position: number): Promise<void>
  /** Makes it durable that everything before `end` is done: in the transaction, or by itself when it is null. Idempotent. */
  commit(end: number, transaction: Transaction | null): Promise<void>
  /** Makes a waiting `next` return early with nothing (not with null). Callable at any time; idempotent. */
  interrupt(): void
  /** Releases everything; idempotent. */
  close(): Promise<void>
}

/** Reader of a transport that keeps record boundaries (log, rest, inline list). */
export interface FrameReader extends ReaderBase {
  readonly delivers: 'frames'
  /** Up to `maxRecords` frames that are there already; if none is, waits up to `waitMs` for the first. An empty batch means none came in time; null means the stream has ended. */
  next(maxRecords: number, waitMs: number): Promise<FrameBatch | null>
  /** Tells the sender of the record at `position` that it becomes a dead letter; called before the `commit` beyond it, where senders wait. */
  reject?(position: number, error: ErrorReport): void
}

/** Reader of a byte transport (file, stdio); an envelope cuts its chunks. */
export interface ChunkReader extends ReaderBase {
  readonly delivers: 'chunks'
  /** The next bytes; an empty chunk means none came within `waitMs`; null means the end. `position` counts bytes of the stream from 0; when a looping stream starts again it goes on counting. */
  next(waitMs: number): Promise<Chunk | null>
}

/** What reads from a transport: frames or bytes. */
export type TransportReader = FrameReader | ChunkReader

interface WriterBase {
  readonly domain: string | null
  /** Resolves when everything written outside transactions is durable. */
  flush(): Promise<void>
  /** Flushes and releases; idempotent. */
  close(): Promise<void>
}

/** Writer of a transport that keeps record boundaries. */
export interface FrameWriter extends WriterBase {
  readonly accepts: 'frames'
  /** True when `write` has copied the batch's values once it returns, so that the caller may write over them at once. */
  readonly isCopying?: boolean
  /** Most bytes that a record's key, value and encoded headers may have together; null or absent where nobody says. */
  readonly maxRecordBytes?: number | null
  /** Takes the batch; it is durable when the transaction commits, or after `flush` when there is none. Resolves when the writer has room for more (backpressure). */
  write(batch: FrameBatch, transaction: Transaction | null): Promise<void> | void
}

/** Writer of a byte transport; the envelope has framed the bytes. */
export interface ChunkWriter extends WriterBase {
  readonly accepts: 'chunks'
  write(bytes: Uint8Array): Promise<void> | void
  /** Before the first write: the last bytes, at most `maxBytes`, of what is there already; a crash may have cut a record. */
  tail?(maxBytes: number): Promise<Uint8Array>
}

/** What writes to a transport: frames or bytes. */
export type TransportWriter = FrameWriter | ChunkWriter

/** What a host lends to a transport: the HTTP end of a slot (transport `rest`) is served by the process, not by the transport. */
export interface SlotChannel {
  /** Takes the next request records that came in over HTTP; resolves empty after `waitMs`. */
  receive(maxRecords: number, waitMs: number): Promise<readonly SlotRecord[] | null>
  /** Tells the sender that everything up to and including `sequence` is durable. */
  acknowledge(sequence: number): void
  /** Tells why the record at `sequence` becomes a dead letter; called before the `acknowledge` that covers it. */
  reject?(sequence: number, error: ErrorReport): void
  /** Hands records to whoever reads the slot over HTTP; resolves when there is room. */
  send(records: readonly SlotRecord[]): Promise<void>
  interrupt(): void
  /** Delivers again, from the oldest, what was received and not acknowledged. Called when a reader opens on the channel. */
  rewind?(): void
}

/** One record at the HTTP end of a slot. */
export interface SlotRecord {
  /** Rises by one per record of the slot. */
  readonly sequence: number
  readonly bytes: Uint8Array
  /** Encoded headers (core/headers.ts) or null. */
  readonly headers: Uint8Array | null
  readonly timestampMs: number
}

/** What a transport is opened with besides its options. */
export interface TransportContext {
  readonly clock: Clock
  /** Folder that relative paths start from. */
  readonly baseFolder: string
  /** Partition to read or to write, from 0. */
  readonly partition: number
  /** Consumer group under which positions are committed; empty for a reader that commits nothing. */
  readonly group: string
  /** Where the descriptor stands, for messages: `engine.yaml: slots.0`. */
  readonly place: string
  /** Descriptor's loop option: start again at the end. */
  readonly isLooping: boolean
  /** Where to start without a committed position. */
  readonly start: 'earliest' | 'latest' | number
  /** The HTTP end of the slot, where the host has one. */
  readonly channel: SlotChannel | null
  /** True when the engine goes on from a checkpoint or restarts a task, false when it starts anew; only then does a writer drop what is there. */
  readonly isResuming?: boolean
  /** `Assignment.membership` of the input, for readers and their commits; undefined where the input has no assignment. */
  readonly membership?: unknown
}

/** Which partitions of an input are this instance's from now on. */
export interface AssignmentChange {
  /** All of them, in rising order; empty when another instance has every partition. */
  readonly partitions: readonly number[]
  /** True when what is missing since the last change belongs to somebody else already: its tasks are dropped without a commit. */
  readonly isLost: boolean
}

/** One instance of an engine that reads an input, as its consumer group knows it. */
export interface AssignedInstance {
  /** `host:port` of its HTTP server, or null when it told none. */
  readonly address: string | null
  readonly partitions: readonly number[]
  readonly isSelf: boolean
}

/**
 * Share of one instance in the partitions of an input, where several instances divide them (a consumer group). It lives on the
 * main thread; the engine calls `next` again and again and starts and stops tasks after it.
 */
export interface Assignment {
  /** Opaque and structured-cloneable: goes to the scoring threads as `TransportContext.membership` of the input's readers. */
  readonly membership: unknown
  /**
   * The next change; the first call resolves with what the instance is given first. Waits as long as there is none; null once
   * the assignment is closed. Calls do not overlap. A partition that was taken away is not given again before its `release`.
   * Rejects with the error that ends the membership; retried by opening anew.
   */
  next(): Promise<AssignmentChange | null>
  /** Their tasks have ended; called once for every partition that a change took away, lost ones too. Others may have them from now on. */
  release(partitions: readonly number[]): void
  /** All instances that share the input now. Rejects with a retryable error when the group cannot be asked. */
  instances(): Promise<readonly AssignedInstance[]>
  /** Leaves the group, so that others are given its partitions at once; called after the last task has ended. Idempotent. */
  close(): Promise<void>
}

/** Facts that the validity rules of descriptors need; they may depend on the options (inline: a list keeps records, a text does not). */
export interface TransportTraits {
  readonly canRead: boolean
  readonly canWrite: boolean
  readonly keepsRecords: boolean
  readonly isSeekable: boolean
  /** True when written records carry headers, keys and times. */
  readonly carriesHeaders: boolean
}

/** A way in and out of the process. */
export interface Transport<T extends OptionTable = OptionTable> extends Component<'transport', T> {
  /** What it promises as an input, where that differs from `guarantee`. */
  readonly guaranteeIn?: Guarantee
  /** What it promises as an output, where that differs from `guarantee`. */
  readonly guaranteeOut?: Guarantee
  /** Throws a MillraceError for faults that no single option shows (inline: none or two of the alternatives given). */
  check?(options: OptionValues<T>, place: string): void
  traits(options: OptionValues<T>): TransportTraits
  /** Number of partitions that exist now, at least 1. */
  partitions(options: OptionValues<T>, context: Pick<TransportContext, 'baseFolder' | 'place'>): Promise<number>
  /** Which records the positions of a reader count, as text; by default one for all. A reader of another source does not go on from them. */
  source?(options: OptionValues<T>): string
  /** Name of the transaction domain of readers and writers with these options, or null: what `lint` judges exactly-once by. */
  domain(options: OptionValues<T>, context: Pick<TransportContext, 'baseFolder'>): string | null
  /**
   * Joins the instances that divide the input's partitions. Null, or no such function: every partition is this instance's, as with
   * the embedded log. `context.partition` means nothing here; `address` is `host:port` of this instance's HTTP server, or null. It may
   * take as long as the others need: aborting `signal` has it reject.
   */
  openAssignment?(
    options: OptionValues<T>,
    context: TransportContext & { readonly address: string | null; readonly signal?: AbortSignal | undefined },
  ): Promise<Assignment | null>
  openReader(options: OptionValues<T>, context: TransportContext): Promise<TransportReader>
  openWriter(options: OptionValues<T>, context: TransportContext): Promise<TransportWriter>
}
