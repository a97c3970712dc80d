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
import { verifyRun } from '../../src/engine/verify-run.ts'
import { seeded } from '../random.ts'
import type { TestCluster } from '../support/kafka-cluster.ts'
import { produceFrames } from '../support/kafka-produce.ts'
import { uniqueName } from '../support/kafka-topics.ts'
import { Instance } from './kafka-instances.ts'
import { type ChaosEngine, type ChaosTopics, chaosPlan, ENGINE, PARTITIONS, REQUEST_MS } from './kafka-plan.ts'

/** How a chaos run is set up. */
export interface ChaosChoice {
  readonly seed: number
  readonly instances: number
  readonly guarantee?: 'exactly-once' | 'at-least-once'
  readonly hasStandby?: boolean
  /** Records to every partition each tenth of a second. */
  readonly recordsAtOnce?: number
  /** Between two models; by default a second. */
  readonly swapMs?: number
}

const KEYS = 60
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
  readonly #stop = new AbortController()
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
    const { guarantee, hasStandby } = full
    const engine = { bootstrapServers, folder, topics, guarantee, hasStandby }
    const world = new ChaosWorld(cluster, client, engine, full)
    await world.#publish()
    for (const instance of world.instances) instance.start()
    try {
      await world.sendOnce()
      await world.untilCaughtUp()
    } catch (error) {
      await world.close()
      throw error
    }
    world.#feeding = Promise.all([world.#feed(), world.#swap()])
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

  sleep(ms: number): Promise<void> {
    return systemClock.sleep(ms)
  }

  /** Records that committed readers see in a topic. */
  async count(topic: string): Promise<number> {
    const { partitions } = await this.client.topic(topic)
    const numbers = partitions.map((_, partition) => partition)
    const ends = await listOffsets(this.client, topic, numbers, 'latest')
    return ends.reduce((sum, { offset }) => sum + offset, 0)
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

  /** Ends load and instances in order, after they have caught up. */
  async drain(): Promise<(number | null)[]> {
    await this.stopFeeding()
    await this.untilCaughtUp()
    return Promise.all(this.instances.map((instance) => instance.end('SIGTERM')))
  }

  async stopFeeding(): Promise<void> {
    this.#stop.abort()
    await this.#feeding
  }

  /** What became of all records, with predictions of open and aborted transactions where that is wanted. */
  verify({ isUncommittedRead = false } = {}): Promise<RunVerdict> {
    const settings = { sameField: 'seq', versionField: 'made', maxExamples: 5 }
    const plan = chaosPlan(this.engine)
    const outputs = plan.outputs.map((output) => {
      const transport = { ...output.descriptor.transport, isolation: 'uncommitted' }
      return { ...output, descriptor: { ...output.descriptor, transport } }
    })
    return verifyRun(isUncommittedRead ? { ...plan, outputs } : plan, registry, systemClock, settings)
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
      await this.#publish()
    }
  }

  /** Publishes a version that says its name in what it predicts; every fifth one does not compile. */
  async #publish(): Promise<void> {
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
