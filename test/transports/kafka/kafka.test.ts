import { afterAll, describe, expect, test } from 'vitest'
import type { GroupMembership } from '../../../src/clients/kafka/membership.ts'
import { kafkaTransport } from '../../../src/transports/kafka/kafka.ts'
import { kafkaService } from '../../support/kafka.ts'
import { produceTexts } from '../../support/kafka-produce.ts'
import { clusterOf, kafkaOptions, readTexts } from '../../support/kafka-transport.ts'
import { contextFor } from '../../support/transport-context.ts'

const servers = { bootstrapServers: ['b:2', 'a:1'], topic: 'orders' }

test('equal servers in any order are one domain; the source names the partition where it is fixed', () => {
  const { domain, source } = kafkaTransport
  expect(domain(kafkaOptions(servers), { baseFolder: '/' })).toBe('kafka:a:1,b:2')
  expect(source?.(kafkaOptions(servers))).toBe('orders')
  expect(source?.(kafkaOptions({ ...servers, partition: 3 }))).toBe('orders/3')
})

test('options that no single check shows are refused', () => {
  const check = (more: object) => () => kafkaTransport.check?.(kafkaOptions({ ...servers, ...more }), 'x.yaml:3')
  expect(check({})).not.toThrow()
  expect(check({ bootstrapServers: [] })).toThrow('x.yaml:3: option "bootstrapServers" is [], expected at least one')
  expect(check({ topic: '' })).toThrow('expected the name of a topic')
  expect(check({ startAt: '2026-02-99' })).toThrow('"startAt" is "2026-02-99"')
  expect(check({ startAt: '2026-02-28T10:00:00.5+01:00' })).not.toThrow()
})

test('a fixed partition is one, asked of nobody, and needs no group; nor does a stream that nobody commits', async () => {
  expect(await kafkaTransport.partitions(kafkaOptions({ ...servers, partition: 3 }), contextFor())).toBe(1)
  const context = { ...contextFor({ group: 'scoring' }), address: null }
  expect(await kafkaTransport.openAssignment?.(kafkaOptions({ ...servers, partition: 3 }), context)).toBeNull()
  expect(await kafkaTransport.openAssignment?.(kafkaOptions({ ...servers, group: '' }), context)).toBeNull()
  expect(await kafkaTransport.openAssignment?.(kafkaOptions(servers), { ...context, group: '' })).toBeNull()
})

const kafka = await kafkaService()

describe.skipIf(kafka.reason !== null)('with a broker', () => {
  const cluster = clusterOf(kafka.bootstrapServers)
  afterAll(() => cluster.close())

  test('partitions are those of the topic, which is made where the descriptor says how', async () => {
    const { bootstrapServers } = kafka
    const topic = await kafka.topic('transport', { partitions: 3 })
    expect(await kafkaTransport.partitions(kafkaOptions({ bootstrapServers, topic }), contextFor())).toBe(3)
    const missing = kafkaOptions({ bootstrapServers, topic: `${topic}-x` })
    await expect(kafkaTransport.partitions(missing, contextFor())).rejects.toThrow(`did you mean "${topic}"`)
    const made = kafkaOptions({ bootstrapServers, topic: `${topic}-x`, partitions: 2 })
    expect(await kafkaTransport.partitions(made, contextFor())).toBe(2)
    expect(await kafkaTransport.partitions(missing, contextFor())).toBe(2)
    expect(await kafkaTransport.partitions({ ...made, partitions: 7 }, contextFor())).toBe(2)
  })

  test('an assignment gives the partitions, and its member commits what a reader has done', async () => {
    const topic = await kafka.topic('transport', { partitions: 2 })
    const options = kafkaOptions({ bootstrapServers: kafka.bootstrapServers, topic })
    const context = contextFor({ group: `group-of-${topic}` })
    await produceTexts(cluster, topic, 1, ['a', 'b', 'c'])
    const assignment = await kafkaTransport.openAssignment?.(options, { ...context, address: 'here:8080' })
    if (!assignment) throw new Error('there is no assignment')
    let partitions: readonly number[] = []
    while (partitions.length < 2) partitions = (await assignment.next())?.partitions ?? []
    expect(partitions).toEqual([0, 1])
    expect(await assignment.instances()).toEqual([{ address: 'here:8080', partitions: [0, 1], isSelf: true }])
    const membership = structuredClone(assignment.membership as GroupMembership)
    const open = async () => {
      const reader = await kafkaTransport.openReader(options, { ...context, partition: 1, membership })
      if (reader.delivers !== 'frames') throw new Error('kafka keeps records')
      return reader
    }
    const first = await open()
    expect(first.hasCommitted).toBe(false)
    expect(await readTexts(first, 2)).toEqual(['a', 'b'])
    await first.commit(first.position, null)
    await first.close()
    const second = await open()
    expect([second.hasCommitted, second.position]).toEqual([true, 2])
    await assignment.close()
    // The member has left: nothing is committed in its name any more.
    await expect(second.commit(3, null)).rejects.toMatchObject({ code: 'CLIENT_KAFKA_ABORTED' })
    await second.close()
  })
})
