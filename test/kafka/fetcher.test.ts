import { afterAll, describe, expect, test } from 'vitest'
import { kafkaSettings } from '../../src/clients/kafka/cluster.ts'
import { PartitionFetcher } from '../../src/clients/kafka/fetcher.ts'
import { GroupMember, groupSettings } from '../../src/clients/kafka/group.ts'
import { bytesAt } from '../../src/core/bytes.ts'
import { kafkaCluster } from '../support/kafka.ts'
import { produceTexts } from '../support/kafka-produce.ts'
import { uniqueName } from '../support/kafka-topics.ts'
import { clusterOf } from '../support/kafka-transport.ts'
import type { TcpProxy } from '../support/tcp-proxy.ts'

const kafka = await kafkaCluster({ brokers: 1, isProxied: true })
const proxy = kafka.proxies[0] as TcpProxy

describe.skipIf(kafka.reason !== null)('a fetcher whose connection is broken again and again', () => {
  const cluster = clusterOf(kafka.bootstrapServers)
  afterAll(() => cluster.close())

  test('gives every record once, in order, and goes on where it was cut', async () => {
    const topic = await kafka.topic('cut')
    const texts = Array.from({ length: 600 }, (_, i) => `record ${i}`)
    for (let at = 0; at < 600; at += 20) await produceTexts(cluster, topic, 0, texts.slice(at, at + 20))
    const fetcher = new PartitionFetcher(cluster, {
      ...{ topic, partition: 0, offset: 0, isCommittedOnly: true, gone: 'error' },
      // One batch an answer.
      ...{ maxBytes: 1, maxWaitMs: 500 },
    })
    const seen: string[] = []
    let cuts = 0
    while (seen.length < 600) {
      const batch = await fetcher.next(7, 20_000)
      for (let i = 0; i < batch.length; i++) seen.push(Buffer.from(bytesAt(batch.values, i) ?? []).toString())
      if (seen.length > cuts * 100 && cuts < 6) {
        proxy.cut()
        cuts++
      }
    }
    expect(seen).toEqual(texts)
    expect(cuts).toBe(6)
    await fetcher.close()
  })

  test('gives what comes after an answer was lost on its way', async () => {
    const topic = await kafka.topic('lost')
    const fetcher = new PartitionFetcher(cluster, {
      ...{ topic, partition: 0, offset: 0, isCommittedOnly: true, gone: 'error' },
      ...{ maxBytes: 2 ** 20, maxWaitMs: 100 },
    })
    const held = proxy.hold('fetch', 'response')
    const reading = fetcher.next(10, 25_000)
    const answer = await held
    answer.cut()
    await produceTexts(cluster, topic, 0, ['a', 'b'])
    expect((await reading).length).toBe(2)
    await fetcher.close()
  })
})

describe.skipIf(kafka.reason !== null)('a member of a group whose cluster is away', () => {
  test.each(['consumer', 'classic'] as const)('is closed all the same, by the %s protocol', async (protocol) => {
    const settings = groupSettings(uniqueName('away'), await kafka.topic('away'), {
      protocol,
      heartbeatIntervalMs: 200,
    })
    const member = await GroupMember.open(kafkaSettings(kafka.bootstrapServers), settings)
    expect(member.membership.epoch[0]).toBeGreaterThan(0)
    proxy.isRefusing = true
    proxy.cut()
    try {
      await member.close()
    } finally {
      proxy.isRefusing = false
    }
    expect(member.membership.epoch[0]).toBe(-1)
  })
})
