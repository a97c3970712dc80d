import { describe, expect, onTestFinished, test } from 'vitest'
import { KafkaCluster, kafkaSettings } from '../../src/clients/kafka/cluster.ts'
import { registry as components } from '../../src/components.ts'
import { columnOf } from '../../src/core/bytes.ts'
import { systemClock } from '../../src/core/clock.ts'
import { framesOf } from '../../src/core/frames.ts'
import type { TelemetryEvents } from '../../src/core/telemetry.ts'
import { Engine } from '../../src/engine/engine.ts'
import { planEngine } from '../../src/engine/read-engine.ts'
import { registryUrl } from '../engine/log-world.ts'
import { jsonMessage } from '../engine/model-messages.ts'
import { kafkaService } from '../support/kafka.ts'
import { produceFrames } from '../support/kafka-produce.ts'
import { readTexts } from '../support/kafka-read.ts'
import { uniqueName } from '../support/kafka-topics.ts'
import { TestRegistry } from '../support/schema-registry.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const kafka = await kafkaService()
const PARTITIONS = 2
const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition)
/** Longest wait for what the engine does; a busy machine may take its time. */
const WAIT_MS = 120_000

const recordSchema = (version: number) => ({
  type: 'record',
  name: 'Reading',
  fields: [
    { name: 'seq', type: 'long' },
    ...Array.from({ length: version }, (_, i) => ({ name: `added${i}`, type: 'double', default: 0 })),
  ],
})
const predictionSchema = { type: 'record', name: 'Prediction', fields: [{ name: 'seq', type: 'long' }] }

/** A record of schema `recordSchema(version)` in Confluent's wire format. */
function framed(id: number, seq: number, version: number): Buffer {
  const header = Buffer.alloc(5)
  header.writeInt32BE(id, 1)
  const long: number[] = []
  let rest = seq * 2
  for (; rest > 127; rest >>>= 7) long.push((rest & 127) | 128)
  return Buffer.concat([header, Buffer.from([...long, rest]), Buffer.alloc(8 * version)])
}

/** An engine whose input and whose second output have their schemas in a registry; the first output is JSON. */
class RegistryWorld {
  readonly name = uniqueName('registry')
  readonly cluster = new KafkaCluster(kafkaSettings(kafka.bootstrapServers))
  readonly registry: TestRegistry
  topics = { in: '', json: '', avro: '', letters: '', models: '' }
  /** Errors of tasks that the registry was the reason of, and all others. */
  outages = 0
  readonly others: string[] = []
  #sent = 0
  #versions = 0

  private constructor(registry: TestRegistry) {
    this.registry = registry
    onTestFinished(async () => {
      await this.cluster.close()
      await registry.stop()
    })
  }

  static async open(): Promise<RegistryWorld> {
    const world = new RegistryWorld(await TestRegistry.start())
    const topic = (name: string) => kafka.topic(name, { partitions: PARTITIONS })
    world.topics = {
      in: await topic('in'),
      json: await topic('json'),
      avro: await topic('avro'),
      letters: await topic('letters'),
      models: await kafka.topic('models'),
    }
    const source = 'export function score(r) { return { seq: r.seq } }'
    const fields = { name: 'm', version: '1', dataType: world.name, format: 'javascript', data: Buffer.from(source) }
    const values = columnOf([Buffer.from(jsonMessage(fields))])
    await produceFrames(world.cluster, world.topics.models, 0, {
      ...framesOf(values),
      keys: columnOf([Buffer.from('m/1')]),
    })
    return world
  }

  async start(): Promise<void> {
    const { bootstrapServers } = kafka
    const stream = (topic: string) => ({ transport: { type: 'kafka', bootstrapServers, topic, partitioner: 'same' } })
    const { in: input, json, avro, letters, models } = this.topics
    const encoding = { type: 'avro-binary', registry: { urls: [this.registry.url], timeoutMs: 1_000, attempts: 2 } }
    const { partitioner: _, ...transport } = stream(input).transport
    const document = {
      name: this.name,
      slots: {
        0: { transport, encoding, batching: { maxRecords: 7 } },
        1: stream(json),
        3: { ...stream(avro), encoding, schema: predictionSchema },
      },
      models: stream(models),
      deadLetters: stream(letters),
      state: { type: 'kafka', bootstrapServers, topic: `${this.name}.state`, partitions: PARTITIONS },
      versions: { allowCode: true },
      threads: 1,
    }
    const source = { document: null, source: 'test', baseFolder: temporaryFolder() }
    const engine = new Engine({ plan: planEngine(document, source, components), registry: components, registryUrl })
    onTestFinished(() => engine.stop())
    engine.telemetry.listen((name, payload) => {
      if (name !== 'taskError') return
      const { error } = payload as TelemetryEvents['taskError']
      if (error.code === 'ENCODING_REGISTRY_UNREACHABLE') this.outages++
      else this.others.push(error.message)
    })
    await engine.start()
  }

  /** Feeds every partition with records of the schema from before, then of a new one, then of that from before again. */
  async feed(): Promise<void> {
    const [before, now] = [this.#versions, ++this.#versions]
    const id = (version: number) => this.registry.put(`${this.topics.in}-value`, recordSchema(version))
    const values = [before, now, before].flatMap((version, part) =>
      Array.from({ length: 10 }, (_, i) => framed(id(version), this.#sent + 10 * part + i, version)),
    )
    for (const partition of partitions)
      await produceFrames(this.cluster, this.topics.in, partition, framesOf(columnOf(values)))
    this.#sent += values.length
  }

  /** Resolves when an outage has been met since `before`. */
  async untilOutage(before: number): Promise<void> {
    await this.#until(
      () => this.outages > before,
      () => `${this.outages} outages`,
    )
  }

  /** Resolves when everything that was sent has come out; with all of it, by partition. */
  async untilScored(): Promise<string[][]> {
    let found: string[][] = []
    const hasAll = async () => {
      found = await Promise.all(partitions.map((partition) => readTexts(this.cluster, this.topics.json, partition)))
      return found.every((texts) => texts.length >= this.#sent)
    }
    await this.#until(hasAll, () => `${found.map((texts) => texts.length).join()} of ${this.#sent} records`)
    return found
  }

  get expected(): string[][] {
    return partitions.map(() => Array.from({ length: this.#sent }, (_, seq) => `{"seq":${seq}}`))
  }

  async count(topic: string): Promise<number> {
    const all = await Promise.all(partitions.map((partition) => readTexts(this.cluster, topic, partition)))
    return all.flat().length
  }

  async #until(condition: () => boolean | Promise<boolean>, state: () => string): Promise<void> {
    const deadline = systemClock.monotonicMs() + WAIT_MS
    while (!(await condition())) {
      if (systemClock.monotonicMs() > deadline) throw new Error(`${state()}; other errors: ${this.others.join()}`)
      await systemClock.sleep(100)
    }
  }
}

describe.skipIf(kafka.reason !== null)('an engine on Kafka whose schema registry is away', () => {
  test('at the start and whenever a new schema comes: everything is predicted once, in order, and nothing is given up', {
    timeout: 600_000,
  }, async () => {
    const world = await RegistryWorld.open()
    const { registry } = world
    // In trouble when the engine starts: neither the input nor the output know their schemas.
    registry.trouble = 503
    await world.feed()
    await world.start()
    await world.untilOutage(0)
    registry.trouble = null
    await world.untilScored()

    let before = world.outages
    registry.trouble = 500
    await world.feed()
    await world.untilOutage(before)
    registry.trouble = null
    await world.untilScored()

    before = world.outages
    await registry.stop()
    await world.feed()
    await world.untilOutage(before)
    await registry.resume()
    await world.untilScored()

    before = world.outages
    registry.isHanging = true
    await world.feed()
    await world.untilOutage(before)
    registry.isHanging = false

    expect(await world.untilScored()).toEqual(world.expected)
    expect(await world.count(world.topics.avro)).toBe(world.expected.flat().length)
    expect(await world.count(world.topics.letters)).toBe(0)
  })
})
