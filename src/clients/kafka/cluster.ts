import { type Clock, systemClock } from '../../core/clock.ts'
import { MillraceError } from '../../core/errors.ts'
import { KafkaConnection, type KafkaFeatures } from './connection.ts'
import { type Broker, fetchCoordinator, fetchMetadata, type TopicMetadata, topicUnknown } from './metadata.ts'
import { kafkaDomain } from './options.ts'
import { type CoordinatorKind, isUnanswered, type RetrySettings, seededRandom, withRetries } from './retries.ts'
import type { KafkaSettings } from './settings.ts'

export { type ApiFamily, api, KafkaConnection, type KafkaFeatures } from './connection.ts'
export type { PartitionMetadata, TopicMetadata } from './metadata.ts'
export {
  answerOf,
  checkCode,
  damagedAnswer,
  errorKind,
  errorName,
  protocolErrorOf,
  refusal,
} from './protocol-errors.ts'
export { type CoordinatorKind, type RetrySettings, withRetries } from './retries.ts'
export { type KafkaSettings, kafkaSettings, type SaslSettings, type TlsSettings } from './settings.ts'

/** Age from which the metadata of a topic is asked for again, unless a caller wants it fresher. */
const MAX_AGE_MS = 300_000

/** A connection that is shared, from the beginning of its making. */
interface SharedConnection {
  readonly opening: Promise<KafkaConnection>
  /** Null until it is made. */
  connection: KafkaConnection | null
}

interface KnownTopic {
  readonly topic: TopicMetadata
  readonly atMs: number
}

/** What a caller may change of the settings for a connection of its own. */
export interface ConnectOptions {
  /** Longer than the time for which the broker may hold the answer back. */
  readonly requestTimeoutMs?: number
  /** Requests under way at a time; 5 by default, the most for which an idempotent producer keeps its order. */
  readonly maxInFlight?: number
}

/**
 * A Kafka cluster as one user of one thread sees it: its brokers, leaders, coordinators and connections. Cheap to make; it connects
 * at first use. What fails for a moment is tried again, for twice `requestTimeoutMs`, where nothing can happen twice (lookups), and
 * told otherwise.
 */
export class KafkaCluster {
  readonly settings: KafkaSettings
  readonly clock: Clock
  /** Name of the transaction domain: equal for equal servers in any order. */
  readonly domain: string
  /** Spreads the retries of many clients. */
  readonly random: () => number
  #addresses = new Map<number, string>()
  #controller = -1
  readonly #shared = new Map<string, SharedConnection>()
  readonly #topics = new Map<string, KnownTopic>()
  readonly #lookups = new Map<string, Promise<TopicMetadata | null>>()
  readonly #coordinators = new Map<string, Broker>()
  #nextServer = 0
  readonly #closed = new AbortController()

  constructor(settings: KafkaSettings, clock: Clock = systemClock) {
    this.settings = settings
    this.clock = clock
    this.domain = kafkaDomain(settings.bootstrapServers)
    this.random = seededRandom(Math.floor(clock.now() * 1000))
  }

  /** The servers as one text, for messages. */
  get servers(): string {
    return this.settings.bootstrapServers.join(',')
  }

  /** True once a broker has told of the cluster. */
  get hasAnswered(): boolean {
    return this.#addresses.size > 0
  }

  /** A topic, from the cache when that is young enough; CLIENT_KAFKA_TOPIC_UNKNOWN when there is none. */
  async topic(name: string, maxAgeMs = MAX_AGE_MS, signal?: AbortSignal): Promise<TopicMetadata> {
    const topic = await this.findTopic(name, maxAgeMs, signal)
    if (topic !== null) return topic
    const known = await this.retry({}, async () => (await this.#metadata(null)).topics).catch(() => [])
    throw topicUnknown(this.servers, name, known)
  }

  /** `topic`, or null when there is none. The signal ends the retries of a lookup, for all who wait for it. */
  async findTopic(name: string, maxAgeMs = MAX_AGE_MS, signal?: AbortSignal): Promise<TopicMetadata | null> {
    const known = this.#topics.get(name)
    if (known !== undefined && this.clock.monotonicMs() - known.atMs <= maxAgeMs) return known.topic
    let lookup = this.#lookups.get(name)
    if (lookup === undefined) {
      lookup = this.#lookup(name, signal).finally(() => this.#lookups.delete(name))
      this.#lookups.set(name, lookup)
    }
    return await lookup
  }

  /** All topics, fresh from the cluster. */
  async topics(): Promise<TopicMetadata[]> {
    return (await this.retry({}, () => this.#metadata(null))).topics
  }

  /**
   * Node id of the leader of a partition; CLIENT_KAFKA_RETRYABLE while there is none, CLIENT_KAFKA_PARTITION_UNKNOWN when there is no such partition.
   * The closest name of a topic that there is not (`isHinted`) costs a look at all topics: for callers that do not try again.
   */
  async leader(topic: string, partition: number, isHinted = true): Promise<number> {
    const known = isHinted ? await this.topic(topic) : await this.findTopic(topic)
    if (known === null) throw topicUnknown(this.servers, topic, [])
    const { partitions } = known
    const found = partitions[partition]
    if (found === undefined) {
      throw new MillraceError('CLIENT_KAFKA_PARTITION_UNKNOWN', { topic, partition, partitions: partitions.length })
    }
    if (found.leader >= 0) return found.leader
    this.refresh(topic)
    const subject = `partition ${topic}/${partition}`
    throw new MillraceError('CLIENT_KAFKA_RETRYABLE', {
      server: this.servers,
      api: 'Metadata',
      subject,
      error: 'LEADER_NOT_AVAILABLE',
    })
  }

  /** Node ids of all brokers, as of now. */
  async nodes(): Promise<number[]> {
    await this.retry({}, () => this.#metadata([]))
    return [...this.#addresses.keys()].sort((a, b) => a - b)
  }

  /** Node id of the broker that changes to topics are sent to. */
  async controller(): Promise<number> {
    await this.retry({}, () => this.#metadata([]))
    return this.#controller
  }

  /** Forgets what is known of a topic, or of all, so that the next use asks again. Called after an error that says it is stale. */
  refresh(topic?: string): void {
    if (topic === undefined) this.#topics.clear()
    else this.#topics.delete(topic)
  }

  /** Versions of the features that the cluster has agreed on. */
  async features(signal?: AbortSignal): Promise<KafkaFeatures> {
    return await this.retry({ signal }, async () => (await this.shared('any')).features)
  }

  /** A new connection of the caller's own, which the caller closes. */
  async connect(node: number | 'any', options: ConnectOptions = {}): Promise<KafkaConnection> {
    const { requestTimeoutMs = this.settings.requestTimeoutMs, maxInFlight } = options
    const settings = { ...this.settings, requestTimeoutMs }
    if (node === 'any') return await this.#any((address) => this.#open(address, settings, maxInFlight))
    return await this.#open(await this.#addressOf(node), settings, maxInFlight)
  }

  /** A connection that all short requests of this cluster object share; never closed by the caller. */
  async shared(node: number | 'any'): Promise<KafkaConnection> {
    if (node === 'any') return await this.#any((address) => this.#sharedAt(address))
    return await this.#sharedAt(await this.#addressOf(node))
  }

  /** The shared connection to the coordinator of a group or a transactional id; one attempt, which the caller repeats. */
  async coordinator(kind: CoordinatorKind, key: string): Promise<KafkaConnection> {
    return await this.#sharedAt((await this.#coordinatorOf(kind, key)).address)
  }

  /** Node id of the coordinator of a group or a transactional id; one attempt, which the caller repeats. */
  async coordinatorNode(kind: CoordinatorKind, key: string): Promise<number> {
    const { node, address } = await this.#coordinatorOf(kind, key)
    this.#addresses.set(node, address)
    return node
  }

  /** Forgets who coordinates, so that the next use asks again. Called after NOT_COORDINATOR and lost connections. */
  forgetCoordinator(kind: CoordinatorKind, key: string): void {
    this.#coordinators.delete(`${kind}:${key}`)
  }

  /** `withRetries` with the clock, the jitter and the lookups of this cluster; for twice `requestTimeoutMs` unless told otherwise. */
  async retry<T>(
    settings: Partial<Omit<RetrySettings, 'clock' | 'random' | 'lookups'>>,
    attempt: (number: number) => Promise<T>,
  ): Promise<T> {
    const { clock, random } = this
    const whole = { clock, random, lookups: this, forMs: 2 * this.settings.requestTimeoutMs, ...settings }
    return await withRetries(whole, async (number) => {
      this.#checkOpen()
      return await attempt(number)
    })
  }

  /** Closes the shared connections, and gives up those that are being made; connections of `connect` are their callers' own. Idempotent. */
  async close(): Promise<void> {
    this.#closed.abort(this.#closedError())
    const connections = [...this.#shared.values()]
    this.#shared.clear()
    await Promise.all(connections.map(({ opening }) => opening.then((one) => one.close()).catch(() => {})))
  }

  #checkOpen(): void {
    if (this.#closed.signal.aborted) throw this.#closedError()
  }

  #closedError(): MillraceError {
    return new MillraceError('CORE_CLOSED', { subject: `kafka at ${this.servers}` })
  }

  async #lookup(name: string, signal?: AbortSignal): Promise<TopicMetadata | null> {
    const { topics } = await this.retry({ topic: name, signal }, () => this.#metadata([name]))
    const topic = topics.find((one) => one.name === name)
    if (topic === undefined) {
      this.#topics.delete(name)
      return null
    }
    this.#topics.set(name, { topic, atMs: this.clock.monotonicMs() })
    return topic
  }

  async #metadata(names: readonly string[] | null) {
    const answer = await fetchMetadata(await this.shared('any'), names)
    this.#addresses = new Map(answer.brokers.map(({ node, address }) => [node, address]))
    this.#controller = answer.controller
    return answer
  }

  async #addressOf(node: number): Promise<string> {
    const known = this.#addresses.get(node)
    if (known !== undefined) return known
    await this.#metadata([])
    const found = this.#addresses.get(node)
    if (found !== undefined) return found
    const reason = `it has no broker with node id ${node}`
    throw new MillraceError('CLIENT_KAFKA_UNREACHABLE', { server: this.servers, reason })
  }

  async #coordinatorOf(kind: CoordinatorKind, key: string): Promise<Broker> {
    const name = `${kind}:${key}`
    const known = this.#coordinators.get(name)
    if (known !== undefined) return known
    const connection = await this.shared('any')
    try {
      const found = await fetchCoordinator(connection, kind, key)
      this.#coordinators.set(name, found)
      return found
    } catch (thrown) {
      if (!isUnanswered(thrown)) throw thrown
      // The caller's own request was not sent: nothing is indefinite.
      const reason = 'it does not say who the coordinator is'
      throw new MillraceError('CLIENT_KAFKA_UNREACHABLE', { server: connection.address, reason }, thrown)
    }
  }

  async #open(address: string, settings = this.settings, maxInFlight?: number): Promise<KafkaConnection> {
    return await KafkaConnection.open(address, settings, {
      maxInFlight,
      clock: this.clock,
      signal: this.#closed.signal,
    })
  }

  async #sharedAt(address: string): Promise<KafkaConnection> {
    this.#checkOpen()
    const known = this.#shared.get(address)
    if (known !== undefined) {
      const connection = await known.opening
      if (connection.isUsable) return connection
      void connection.retire()
      if (this.#shared.get(address) === known) this.#shared.delete(address)
      return await this.#sharedAt(address)
    }
    const shared: SharedConnection = { opening: this.#open(address), connection: null }
    this.#shared.set(address, shared)
    try {
      shared.connection = await shared.opening
      return shared.connection
    } catch (thrown) {
      if (this.#shared.get(address) === shared) this.#shared.delete(address)
      throw thrown
    }
  }

  /**
   * Tries the known brokers, then the bootstrap servers, beginning with the one that answered last; those to which a connection was lost
   * come at the end, as it may take the whole time-out to find out that they are still away. An authentication error ends it.
   */
  async #any<T>(attempt: (address: string) => Promise<T>): Promise<T> {
    const all = [...new Set([...this.#addresses.values(), ...this.settings.bootstrapServers])]
    const turned = all.map((_, i) => all[(this.#nextServer + i) % all.length] as string)
    const isLost = (address: string) => this.#shared.get(address)?.connection?.isUsable === false
    const addresses = [...turned.filter((address) => !isLost(address)), ...turned.filter(isLost)]
    let last: unknown = new MillraceError('CLIENT_KAFKA_UNREACHABLE', { server: '', reason: 'no servers are given' })
    for (const address of addresses) {
      this.#checkOpen()
      try {
        const result = await attempt(address)
        this.#nextServer = all.indexOf(address)
        return result
      } catch (thrown) {
        last = thrown
        if (thrown instanceof MillraceError && !thrown.isRetryable) throw thrown
      }
    }
    throw last
  }
}
