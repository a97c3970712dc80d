import { type KafkaSink, kafkaSink } from '../../clients/kafka/sink.ts'
import type { FrameBatch } from '../../core/frames.ts'
import { type ChangelogEntry, type ChangelogKind, changelogFrames } from './changelog.ts'

/** A transaction of a task: what its streams write, and its checkpoint as the last record of the commit. */
export class ChangelogSink implements KafkaSink {
  readonly [kafkaSink] = true
  readonly task: string
  readonly #inner: KafkaSink
  readonly #place: { readonly topic: string; readonly partition: number }
  readonly #afterwards: (() => KafkaSink) | null
  readonly #now: () => number
  readonly #texts = new Map<ChangelogKind, string | null>()

  /**
   * `afterwards` null: the commit is one transaction; else it is everything else, then the positions, and then the checkpoint by what
   * `afterwards` makes.
   */
  constructor(
    task: string,
    inner: KafkaSink,
    place: { readonly topic: string; readonly partition: number },
    afterwards: (() => KafkaSink) | null,
    now: () => number,
  ) {
    this.task = task
    this.#inner = inner
    this.#place = place
    this.#afterwards = afterwards
    this.#now = now
  }

  get domain(): string {
    return this.#inner.domain
  }

  /** Replaces a value of the task's checkpoint; null removes it. */
  save(kind: ChangelogKind, text: string | null): void {
    this.#texts.set(kind, text)
  }

  produce(topic: string, partition: number, batch: FrameBatch): Promise<void> | void {
    return this.#inner.produce(topic, partition, batch)
  }

  addPosition(...position: Parameters<KafkaSink['addPosition']>): void {
    this.#inner.addPosition(...position)
  }

  flush(): Promise<void> {
    return this.#inner.flush()
  }

  async commit(): Promise<void> {
    if (this.#afterwards === null) {
      await this.#produceCheckpoint(this.#inner)
      await this.#inner.commit()
      return
    }
    // The group refuses the positions of who has lost the task meanwhile, and so the checkpoint of its present owner stays as it is.
    await this.#inner.commit()
    const sink = this.#afterwards()
    await this.#produceCheckpoint(sink)
    await sink.commit()
  }

  abort(): void {
    this.#inner.abort()
  }

  async #produceCheckpoint(sink: KafkaSink): Promise<void> {
    if (this.#texts.size === 0) return
    const entries: ChangelogEntry[] = [...this.#texts].map(([kind, text]) => ({ task: this.task, kind, text }))
    await sink.produce(this.#place.topic, this.#place.partition, changelogFrames(entries, this.#now()))
  }
}
