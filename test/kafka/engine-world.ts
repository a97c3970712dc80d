/** One engine on Kafka, in a process that a test may kill, with what it reads and writes as an outsider sees it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { listOffsets } from '../../src/clients/kafka/admin.ts'
import { KafkaCluster, kafkaSettings } from '../../src/clients/kafka/cluster.ts'
import { PartitionFetcher } from '../../src/clients/kafka/fetcher.ts'
import { IdempotentProducer } from '../../src/clients/kafka/idempotent-producer.ts'
import { bytesAt, columnOf } from '../../src/core/bytes.ts'
import { systemClock } from '../../src/core/clock.ts'
import { framesOf } from '../../src/core/frames.ts'
import { decodeHeaders } from '../../src/core/headers.ts'
import { parsePosition } from '../../src/streams/position-text.ts'
import type { KafkaService } from '../support/kafka.ts'

export const PARTITIONS = 2
const KEYS = 5
const allPartitions = Array.from({ length: PARTITIONS }, (_, partition) => partition)
/** Longest wait for what engines do; a busy machine may take its time. */
const OUTCOMES_MS = 120_000

export interface WorldChoice {
  readonly state?: Readonly<Record<string, unknown>>
  readonly sessionTimeoutMs?: number
  readonly hasStandby?: boolean
  /** More options of the input's transport. */
  readonly input?: Readonly<Record<string, unknown>>
}

/** A record of an output, a dead letter or a cut-over. */
interface SeenRecord {
  readonly key: string | null
  readonly value: string
  readonly headers: ReadonlyMap<string, Buffer>
}

/** What became of the records that were sent: all four are empty when each was predicted or given up once, in order. */
export interface Findings {
  readonly lost: readonly string[]
  readonly repeated: readonly string[]
  readonly reordered: readonly string[]
  readonly wronglyScored: readonly string[]
}

export class EngineWorld {
  readonly topics: { readonly [name in 'records' | 'predictions' | 'letters' | 'activations' | 'models']: string }
  readonly name: string
  readonly folder: string
  readonly cluster: KafkaCluster
  readonly #producer: IdempotentProducer
  readonly #children = new Set<ChildProcess>()
  readonly #sent = new Array<number>(PARTITIONS).fill(0)
  #versions = 0
  /** Everything that the engines said on stderr. */
  errors = ''

  private constructor(
    cluster: KafkaCluster,
    producer: IdempotentProducer,
    name: string,
    topics: EngineWorld['topics'],
    servers: readonly string[],
    choice: WorldChoice,
  ) {
    this.cluster = cluster
    this.#producer = producer
    this.name = name
    this.topics = topics
    this.folder = mkdtempSync(join(tmpdir(), 'millrace-'))
    const stream = (topic: string) => ({ name: topic, transport: { type: 'kafka', bootstrapServers: servers, topic } })
    const input = stream(topics.records)
    const sessionTimeoutMs = choice.sessionTimeoutMs ?? 6_000
    const document = {
      name,
      slots: {
        0: {
          ...input,
          transport: { ...input.transport, sessionTimeoutMs, ...choice.input },
          batching: { maxRecords: 20 },
        },
        1: stream(topics.predictions),
      },
      models: { ...stream(topics.models), encoding: 'json' },
      deadLetters: stream(topics.letters),
      state: {
        type: 'kafka',
        bootstrapServers: servers,
        topic: `${name}.state`,
        partitions: PARTITIONS,
        ...choice.state,
      },
      versions: { allowCode: true },
      standby: choice.hasStandby ?? false,
      threads: 1,
    }
    writeFileSync(join(this.folder, 'engine.json'), JSON.stringify(document))
  }

  static async open(kafka: KafkaService, choice: WorldChoice = {}): Promise<EngineWorld> {
    const cluster = new KafkaCluster(kafkaSettings(kafka.bootstrapServers))
    const records = await kafka.topic('records', { partitions: PARTITIONS })
    const name = `engine-${records}`
    const topics = {
      records,
      predictions: await kafka.topic('predictions', { partitions: PARTITIONS }),
      letters: await kafka.topic('letters', { partitions: PARTITIONS }),
      activations: `${name}.activations`,
      models: await kafka.topic('models'),
    }
    const producer = await IdempotentProducer.open(cluster)
    return new EngineWorld(cluster, producer, name, topics, kafka.bootstrapServers, choice)
  }

  /** Sends so many records to each partition, or to these; one in twenty is malformed. Records of one key are in one partition. */
  async feed(count: number, partitions: readonly number[] = allPartitions): Promise<void> {
    for (const partition of partitions) {
      const first = this.#sent[partition] as number
      const sequence = Array.from({ length: count }, (_, i) => first + i)
      const values = sequence.map((seq) =>
        Buffer.from(seq % 20 === 19 ? `{"seq":${seq},` : `{"seq":${seq},"x":${seq % 97}}`),
      )
      const keys = sequence.map((seq) => Buffer.from(`${partition}-${seq % KEYS}`))
      this.#sent[partition] = first + count
      await this.#producer.produce(this.topics.records, partition, {
        ...framesOf(columnOf(values)),
        keys: columnOf(keys),
      })
    }
    await this.#producer.flush()
  }

  /** Publishes a version whose predictions carry its own number. */
  async publish(): Promise<void> {
    const version = ++this.#versions
    const source = `export function score(r) { return { made: ${version}, seq: r.seq, y: r.x * ${version} } }`
    const data = Buffer.from(source).toString('base64')
    const message = { name: 'times', version: String(version), dataType: this.name, format: 'javascript', data }
    const keys = columnOf([Buffer.from(`${this.name}/times/${version}`)])
    const values = columnOf([Buffer.from(JSON.stringify(message))])
    await this.#producer.produce(this.topics.models, 0, { ...framesOf(values), keys })
    await this.#producer.flush()
  }

  /** Starts an engine and resolves when it reads records. */
  async start(): Promise<ChildProcess> {
    const entry = fileURLToPath(new URL('./engine-child.ts', import.meta.url))
    const child = spawn(process.execPath, ['--no-warnings', entry, this.folder], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#children.add(child)
    child.stderr?.on('data', (text: Buffer) => {
      this.errors += text.toString()
    })
    const exit = once(child, 'exit')
    const running = once(child.stdout as NonNullable<typeof child.stdout>, 'data')
    await Promise.race([running, exit.then(() => Promise.reject(new Error(`the engine ended: ${this.errors}`)))])
    return child
  }

  /** Ends an engine at once, or lets it drain. */
  async end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit')
      child.kill(signal)
      await exit
    }
    this.#children.delete(child)
  }

  /** How many predictions and dead letters are committed. */
  async outcomes(): Promise<number> {
    return (await this.read(this.topics.predictions)).length + (await this.read(this.topics.letters)).length
  }

  /** Ends of predictions and dead letters, which count the markers of transactions too: at least as many as there are outcomes. */
  async #ends(): Promise<number> {
    const topics = [this.topics.predictions, this.topics.letters]
    const ends = await Promise.all(topics.map((topic) => listOffsets(this.cluster, topic, allPartitions, 'latest')))
    return ends.flat().reduce((sum, { offset }) => sum + offset, 0)
  }

  get sent(): number {
    return this.#sent.reduce((sum, count) => sum + count, 0)
  }

  /** Resolves when so many predictions and dead letters are committed. */
  async untilOutcomes(count: number): Promise<void> {
    const deadline = systemClock.monotonicMs() + OUTCOMES_MS
    let seen = { ends: -1, outcomes: 0 }
    for (;;) {
      const ends = await this.#ends()
      // Both topics are read only when something was committed since.
      if (ends >= count && ends !== seen.ends) seen = { ends, outcomes: await this.outcomes() }
      if (seen.outcomes >= count) return
      if (systemClock.monotonicMs() > deadline)
        throw new Error(
          `${seen.outcomes} of ${count} outcomes are there, ends ${ends}; the engines said: ${this.errors}`,
        )
      await systemClock.sleep(200)
    }
  }

  /** Resolves when every record that was sent has come to something, where some may have done so more than once. */
  async untilNothingIsLost(): Promise<void> {
    const deadline = systemClock.monotonicMs() + OUTCOMES_MS
    for (;;) {
      const { lost } = await this.findings()
      if (lost.length === 0) return
      if (systemClock.monotonicMs() > deadline)
        throw new Error(`${lost.length} of ${this.sent} records have no outcome; the engines said: ${this.errors}`)
      await systemClock.sleep(200)
    }
  }

  /** What became of everything that was sent, from the topics alone. */
  async findings(): Promise<Findings> {
    const [lost, repeated, reordered, wronglyScored]: string[][] = [[], [], [], []]
    const outcomes = new Map<string, number>()
    const count = (position: string) => outcomes.set(position, (outcomes.get(position) ?? 0) + 1)
    const lastOfKey = new Map<string, number>()
    const activations = (await this.read(this.topics.activations)).map(
      ({ value }) => JSON.parse(value) as { task: string; from: number; version: { version: string } },
    )
    for (const { key, value, headers } of await this.read(this.topics.predictions)) {
      const { made, seq } = JSON.parse(value) as { made: number; seq: number }
      const place = headers.get('position')?.toString() as string
      const { partition, position } = parsePosition(place)
      count(`${partition}@${position}`)
      const name = `${partition}@${position} by ${headers.get('version')?.toString()}`
      if (seq !== position || String(made) !== headers.get('version')?.toString())
        wronglyScored?.push(`${name}: ${value}`)
      const active = activations.filter(({ task, from }) => task === `0/${partition}` && from <= position)
      const due = active.sort((a, b) => a.from - b.from).at(-1)?.version.version
      if (due !== String(made)) wronglyScored?.push(`${name}: the activations say ${due}`)
      // A record that comes again after later ones is repeated; its first time counts for the order.
      if (outcomes.get(`${partition}@${position}`) === 1) {
        if (position < (lastOfKey.get(key as string) ?? -1)) reordered?.push(`${name} of key ${key}`)
        lastOfKey.set(key as string, position)
      }
    }
    for (const { value, headers } of await this.read(this.topics.letters)) {
      const { partition, position } = parsePosition(headers.get('millrace-position')?.toString() as string)
      count(`${partition}@${position}`)
      if (value !== `{"seq":${position},`) wronglyScored?.push(`dead letter ${partition}@${position}: ${value}`)
    }
    for (let partition = 0; partition < PARTITIONS; partition++) {
      for (let position = 0; position < (this.#sent[partition] as number); position++) {
        const times = outcomes.get(`${partition}@${position}`) ?? 0
        if (times === 0) lost?.push(`${partition}@${position}`)
        if (times > 1) repeated?.push(`${partition}@${position} ${times} times`)
      }
    }
    return { lost, repeated, reordered, wronglyScored } as Findings
  }

  /** All committed records of a topic, partition by partition. */
  async read(topic: string): Promise<SeenRecord[]> {
    const { partitions } = await this.cluster.topic(topic)
    const ends = await listOffsets(this.cluster, topic, partitions.map((_, partition) => partition), 'latest') // biome-ignore format: one line
    const records: SeenRecord[] = []
    for (const { partition, offset } of ends) {
      const settings = { topic, partition, offset: 0, isCommittedOnly: true, maxBytes: 2 ** 20, maxWaitMs: 100 }
      const fetcher = new PartitionFetcher(this.cluster, { ...settings, gone: 'error' })
      try {
        while (fetcher.position < offset) {
          const { length, values, keys, headers } = await fetcher.next(10_000, 1_000)
          for (let i = 0; i < length; i++) {
            const key = keys && bytesAt(keys, i)
            records.push({
              key: key && Buffer.from(key).toString(),
              value: Buffer.from(bytesAt(values, i) ?? []).toString(),
              headers: decodeHeaders(headers && bytesAt(headers, i)),
            })
          }
        }
      } finally {
        await fetcher.close()
      }
    }
    return records
  }

  async close(): Promise<void> {
    for (const child of [...this.#children]) {
      child.kill('SIGCONT')
      await this.end(child)
    }
    await this.#producer.close()
    await this.cluster.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
