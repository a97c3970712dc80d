import { describe, expect, it } from 'vitest'
import { GroupOffsets } from '../../../src/clients/kafka/group-offsets.ts'
import { noMembership } from '../../../src/clients/kafka/membership.ts'
import { TransactionCoordinator } from '../../../src/clients/kafka/transaction-coordinator.ts'
import { MillraceError } from '../../../src/core/errors.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { ScriptedKafka } from '../../support/scripted-kafka.ts'

const present = { id: 9n, epoch: 2 }
const CONCURRENT_TRANSACTIONS = 51
const PRODUCER_FENCED = 90
const OPERATION_NOT_ATTEMPTED = 55
const TOPIC_AUTHORIZATION_FAILED = 29

function coordinatorOf(kafka: ScriptedKafka, protocol: 'classic' | 'v2') {
  return new TransactionCoordinator(kafka.cluster(new ManualClock()), 'id', 60_000, protocol)
}

describe('transaction coordinator', () => {
  it('takes the id over, and waits for the transaction before', async () => {
    const kafka = new ScriptedKafka()
    kafka.answer(
      { errorCode: CONCURRENT_TRANSACTIONS, producerId: -1n, producerEpoch: -1 },
      { errorCode: 0, producerId: 9n, producerEpoch: 2 },
    )
    expect(await coordinatorOf(kafka, 'v2').init(null)).toEqual(present)
    expect(kafka.requests.map(({ values }) => values)).toEqual([
      ['id', 60_000],
      ['id', 60_000],
    ])
  })

  it('goes on with its identity unless another has the id', async () => {
    const kafka = new ScriptedKafka()
    kafka.answer({ errorCode: PRODUCER_FENCED, producerId: -1n, producerEpoch: -1 })
    const init = coordinatorOf(kafka, 'v2').init(present)
    await expect(init).rejects.toMatchObject({ code: 'CLIENT_KAFKA_FENCED' })
    expect(kafka.requests[0]?.values).toEqual(['id', 60_000, 9n, 2])
  })

  it('adds all partitions in one request, and tells the error that kept the others back', async () => {
    const kafka = new ScriptedKafka()
    const results = [OPERATION_NOT_ATTEMPTED, TOPIC_AUTHORIZATION_FAILED].map((partitionErrorCode, partitionIndex) => ({
      partitionIndex,
      partitionErrorCode,
    }))
    kafka.answer({ resultsByTransaction: [{ topicResults: [{ name: 't', resultsByPartition: results }] }] })
    const queues = [0, 1].map((partition) => ({ topic: 't', partition })) as never
    const { signal } = new AbortController()
    const added = coordinatorOf(kafka, 'classic').addPartitions(present, queues, signal)
    await expect(added).rejects.toThrow('AUTHORIZATION')
    expect(kafka.requests[0]?.values[0]).toMatchObject([{ topics: [{ name: 't', partitions: [0, 1] }] }])
  })

  it('adds the group before its positions in the classic protocol alone', async () => {
    const group = new GroupOffsets(noMembership('g'))
    group.add({ topic: 't', partition: 0, offset: 5, metadata: '' })
    const done = { throttleTimeMs: 0, results: [{ topic: 't', partition: 0, errorCode: 0 }] }
    const classic = new ScriptedKafka()
    classic.answer({ errorCode: 0 }, done)
    await coordinatorOf(classic, 'classic').commitOffsets(present, group)
    expect(classic.requests.map(({ api }) => api)).toEqual(['AddOffsetsToTxn', 'TxnOffsetCommit'])
    const v2 = new ScriptedKafka()
    v2.answer(done)
    await coordinatorOf(v2, 'v2').commitOffsets(present, group)
    expect(v2.requests.map(({ api }) => api)).toEqual(['TxnOffsetCommit'])
  })

  it('repeats an end that was not answered where it can only mean this transaction', async () => {
    const lost = new MillraceError('CLIENT_KAFKA_INDEFINITE', { server: 'a:1', api: 'EndTxn', reason: 'cut' })
    const next = { id: 9n, epoch: 3 }
    for (const protocol of ['classic', 'v2'] as const) {
      const kafka = new ScriptedKafka()
      kafka.answer(lost, { errorCode: 0, next })
      const end = coordinatorOf(kafka, protocol).end(present, true)
      if (protocol === 'v2') expect(await end).toEqual(next)
      else await expect(end).rejects.toBe(lost)
      expect(kafka.requests).toHaveLength(protocol === 'v2' ? 2 : 1)
    }
  })

  it('hands on who produces next', async () => {
    const kafka = new ScriptedKafka()
    kafka.answer({ errorCode: 0, next: { id: 9n, epoch: 3 } }, { errorCode: 0, next: null })
    expect(await coordinatorOf(kafka, 'v2').end(present, true)).toEqual({ id: 9n, epoch: 3 })
    expect(await coordinatorOf(kafka, 'classic').end(present, true)).toEqual(present)
  })
})
