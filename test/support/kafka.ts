import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, inject } from 'vitest'
import type { LocalKafka } from '../../src/clients/local-kafka/local-kafka.ts'
import { type ClusterChoice, startCluster } from './kafka-cluster.ts'
import { makeTopic, type TestTopic } from './kafka-topics.ts'
import type { ServiceAnswer } from './services-setup.ts'
import type { TcpProxy } from './tcp-proxy.ts'

/** A real Kafka for a suite. */
export interface KafkaService {
  /** Empty where there is none. */
  readonly bootstrapServers: string[]
  /** Why there is none, to skip with; null where there is one. */
  readonly reason: string | null
  /** Makes a topic, and resolves with its name: a unique one that begins with `name`. */
  topic(name: string, topic?: TestTopic): Promise<string>
}

/** A cluster of a suite's own, whose brokers it may kill. */
export interface KafkaClusterService extends KafkaService {
  /** Null where there is none. */
  readonly kafka: LocalKafka | null
  /** What clients go through, one in front of each broker, when that was chosen; brokers talk past them. */
  readonly proxies: readonly TcpProxy[]
}

/**
 * The broker that all suites of a test run share, started at the first call:
 *
 *   const kafka = await kafkaService()
 *   describe.skipIf(kafka.reason !== null)('…', () => { … })
 *
 * Where it cannot be started the reason is on screen at the end of the run; with CI=true that is an error.
 */
export async function kafkaService(): Promise<KafkaService> {
  const { bootstrapServers, reason } = await sharedService()
  if (reason !== null && process.env['CI'] === 'true') throw new Error(`no Kafka with CI=true: ${reason}`)
  return serviceOf([...bootstrapServers], reason)
}

/** Asks again while it is being fetched and started, which may take longer than an answer is waited for. */
async function sharedService(): Promise<ServiceAnswer> {
  for (;;) {
    const response = await fetch(`${inject('servicesUrl')}/kafka`)
    if (!response.ok) throw new Error(`no Kafka: ${await response.text()}`)
    if (response.status === 200) return (await response.json()) as ServiceAnswer
    await response.body?.cancel()
  }
}

/** Starts a cluster for the suite that calls it (at the top of its file or in a hook); it ends with the suite. */
export async function kafkaCluster(choice: ClusterChoice): Promise<KafkaClusterService> {
  const { reason } = await kafkaService()
  if (reason !== null) return { ...serviceOf([], reason), kafka: null, proxies: [] }
  const folder = mkdtempSync(join(tmpdir(), 'millrace-kafka-'))
  const { kafka, proxies, stop } = await startCluster(folder, { ...choice, isTemporary: true })
  afterAll(async () => {
    await stop()
    rmSync(folder, { recursive: true, force: true })
  })
  return { ...serviceOf([...kafka.bootstrapServers], null), kafka, proxies }
}

function serviceOf(bootstrapServers: string[], reason: string | null): KafkaService {
  return {
    bootstrapServers,
    reason,
    topic: (name, topic) => makeTopic(bootstrapServers[0] as string, name, topic),
  }
}
