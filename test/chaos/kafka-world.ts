import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTopic, lag, listOffsets } from '../../src/clients/kafka/admin.ts'
import { KafkaCluster } from '../../src/clients/kafka/cluster.ts'
import { kafkaSettings } from '../../src/clients/kafka/settings.ts'
import { Guard } from '../../src/clients/local-kafka/guard.ts'
import { registry } from '../../src/components.ts'
import { columnOf } from '../../src/core/bytes.ts'
import { systemClock } from '../../src/core/clock.ts'
import { framesOf } from '../../src/core/frames.ts'
import type { RunVerdict } from '../../src/engine/run-audit.ts'
import { RunVerifier, verifyRun } from '../../src/engine/verify-run.ts'
import { seeded } from '../random.ts'
import type { TestCluster } from '../support/kafka-cluster.ts'
import { produceFrames } from '../support/kafka-produce.ts'
import { uniqueName } from '../support/kafka-topics.ts'
import { Instance } from './kafka-instances.ts'
import { type ChaosEngine, type ChaosTopics, chaosPlan, ENGINE, PARTITIONS, REQUEST_MS } from './kafka-plan.ts'

/** How a chaos run is set up. */
export interface ChaosChoice extends Partial<Omit<ChaosEngine, 'bootstrapServers' | 'folder' | 'topics'>> {
  readonly seed: number
  readonly instances: number
  /** Records to every partition each tenth of a second. */
  readonly recordsAtOnce?: number
  /** Between two models; by default a second. */
  readonly swapMs?: number
}

const KEYS = 60
const verifying = { sameField: 'seq', versionField: 'made', maxExamples: 5 }
/** Longest time until everything that was sent is scored. */
const CATCH_UP_MS = 180_000

/** A cluster, instances of one engine on it, records and models that keep coming, and what is to be known of them. */
export class ChaosWorld {
  readonly cluster: TestCluster
  readonly instances: readonly Instance[]
  readonly engine: ChaosEngine
  readonly random: () => number
  /** A client of the world's own. */
  readonly client: KafkaCluster
  readonly #choice: Required<ChaosChoice>
  readonly #verifier: RunVerifier
  #stop = new AbortController()
  readonly #guard = new Guard(0)
  #feeding: Promise<unknown> = Promise.resolve()
  #sent = 0
  #versions = 0

  private constructor(cluster: TestCluster, client: KafkaCluster, engine: ChaosEngine, choice: Required<ChaosChoice>) {
    this.cluster = cluster
    this.engine = engine
    this.random = seeded(choice.seed)
    this.client = client
    this.#choice = choice
    this.#verifier = new RunVerifier(chaosPlan(engine), registry, systemClock, verifying)
    const document = join(engine.folder, 'engine.json')
    writeFileSync(document, JSON.stringify(engine))
    this.instances = Array.from(
      { length: choice.instances },
      (_, i) => new Instance(i + 1, engine.folder, document, this.#guard),
    )
  }

  /** Makes the topics, publishes the first model, starts the instances and, when they score, the load. */
  static async start(cluster: TestCluster, folder: string, choice: ChaosChoice): Promise<ChaosWorld> {
    mkdirSync(folder, { recursive: true })
    const full = {
      guarantee: 'exactly-once',
      hasStandby: false,
      commitIntervalMs: 100,
      readsUncommitted: false,
      hasCutOversApart: false,
      missing: null,
      recordsAtOnce: 10,
      swapMs: 1_000,
      ...choice,
    } as const
    const bootstrapServers = cluster.kafka.bootstrapServers
    const client = new KafkaCluster(kafkaSettings(bootstrapServers, { requestTimeoutMs: REQUEST_MS }))
    const topics: ChaosTopics = {
      records: uniqueName('records'),
      predictions: uniqueName('predictions'),
      deadLetters: uniqueName('dead-letters'),
      models: uniqueName('models'),
      state: uniqueName('state'),
    }
    const make = (name: string, partitions: number, configs = {}) =>
      createTopic(client, { name, partitions, replication: null, configs })
    for (const name of [topics.records, topics.predictions, topics.deadLetters]) await make(name, PARTITIONS)
    await make(topics.models, 1, { 'cleanup.policy': 'compact' })
    const { seed, instances, recordsAtOnce, swapMs, ...options } = full
    const engine = { ...options, bootstrapServers, folder, topics }
    const world = new ChaosWorld(cluster, client, engine, full)
    await world.publish()
    for (const instance of world.instances) instance.start()
    try {
      await world.sendOnce()
      await world.untilCaughtUp()
    } catch (error) {
      await world.close()
      throw error
    }
    world.feed()
    return world
  }

  /** Records that were sent so far. */
  get sent(): number {
    return this.#sent
  }

  get versions(): number {
    return this.#versions
  }

  /** A whole number within `[min, max]`. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.random() * (max - min + 1))
  }

  /** One of several. */
  pick<T>(all: readonly T[]): T {
    return all[this.integer(0, all.length - 1)] as T
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal)
  }

  /** Ends of a topic's partitions added up, for readers of committed records or for all. */
  async count(topic: string, level: 'readCommitted' | 'readUncommitted' = 'readCommitted'): Promise<number> {
    return (await this.#ends(topic, level)).reduce((sum, end) => sum + end, 0)
  }

  /** Resolves when all that has been sent by now is committed, with the milliseconds that it took. */
  async untilCaughtUp(): Promise<number> {
    const { records } = this.engine.topics
    const startMs = systemClock.monotonicMs()
    const numbers = Array.from({ length: PARTITIONS }, (_, partition) => partition)
    const goal = await this.#steadily(() => listOffsets(this.client, records, numbers, 'latest'))
    for (;;) {
      const now = await this.#steadily(() => lag(this.client, ENGINE, records))
      const isDone = goal.every(({ partition, offset }) => {
        const own = now.find((one) => one.partition === partition)
        return offset === 0 || (own !== undefined && own.end - own.records >= offset)
      })
      const tookMs = systemClock.monotonicMs() - startMs
      if (isDone) return tookMs
      if (tookMs > CATCH_UP_MS) throw new Error(`not caught up after ${tookMs} ms: ${JSON.stringify({ goal, now })}`)
      await this.sleep(100)
    }
  }

  /** Sends to every partition once more. */
  async sendOnce(): Promise<void> {
    for (let partition = 0; partition < PARTITIONS; partition++) await this.#send(partition)
  }

  /** Records and models come without pause from now on. */
  feed(): void {
    this.#stop = new AbortController()
    this.#feeding = Promise.all([this.#feed(), this.#swap()])
  }

  /** Ends load and instances in order, after they have caught up. */
  async drain(): Promise<(number | null)[]> {
    await this.stopFeeding()
    await this.untilCaughtUp()
    await Promise.all(this.instances.map((instance) => instance.untilRunning()))
    return Promise.all(this.instances.map((instance) => instance.end('SIGTERM')))
  }

  async stopFeeding(): Promise<void> {
    this.#stop.abort()
    await this.#feeding
  }

  /** What became of all records, with predictions of open and aborted transactions where that is wanted; nothing is fed meanwhile. */
  async verify({ isUncommittedRead = false } = {}): Promise<RunVerdict> {
    await this.#untilSettled()
    // Whatever the engine reads, what was aborted is no record.
    const plan = chaosPlan({ ...this.engine, readsUncommitted: false })
    const outputs = plan.outputs.map((output) => {
      const transport = { ...output.descriptor.transport, isolation: 'uncommitted' }
      return { ...output, descriptor: { ...output.descriptor, transport } }
    })
    return verifyRun(isUncommittedRead ? { ...plan, outputs } : plan, registry, systemClock, verifying)
  }

  /** Lets the engine come to its end, reads what it has written since the last call, and gives the verdict of all; then feeds on. */
  async verifyMeanwhile(): Promise<RunVerdict> {
    await this.stopFeeding()
    await this.untilCaughtUp()
    await this.#untilSettled()
    const verdict = await this.#verifier.advance()
    this.feed()
    return verdict
  }

  /** Resolves when no transaction is open: a commit counts before its markers are in all partitions. */
  async #untilSettled(): Promise<void> {
    const { predictions, deadLetters } = this.engine.topics
    const startMs = systemClock.monotonicMs()
    const ends = (level: 'readCommitted' | 'readUncommitted') =>
      this.#steadily(() =>
        Promise.all([predictions, deadLetters, `${ENGINE}.activations`].map((topic) => this.#ends(topic, level))),
      )
    for (;;) {
      const [committed, all] = [await ends('readCommitted'), await ends('readUncommitted')]
      if (JSON.stringify(committed) === JSON.stringify(all)) return
      if (systemClock.monotonicMs() - startMs > CATCH_UP_MS)
        throw new Error(`transactions stay open: ${JSON.stringify({ committed, all })}`)
      await this.sleep(100)
    }
  }

  /** The end of each partition. */
  async #ends(topic: string, level: 'readCommitted' | 'readUncommitted'): Promise<number[]> {
    const { partitions } = await this.client.topic(topic)
    const numbers = partitions.map((_, partition) => partition)
    return (await listOffsets(this.client, topic, numbers, 'latest', level)).map(({ offset }) => offset)
  }

  /** Ends what still runs, at once. */
  async close(): Promise<void> {
    await this.stopFeeding()
    await Promise.all(this.instances.map((instance) => instance.end('SIGKILL')))
    this.#guard.close()
    await this.client.close()
  }

  async #feed(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition)
      await Promise.all(partitions.map((partition) => this.#send(partition)))
      await systemClock.sleep(100, this.#stop.signal)
    }
  }

  /** Sends some records, one in fifty malformed. What a broken connection leaves open is not repeated: every record counts by where it is. */
  async #send(partition: number): Promise<void> {
    const numbers = Array.from({ length: this.#choice.recordsAtOnce }, () => this.#sent++)
    const values = numbers.map((seq) => (seq % 50 === 49 ? `{"seq":${seq},` : `{"seq":${seq},"x":${seq % 97}}`))
    const keys = numbers.map((seq) => `k${(seq % (KEYS / PARTITIONS)) * PARTITIONS + partition}`)
    const column = (texts: readonly string[]) => columnOf(texts.map((text) => Buffer.from(text)))
    const frames = { ...framesOf(column(values)), keys: column(keys) }
    await produceFrames(this.client, this.engine.topics.records, partition, frames).catch(() => {
      this.client.refresh(this.engine.topics.records)
    })
  }

  async #swap(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await systemClock.sleep(this.#choice.swapMs, this.#stop.signal)
      await this.publish()
    }
  }

  /** Publishes a version that says its name in what it predicts; every fifth one does not compile. */
  async publish(): Promise<void> {
    const version = ++this.#versions
    const source =
      version % 5 === 0
        ? 'export function score('
        : `export function score(r) { return { made: ${version}, seq: r.seq, y: r.x * ${version} } }`
    const data = Buffer.from(source).toString('base64')
    const message = { name: 'times', version: String(version), dataType: ENGINE, format: 'javascript', data }
    const column = (text: string) => columnOf([Buffer.from(text)])
    const frames = { ...framesOf(column(JSON.stringify(message))), keys: column(`${ENGINE}/times/${version}`) }
    const { models } = this.engine.topics
    // A message that is there twice publishes the same version again.
    for (let isSent = false; !isSent; ) {
      isSent = await produceFrames(this.client, models, 0, frames).then(
        () => true,
        () => this.#stop.signal.aborted,
      )
      if (!isSent) await systemClock.sleep(200, this.#stop.signal)
    }
  }

  /** Asks again while the cluster has other things to do. */
  async #steadily<T>(ask: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await ask()
      } catch (error) {
        if (attempt === 20) throw error
        await this.sleep(500)
      }
    }
  }
}
