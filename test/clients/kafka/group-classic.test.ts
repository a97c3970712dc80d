import { describe, expect, it } from 'vitest'
import { groupSettings } from '../../../src/clients/kafka/group.ts'
import { ClassicProtocol } from '../../../src/clients/kafka/group-classic.ts'
import { GroupShare } from '../../../src/clients/kafka/group-share.ts'
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from '../../../src/clients/kafka/group-subscription.ts' // biome-ignore format: one line
import { ManualClock } from '../../support/manual-clock.ts'
import { protocolError, ScriptedKafka } from '../../support/scripted-kafka.ts'

const topic = 't'

function joined(generationId: number, members: Readonly<Record<string, readonly number[]>> | null = null) {
  return {
    generationId,
    protocolName: 'cooperative-sticky',
    memberId: 'me',
    leader: members ? 'me' : 'other',
    skipAssignment: false,
    members: Object.entries(members ?? {}).map(([memberId, partitions]) => ({
      memberId,
      metadata: encodeSubscription({ topics: [topic], owned: new Map([[topic, partitions]]), generation: 1 }),
    })),
  }
}

function synced(partitions: readonly number[]) {
  return { assignment: encodeAssignment(new Map([[topic, partitions]])) }
}

function start(other: Parameters<typeof groupSettings>[2] = {}) {
  const kafka = new ScriptedKafka()
  kafka.partitions.set(topic, 4)
  const clock = new ManualClock()
  const share = new GroupShare()
  const told: string[] = []
  const stop = new AbortController()
  const protocol = new ClassicProtocol({
    cluster: kafka.cluster(clock),
    clock,
    settings: groupSettings('g', topic, other),
    share,
    joined: (memberId, epoch) => told.push(`${memberId} ${epoch}`),
    lost: () => {
      told.push('lost')
      share.lose()
    },
  })
  const running = protocol.run(stop.signal)
  running.catch(() => {})
  const nextBeat = async () => {
    await clock.untilSleeping()
    await clock.advance(60_000)
  }
  const request = async (number: number) => {
    await kafka.untilRequests(number)
    return kafka.requests[number - 1] as ScriptedKafka['requests'][number]
  }
  /** Member id and subscription of the JoinGroup with this number. */
  const join = async (number: number) => {
    const { api, values } = await request(number)
    expect(api).toBe('JoinGroup')
    const [{ metadata }] = values[6] as [{ metadata: Buffer }]
    const { owned, generation } = decodeSubscription(metadata)
    return { memberId: values[3], instanceId: values[4], owned: owned.get(topic) ?? [], generation }
  }
  /** What the SyncGroup with this number assigns. */
  const sync = async (number: number) => {
    const { api, values } = await request(number)
    expect(api).toBe('SyncGroup')
    const assignments = values[6] as { memberId: string; assignment: Buffer }[]
    return Object.fromEntries(assignments.map((a) => [a.memberId, decodeAssignment(a.assignment).get(topic) ?? []]))
  }
  return { kafka, clock, share, told, stop, protocol, running, nextBeat, request, join, sync }
}

describe('ClassicProtocol', () => {
  it('leaves no connection behind when the group refuses it for good', async () => {
    const { kafka, running } = start()
    kafka.answer(protocolError('INCONSISTENT_GROUP_PROTOCOL'))
    await expect(running).rejects.toMatchObject({ code: 'CLIENT_KAFKA_REFUSED' })
    expect([kafka.connected, kafka.closed]).toEqual([1, 1])
  })

  it('joins again with the member id that the coordinator gives, and follows another leader', async () => {
    const { kafka, share, told, join, sync, nextBeat, request } = start()
    kafka.answer(protocolError('MEMBER_ID_REQUIRED', null), joined(1), synced([2]), {})
    expect(await join(1)).toEqual({ memberId: '', instanceId: null, owned: [], generation: -1 })
    await join(2)
    expect(await sync(3)).toEqual({})
    expect(await share.next()).toEqual({ partitions: [2], isLost: false })
    expect(told).toEqual(['me 1'])
    await nextBeat()
    expect(await request(4)).toEqual({ api: 'Heartbeat', values: ['g', 1, 'me', null] })
  })

  it('leads: takes from who has too much, and gives nothing that somebody still has', async () => {
    const { kafka, sync } = start()
    kafka.answer(joined(2, { me: [], other: [0, 1, 2, 3] }), synced([]))
    expect(await sync(2)).toEqual({ me: [], other: [0, 1] })
  })

  it('leads on without the member whose subscription cannot be read', async () => {
    const { kafka, sync } = start()
    const join = joined(2, { me: [] })
    kafka.answer({ ...join, members: [...join.members, { memberId: 'odd', metadata: Buffer.from('00') }] }, synced([0]))
    expect(await sync(2)).toEqual({ me: [0, 1, 2, 3], odd: [] })
  })

  it('leads on with what was assigned when it comes back under its name', async () => {
    const { kafka, sync, share } = start({ instanceId: 'i' })
    kafka.answer({ ...joined(2, { me: [] }), skipAssignment: true }, synced([1, 2]))
    expect(await sync(2)).toEqual({})
    expect(await share.next()).toEqual({ partitions: [1, 2], isLost: false })
  })

  it('joins a second time once what was taken away is released, and claims it until then', async () => {
    const { kafka, share, protocol, clock, join, nextBeat, request } = start()
    kafka.answer(
      joined(1),
      synced([0, 1]),
      protocolError('REBALANCE_IN_PROGRESS'),
      joined(2),
      synced([0]),
      {},
      joined(3),
    )
    await request(2)
    await nextBeat()
    expect(await join(4)).toMatchObject({ memberId: 'me', owned: [0, 1], generation: 1 })
    await nextBeat()
    expect((await request(6)).api).toBe('Heartbeat')
    await share.next()
    expect(await share.next()).toEqual({ partitions: [0], isLost: false })
    await clock.untilSleeping()
    share.release([1])
    protocol.wake()
    expect(await join(7)).toMatchObject({ owned: [0], generation: 2 })
  })

  it.each([
    ['UNKNOWN_MEMBER_ID', ''],
    ['ILLEGAL_GENERATION', 'me'],
  ])('has lost everything after %s and joins anew', async (error, memberId) => {
    const { kafka, share, told, join, nextBeat, request } = start()
    kafka.answer(joined(1), synced([0, 1]), protocolError(error), joined(5), synced([1]))
    await request(2)
    await nextBeat()
    await request(3)
    await nextBeat()
    expect(await join(4)).toEqual({ memberId, instanceId: null, owned: [], generation: -1 })
    await share.next()
    expect(await share.next()).toEqual({ partitions: [], isLost: true })
    expect(told).toEqual(['me 1', 'lost', 'me 5'])
  })

  it('joins again after a SyncGroup that was not answered', async () => {
    const { kafka, told, join, nextBeat, sync } = start()
    kafka.answer(joined(1), protocolError('COORDINATOR_NOT_AVAILABLE'), joined(2), synced([0]))
    await sync(2)
    await nextBeat()
    expect(await join(3)).toMatchObject({ memberId: 'me' })
    await sync(4)
    expect(told).toEqual(['me 1', 'me 2'])
    expect(kafka.forgotten).toEqual(['group g'])
  })

  it('notices new partitions when it leads, beside its heartbeats', async () => {
    const { kafka, share, nextBeat, join, sync } = start({ metadataIntervalMs: 1000 })
    kafka.answer(
      joined(1, { me: [] }),
      synced([0, 1, 2, 3]),
      {},
      joined(2, { me: [0, 1, 2, 3] }),
      synced([0, 1, 2, 3, 4]),
    )
    await sync(2)
    kafka.partitions.set(topic, 5)
    await nextBeat()
    expect(await join(4)).toMatchObject({ owned: [0, 1, 2, 3] })
    expect(await sync(5)).toEqual({ me: [0, 1, 2, 3, 4] })
    await share.next()
    expect(await share.next()).toEqual({ partitions: [0, 1, 2, 3, 4], isLost: false })
  })

  it('notices a topic that appears when it leads', async () => {
    const { kafka, nextBeat, join, sync } = start({ metadataIntervalMs: 1000 })
    kafka.partitions.delete(topic)
    kafka.answer(joined(1, { me: [] }), synced([]), {}, joined(2, { me: [] }), synced([0, 1]))
    expect(await sync(2)).toEqual({ me: [] })
    kafka.partitions.set(topic, 2)
    await nextBeat()
    await join(4)
    expect(await sync(5)).toEqual({ me: [0, 1] })
  })

  it('loses everything when another process has its name, and joins again only when that one is gone', async () => {
    const { kafka, told, nextBeat, request, join } = start({ instanceId: 'i' })
    const described = (...members: object[]) => [
      { groups: [] },
      { groups: [{ errorCode: 0, groupState: '', members }] },
    ]
    const empty = { memberAssignment: Buffer.alloc(0), memberMetadata: Buffer.alloc(0) }
    const other = { memberId: 'other', clientId: '', clientHost: '', groupInstanceId: 'i', ...empty }
    kafka.answer(joined(1), synced([0]), protocolError('FENCED_INSTANCE_ID'))
    await request(2)
    await nextBeat()
    await request(3)
    kafka.answer(...described(other))
    await nextBeat()
    await request(5)
    kafka.answer(...described(), joined(2), synced([1]))
    await nextBeat()
    expect(await join(8)).toMatchObject({ memberId: '', instanceId: 'i', owned: [] })
    expect(told.slice(0, 2)).toEqual(['me 1', 'lost'])
  })

  it('leaves, unless it is static', async () => {
    for (const instanceId of [null, 'i']) {
      const { kafka, protocol, stop, running, request } = start({ instanceId })
      kafka.answer(joined(1), synced([0]), {})
      await request(2)
      stop.abort()
      await running
      await protocol.leave()
      expect(kafka.requests.map(({ api }) => api).slice(2)).toEqual(instanceId === null ? ['LeaveGroup'] : [])
    }
  })

  it('tries again to leave when the coordinator has moved', async () => {
    const { kafka, protocol, stop, running, request } = start()
    kafka.answer(joined(1), synced([0]), protocolError('NOT_COORDINATOR'), {})
    await request(2)
    stop.abort()
    await running
    await protocol.leave()
    expect((await request(4)).api).toBe('LeaveGroup')
  })
})
