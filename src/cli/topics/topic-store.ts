import type { FrameBatch } from '../../core/frames.ts'

/** What a topic is made with; what is absent gets the default of its place. */
export interface NewTopic {
  readonly partitions?: number | undefined
  /** Copies of each partition; of a cluster only. */
  readonly replication?: number | undefined
  /** Infinity = for ever. */
  readonly retentionMs?: number | undefined
  /** True: only the last record of each key is kept. */
  readonly isCompacted?: true | undefined
  /** Settings by the names of the place itself: `max.message.bytes` of Kafka. */
  readonly configs?: Readonly<Record<string, string>>
}

/** A topic that was asked for, and whether it is new. */
export interface MadeTopic {
  readonly name: string
  readonly partitions: number
  readonly isNew: boolean
}

/** A partition as it stands now. */
export interface PartitionView {
  readonly partition: number
  readonly start: number
  /** Position that the next record gets; where transactions are, that of the first one that is still open. */
  readonly end: number
  /** Size on disk where the place tells it. */
  readonly bytes: number | null
  readonly groups: readonly { readonly group: string; readonly position: number; readonly lag: number }[]
}

/** A topic as it stands now. */
export interface TopicView {
  readonly name: string
  /** Further facts that the place tells of a topic, for programs. */
  readonly facts: Readonly<Record<string, unknown>>
  readonly partitions: readonly PartitionView[]
}

/** Which position of a partition is meant. */
export type PositionAt = 'earliest' | 'latest' | { readonly timestampMs: number }

/** Reads one partition, in order. */
export interface TopicReader {
  /** Where the next read starts. */
  readonly position: number
  /** For how long the place has been answering that nothing came, not counting times when it was away; absent where it never is. */
  readonly idleMs?: number
  /** Up to `maxRecords` that are there; waits up to `waitMs` for the first. An empty batch means none came; `position` may have moved all the same. */
  next(maxRecords: number, waitMs: number): Promise<FrameBatch>
  /** Ends a waiting `next` early; callable at any time. */
  interrupt(): void
  /** Idempotent. */
  close(): Promise<void>
}

/** Appends to the topics of a place, as one commit after another. */
export interface TopicWriter {
  /** Resolves when there is room for more. */
  append(topic: string, partition: number, batch: FrameBatch): Promise<void>
  /** Resolves when everything since the last commit is durable; together or not at all where the writer is transactional. */
  commit(): Promise<void>
  /** What was not committed is dropped where the writer is transactional. Idempotent. */
  close(): Promise<void>
}

/** How a writer is opened. */
export interface WriterSettings {
  /** Name that makes commits transactions, and of two writers of the name only the later one's; null: each append stands for itself. */
  readonly transactionalId: string | null
}

/** The topics of an embedded log or of a Kafka cluster, as verbs work on them. An unknown topic is an error that names the closest one. */
export interface TopicStore {
  /** Where it is, for messages: `data/millrace.db`, `kafka:127.0.0.1:9092`. */
  readonly name: string
  /** Equal for stores of one place, whose topics a writer writes in one commit. */
  readonly domain: string
  /** Makes a topic; one that exists keeps its partitions, and another number of them is an error. */
  create(topic: string, settings: NewTopic): Promise<MadeTopic>
  /** Removes a topic with its records. */
  delete(topic: string): Promise<void>
  /** The topic, or null when there is none. */
  find(topic: string): Promise<{ readonly partitions: number } | null>
  partitions(topic: string): Promise<number>
  /** One topic, or all by name, with ends and groups. */
  view(topic: string | null): Promise<TopicView[]>
  /** A position of every partition. A time gives the first record that is not older, or the end. */
  positions(topic: string, at: PositionAt): Promise<number[]>
  /** Where a group stands in every partition; null where it has committed nothing. */
  committed(group: string, topic: string): Promise<(number | null)[]>
  /** Topics in which a group has committed something, by name. */
  topicsOf(group: string): Promise<string[]>
  /** Commits that a group has done everything before `position`. */
  commit(group: string, topic: string, partition: number, position: number): Promise<void>
  /** Size of the largest batch that the topic takes, or null where there is no limit. */
  maxMessageBytes(topic: string): Promise<number | null>
  reader(topic: string, partition: number, position: number): Promise<TopicReader>
  writer(settings: WriterSettings): Promise<TopicWriter>
  /** Idempotent. */
  close(): Promise<void>
}
