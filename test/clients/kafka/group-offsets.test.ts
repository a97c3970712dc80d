import { describe, expect, it } from 'vitest'
import { commitGroupOffsets, GroupOffsets, OffsetsByGroup } from '../../../src/clients/kafka/group-offsets.ts'
import type { GroupMembership } from '../../../src/clients/kafka/membership.ts'
import type { Clock } from '../../../src/core/clock.ts'
import { ScriptedKafka } from '../../support/scripted-kafka.ts'

const ILLEGAL_GENERATION = 22
const UNKNOWN_MEMBER_ID = 25
const NOT_COORDINATOR = 16
const REBALANCE_IN_PROGRESS = 27
const GROUP_AUTHORIZATION_FAILED = 30

function member(epoch = 3): GroupMembership {
  return { group: 'g', memberId: 'm', instanceId: null, epoch: Int32Array.of(epoch) }
}

function offsetsOf(membership: GroupMembership): GroupOffsets {
  const group = new GroupOffsets(membership)
  group.add({ topic: 't', partition: 0, offset: 4, metadata: '' })
  group.add({ topic: 't', partition: 0, offset: 5, metadata: '' })
  return group
}

const answer = (errorCode: number, partitions = 1) => ({
  topics: [{ name: 't', partitions: Array.from({ length: partitions }, (_, i) => ({ partitionIndex: i, errorCode })) }],
})

/** A clock on which sleeping takes no time, and does what `onSleep` says. */
function clockThat(onSleep: () => void = () => {}): Clock {
  return { now: () => 0, monotonicMs: () => 0, sleep: async () => onSleep() }
}

describe('committing positions of a group', () => {
  it('sends the last position of each partition in the name of the member', async () => {
    const kafka = new ScriptedKafka()
    kafka.answer(answer(0))
    await commitGroupOffsets(kafka.cluster(clockThat()), offsetsOf(member()))
    expect(kafka.requests[0]?.values.slice(0, 4)).toEqual(['g', 3, 'm', null])
    expect(kafka.requests[0]?.values[4]).toMatchObject([{ name: 't', partitions: [{ committedOffset: 5n }] }])
  })

  it('repeats with the next generation when the member learns it', async () => {
    const membership = member()
    const kafka = new ScriptedKafka()
    kafka.answer(answer(ILLEGAL_GENERATION), answer(0))
    const clock = clockThat(() => Atomics.store(membership.epoch, 0, 4))
    await commitGroupOffsets(kafka.cluster(clock), offsetsOf(membership))
    expect(kafka.requests.map(({ values }) => values[1])).toEqual([3, 4])
  })

  it('gives a member ten seconds to learn its generation, however often that changes', async () => {
    const kafka = new ScriptedKafka()
    kafka.answer(answer(ILLEGAL_GENERATION))
    let sleptMs = 0
    const clock = { ...clockThat(), sleep: async (delayMs: number) => void (sleptMs += delayMs) }
    const same = commitGroupOffsets(kafka.cluster(clock), offsetsOf(member()))
    await expect(same).rejects.toMatchObject({ code: 'CLIENT_KAFKA_ABORTED' })
    expect([sleptMs, kafka.requests.length]).toEqual([10_000, 1])
    const membership = member()
    const changing = clockThat(() => Atomics.add(membership.epoch, 0, 1))
    kafka.answer(...Array.from({ length: 100 }, () => answer(ILLEGAL_GENERATION)))
    const often = commitGroupOffsets(kafka.cluster(changing), offsetsOf(membership))
    await expect(often).rejects.toThrow('ILLEGAL_GENERATION')
    expect(kafka.requests.length).toBeGreaterThan(3)
  })

  it('waits while the leader of the group assigns, and commits with the generation that the member has then', async () => {
    const membership = member()
    const kafka = new ScriptedKafka()
    kafka.answer(answer(REBALANCE_IN_PROGRESS), answer(REBALANCE_IN_PROGRESS), answer(0))
    const clock = clockThat(() => Atomics.store(membership.epoch, 0, 4))
    await commitGroupOffsets(kafka.cluster(clock), offsetsOf(membership))
    expect(kafka.requests.map(({ values }) => values[1])).toEqual([3, 4, 4])
    kafka.answer(...Array.from({ length: 100 }, () => answer(REBALANCE_IN_PROGRESS)))
    const never = commitGroupOffsets(kafka.cluster(clock), offsetsOf(membership))
    await expect(never).rejects.toMatchObject({ code: 'CLIENT_KAFKA_ABORTED' })
  })

  it('does not commit in the name of a member that has left or is unknown', async () => {
    const kafka = new ScriptedKafka()
    const left = commitGroupOffsets(kafka.cluster(clockThat()), offsetsOf(member(-1)))
    await expect(left).rejects.toThrow('the member has left')
    expect(kafka.requests.length).toBe(0)
    kafka.answer(answer(UNKNOWN_MEMBER_ID))
    const unknown = commitGroupOffsets(kafka.cluster(clockThat()), offsetsOf(member()))
    await expect(unknown).rejects.toMatchObject({ code: 'CLIENT_KAFKA_ABORTED' })
  })

  it('repeats what may be repeated, and tells what may not', async () => {
    const kafka = new ScriptedKafka()
    kafka.answer(answer(NOT_COORDINATOR), answer(0))
    await commitGroupOffsets(kafka.cluster(clockThat()), offsetsOf(member()))
    kafka.answer(answer(GROUP_AUTHORIZATION_FAILED))
    const refused = commitGroupOffsets(kafka.cluster(clockThat()), offsetsOf(member()))
    await expect(refused).rejects.toMatchObject({ code: 'CLIENT_KAFKA_REFUSED' })
    kafka.answer({ topics: [] })
    const missing = commitGroupOffsets(kafka.cluster(clockThat()), offsetsOf(member()))
    await expect(missing).rejects.toMatchObject({ code: 'CLIENT_KAFKA_RESPONSE_DAMAGED' })
  })

  it('keeps members of one group apart', () => {
    const groups = new OffsetsByGroup()
    expect(groups.isEmpty).toBe(true)
    groups.add(member(), { topic: 't', partition: 0, offset: 4, metadata: '' })
    groups.add({ ...member(), memberId: 'n' }, { topic: 't', partition: 1, offset: 5, metadata: '' })
    expect(groups.groups.map(({ membership, offsets }) => [membership.memberId, offsets.length])).toEqual([
      ['m', 1],
      ['n', 1],
    ])
  })
})
