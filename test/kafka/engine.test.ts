import { describe, expect, onTestFinished, test } from 'vitest'
import { createTopic, listOffsets } from '../../src/clients/kafka/admin.ts'
import { KafkaCluster, kafkaSettings } from '../../src/clients/kafka/cluster.ts'
import { PartitionFetcher } from '../../src/clients/kafka/fetcher.ts'
import { registry } from '../../src/components.ts'
import { bytesAt, columnOf } from '../../src/core/bytes.ts'
import { systemClock } from '../../src/core/clock.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { framesOf } from '../../src/core/frames.ts'
import { decodeHeaders, encodeHeaders } from '../../src/core/headers.ts'
import type { TelemetryEvents } from '../../src/core/telemetry.ts'
import { chunkHeaders } from '../../src/engine/chunk-assembler.ts'
import { Engine } from '../../src/engine/engine.ts'
import { planEngine } from '../../src/engine/read-engine.ts'
import { digestOf } from '../../src/state/artifacts.ts'
import { source } from '../engine/fakes.ts'
import { registryUrl } from '../engine/log-world.ts'
import { jsonMessage, type Message } from '../engine/model-messages.ts'
import { kafkaService } from '../support/kafka.ts'
import { produceFrames } from '../support/kafka-produce.ts'
import { uniqueName } from '../support/kafka-topics.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const kafka = await kafkaService()
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

/** A prediction as its reader sees it. */
interface Prediction {
  readonly made: unknown
  readonly version: string
  readonly offset: number
}

/** An engine's topics on a real broker, and any number of instances of the engine in this process, each with a folder of its own. */
class KafkaWorld {
  readonly name = uniqueName('engine')
  readonly partitions: number
  readonly cluster = new KafkaCluster(kafkaSettings(kafka.bootstrapServers))
  readonly started: TelemetryEvents['taskStarted'][] = []
  readonly events: string[] = []
  readonly sent: number[]
  topics = { in: '', out: '', models: '' }
  #instances = 0

  private constructor(partitions: number) {
    this.partitions = partitions
    this.sent = new Array<number>(partitions).fill(0)
    onTestFinished(() => this.cluster.close())
  }

  static async open(partitions: number, modelPartitions = 1): Promise<KafkaWorld> {
    const world = new KafkaWorld(partitions)
    const configs = { 'retention.ms': '-1' } // event times of long ago
    world.topics = {
      in: await kafka.topic('in', { partitions, configs }),
      out: await kafka.topic('out', { partitions, configs }),
      models: await kafka.topic('models', { partitions: modelPartitions, configs: { 'cleanup.policy': 'compact' } }),
    }
    return world
  }

  stream(topic: string, options: object = {}): object {
    return { transport: { type: 'kafka', bootstrapServers: kafka.bootstrapServers, topic, ...options } }
  }

  async start(changes: object = {}): Promise<Engine> {
    const baseFolder = temporaryFolder()
    const { bootstrapServers } = kafka
    const document = {
      name: this.name,
      slots: { 0: this.stream(this.topics.in), 1: this.stream(this.topics.out, { partitioner: 'same' }) },
      models: this.stream(this.topics.models),
      state: { type: 'kafka', bootstrapServers, topic: `${this.name}.state`, partitions: this.partitions },
      versions: { allowCode: true },
      threads: 1,
      ...changes,
    }
    const plan = planEngine(document, { document: null, source: 'test', baseFolder }, registry)
    const engine = new Engine({ plan, registry, registryUrl })
    onTestFinished(() => engine.stop())
    engine.telemetry.listen((name, payload) => {
      if (name === 'taskStarted') this.started.push(payload as TelemetryEvents['taskStarted'])
      if (name !== 'batchScored') this.events.push(`${name} ${JSON.stringify(payload)}`)
    })
    engine.advertise(`instance-${++this.#instances}:8090`)
    await engine.start()
    return engine
  }

  /** Feeds `count` records to every partition, with this event time. */
  async feed(count: number, timestampMs: number): Promise<void> {
    for (const partition of range(0, this.partitions)) {
      const from = this.sent[partition] as number
      const values = range(from, from + count).map((x) =>
        Buffer.from(JSON.stringify({ x, timestampMs, kind: this.name })),
      )
      const timestampsMs = new Float64Array(count).fill(timestampMs)
      await produceFrames(this.cluster, this.topics.in, partition, { ...framesOf(columnOf(values)), timestampsMs })
      this.sent[partition] = from + count
    }
  }

  async publish(version: string, changes: Partial<Message> = {}, partition = 0): Promise<void> {
    const artifact = changes['location'] ? {} : { data: Buffer.from(source(version)) }
    const fields = { name: 'm', version, dataType: this.name, format: 'javascript' }
    const message = jsonMessage({ ...fields, ...artifact, ...changes })
    const frames = { ...framesOf(columnOf([Buffer.from(message)])), keys: columnOf([Buffer.from(`m/${version}`)]) }
    await produceFrames(this.cluster, this.topics.models, partition, frames)
  }

  /** Resolves when every record that was sent has its prediction. */
  async until(): Promise<Prediction[][]> {
    return await Promise.all(range(0, this.partitions).map((partition) => this.#read(partition)))
  }

  async #read(partition: number): Promise<Prediction[]> {
    const topic = this.topics.out
    const settings = { topic, partition, offset: 0, isCommittedOnly: true, maxBytes: 2 ** 20, maxWaitMs: 200 }
    const fetcher = new PartitionFetcher(this.cluster, { ...settings, gone: 'error' })
    const found: Prediction[] = []
    try {
      const hasMore = async () => {
        const [end] = await listOffsets(this.cluster, topic, [partition], 'latest', 'readCommitted')
        return fetcher.position < (end?.offset ?? 0)
      }
      const deadline = systemClock.monotonicMs() + WAIT_MS
      while (found.length < (this.sent[partition] as number) || (await hasMore())) {
        if (systemClock.monotonicMs() > deadline)
          throw new Error(`${found.length} of ${this.sent[partition]} predictions in ${topic}/${partition}`)
        const batch = await fetcher.next(1_000, 500)
        for (let i = 0; i < batch.length; i++) {
          const stamp = decodeHeaders(batch.headers && bytesAt(batch.headers, i))
          const value = JSON.parse(Buffer.from(bytesAt(batch.values, i) ?? []).toString()) as { made: unknown }
          const position = stamp.get('position')?.toString() ?? ''
          found.push({
            made: value.made,
            version: stamp.get('version')?.toString() ?? '',
            offset: Number(position.replace(/^.*@/, '')),
          })
        }
      }
      return found
    } finally {
      await fetcher.close()
    }
  }
}

/** Longest wait for what engines do; a busy machine may take its time. */
const WAIT_MS = 120_000

/** Resolves when the answer is the expected one; it is asked again and again. */
async function eventually(ask: () => Promise<unknown>, expected: string): Promise<void> {
  const deadline = systemClock.monotonicMs() + WAIT_MS
  for (;;) {
    const last = String(await ask())
    if (last === expected) return
    if (systemClock.monotonicMs() > deadline) throw new Error(`${last} after ${WAIT_MS} ms, not ${expected}`)
    await systemClock.sleep(100)
  }
}

/** Events that a sound run may not have; a member that lost its epoch on a busy machine may begin its tasks again. */
function troubles({ events }: KafkaWorld): string[] {
  return events.filter((event) => {
    if (!event.startsWith('taskError')) return /^(versionMissing|engineRestarting)/.test(event)
    const { error } = JSON.parse(event.slice(event.indexOf('{'))) as TelemetryEvents['taskError']
    const { isRetryable, isFenced } = MillraceError.fromReport(error)
    return !isRetryable && !isFenced
  })
}

describe.skipIf(kafka.reason !== null)('an engine on Kafka', () => {
  test('instances come and go and a model is swapped: each record is predicted once, in order, by the right version', async () => {
    const world = await KafkaWorld.open(6)
    const swapMs = 1_700_000_000_000
    await world.publish('0')
    await world.publish('1')
    const first = await world.start()
    await world.feed(40, swapMs - 1)
    await world.until()
    expect((await first.report()).tasks).toHaveLength(6)

    const second = await world.start()
    const third = await world.start()
    const shares = async () => (await first.instances()).map(({ tasks }) => tasks.length)
    await eventually(shares, '2,2,2')
    const told = (await third.instances()).map(({ address }) => address).sort()
    expect(told).toEqual(['instance-1:8090', 'instance-2:8090', 'instance-3:8090'])
    await world.publish('2', { effectiveFrom: swapMs })
    await world.feed(40, swapMs - 1)
    const positions = async () =>
      (await Promise.all([first, second, third].map((engine) => engine.report())))
        .flatMap(({ tasks }) => tasks)
        .map(({ modelPosition }) => modelPosition)
    await eventually(positions, '3,3,3,3,3,3')

    await world.feed(20, swapMs - 1)
    const left = second.stop()
    await world.feed(40, swapMs)
    await left
    const fourth = await world.start()
    await world.feed(40, swapMs + 1)
    await eventually(shares, '2,2,2')
    await world.feed(20, swapMs + 2)
    const predictions = await world.until()
    for (const found of predictions) {
      expect(found.map(({ offset }) => offset)).toEqual(range(0, 200))
      expect(found.map(({ version }) => version)).toEqual(range(0, 200).map((n) => (n < 100 ? '1' : '2')))
      for (const { made, version } of found) expect(made).toBe(version)
    }
    await Promise.all([first.stop(), third.stop(), fourth.stop()])
    expect([first, second, third, fourth].map(({ state }) => state)).toEqual(new Array(4).fill('stopped'))
    expect(troubles(world)).toEqual([])
  }, 240_000)

  test('a model in parts is put together by every instance, from the compacted topic', async () => {
    const world = await KafkaWorld.open(1)
    const whole = Buffer.from(source('in parts'))
    const digest = digestOf(whole)
    const parts = [whole.subarray(0, 10), whole.subarray(10, 30), whole.subarray(30)]
    const headers = parts.map((_, index) =>
      encodeHeaders([
        [chunkHeaders.digest, digest],
        [chunkHeaders.index, String(index)],
        [chunkHeaders.count, String(parts.length)],
      ]),
    )
    const keys = columnOf(parts.map((_, index) => Buffer.from(`${digest}/${index}`)))
    const frames = { ...framesOf(columnOf(parts)), headers: columnOf(headers), keys }
    await produceFrames(world.cluster, world.topics.models, 0, frames)
    await world.publish('1', { location: `chunks:${digest}` })
    await world.feed(10, 5)
    const engine = await world.start()
    const [found] = await world.until()
    expect(new Set(found?.map(({ made }) => made))).toEqual(new Set(['in parts']))
    await engine.stop()
  }, 120_000)

  test('a cut-over that its topic does not take as it is ends nothing', async () => {
    const world = await KafkaWorld.open(1)
    const configs = { 'max.message.bytes': '1500' }
    await createTopic(world.cluster, { name: `${world.name}.activations`, partitions: 1, replication: null, configs })
    await world.publish('1', { description: 'long '.repeat(1_000) })
    await world.feed(10, 5)
    const engine = await world.start()
    const [found] = await world.until()
    expect(found?.map(({ version }) => version)).toEqual(range(0, 10).map(() => '1'))
    await engine.stop()
    expect(troubles(world)).toEqual([])
    expect(world.events.filter((event) => event.startsWith('activationError'))).toEqual([])
  }, 120_000)

  test('a warm instance takes over what another leaves, with the version of its checkpoint and what came since', async () => {
    const world = await KafkaWorld.open(2)
    await world.publish('1')
    await world.feed(20, 5)
    const first = await world.start({ standby: true })
    const second = await world.start({ standby: true })
    await world.until()
    await world.publish('2')
    const positions = async () =>
      (await Promise.all([first.report(), second.report()]))
        .flatMap(({ tasks }) => tasks)
        .map(({ modelPosition }) => modelPosition)
    await eventually(positions, '2,2')
    const left = first.stop()
    await world.feed(20, 6)
    await left
    const predictions = await world.until()
    for (const found of predictions) {
      expect(found.map(({ offset }) => offset)).toEqual(range(0, 40))
      expect(found.map(({ version }) => version)).toEqual(range(0, 40).map((n) => (n < 20 ? '1' : '2')))
    }
    await second.stop()
    expect(troubles(world)).toEqual([])
  }, 240_000)

  test('with a keyed join each task uses the models of its own partition', async () => {
    const world = await KafkaWorld.open(2, 2)
    await world.publish('a', {}, 0)
    await world.publish('b', {}, 1)
    await world.feed(10, 5)
    const join = { type: 'keyed', key: { type: 'field', name: 'kind' } }
    const engine = await world.start({ join })
    const [first, second] = await world.until()
    expect(new Set(first?.map(({ made }) => made))).toEqual(new Set(['a']))
    expect(new Set(second?.map(({ made }) => made))).toEqual(new Set(['b']))
    await engine.stop()
  }, 120_000)

  test('by the classic protocol instances share the partitions, and one takes over what another leaves', async () => {
    const world = await KafkaWorld.open(4)
    const slots = {
      0: world.stream(world.topics.in, { groupProtocol: 'classic' }),
      1: world.stream(world.topics.out, { partitioner: 'same' }),
    }
    await world.publish('1')
    const first = await world.start({ slots })
    const second = await world.start({ slots })
    const shares = async () => (await second.instances()).map(({ tasks }) => tasks.length)
    await eventually(shares, '2,2')
    await world.feed(20, 5)
    const left = first.stop()
    await world.feed(20, 6)
    await left
    await eventually(shares, '4')
    await world.feed(20, 7)
    for (const found of await world.until()) expect(found.map(({ offset }) => offset)).toEqual(range(0, 60))
    await second.stop()
    expect(troubles(world)).toEqual([])
  }, 240_000)

  test('a static member that starts again has its partitions as before, and what came meanwhile waits for it', async () => {
    const world = await KafkaWorld.open(4)
    const start = (groupInstanceId: string) =>
      world.start({
        slots: {
          0: world.stream(world.topics.in, { groupInstanceId }),
          1: world.stream(world.topics.out, { partitioner: 'same' }),
        },
      })
    await world.publish('1')
    const first = await start('first')
    const second = await start('second')
    const tasks = async () => (await second.instances()).find(({ isSelf }) => isSelf)?.tasks.toSorted()
    const shares = async () => (await second.instances()).map((instance) => instance.tasks.length)
    await eventually(shares, '2,2')
    const before = await tasks()
    await world.feed(20, 5)
    await world.until()
    const started = world.started.length
    await first.stop()
    await world.feed(20, 6)
    const again = await start('first')
    await world.feed(20, 7)
    for (const found of await world.until()) expect(found.map(({ offset }) => offset)).toEqual(range(0, 60))
    await eventually(shares, '2,2')
    expect(await tasks()).toEqual(before)
    // Its own two, and none of the other's.
    expect(world.started.length - started).toBe(2)
    await Promise.all([again.stop(), second.stop()])
    expect(troubles(world)).toEqual([])
  }, 240_000)
})
