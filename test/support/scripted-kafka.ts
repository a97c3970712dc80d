import { type ApiFamily, type KafkaCluster, type RetrySettings, refusal } from '../../src/clients/kafka/cluster.ts'
import { isUnanswered } from '../../src/clients/kafka/retries.ts'
import type { Clock } from '../../src/core/clock.ts'
import { MillraceError } from '../../src/core/errors.ts'

/** One request that a client made: its name and its arguments. */
export interface ScriptedRequest {
  readonly api: string
  readonly values: readonly unknown[]
}

/**
 * Answers to a client's requests in the order of a script, for the steps of a protocol that a real cluster does not take at will. It knows
 * nothing of Kafka: what goes over the wire is tested with a real one (test/kafka).
 */
export class ScriptedKafka {
  readonly requests: ScriptedRequest[] = []
  readonly forgotten: string[] = []
  /** Connections of a caller's own that were made, and how many of all were closed. */
  connected = 0
  closed = 0
  readonly #answers: unknown[] = []
  #waiter: (() => void) | null = null
  /** Partitions of each topic. */
  readonly partitions = new Map<string, number>()

  /** What the next requests get, in order: a value, or an error that they reject with. */
  answer(...answers: unknown[]): void {
    this.#answers.push(...answers)
    this.#wake()
  }

  /** Resolves when so many requests were made. */
  async untilRequests(count: number): Promise<void> {
    while (this.requests.length < count) await new Promise<void>((resolve) => setImmediate(resolve))
  }

  cluster(clock: Clock): KafkaCluster {
    const topic = (name: string) => {
      const count = this.partitions.get(name)
      return count === undefined ? null : { name, id: `id of ${name}`, partitions: Array.from({ length: count }) }
    }
    const connection = {
      address: 'scripted:1',
      isUsable: true,
      versionOf: () => 1,
      callFor: (_subject: string, family: ApiFamily<unknown[], unknown>, ...values: unknown[]) =>
        this.#ask(family, values),
      call: (family: ApiFamily<unknown[], unknown>, ...values: unknown[]) => this.#ask(family, values),
      ask: (family: ApiFamily<unknown[], unknown>, ...values: unknown[]) => this.#ask(family, values),
      close: async () => {
        this.closed++
      },
    }
    const cluster = {
      clock,
      servers: 'scripted:1',
      settings: { requestTimeoutMs: 1000 },
      random: () => 0,
      topic: async (name: string) => topic(name),
      findTopic: async (name: string) => topic(name),
      topics: async () => [...this.partitions.keys()].map(topic),
      leader: async () => 1,
      controller: async () => 1,
      coordinator: async () => connection,
      coordinatorNode: async () => 1,
      shared: async () => connection,
      connect: async () => {
        this.connected++
        return connection
      },
      forgetCoordinator: (kind: string, key: string) => this.forgotten.push(`${kind} ${key}`),
      retry: (settings: Partial<RetrySettings>, attempt: (number: number) => Promise<unknown>) =>
        retryTwice(settings, attempt),
      close: async () => {},
    }
    return cluster as unknown as KafkaCluster
  }

  async #ask(family: ApiFamily<unknown[], unknown>, values: readonly unknown[]): Promise<unknown> {
    this.requests.push({ api: family.name, values })
    while (this.#answers.length === 0) {
      await new Promise<void>((resolve) => {
        this.#waiter = resolve
      })
    }
    const answer = this.#answers.shift()
    if (answer instanceof Error) throw answer
    return answer
  }

  #wake(): void {
    this.#waiter?.()
    this.#waiter = null
  }
}

/** The error of a request that the cluster answers with the protocol error `name`. */
export function protocolError(name: string, cause?: unknown): MillraceError {
  return refusal(name, { server: 'scripted:1', api: 'Scripted', subject: 'group "g"' }, null, cause)
}

/** As `withRetries`, once more and at once. */
async function retryTwice(
  { repeatsUnanswered = true }: Partial<RetrySettings>,
  attempt: (number: number) => Promise<unknown>,
): Promise<unknown> {
  try {
    return await attempt(0)
  } catch (thrown) {
    const isRepeated = repeatsUnanswered || !isUnanswered(thrown)
    if (isRepeated && thrown instanceof MillraceError && thrown.isRetryable) return await attempt(1)
    throw thrown
  }
}
