import { describe, expect, it } from 'vitest'
import { commitOffsets, committedOffsets, lag, listOffsets } from '../../../src/clients/kafka/admin-offsets.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { ScriptedKafka } from '../../support/scripted-kafka.ts'

function offsets(...values: readonly bigint[]) {
  return {
    topics: [{ partitions: values.map((offset, partitionIndex) => ({ partitionIndex, errorCode: 0, offset })) }],
  }
}

function committed(...values: readonly bigint[]) {
  const partitions = values.map((committedOffset, partitionIndex) => ({
    partitionIndex,
    committedOffset,
    errorCode: 0,
  }))
  return { groups: [{ errorCode: 0, topics: [{ name: 't', partitions }] }] }
}

function start(partitions: number) {
  const kafka = new ScriptedKafka()
  kafka.partitions.set('t', partitions)
  return { kafka, cluster: kafka.cluster(new ManualClock()) }
}

describe('listOffsets', () => {
  it('gives the end of a partition whose records are all older than the time', async () => {
    const { kafka, cluster } = start(2)
    const end = { topics: [{ partitions: [{ partitionIndex: 1, errorCode: 0, offset: 9n }] }] }
    kafka.answer(offsets(4n, -1n), end)
    expect(await listOffsets(cluster, 't', [0, 1], { timestampMs: 1000.5 })).toEqual([
      { partition: 0, offset: 4 },
      { partition: 1, offset: 9 },
    ])
    const asked = kafka.requests.map(({ values }) => (values[2] as [{ partitions: unknown[] }])[0].partitions)
    expect(asked).toEqual([
      [
        { partitionIndex: 0, currentLeaderEpoch: -1, timestamp: 1001n },
        { partitionIndex: 1, currentLeaderEpoch: -1, timestamp: 1001n },
      ],
      [{ partitionIndex: 1, currentLeaderEpoch: -1, timestamp: -1n }],
    ])
  })

  it.each([
    ['without the partition', { topics: [] }],
    ['with a negative offset', offsets(-1n)],
  ])('takes an answer %s for damaged', async (_title, answer) => {
    for (const wanted of ['earliest', 'latest', { timestampMs: 5 }] as const) {
      const { kafka, cluster } = start(1)
      const end = { topics: [] }
      kafka.answer(answer, typeof wanted === 'object' && answer.topics.length > 0 ? end : answer, end)
      await expect(listOffsets(cluster, 't', [0], wanted)).rejects.toMatchObject({
        code: 'CLIENT_KAFKA_RESPONSE_DAMAGED',
      })
    }
  })

  it('refuses an offset that cannot be counted with', async () => {
    const { kafka, cluster } = start(1)
    kafka.answer(offsets(2n ** 60n), offsets(2n ** 60n))
    await expect(listOffsets(cluster, 't', [0], 'latest')).rejects.toThrow(
      'partition t/0 is at offset 1152921504606846976',
    )
  })
})

describe('committedOffsets', () => {
  it('leaves out partitions without a commit', async () => {
    const { kafka, cluster } = start(2)
    kafka.answer(committed(-1n, 7n))
    expect([...(await committedOffsets(cluster, 'g', 't'))]).toEqual([[1, { offset: 7, metadata: '' }]])
  })
})

describe('an answer that leaves something out', () => {
  it('is damaged, not a group that has committed nothing', async () => {
    for (const answer of [{ groups: [] }, committed(7n)]) {
      const { kafka, cluster } = start(2)
      kafka.answer(answer, answer)
      await expect(committedOffsets(cluster, 'g', 't')).rejects.toMatchObject({ code: 'CLIENT_KAFKA_RESPONSE_DAMAGED' })
    }
  })
})

describe('commitOffsets', () => {
  it('says why the group does not take them', async () => {
    const { kafka, cluster } = start(1)
    kafka.answer({ topics: [{ partitions: [{ partitionIndex: 0, errorCode: 25 }] }] })
    await expect(commitOffsets(cluster, 'g', 't', new Map([[0, 5]]))).rejects.toThrow('UNKNOWN_MEMBER_ID')
  })
})

describe('lag', () => {
  it('counts what is still there, from the commit or from the start', async () => {
    const { kafka, cluster } = start(3)
    kafka.answer(committed(5n, -1n, 1n), offsets(0n, 10n, 4n), offsets(8n, 12n, 4n))
    expect(await lag(cluster, 'g', 't')).toEqual([
      { partition: 0, committed: 5, start: 0, end: 8, records: 3 },
      { partition: 1, committed: null, start: 10, end: 12, records: 2 },
      { partition: 2, committed: 1, start: 4, end: 4, records: 0 },
    ])
  })
})
