import type { KafkaCluster } from './cluster.ts'
import { PartitionQueue, type QueueSettings } from './partition-queue.ts'
import { TopicLimits } from './topic-limits.ts'

/** The queues of a producer, one per partition that it has produced to. */
export class PartitionQueues {
  readonly #settings: QueueSettings
  readonly #limits: TopicLimits
  readonly #queues = new Map<string, Map<number, PartitionQueue>>()

  constructor(cluster: KafkaCluster, settings: QueueSettings) {
    this.#settings = settings
    this.#limits = new TopicLimits(cluster)
  }

  /** The queue of a partition; a new one learns in a moment what its topic takes, or has it from `prepare`. */
  of(topic: string, partition: number): PartitionQueue {
    let ofTopic = this.#queues.get(topic)
    if (ofTopic === undefined) {
      ofTopic = new Map()
      this.#queues.set(topic, ofTopic)
    }
    const known = ofTopic.get(partition)
    if (known !== undefined) return known
    const made = new PartitionQueue(topic, partition, this.#settings)
    ofTopic.set(partition, made)
    const limit = this.#limits.known(topic)
    if (limit !== null) made.limit(limit)
    else this.prepare(topic)
    return made
  }

  /** Learns what the topic takes. Never rejects. */
  async prepare(topic: string): Promise<void> {
    const limit = await this.#limits.of(topic)
    if (limit !== null) for (const queue of this.#queues.get(topic)?.values() ?? []) queue.limit(limit)
  }

  /** See PartitionQueue.drop; of all. */
  drop(all: boolean): number {
    let bytes = 0
    for (const queue of this.#all()) bytes += queue.drop(all)
    return bytes
  }

  /** No partition is part of a transaction any more. */
  forgetAdded(): void {
    for (const queue of this.#all()) queue.isAdded = false
  }

  *#all(): Generator<PartitionQueue> {
    for (const ofTopic of this.#queues.values()) yield* ofTopic.values()
  }
}
