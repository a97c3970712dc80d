// Question: how many iris records per second does one task score with a single tree from topic to topic of a real broker on this machine, at least
// once and exactly once (a commit every 100 ms), against loops that move the bytes with the same client and do not decode them (`copy`,
// `copyTransactions`), and against the same engine without scoring (`pass`)?
//
//   node bench/kafka-rate.ts
//
// The broker (Kafka's defaults, 1 GiB of heap) is shared by the trials, which take turns; it runs on the same processors, so that a client that costs
// less makes the broker faster too. Records are read from 1 partition and written to 1. `stateMessagesPerSecond` counts what the task
// has appended to its changelog topic.
import { readFileSync } from 'node:fs'
import { createTopic } from '../src/clients/kafka/admin.ts'
import { PartitionFetcher } from '../src/clients/kafka/fetcher.ts'
import {
  IdempotentProducer,
  type KafkaSink,
  noMembership,
  TransactionalProducer,
} from '../src/clients/kafka/producer.ts'
import { columnOf } from '../src/core/bytes.ts'
import { framesOf } from '../src/core/frames.ts'
import { Engine } from '../src/engine/engine.ts'
import { planEngine } from '../src/engine/read-engine.ts'
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
import { compare, type Samples } from './trial.ts'

const RECORDS = Number(process.env['RECORDS'] ?? 2_000_000)
const WARM_UP = RECORDS / 4
const BATCH = 1_000
const COMMIT_MS = 100
const INPUT = process.env['INPUT'] ?? 'iris'
const examples = new URL('../examples/iris/', import.meta.url)

/** What a name must not share with other trials. */
const unique = `${process.pid}-${Date.now()}`

/** Moves the records of the input to a topic of its own. */
async function copy(isExactlyOnce: boolean): Promise<Samples> {
  const cluster = openCluster()
  const out = `out-${unique}`
  await createTopic(cluster, { name: out, partitions: 1, replication: 1, configs: {} })
  const producer = isExactlyOnce
    ? await TransactionalProducer.open(cluster, { transactionalId: out, transactionTimeoutMs: 60_000 })
    : await IdempotentProducer.open(cluster)
  const fetcher = new PartitionFetcher(cluster, {
    ...{ topic: INPUT, partition: 0, offset: 0, isCommittedOnly: true, gone: 'error' },
    ...{ maxBytes: 2 ** 20, maxWaitMs: 500 },
  })
  const group = noMembership(out)
  let sink: KafkaSink = producer.begin()
  let committedMs = performance.now()
  let done = 0
  let start = momentAt(0)
  while (done < RECORDS) {
    const batch = await fetcher.next(BATCH, 1_000)
    await sink.produce(out, 0, batch)
    if (done < WARM_UP && done + batch.length >= WARM_UP) start = momentAt(done + batch.length)
    done += batch.length
    if (performance.now() - committedMs < COMMIT_MS && done < RECORDS) continue
    sink.addPosition(group, INPUT, 0, batch.end)
    await sink.commit()
    committedMs = performance.now()
    sink = producer.begin()
  }
  const end = momentAt(done)
  await fetcher.close()
  await producer.close()
  await cluster.close()
  return ratesBetween(start, end)
}

async function scored(folder: string, guarantee: string, format: string, artifact: Uint8Array): Promise<Samples> {
  const cluster = openCluster()
  const [out, models, state] = [`out-${unique}`, `models-${unique}`, `state-${unique}`]
  const message = {
    name: format,
    version: '1',
    dataType: `bench-${unique}`,
    format,
    data: Buffer.from(artifact).toString('base64'),
  }
  await createTopic(cluster, { name: out, partitions: 1, replication: 1, configs: {} })
  await fillTopic(cluster, models, 1, [framesOf(columnOf([Buffer.from(JSON.stringify(message))]))], 1)
  const bootstrapServers = [brokerOfTrial().server]
  const stream = (topic: string) => ({
    transport: { type: 'kafka', bootstrapServers, topic },
    batching: { maxRecords: BATCH },
  })
  const document = {
    name: `bench-${unique}`,
    slots: { 0: stream(INPUT), 1: stream(out) },
    models: { ...stream(models), encoding: 'json' },
    state: { type: 'kafka', bootstrapServers, topic: state, partitions: 1, guarantee, commitIntervalMs: COMMIT_MS },
  }
  const plan = planEngine(document, { document: null, source: 'bench', baseFolder: folder }, registry)
  const engine = new Engine({ plan, registry, registryUrl: new URL('registry.ts', import.meta.url).href })
  await engine.start()
  const start = await untilRecords(cluster, out, WARM_UP)
  const startState = await recordsIn(cluster, state)
  const end = await untilRecords(cluster, out, RECORDS)
  const stateMessages = (await recordsIn(cluster, state)) - startState
  await engine.stop()
  await cluster.close()
  return { ...ratesBetween(start, end), stateMessagesPerSecond: (stateMessages / (end.ms - start.ms)) * 1_000 }
}

const tree = () => readFileSync(new URL('tree.pmml', examples))

await withKafka(
  async (cluster) => {
    const lines = readFileSync(new URL('iris.jsonl', examples), 'utf8').trim().split('\n')
    const values = Array.from({ length: BATCH }, (_, i) => Buffer.from(lines[i % lines.length] as string))
    await fillTopic(cluster, INPUT, 1, [framesOf(columnOf(values))], RECORDS / BATCH)
  },
  () =>
    compare(
      import.meta.filename,
      'kafka-rate',
      {
        copy: () => copy(false),
        copyTransactions: () => copy(true),
        pass: (folder) => scored(folder, 'at-least-once', 'pass', Buffer.from('x')),
        tree: (folder) => scored(folder, 'at-least-once', 'pmml', tree()),
        treeExactlyOnce: (folder) => scored(folder, 'exactly-once', 'pmml', tree()),
      },
      Number(process.env['TRIALS'] ?? 3),
    ),
)
