import { describe, expect, it } from 'vitest'
import { groupSettings } from '../../../src/clients/kafka/group.ts'
import { ConsumerProtocol } from '../../../src/clients/kafka/group-consumer.ts'
import { GroupShare } from '../../../src/clients/kafka/group-share.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { protocolError, ScriptedKafka } from '../../support/scripted-kafka.ts'

function answer(memberEpoch: number, partitions: readonly number[] | null) {
  const assignment = partitions && { topicPartitions: [{ topicId: 'id of t', partitions }] }
  return { memberEpoch, heartbeatIntervalMs: 500, assignment }
}

function start(other: Parameters<typeof groupSettings>[2] = {}) {
  const kafka = new ScriptedKafka()
  kafka.partitions.set('t', 4)
  const clock = new ManualClock()
  const share = new GroupShare()
  const told: string[] = []
  const stop = new AbortController()
  const protocol = new ConsumerProtocol({
    cluster: kafka.cluster(clock),
    clock,
    settings: groupSettings('g', 't', other),
    share,
    joined: (_memberId, epoch) => told.push(`epoch ${epoch}`),
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
  /** Epoch, time-out, topics and owned partitions of the heartbeat with this number, from 1. */
  const beat = async (number: number) => {
    await kafka.untilRequests(number)
    const values = kafka.requests[number - 1]?.values ?? []
    const owned = values[9] as { partitions: number[] }[] | null
    return { epoch: values[2], instance: values[3], topics: values[6], owned: owned && (owned[0]?.partitions ?? []) }
  }
  return { kafka, clock, share, told, stop, protocol, running, nextBeat, beat }
}

describe('ConsumerProtocol', () => {
  it('joins with everything, tells at once that it has taken up what it got, then says no more than that it is there', async () => {
    const { kafka, share, told, nextBeat, beat } = start()
    kafka.answer(answer(1, [0, 1]), answer(1, null), answer(1, null))
    expect(await beat(1)).toEqual({ epoch: 0, instance: null, topics: ['t'], owned: [] })
    expect(await beat(2)).toEqual({ epoch: 1, instance: null, topics: null, owned: [0, 1] })
    await nextBeat()
    expect(await beat(3)).toEqual({ epoch: 1, instance: null, topics: null, owned: null })
    expect(await share.next()).toEqual({ partitions: [0, 1], isLost: false })
    expect(told[0]).toBe('epoch 1')
  })

  it('gives a partition back only after its release, and takes up the next epoch then', async () => {
    const { kafka, share, protocol, clock, told, nextBeat, beat } = start()
    kafka.answer(answer(1, [0, 1]), answer(1, null), answer(1, [0]), answer(1, null), answer(2, null))
    await beat(2)
    await nextBeat()
    await beat(3)
    await nextBeat()
    expect(await beat(4)).toMatchObject({ epoch: 1, owned: null })
    await share.next()
    expect(await share.next()).toEqual({ partitions: [0], isLost: false })
    await clock.untilSleeping()
    share.release([1])
    protocol.wake()
    expect(await beat(5)).toMatchObject({ epoch: 1, owned: [0] })
    await clock.untilSleeping()
    expect(told.at(-1)).toBe('epoch 2')
  })

  it('has lost nothing when it is put out before it was in', async () => {
    const { kafka, told, nextBeat, beat } = start()
    kafka.answer(protocolError('UNKNOWN_MEMBER_ID'), answer(1, [0]))
    await beat(1)
    await nextBeat()
    await beat(2)
    expect(told).not.toContain('lost')
  })

  it.each(['FENCED_MEMBER_EPOCH', 'UNKNOWN_MEMBER_ID'])(
    'has lost everything after %s and joins anew',
    async (error) => {
      const { kafka, share, told, nextBeat, beat } = start()
      kafka.answer(answer(3, [0, 1]), answer(3, null), protocolError(error), answer(5, [1]))
      await beat(2)
      await nextBeat()
      await beat(3)
      await nextBeat()
      expect(await beat(4)).toEqual({ epoch: 0, instance: null, topics: ['t'], owned: [] })
      await share.next()
      expect(await share.next()).toEqual({ partitions: [], isLost: true })
      expect(told).toContain('lost')
      share.release([0, 1])
      expect(await share.next()).toEqual({ partitions: [1], isLost: false })
    },
  )

  it('says everything again after a heartbeat without an answer, with its epoch and what it owns', async () => {
    const { kafka, told, nextBeat, beat } = start()
    kafka.answer(answer(3, [0, 1]), answer(3, null), protocolError('NOT_COORDINATOR'), answer(3, [0, 1]))
    await beat(2)
    await nextBeat()
    await beat(3)
    await nextBeat()
    expect(await beat(4)).toEqual({ epoch: 3, instance: null, topics: ['t'], owned: [0, 1] })
    expect(kafka.forgotten).toEqual(['group g'])
    expect(told).not.toContain('lost')
  })

  it('asks again for an assignment of a topic id that it cannot find, and gives nothing up', async () => {
    const { kafka, share, nextBeat, beat } = start()
    const other = { topicPartitions: [{ topicId: 'another id', partitions: [0, 1] }] }
    kafka.answer(answer(3, [0, 1]), answer(3, null), { ...answer(4, null), assignment: other }, answer(4, [0, 1]))
    await beat(2)
    await nextBeat()
    await beat(3)
    await nextBeat()
    expect(await beat(4)).toEqual({ epoch: 4, instance: null, topics: ['t'], owned: [0, 1] })
    expect(await share.next()).toEqual({ partitions: [0, 1], isLost: false })
    expect(share.isDraining).toBe(false)
  })

  it('waits for the name of a static member that another process still has, and leaves it for now', async () => {
    const { kafka, protocol, stop, running, nextBeat, beat } = start({ instanceId: 'i' })
    kafka.answer(protocolError('UNRELEASED_INSTANCE_ID'), answer(1, []), answer(-2, null))
    await beat(1)
    await nextBeat()
    expect(await beat(2)).toMatchObject({ epoch: 0, instance: 'i' })
    stop.abort()
    await running
    await protocol.leave()
    expect(await beat(3)).toMatchObject({ epoch: -2, instance: 'i', owned: null })
  })

  it('ends when another process has its name, and when the cluster refuses for good', async () => {
    const named = start({ instanceId: 'i' })
    named.kafka.answer(answer(1, [0]), answer(1, null), protocolError('FENCED_INSTANCE_ID'))
    await named.beat(2)
    await named.nextBeat()
    await expect(named.running).rejects.toMatchObject({ code: 'CLIENT_KAFKA_FENCED' })
    expect(named.told.at(-1)).toBe('lost')
    const refused = start()
    refused.kafka.answer(protocolError('GROUP_AUTHORIZATION_FAILED'))
    await expect(refused.running).rejects.toMatchObject({ code: 'CLIENT_KAFKA_REFUSED' })
  })

  it('leaves with epoch -1, and not at all when it never joined', async () => {
    const { kafka, protocol, stop, running, beat } = start()
    kafka.answer(answer(1, []), answer(-1, null))
    await beat(1)
    stop.abort()
    await running
    await protocol.leave()
    expect(await beat(2)).toMatchObject({ epoch: -1, topics: null, owned: null })
  })

  it('tries again to leave when the coordinator has moved', async () => {
    const { kafka, protocol, stop, running, beat } = start()
    kafka.answer(answer(1, []), protocolError('NOT_COORDINATOR'), answer(-1, null))
    await beat(1)
    stop.abort()
    await running
    await protocol.leave()
    expect(await beat(3)).toMatchObject({ epoch: -1 })
  })
})
