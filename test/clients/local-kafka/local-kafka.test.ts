import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { servingBrokers } from '../../../src/clients/local-kafka/broker-probe.ts'
import type { BrokerProcess } from '../../../src/clients/local-kafka/broker-process.ts'
import { Guard } from '../../../src/clients/local-kafka/guard.ts'
import { LocalKafka } from '../../../src/clients/local-kafka/local-kafka.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { kafkaCluster, kafkaService } from '../../support/kafka.ts'
import { makeTopic } from '../../support/kafka-topics.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const { bootstrapServers, reason } = await kafkaService()
const cluster = await kafkaCluster({ brokers: 3 })
const settings = { isShortLived: true, env: process.env, clock: systemClock }

test.skipIf(reason !== null)(
  'a folder that was used before goes on with its data, and does not take another number of brokers',
  async () => {
    const folder = temporaryFolder()
    const first = await LocalKafka.start({ ...settings, folder, brokers: 1 })
    const id = (JSON.parse(readFileSync(join(folder, 'cluster.json'), 'utf8')) as { id: string }).id
    await makeTopic(first.bootstrapServers[0] as string, 'kept')
    await first.stop()
    expect(await servingBrokers(first.clientPorts[0] as number, 1_000)).toBe(0)
    await expect(LocalKafka.start({ ...settings, folder, brokers: 3 })).rejects.toMatchObject({
      code: 'CLIENT_LOCAL_KAFKA_OTHER',
    })
    const [watch, forget] = [vi.spyOn(Guard.prototype, 'watch'), vi.spyOn(Guard.prototype, 'forget')]
    const second = await LocalKafka.start({ ...settings, folder, brokers: 1 })
    expect(readFileSync(join(folder, 'node-1/data/meta.properties'), 'utf8')).toContain(id)
    const [broker] = second.brokers as [BrokerProcess]
    for (let round = 0; round < 2; round++) {
      if (round > 0) await second.restart(broker)
      const { pid } = broker
      expect(watch).toHaveBeenLastCalledWith(pid)
      broker.signal('SIGKILL')
      await broker.exited()
      expect(forget, 'its number may be another process by now').toHaveBeenLastCalledWith(pid)
    }
    await second.stop()
    await second.stop()
  },
  400_000,
)

test.skipIf(reason !== null)('a port that is in use ends the start with the port', async () => {
  const port = Number(bootstrapServers[0]?.split(':')[1])
  const started = LocalKafka.start({ ...settings, folder: temporaryFolder(), brokers: 1, ports: [port] })
  await expect(started).rejects.toMatchObject({ code: 'CLIENT_LOCAL_KAFKA_PORT', parameters: { port } })
})

test.skipIf(reason !== null)(
  'a broker that ends while it starts is told with the end of its log',
  async () => {
    const folder = temporaryFolder()
    const properties = { 'log.segment.bytes': '1' }
    const started = LocalKafka.start({ ...settings, folder, brokers: 1, properties })
    await expect(started).rejects.toMatchObject({
      code: expect.stringMatching(/CLIENT_LOCAL_KAFKA_(TOOL|DOWN)/),
      message: expect.stringContaining('log.segment.bytes'),
    })
  },
  200_000,
)

test.skipIf(reason !== null)(
  'three brokers make a cluster, which goes on when one is killed and takes it back',
  async () => {
    const kafka = cluster.kafka as LocalKafka
    expect(cluster.bootstrapServers).toHaveLength(3)
    await cluster.topic('three', { partitions: 3 })
    const [broker] = kafka.brokers
    if (!broker) throw new Error('no brokers')
    broker.signal('SIGKILL')
    await broker.exited()
    expect(broker.isRunning).toBe(false)
    await kafka.restart(broker)
    await expect.poll(() => servingBrokers(kafka.clientPorts[0] as number, 5_000), { timeout: 60_000 }).toBe(3)
  },
  300_000,
)
