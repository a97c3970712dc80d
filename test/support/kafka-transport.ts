import { KafkaCluster, kafkaSettings } from '../../src/clients/kafka/cluster.ts'
import { parseOptions } from '../../src/config/parse.ts'
import { bytesAt } from '../../src/core/bytes.ts'
import { type KafkaTransportOptions, kafkaTransport } from '../../src/transports/kafka/kafka.ts'
import type { FrameReader } from '../../src/transports/transport.ts'

/** Options of the transport with their defaults. */
export function kafkaOptions(values: Readonly<Record<string, unknown>>): KafkaTransportOptions {
  return parseOptions(kafkaTransport.options, values, { source: 'test' }) as KafkaTransportOptions
}

/** A cluster for what a test does besides. */
export function clusterOf(bootstrapServers: readonly string[]): KafkaCluster {
  return new KafkaCluster(kafkaSettings(bootstrapServers))
}

/** Values of the next `count` records; fails when the stream ends before. */
export async function readTexts(reader: FrameReader, count: number): Promise<string[]> {
  const texts: string[] = []
  while (texts.length < count) {
    const batch = await reader.next(count - texts.length, 20_000)
    if (batch === null) throw new Error(`the stream ends after ${texts.length} of ${count} records`)
    for (let i = 0; i < batch.length; i++) texts.push(Buffer.from(bytesAt(batch.values, i) ?? []).toString())
  }
  return texts
}
