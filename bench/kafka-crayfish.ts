// Question: how many Crayfish events per second does one task, and do as many tasks as there are processors, score from topic to topic of a real
// broker on this machine, the record echoed with its prediction; and how late are the predictions at half of that rate?
//
//   node bench/kafka-crayfish.ts
//
// An event is one JSON record of 8.4 KB (bench/crayfish/events.ts); the model is Crayfish's feed-forward network, as ONNX and, where Python with
// TensorFlow has made it, as SavedModel; at least once, a commit every 100 ms. `…Rate`: the input is there before, partition by partition;
// `copyRate` only moves the bytes, by the same client in a loop of its own. `…Latency`:
// a process of its own writes events by the clock, at half of the rate that the trial before has reached, whether or not anything is answered
// (open loop); an event's latency is the time at which the broker appended its prediction minus the time at which the event was due, as in Crayfish
// (LogAppendTime). The broker runs on the same processors.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { createTopic, deleteTopic } from '../src/clients/kafka/admin.ts'
import type { KafkaCluster } from '../src/clients/kafka/cluster.ts'
import { PartitionFetcher } from '../src/clients/kafka/fetcher.ts'
import { IdempotentProducer } from '../src/clients/kafka/producer.ts'
import { bytesAt, columnOf } from '../src/core/bytes.ts'
import { framesOf } from '../src/core/frames.ts'
import { Engine } from '../src/engine/engine.ts'
import { planEngine } from '../src/engine/read-engine.ts'
import { loadModel } from '../src/load-model.ts'
import { eventSchema, makeEvents, NUMBERS } from './crayfish/events.ts'
import { onnxNetwork, tensorflowNetwork } from './crayfish/network.ts'
import {
  brokerOfTrial,
  fillTopic,
  momentAt,
  openCluster,
  ratesBetween,
  recordsIn,
  untilRecords,
  withKafka,
} from './kafka/world.ts'
import { registry } from './registry.ts'
import { compare, quantile, type Samples } from './trial.ts'

const DISTINCT = 512
/** Records of each partition. */
const RECORDS = DISTINCT * Number(process.env['ROUNDS'] ?? 80)
const BATCH = 64
const COMPARED = 256
const CORES = availableParallelism()
const LATENCY_SECONDS = Number(process.env['LATENCY_SECONDS'] ?? 20)
const WARM_UP_SECONDS = 5
const unique = `${process.pid}-${Date.now()}`
const ort = createRequire(import.meta.url)('onnxruntime-node') as {
  readonly InferenceSession: typeof InferenceSession
  readonly Tensor: typeof Tensor
}

interface Served {
  readonly format: string
  readonly artifact: Uint8Array
  readonly options?: object
}

interface Running {
  readonly out: string
  stop(): Promise<void>
}

/** An engine that scores the events of a topic. */
async function start(
  cluster: KafkaCluster,
  folder: string,
  input: string,
  partitions: number,
  served: Served,
): Promise<Running> {
  const [out, models, state] = [`out-${unique}`, `models-${unique}`, `state-${unique}`]
  const { format, artifact, options = {} } = served
  const data = Buffer.from(artifact).toString('base64')
  const message = { name: format, version: '1', dataType: `bench-${unique}`, format, data, options }
  const configs = { 'message.timestamp.type': 'LogAppendTime' }
  await createTopic(cluster, { name: out, partitions, replication: 1, configs })
  await fillTopic(cluster, models, 1, [framesOf(columnOf([Buffer.from(JSON.stringify(message))]))], 1)
  const bootstrapServers = [brokerOfTrial().server]
  const stream = (topic: string) => ({
    transport: { type: 'kafka', bootstrapServers, topic },
    batching: { maxRecords: BATCH },
  })
  const document = {
    name: `bench-${unique}`,
    slots: {
      0: { ...stream(input), encoding: 'json', schema: eventSchema },
      1: { ...stream(out), transport: { ...stream(out).transport, partitioner: 'same' } },
    },
    models: { ...stream(models), encoding: 'json' },
    state: { type: 'kafka', bootstrapServers, topic: state, partitions, guarantee: 'at-least-once' },
    predictions: { echo: true },
  }
  const plan = planEngine(document, { document: null, source: 'bench', baseFolder: folder }, registry)
  const engine = new Engine({ plan, registry, registryUrl: new URL('registry.ts', import.meta.url).href })
  let tasks = 0
  const started = new Promise<void>((resolve) => {
    engine.telemetry.listen((name) => {
      if (name === 'taskStarted' && ++tasks === partitions) resolve()
    })
  })
  await engine.start()
  // Partitions come after the start, when the group has shared them out.
  await started
  return { out, stop: () => engine.stop() }
}

async function rate(folder: string, partitions: number, served: Served): Promise<Samples> {
  const cluster = openCluster()
  const { out, stop } = await start(cluster, folder, inputOf(partitions), partitions, served)
  const total = RECORDS * partitions
  const from = await untilRecords(cluster, out, total / 4)
  // The tail belongs to one task where the others have ended.
  const to = await untilRecords(cluster, out, total * 0.9)
  await untilRecords(cluster, out, total)
  await stop()
  await check(cluster, out, served)
  await deleteTopic(cluster, out)
  await cluster.close()
  return ratesBetween(from, to)
}

/** Moves the events to another topic, bytes as they are, by the same client: what scoring cannot surpass. */
async function copy(): Promise<Samples> {
  const cluster = openCluster()
  const out = `out-${unique}`
  await createTopic(cluster, { name: out, partitions: 1, replication: 1, configs: {} })
  const producer = await IdempotentProducer.open(cluster)
  const fetcher = new PartitionFetcher(cluster, {
    ...{ topic: inputOf(1), partition: 0, offset: 0, isCommittedOnly: true, gone: 'error' },
    ...{ maxBytes: 2 ** 20, maxWaitMs: 500 },
  })
  let start = momentAt(0)
  for (let done = 0; done < RECORDS; ) {
    const batch = await fetcher.next(BATCH, 1_000)
    await producer.produce(out, 0, batch)
    if (done < RECORDS / 4 && done + batch.length >= RECORDS / 4) start = momentAt(done + batch.length)
    done += batch.length
  }
  await producer.flush()
  const rates = ratesBetween(start, momentAt(RECORDS))
  await fetcher.close()
  await producer.close()
  await deleteTopic(cluster, out)
  await cluster.close()
  return rates
}

const inputOf = (partitions: number) => `events-${partitions}`

/** Milliseconds between the time that an event was due and the time at which its prediction was appended. */
async function latency(folder: string, partitions: number, served: Served, perSecond: number): Promise<Samples> {
  const cluster = openCluster()
  const input = `paced-${unique}`
  await createTopic(cluster, { name: input, partitions, replication: 1, configs: {} })
  const { out, stop } = await start(cluster, folder, input, partitions, served)
  const seconds = WARM_UP_SECONDS + LATENCY_SECONDS
  const feeder = spawn(
    process.execPath,
    [
      new URL('kafka/feeder.ts', import.meta.url).pathname,
      input,
      String(partitions),
      String(perSecond),
      String(seconds),
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  await new Promise((resolve, reject) =>
    feeder.on('exit', (code) => (code === 0 ? resolve(code) : reject(new Error(`feeder: ${code}`)))),
  )
  const sent = await recordsIn(cluster, input)
  await untilRecords(cluster, out, sent)
  await stop()
  const latencies = await latenciesOf(cluster, out, partitions, perSecond * WARM_UP_SECONDS)
  await deleteTopic(cluster, out)
  await deleteTopic(cluster, input)
  await cluster.close()
  return {
    perSecond: sent / seconds,
    p50Ms: quantile(latencies, 0.5),
    p90Ms: quantile(latencies, 0.9),
    p99Ms: quantile(latencies, 0.99),
    p999Ms: quantile(latencies, 0.999),
    maxMs: quantile(latencies, 1),
  }
}

async function latenciesOf(
  cluster: KafkaCluster,
  out: string,
  partitions: number,
  warmUp: number,
): Promise<Float64Array> {
  const found: number[] = []
  for (let partition = 0; partition < partitions; partition++) {
    for await (const { bytes, timestampMs } of recordsOf(cluster, out, partition)) {
      // `{"id":17,"created":1700000000017,` stands at the start of the text.
      const head = /^\{"id":(\d+),"created":(\d+),/.exec(bytes.subarray(0, 60).toString('latin1'))
      if (head === null) throw new Error(bytes.subarray(0, 60).toString())
      if (Number(head[1]) >= warmUp) found.push(timestampMs - Number(head[2]))
    }
  }
  return Float64Array.from(found)
}

async function* recordsOf(cluster: KafkaCluster, topic: string, partition: number) {
  const fetcher = new PartitionFetcher(cluster, {
    ...{ topic, partition, offset: 0, isCommittedOnly: true, gone: 'error' },
    ...{ maxBytes: 2 ** 22, maxWaitMs: 100 },
  })
  const end = await recordsIn(cluster, topic)
  for (let idle = 0; fetcher.position < end && idle < 5; ) {
    const batch = await fetcher.next(BATCH, 200)
    idle = batch.length === 0 ? idle + 1 : 0
    for (let i = 0; i < batch.length; i++) {
      yield { bytes: bytesAt(batch.values, i) as Buffer, timestampMs: batch.timestampsMs?.[i] ?? Number.NaN }
    }
  }
  await fetcher.close()
}

/** Throws unless the first records of the topic are the events with the answer to each of them alone. */
async function check(cluster: KafkaCluster, out: string, { format, artifact, options = {} }: Served): Promise<void> {
  const answer = format === 'onnx' ? await onnxAnswer() : await ownAnswer(artifact, format, options)
  const events = makeEvents(COMPARED)
  let i = 0
  for await (const { bytes } of recordsOf(cluster, out, 0)) {
    if (i === COMPARED) break
    const { id, created, input, ...outputs } = JSON.parse(bytes.toString()) as Record<string, unknown>
    if (JSON.stringify({ id, created, input }) !== String(events[i])) throw new Error(`event ${i} is not echoed`)
    const expected = Array.from(await answer(Float32Array.from(input as number[])))
    const found = Object.values(outputs)[0] as number[]
    const isRight = expected.every((x, k) => Math.abs(x - (found[k] as number)) < 1e-4)
    if (!isRight) throw new Error(`event ${i} has ${found.join(', ')}, expected ${expected.join(', ')}`)
    i++
  }
}

type Answer = (numbers: Float32Array) => Promise<ArrayLike<number>>

/** By onnxruntime. */
async function onnxAnswer(): Promise<Answer> {
  const session = await ort.InferenceSession.create(onnxNetwork(), { intraOpNumThreads: 1, interOpNumThreads: 1 })
  return async (numbers) => {
    const { output } = await session.run({ input: new ort.Tensor('float32', numbers, [1, 1, NUMBERS]) })
    return output?.data as Float32Array
  }
}

/** By a scorer that bench/crayfish.ts compares with TensorFlow's own outputs. */
async function ownAnswer(artifact: Uint8Array, format: string, options: object): Promise<Answer> {
  const model = await loadModel(artifact, { format, options } as never)
  return async (input) => {
    const [result] = await model.score([{ input }])
    if (!result || !('prediction' in result)) throw new Error(JSON.stringify(result))
    return Object.values(result.prediction)[0] as number[]
  }
}

/** Half of the median rate of an earlier run of this file, from its results. */
function halfOf(subject: string): number {
  const results = JSON.parse(readFileSync(new URL('results/kafka-crayfish.json', import.meta.url), 'utf8'))
  return Math.floor(results.medians[subject].recordsPerSecond / 2)
}

const onnx: Served = { format: 'onnx', artifact: onnxNetwork() }
const network = await tensorflowNetwork()
const tensorflow: Served | null = network && {
  format: 'tensorflow',
  artifact: network.bytes,
  options: { features: ['input'] },
}

await withKafka(
  async (cluster) => {
    const events = makeEvents(DISTINCT)
    const batches = Array.from({ length: DISTINCT / BATCH }, (_, i) =>
      framesOf(columnOf(events.slice(i * BATCH, i * BATCH + BATCH))),
    )
    for (const partitions of new Set([1, CORES])) {
      await fillTopic(cluster, inputOf(partitions), partitions, batches, RECORDS / DISTINCT)
    }
  },
  async () => {
    const trials = Number(process.env['TRIALS'] ?? 3)
    const rates = {
      copyRate: copy,
      onnxRate: (folder: string) => rate(folder, 1, onnx),
      onnxAllRate: (folder: string) => rate(folder, CORES, onnx),
      ...(tensorflow ? { tensorflowRate: (folder: string) => rate(folder, 1, tensorflow) } : {}),
    }
    const latencies = {
      onnxLatency: (folder: string) => latency(folder, 1, onnx, halfOf('onnxRate')),
      onnxAllLatency: (folder: string) => latency(folder, CORES, onnx, halfOf('onnxAllRate')),
    }
    const chosen = process.argv[2]
    if (chosen === undefined || chosen in rates) await compare(import.meta.filename, 'kafka-crayfish', rates, trials)
    if (chosen === undefined || chosen in latencies) {
      await compare(import.meta.filename, 'kafka-crayfish-latency', latencies, trials)
    }
  },
)
