import type { EmbeddedLog, LogCursor, LogTransaction, TopicSettings } from '../../clients/log/log.ts'
import { MillraceError } from '../../core/errors.ts'
import type { FrameBatch } from '../../core/frames.ts'
import type { MadeTopic, NewTopic, PositionAt, TopicReader, TopicStore, TopicView, TopicWriter } from './topic-store.ts'

/** Topics of an embedded log. */
export class LogTopics implements TopicStore {
  readonly name: string
  readonly domain: string
  readonly #log: EmbeddedLog

  /** Takes the log over: `close` closes it. */
  constructor(log: EmbeddedLog, name: string) {
    this.#log = log
    this.name = name
    this.domain = log.domain
  }

  async create(topic: string, given: NewTopic): Promise<MadeTopic> {
    const foreign =
      given.replication !== undefined ? 'replication' : Object.keys(given.configs ?? {}).length > 0 ? 'config' : null
    if (foreign !== null) {
      const reason = `option "--${foreign}" is for topics of Kafka, and ${this.name} is an embedded log`
      throw new MillraceError('CLI_OPTION_WRONG', { reason })
    }
    const existing = this.#log.topic(topic)
    const settings: TopicSettings = {
      ...(given.partitions === undefined ? {} : { partitions: given.partitions }),
      ...(given.retentionMs === undefined
        ? {}
        : { retentionMs: Number.isFinite(given.retentionMs) ? given.retentionMs : null }),
      ...(given.isCompacted === undefined ? {} : { isCompacted: true }),
    }
    const { partitions } = this.#log.createTopic(topic, settings)
    return { name: topic, partitions, isNew: existing === null }
  }

  async delete(topic: string): Promise<void> {
    this.#log.deleteTopic(topic)
  }

  async find(topic: string): Promise<{ readonly partitions: number } | null> {
    return this.#log.topic(topic)
  }

  async partitions(topic: string): Promise<number> {
    return this.#existing(topic).partitions
  }

  async view(topic: string | null): Promise<TopicView[]> {
    const groups = this.#log.groups()
    const topics = topic === null ? this.#log.topics() : [this.#existing(topic)]
    return topics.map(({ name, partitions, ...facts }) => ({
      name,
      facts,
      partitions: Array.from({ length: partitions }, (_, partition) => {
        const end = this.#log.endPosition(name, partition)
        const here = groups.filter((entry) => entry.topic === name && entry.partition === partition)
        return {
          partition,
          start: this.#log.startPosition(name, partition),
          end,
          bytes: null,
          groups: here.map(({ group, position }) => ({ group, position, lag: Math.max(0, end - position) })),
        }
      }),
    }))
  }

  async positions(topic: string, at: PositionAt): Promise<number[]> {
    const { partitions } = this.#existing(topic)
    return Array.from({ length: partitions }, (_, partition) => {
      if (at === 'earliest') return this.#log.startPosition(topic, partition)
      if (at === 'latest') return this.#log.endPosition(topic, partition)
      return this.#log.positionForTime(topic, partition, at.timestampMs)
    })
  }

  async committed(group: string, topic: string): Promise<(number | null)[]> {
    const { partitions } = this.#existing(topic)
    return Array.from({ length: partitions }, (_, partition) => this.#log.committed(group, topic, partition))
  }

  async topicsOf(group: string): Promise<string[]> {
    const topics = this.#log.groups().filter((entry) => entry.group === group)
    return [...new Set(topics.map((entry) => entry.topic))].sort()
  }

  async commit(group: string, topic: string, partition: number, position: number): Promise<void> {
    const transaction = this.#log.begin()
    transaction.commitPosition(group, topic, partition, position)
    await transaction.commit()
  }

  async maxMessageBytes(): Promise<null> {
    return null
  }

  async reader(topic: string, partition: number, position: number): Promise<TopicReader> {
    return new LogTopicReader(this.#log, { topic, partition }, this.#log.cursor(topic, partition, position, 'earliest'))
  }

  /** Every commit is a transaction, with or without a name. */
  async writer(): Promise<TopicWriter> {
    return new LogTopicWriter(this.#log)
  }

  async close(): Promise<void> {
    this.#log.close()
  }

  #existing(name: string) {
    const topic = this.#log.topic(name)
    if (topic === null) this.#log.endPosition(name, 0) // throws CLIENT_LOG_TOPIC_UNKNOWN with its hint
    return topic as NonNullable<typeof topic>
  }
}

class LogTopicReader implements TopicReader {
  readonly #log: EmbeddedLog
  readonly #place: { readonly topic: string; readonly partition: number }
  readonly #cursor: LogCursor
  #interruption = new AbortController()

  constructor(log: EmbeddedLog, place: { readonly topic: string; readonly partition: number }, cursor: LogCursor) {
    this.#log = log
    this.#place = place
    this.#cursor = cursor
  }

  get position(): number {
    return this.#cursor.position
  }

  async next(maxRecords: number, waitMs: number): Promise<FrameBatch> {
    const batch = this.#cursor.read(maxRecords)
    if (batch.length > 0 || waitMs <= 0) return batch
    const { topic, partition } = this.#place
    const { signal } = this.#interruption
    const hasMore = await this.#log.waitForAppend(topic, partition, this.#cursor.position, waitMs, signal)
    if (signal.aborted) this.#interruption = new AbortController()
    return hasMore ? this.#cursor.read(maxRecords) : batch
  }

  interrupt(): void {
    this.#interruption.abort()
  }

  /** The log is the store's own. */
  async close(): Promise<void> {
    this.interrupt()
  }
}

class LogTopicWriter implements TopicWriter {
  readonly #log: EmbeddedLog
  #transaction: LogTransaction | null = null

  constructor(log: EmbeddedLog) {
    this.#log = log
  }

  async append(topic: string, partition: number, batch: FrameBatch): Promise<void> {
    this.#transaction ??= this.#log.begin()
    this.#transaction.append(topic, partition, batch)
  }

  async commit(): Promise<void> {
    const transaction = this.#transaction
    this.#transaction = null
    await transaction?.commit()
  }

  async close(): Promise<void> {
    this.#transaction?.abort()
    this.#transaction = null
  }
}
