import { MillraceError } from '../core/errors.ts'
import type { PreparedModel } from '../models/model.ts'
import { streamPartitions } from '../streams/stream-context.ts'
import type { PlannedTask } from './engine-plan.ts'
import type { TaskStart } from './hosted-task.ts'
import type { KnownVersion } from './keeper.ts'
import { type FeedParts, ModelFeed } from './model-feed.ts'
import type { PlannedInput } from './plan-tasks.ts'
import type { VersionReference } from './versions.ts'

/** What the feeds of an engine work with. */
export interface FeedsParts extends Omit<FeedParts, 'known'> {
  /** The versions that earlier runs have seen. */
  readonly known: () => readonly KnownVersion[]
  /** True when the list of known versions outlives the process. */
  readonly remembersKnown: () => boolean
  /** A partition of the model stream cannot be read on. */
  readonly onError: (error: MillraceError) => void
}

/** A partition of the model stream that tasks of a keyed join follow. */
interface SharedFeed {
  readonly feed: Promise<ModelFeed>
  users: number
}

/**
 * The model stream of an engine: one partition that all tasks follow (partitioned join), or as many as the data has, each followed
 * by the tasks of the same partition (keyed join).
 *
 * Where instances divide the data, the one partition is read from its start before the first task is known. Else it is opened
 * once all tasks have said which position they want: at the least of them, or at its start where the versions that messages may name
 * are not kept anywhere else.
 */
export class ModelFeeds {
  readonly #parts: FeedsParts
  #one: ModelFeed | null = null
  /** Where tasks wait until all have said what they want. */
  readonly #gate = Promise.withResolvers<ModelFeed | null>()
  readonly #wanted: number[] = []
  #expected: number | null = null
  readonly #byPartition = new Map<number, SharedFeed>()
  /** The feeds of a keyed join that are open. */
  readonly #keyed = new Set<ModelFeed>()
  #opening: Promise<unknown> | null = null
  #isDivided = false
  #isStopping = false

  constructor(parts: FeedsParts) {
    this.#parts = parts
    this.#gate.promise.catch(() => {})
  }

  /** True when the list of known versions is kept from run to run: else each run reads the whole stream again, and has its own. */
  get keepsKnown(): boolean {
    return !this.#isDivided && this.#parts.plan.join.type === 'partitioned' && this.#parts.remembersKnown()
  }

  /** The versions that were seen, or null before the stream is read. */
  get known(): readonly KnownVersion[] | null {
    if (this.#one) return this.#one.known
    return this.#keyed.size > 0 ? [...this.#keyed].flatMap((feed) => feed.known) : null
  }

  /** Compares the partitions of the model stream with what the join needs. */
  async check(inputs: readonly PlannedInput[]): Promise<void> {
    const { plan, registry } = this.#parts
    if (!plan.models) return
    const { descriptor, place } = plan.models
    const partitions = await streamPartitions(descriptor, registry, { baseFolder: plan.baseFolder, place })
    const wrong = (reason: string) => new MillraceError('ENGINE_DOCUMENT_WRONG', { place, reason })
    if (plan.join.type === 'partitioned') {
      if (partitions === 1) return
      throw wrong(
        `the model stream has ${partitions} partitions, expected 1 (or as many as the data, with join.type: keyed)`,
      )
    }
    const other = inputs.find((input) => input.tasks.length !== partitions)
    if (!other) return
    const { name } = other.stream.descriptor
    throw wrong(
      `the model stream has ${partitions} partitions and input "${name}" has ${other.tasks.length}: a keyed join needs as many, so that a key has one place`,
    )
  }

  /** Reads the one partition as it is now, from its start, and goes on reading. Nothing where the join is keyed. */
  async catchUp(): Promise<void> {
    this.#isDivided = true
    const { plan, onError } = this.#parts
    if (!plan.models || plan.join.type === 'keyed' || this.#isStopping) return
    this.#one = await this.#open(0, 0)
    await this.#one.catchUp()
    this.#one.start(onError)
    this.#gate.resolve(this.#one)
  }

  /** Says how many tasks there are, where the stream waits for all of them. */
  expect(count: number): void {
    this.#expected = count
    this.#openIfAllCame()
  }

  /** The feed of a task, caught up with; null without a model stream, or when the engine is stopping. */
  async of(planned: PlannedTask, start: TaskStart): Promise<ModelFeed | null> {
    const { plan } = this.#parts
    if (!plan.models || this.#isStopping) return null
    if (plan.join.type === 'keyed') return this.#enter(planned.partition)
    if (!this.#isDivided) {
      this.#wanted.push(start.modelPosition)
      this.#openIfAllCame()
    }
    return this.#gate.promise
  }

  /** A version from where a message said that it is to be had; null when none did. */
  async fetch(reference: VersionReference): Promise<PreparedModel | null> {
    for (const feed of this.#one ? [this.#one] : this.#keyed) {
      const fetched = await feed.fetch(reference)
      if (fetched) return fetched
    }
    return null
  }

  /** A task that was given a feed wants it no longer. */
  leave({ partition }: PlannedTask): void {
    const shared = this.#byPartition.get(partition)
    if (!shared || --shared.users > 0) return
    this.#byPartition.delete(partition)
    void this.#close(shared).catch(() => {})
  }

  /** All tasks run, and none comes later: goes on reading the one partition, and keeps nothing for others. */
  start(): void {
    this.#one?.endJournal()
    this.#one?.start(this.#parts.onError)
    this.#parts.versions.close()
  }

  /** Ends reading, and lets go of whoever waits. Idempotent. */
  stop(): void {
    this.#isStopping = true
    this.#one?.stop()
    for (const { feed } of this.#byPartition.values())
      feed.then(
        (opened) => opened.stop(),
        () => {},
      )
    this.#gate.resolve(this.#one)
  }

  /** Closes the streams; call `stop` before. */
  async close(): Promise<void> {
    await this.#opening
    await this.#one?.close()
    await Promise.allSettled([...this.#byPartition.values()].map((shared) => this.#close(shared)))
    this.#byPartition.clear()
  }

  #openIfAllCame(): void {
    if (this.#expected === null || this.#wanted.length < this.#expected || this.#one) return
    this.#opening = this.#openOne(Math.min(...this.#wanted)).then(
      (feed) => this.#gate.resolve(feed),
      (thrown) => this.#gate.reject(thrown),
    )
  }

  async #openOne(from: number): Promise<ModelFeed | null> {
    if (!this.#parts.plan.models || this.#wanted.length === 0) return null
    this.#one = await this.#open(0, this.keepsKnown ? from : 0)
    await this.#one.catchUp()
    return this.#one
  }

  async #open(partition: number, from: number): Promise<ModelFeed> {
    const known = this.keepsKnown ? this.#parts.known() : []
    const feed = await ModelFeed.open({ ...this.#parts, known }, partition, from)
    if (this.#isStopping) feed.stop()
    return feed
  }

  #enter(partition: number): Promise<ModelFeed> {
    const known = this.#byPartition.get(partition)
    const shared = known ?? { feed: this.#openKeyed(partition), users: 0 }
    shared.users++
    this.#byPartition.set(partition, shared)
    if (!known)
      shared.feed.catch(() => {
        if (this.#byPartition.get(partition) === shared) this.#byPartition.delete(partition) // the next task tries anew
      })
    return shared.feed
  }

  async #openKeyed(partition: number): Promise<ModelFeed> {
    const feed = await this.#open(partition, 0)
    this.#keyed.add(feed)
    try {
      await feed.catchUp()
    } catch (thrown) {
      this.#keyed.delete(feed)
      feed.stop()
      await feed.close()
      throw thrown
    }
    feed.start(this.#parts.onError)
    return feed
  }

  async #close({ feed }: SharedFeed): Promise<void> {
    const opened = await feed
    this.#keyed.delete(opened)
    opened.stop()
    await opened.close()
  }
}
