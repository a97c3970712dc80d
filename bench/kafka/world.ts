import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTopic, listOffsets } from '../../src/clients/kafka/admin.ts'
import { KafkaCluster } from '../../src/clients/kafka/cluster.ts'
import { IdempotentProducer } from '../../src/clients/kafka/producer.ts'
import { kafkaSettings } from '../../src/clients/kafka/settings.ts'
import { LocalKafka } from '../../src/clients/local-kafka/local-kafka.ts'
import { systemClock } from '../../src/core/clock.ts'
import type { FrameBatch } from '../../src/core/frames.ts'

/** Tells trials, which are processes of their own, where the broker is: `127.0.0.1:9092 4711`, with its process. */
const variable = 'MILLRACE_BENCH_KAFKA'

/** True in the process of a trial. */
export const isTrial = process.argv[2] !== undefined

/** The broker of this benchmark. */
export function brokerOfTrial(): { readonly server: string; readonly pid: string } {
  const [server = '127.0.0.1:9092', pid = ''] = (process.env[variable] ?? '').split(' ')
  return { server, pid }
}

/** A cluster of one broker, as this thread sees it. */
export function openCluster(): KafkaCluster {
  return new KafkaCluster(kafkaSettings([brokerOfTrial().server]))
}

/**
 * Starts a broker for all trials of a benchmark, with Kafka's defaults and 1 GiB of heap, and ends it afterwards. `prepare` fills
 * the topics that they share. In a trial only `run` is called.
 */
export async function withKafka(
  prepare: (cluster: KafkaCluster) => Promise<void>,
  run: () => Promise<void>,
): Promise<void> {
  if (isTrial) return run()
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-kafka-'))
  const kafka = await LocalKafka.start({
    folder,
    brokers: 1,
    heapMb: Number(process.env['HEAP_MB'] ?? 1024),
    env: process.env,
    clock: systemClock,
  })
  try {
    // Loops in a trial's main thread get the young generation that scoring threads have: it makes up to half of the client's cost.
    process.env['NODE_OPTIONS'] = '--max-semi-space-size=4'
    process.env[variable] = `${kafka.bootstrapServers[0]} ${kafka.brokers[0]?.pid}`
    const cluster = openCluster()
    await prepare(cluster)
    await cluster.close()
    await run()
  } finally {
    await kafka.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Makes a topic and fills each partition with `rounds` times the batches. */
export async function fillTopic(
  cluster: KafkaCluster,
  name: string,
  partitions: number,
  batches: readonly FrameBatch[],
  rounds: number,
): Promise<void> {
  await createTopic(cluster, { name, partitions, replication: 1, configs: {} })
  const producer = await IdempotentProducer.open(cluster)
  for (let round = 0; round < rounds; round++) {
    for (let partition = 0; partition < partitions; partition++) {
      for (const batch of batches) await producer.produce(name, partition, batch)
    }
  }
  await producer.close()
}

/** Records of a topic that readers of committed records get, markers of transactions among them. */
export async function recordsIn(cluster: KafkaCluster, topic: string): Promise<number> {
  const { partitions } = await cluster.topic(topic)
  const offsets = await listOffsets(cluster, topic, [...partitions.keys()], 'latest')
  return offsets.reduce((sum, { offset }) => sum + offset, 0)
}

/** A moment, with the processor time that this process and the broker have spent. */
export interface Moment {
  readonly records: number
  readonly ms: number
  readonly ownUs: number
  readonly brokerUs: number
}

/** Waits until a topic has so many records. */
export async function untilRecords(cluster: KafkaCluster, topic: string, wanted: number): Promise<Moment> {
  for (;;) {
    const records = await recordsIn(cluster, topic)
    if (records >= wanted) return momentAt(records)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export function momentAt(records: number): Moment {
  const { user, system } = process.cpuUsage()
  return { records, ms: performance.now(), ownUs: user + system, brokerUs: brokerMicroseconds() }
}

/** Processor time of the broker, by Linux in steps of 10 ms; NaN elsewhere. */
function brokerMicroseconds(): number {
  const path = `/proc/${brokerOfTrial().pid}/stat`
  if (!existsSync(path)) return Number.NaN
  const text = readFileSync(path, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

/** Rate between two moments, and what a record cost this process and the broker. */
export function ratesBetween(start: Moment, end: Moment) {
  const records = end.records - start.records
  return {
    recordsPerSecond: (records / (end.ms - start.ms)) * 1_000,
    cpuMicrosecondsPerRecord: (end.ownUs - start.ownUs) / records,
    brokerMicrosecondsPerRecord: (end.brokerUs - start.brokerUs) / records,
  }
}
