import { randomBytes } from 'node:crypto'
import { Connection, createTopicsV7, metadataV12 } from '@platformatic/kafka'
import { systemClock } from '../../src/core/clock.ts'

/** How a topic of a test is made. */
export interface TestTopic {
  readonly partitions?: number
  /** By default one on a single broker, three on three. */
  readonly replication?: number
  /** Kafka's names: `{ 'cleanup.policy': 'compact' }`. */
  readonly configs?: Readonly<Record<string, string>>
}

/** A name that no other test has. */
export function uniqueName(name: string): string {
  return `${name}-${randomBytes(5).toString('hex')}`
}

/** Makes a topic under a name of its own beginning with `name`; resolves with that name when every partition has its leader. */
export async function makeTopic(bootstrapServer: string, name: string, topic: TestTopic = {}): Promise<string> {
  const unique = uniqueName(name)
  const connection = new Connection('millrace-tests', { connectTimeout: 10_000, requestTimeout: 30_000 })
  const [host, port] = bootstrapServer.split(':') as [string, string]
  await connection.connect(host, Number(port))
  try {
    const request = {
      name: unique,
      numPartitions: topic.partitions ?? 1,
      replicationFactor: topic.replication ?? -1,
      assignments: [],
      configs: Object.entries(topic.configs ?? {}).map(([key, value]) => ({ name: key, value })),
    }
    await createTopicsV7.api.async(connection, [request], 30_000, false)
    const deadline = systemClock.monotonicMs() + 30_000
    while (!(await hasLeaders(connection, unique, request.numPartitions))) {
      if (systemClock.monotonicMs() > deadline) throw new Error(`topic ${unique} has no leaders`)
      await systemClock.sleep(20)
    }
    return unique
  } finally {
    await connection.close()
  }
}

async function hasLeaders(connection: Connection, name: string, partitions: number): Promise<boolean> {
  try {
    const { topics } = await metadataV12.api.async(connection, [name], false, false)
    const made = topics.find((topic) => topic.name === name)?.partitions ?? []
    return made.length === partitions && made.every(({ leaderId }) => leaderId > 0)
  } catch {
    return false // this broker has not heard of it yet
  }
}
