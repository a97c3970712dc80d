import { describe, expect, it } from 'vitest'
import { deleteGroup, describeGroup, setGroupConfigs } from '../../../src/clients/kafka/admin-groups.ts'
import { encodeAssignment, encodeSubscription } from '../../../src/clients/kafka/group-subscription.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { protocolError, ScriptedKafka } from '../../support/scripted-kafka.ts'

const notOfThisKind = { groups: [{ errorCode: 69, errorMessage: null }] }

describe('describeGroup', () => {
  it('reads members of the consumer protocol', async () => {
    const kafka = new ScriptedKafka()
    const assignment = { topicPartitions: [{ topicName: 'iris', partitions: [2, 0] }] }
    const member = { memberId: 'm', instanceId: null, clientId: 'c', clientHost: '/127.0.0.1', assignment }
    const members = [{ ...member, subscribedTopicNames: ['iris'] }]
    kafka.answer({ groups: [{ errorCode: 0, errorMessage: null, groupState: 'Stable', members }] })
    expect(await describeGroup(kafka.cluster(new ManualClock()), 'g')).toEqual({
      group: 'g',
      protocol: 'consumer',
      state: 'Stable',
      members: [
        { memberId: 'm', instanceId: null, clientId: 'c', host: '/127.0.0.1', topics: ['iris'], partitions: new Map([['iris', [0, 2]]]) }, // biome-ignore format: one line
      ],
    })
  })

  it('reads members of the classic protocol, also those that have nothing yet or something of another kind', async () => {
    const kafka = new ScriptedKafka()
    const member = { groupInstanceId: null, clientId: 'c', clientHost: '/127.0.0.1' }
    const memberMetadata = encodeSubscription({ topics: ['iris'], owned: new Map(), generation: 1 })
    const memberAssignment = encodeAssignment(new Map([['iris', [1]]]))
    const members = [
      { ...member, memberId: 'settled', memberMetadata, memberAssignment },
      { ...member, memberId: 'new', memberMetadata, memberAssignment: Buffer.alloc(0) },
      {
        ...member,
        memberId: 'odd',
        memberMetadata: Buffer.from('00', 'hex'),
        memberAssignment: Buffer.from('ff', 'hex'),
      },
    ]
    kafka.answer(notOfThisKind, { groups: [{ errorCode: 0, groupState: 'Stable', members }] })
    const group = await describeGroup(kafka.cluster(new ManualClock()), 'g')
    expect(group.protocol).toBe('classic')
    expect(group.members.map(({ memberId, topics, partitions }) => [memberId, topics, [...partitions]])).toEqual([
      ['settled', ['iris'], [['iris', [1]]]],
      ['new', ['iris'], []],
      ['odd', [], []],
    ])
  })

  it('calls a group dead that nobody knows', async () => {
    const kafka = new ScriptedKafka()
    kafka.answer(notOfThisKind, { groups: [{ errorCode: 69, groupState: 'Dead', members: [] }] })
    expect(await describeGroup(kafka.cluster(new ManualClock()), 'g')).toMatchObject({ state: 'Dead', members: [] })
  })
})

describe('deleteGroup', () => {
  it('takes an unknown group as done when the first answer was lost', async () => {
    const kafka = new ScriptedKafka()
    kafka.answer(protocolError('NOT_COORDINATOR'), { results: [{ errorCode: 69 }] })
    await deleteGroup(kafka.cluster(new ManualClock()), 'g')
    kafka.answer({ results: [{ errorCode: 69 }] })
    await expect(deleteGroup(kafka.cluster(new ManualClock()), 'g')).rejects.toThrow('GROUP_ID_NOT_FOUND')
  })
})

describe('setGroupConfigs', () => {
  it('changes settings of the group', async () => {
    const kafka = new ScriptedKafka()
    kafka.answer({ responses: [{ errorCode: 0, errorMessage: null }] })
    await setGroupConfigs(kafka.cluster(new ManualClock()), 'g', { 'consumer.session.timeout.ms': '45000' })
    expect(kafka.requests[0]).toMatchObject({
      api: 'IncrementalAlterConfigs',
      values: [[{ resourceName: 'g' }], false],
    })
  })
})
