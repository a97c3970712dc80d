import { endTxnV4, txnOffsetCommitV4, Writer } from '@platformatic/kafka'
import { describe, expect, it } from 'vitest'
import { AnswerReader } from '../../../src/clients/kafka/answer-reader.ts'
import {
  byTopic,
  readEndTxn,
  readTxnOffsetCommit,
  transactionClassic,
  transactionV2,
  writeEndTxn,
  writeTxnOffsetCommit,
} from '../../../src/clients/kafka/transaction-requests.ts'
import { seeded } from '../../random.ts'

const producer = { id: 77n, epoch: 5 }
const member = { group: 'g', epoch: 3, memberId: 'm', instanceId: null }
const offsets = [
  { topic: 'a', partition: 0, offset: 10, metadata: '' },
  { topic: 'b', partition: 1, offset: 2 ** 40, metadata: 'é' },
  { topic: 'a', partition: 2, offset: 0, metadata: '' },
]

const commitAnswer = () =>
  Writer.create()
    .appendInt32(0)
    .appendArray([...byTopic(offsets)], (writer, [topic, ofTopic]) => {
      writer.appendString(topic).appendArray(ofTopic, (inner, { partition }) => {
        inner.appendInt32(partition).appendInt16(partition)
      })
    })
    .appendTaggedFields().buffer
const endAnswer = (errorCode: number, id: bigint, epoch: number) =>
  Writer.create().appendInt32(40).appendInt16(errorCode).appendInt64(id).appendInt16(epoch).appendTaggedFields().buffer

describe('transaction requests', () => {
  it('are written as the library writes the version before', () => {
    expect(writeEndTxn('t', producer, true).buffer).toEqual(endTxnV4.createRequest('t', 77n, 5, true).buffer)
    const topics = [...byTopic(offsets)].map(([name, ofTopic]) => ({
      name,
      partitions: ofTopic.map(({ partition, offset, metadata }) => ({
        partitionIndex: partition,
        committedOffset: BigInt(offset),
        committedLeaderEpoch: -1,
        committedMetadata: metadata,
      })),
    }))
    const library = txnOffsetCommitV4.createRequest('t', 'g', 77n, 5, 3, 'm', null, topics)
    expect(writeTxnOffsetCommit('t', producer, member, offsets).buffer).toEqual(library.buffer)
  })

  it('have the versions that each protocol takes', () => {
    const versionsOf = ({ versions }: { versions: readonly { version: number }[] }) =>
      versions.map(({ version }) => version)
    expect([versionsOf(transactionV2.endTxn), versionsOf(transactionV2.txnOffsetCommit)]).toEqual([[5], [5]])
    expect([versionsOf(transactionClassic.endTxn), versionsOf(transactionClassic.txnOffsetCommit)]).toEqual([
      [4, 3],
      [4, 3],
    ])
  })

  it('read the result of every position', () => {
    const { results } = readTxnOffsetCommit(new AnswerReader(commitAnswer()))
    expect(results).toEqual([
      { topic: 'a', partition: 0, errorCode: 0 },
      { topic: 'a', partition: 2, errorCode: 2 },
      { topic: 'b', partition: 1, errorCode: 1 },
    ])
  })

  it('read who produces next, where the answer tells it', () => {
    const read = (bytes: Buffer, version: number) => readEndTxn(new AnswerReader(bytes), version)
    expect(read(endAnswer(0, 77n, 6), 5)).toEqual({ throttleTimeMs: 40, errorCode: 0, next: { id: 77n, epoch: 6 } })
    expect(read(endAnswer(90, -1n, -1), 5)).toEqual({ throttleTimeMs: 40, errorCode: 90, next: null })
    const classic = Writer.create().appendInt32(0).appendInt16(0).appendTaggedFields().buffer
    expect(read(classic, 4)).toEqual({ throttleTimeMs: 0, errorCode: 0, next: null })
  })

  it('end on damaged answers without harm (5,000 mutations, seed 6)', () => {
    const random = seeded(6)
    const wholes = [commitAnswer(), endAnswer(0, 77n, 6)]
    for (let round = 0; round < 5000; round++) {
      const whole = wholes[round % 2] as Buffer
      const bytes = Buffer.from(whole.subarray(0, random() < 0.3 ? Math.floor(random() * whole.length) : whole.length))
      for (let i = 0; i < 1 + random() * 4 && bytes.length > 0; i++) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
      }
      try {
        if (round % 2 === 0) readTxnOffsetCommit(new AnswerReader(bytes))
        else readEndTxn(new AnswerReader(bytes), 5)
      } catch (thrown) {
        expect((thrown as Error).constructor.name).toBe('AnswerFault')
      }
    }
  })
})
