import { type KafkaSink, kafkaSink } from '../../clients/kafka/sink.ts'
import type { FrameBatch } from '../../core/frames.ts'
import { type ChangelogEntry, type ChangelogKind, changelogFrames } from './changelog.ts'

/** A transaction of a task: what its streams write, and its checkpoint as the last record of the commit. */
export class ChangelogSink implements KafkaSink {
  readonly [kafkaSink] = true
  readonly task: string
  readonly #inner: KafkaSink
  readonly #place: { readonly topic: string; readonly partition: number }
  readonly #isAtomic: boolean
  readonly #now: () => number
  readonly #texts = new Map<ChangelogKind, string | null>()

  /** `isAtomic`: the commit is one transaction; else it is everything else first, then the checkpoint, then the positions. */
  constructor(
    task: string,
    inner: KafkaSink,
    place: { readonly topic: string; readonly partition: number },
    isAtomic: boolean,
    now: () => number,
  ) {
    this.task = task
    this.#inner = inner
    this.#place = place
    this.#isAtomic = isAtomic
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
    if (this.#texts.size > 0) {
      // A checkpoint that is there before the outputs that it counts would lose them.
      if (!this.#isAtomic) await this.#inner.flush()
      const entries: ChangelogEntry[] = [...this.#texts].map(([kind, text]) => ({ task: this.task, kind, text }))
      await this.#inner.produce(this.#place.topic, this.#place.partition, changelogFrames(entries, this.#now()))
    }
    await this.#inner.commit()
  }

  abort(): void {
    this.#inner.abort()
  }
}
