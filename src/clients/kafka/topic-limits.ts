import { MillraceError } from '../../core/errors.ts'
import { configsOf } from './admin-configs.ts'
import type { KafkaCluster } from './cluster.ts'

/** How large a batch each topic takes: its `max.message.bytes`, which counts a batch as it is sent. Asked until the cluster has answered. */
export class TopicLimits {
  readonly #cluster: KafkaCluster
  readonly #limits = new Map<string, Promise<number | null>>()
  readonly #known = new Map<string, number>()

  constructor(cluster: KafkaCluster) {
    this.#cluster = cluster
  }

  /** Bytes, or null as long as they have not been asked for. */
  known(topic: string): number | null {
    return this.#known.get(topic) ?? null
  }

  /** Bytes, or null where the cluster does not tell them; after a fault that may pass it is asked again. Never rejects. */
  of(topic: string): Promise<number | null> {
    let limit = this.#limits.get(topic)
    if (limit === undefined) {
      limit = this.#ask(topic).catch((thrown) => {
        if (MillraceError.from(thrown, 'kafka topic limits').isRetryable) this.#limits.delete(topic)
        return null
      })
      this.#limits.set(topic, limit)
    }
    return limit
  }

  async #ask(topic: string): Promise<number | null> {
    const configs = await configsOf(this.#cluster, 'topic', topic)
    const value = Number(configs.get('max.message.bytes')?.value ?? 0)
    if (!Number.isSafeInteger(value) || value <= 0) return null
    this.#known.set(topic, value)
    return value
  }
}
