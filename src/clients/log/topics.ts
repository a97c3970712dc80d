import { closest } from '../../config/closest.ts'
import { MillraceError } from '../../core/errors.ts'
import type { LogFile } from './log-file.ts'
import { SQL } from './schema.ts'

/** A topic's settings. */
export interface Topic {
  readonly name: string
  readonly partitions: number
  /** Records older than this may be removed; null keeps them for ever. */
  readonly retentionMs: number | null
  /** The oldest records of a partition may be removed while this many bytes remain; null keeps them all. */
  readonly retentionBytes: number | null
  /** True when only the last record of each key is kept; records without a key are all kept. */
  readonly isCompacted: boolean
  /** How long a compacted topic keeps the last record of a key when it has no value, so that readers see the removal. */
  readonly tombstoneRetentionMs: number
}

/** What a topic is made with; what is absent stays as it is, or gets its default when the topic is new. */
export interface TopicSettings {
  readonly partitions?: number
  readonly retentionMs?: number | null
  readonly retentionBytes?: number | null
  readonly isCompacted?: boolean
  readonly tombstoneRetentionMs?: number
}

/** A topic with the ids of its partitions, in order. Neither ever changes, so they are looked up once. */
export interface TopicIds {
  readonly name: string
  readonly ids: readonly number[]
}

const MAX_PARTITIONS = 10_000
const DAY_MS = 86_400_000
/** Start of the names of deleted topics: no topic is made with it. */
const DELETED = '\u0007'

type TopicRow = [
  name: string,
  partitions: number,
  retentionMs: number | null,
  retentionBytes: number | null,
  isCompacted: number,
  tombstoneRetentionMs: number,
]

/** The topics of a log file. */
export class Topics {
  readonly #file: LogFile
  readonly #known = new Map<string, TopicIds>()

  constructor(file: LogFile) {
    this.#file = file
  }

  /** Makes a topic, or changes the given settings of an existing one; its number of partitions never changes. */
  create(name: string, settings: TopicSettings): Topic {
    checkSettings(name, settings)
    return this.#file.write(() => {
      const existing = this.#row(name)
      const topic = { ...(existing ?? defaultsOf(name)), ...present(settings) }
      if (existing && existing.partitions !== topic.partitions) {
        throw new MillraceError('CLIENT_LOG_TOPIC_DIFFERS', {
          topic: name,
          path: this.#file.path,
          actual: existing.partitions,
          expected: topic.partitions,
        })
      }
      this.#save(topic)
      return topic
    })
  }

  /**
   * Removes a topic with its records and committed positions. Its partitions stay as empty rows under a name that nobody can ask for, because a
   * reader that is still open knows them by id, and an id must not come to mean another topic.
   */
  delete(name: string): void {
    const { ids } = this.ids(name)
    this.#file.write(() => {
      for (const id of ids) {
        this.#file.statement(SQL.deletePartition).run(id)
        this.#file.statement('DELETE FROM positions WHERE partition_id = ?').run(id)
      }
      this.#file.statement('UPDATE topics SET name = ? || id WHERE name = ?').run(DELETED, name)
    })
    this.#known.delete(name)
  }

  get(name: string): Topic | null {
    return this.#file.read(() => this.#row(name))
  }

  list(): Topic[] {
    return this.#file.read(() => {
      const rows = this.#file
        .statement(`${SELECT} WHERE substr(name, 1, 1) <> ? ORDER BY name`)
        .all(DELETED) as unknown as TopicRow[]
      return rows.map(topicOf)
    })
  }

  /** The ids of a topic's partitions. */
  ids(name: string): TopicIds {
    const known = this.#known.get(name)
    if (known) return known
    const rows = this.#file.read(() =>
      this.#file
        .statement(
          'SELECT p.id FROM partitions p JOIN topics t ON t.id = p.topic_id WHERE t.name = ? ORDER BY p.partition',
        )
        .all(name),
    ) as unknown as [number][]
    if (rows.length === 0) {
      const hint = closest(
        name,
        this.list().map((topic) => topic.name),
      )
      throw new MillraceError('CLIENT_LOG_TOPIC_UNKNOWN', { path: this.#file.path, topic: name, hint })
    }
    const ids = Object.freeze({ name, ids: rows.map((row) => row[0]) })
    this.#known.set(name, ids)
    return ids
  }

  /** The id of one partition. */
  partitionId(name: string, partition: number): number {
    const { ids } = this.ids(name)
    const id = ids[partition]
    if (id === undefined) {
      throw new MillraceError('CLIENT_LOG_PARTITION_UNKNOWN', { topic: name, partitions: ids.length, partition })
    }
    return id
  }

  #row(name: string): Topic | null {
    const row = this.#file.statement(`${SELECT} WHERE name = ?`).get(name) as unknown as TopicRow | undefined
    return row ? topicOf(row) : null
  }

  #save(topic: Topic): void {
    this.#file
      .statement(
        `INSERT INTO topics (name, partitions, retention_ms, retention_bytes, is_compacted, tombstone_retention_ms)
        VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET retention_ms = excluded.retention_ms,
        retention_bytes = excluded.retention_bytes, is_compacted = excluded.is_compacted,
        tombstone_retention_ms = excluded.tombstone_retention_ms`,
      )
      .run(
        topic.name,
        topic.partitions,
        topic.retentionMs,
        topic.retentionBytes,
        Number(topic.isCompacted),
        topic.tombstoneRetentionMs,
      )
    const add = this.#file.statement(
      `INSERT INTO partitions (topic_id, partition) SELECT id, ? FROM topics WHERE name = ?
        ON CONFLICT (topic_id, partition) DO NOTHING`,
    )
    for (let partition = 0; partition < topic.partitions; partition++) add.run(partition, topic.name)
  }
}

const SELECT =
  'SELECT name, partitions, retention_ms, retention_bytes, is_compacted, tombstone_retention_ms FROM topics'

function topicOf([name, partitions, retentionMs, retentionBytes, isCompacted, tombstoneRetentionMs]: TopicRow): Topic {
  return { name, partitions, retentionMs, retentionBytes, isCompacted: isCompacted === 1, tombstoneRetentionMs }
}

function defaultsOf(name: string): Topic {
  return {
    name,
    partitions: 1,
    retentionMs: null,
    retentionBytes: null,
    isCompacted: false,
    tombstoneRetentionMs: DAY_MS,
  }
}

function present(settings: TopicSettings): Partial<Topic> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
}

function checkSettings(topic: string, settings: TopicSettings): void {
  const refuse = (setting: string, value: unknown, expected: string) =>
    new MillraceError('CLIENT_LOG_TOPIC_WRONG', { topic, setting, value: String(value), expected })
  if (topic.length === 0 || topic.length > 255) throw refuse('name', topic, 'from 1 to 255 characters')
  if (topic.startsWith(DELETED)) throw refuse('name', JSON.stringify(topic), 'one that does not begin with "\\u0007"')
  const { partitions = 1 } = settings
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > MAX_PARTITIONS) {
    throw refuse('partitions', partitions, `a whole number from 1 to ${MAX_PARTITIONS}`)
  }
  for (const setting of ['retentionMs', 'retentionBytes', 'tombstoneRetentionMs'] as const) {
    const value = settings[setting] ?? 0
    if (!(value >= 0)) throw refuse(setting, value, 'a number from 0')
  }
}
