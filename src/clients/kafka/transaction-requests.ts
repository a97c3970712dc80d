import {
  addOffsetsToTxnV3,
  addPartitionsToTxnV3,
  createAPI,
  initProducerIdV2,
  initProducerIdV3,
  initProducerIdV4,
  initProducerIdV5,
  type Reader,
  Writer,
} from '@platformatic/kafka'
import { AnswerReader } from './answer-reader.ts'
import { api } from './connection.ts'

/** A producer as the cluster knows it: of two with one id, the one with the lower epoch is fenced. */
export interface ProducerIdentity {
  readonly id: bigint
  readonly epoch: number
}

/** A position to commit. */
export interface OffsetToCommit {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly metadata: string
}

/** The answer to a commit of positions in a transaction. */
export interface TxnOffsetCommitResult {
  readonly throttleTimeMs: number
  readonly results: OffsetResult[]
}

/** What became of one position. */
export interface OffsetResult {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
}

/** In whose name positions are committed. */
export interface CommittingMember {
  readonly group: string
  /** Generation or member epoch; -1 without a member. */
  readonly epoch: number
  readonly memberId: string
  readonly instanceId: string | null
}

/** What is needed to commit positions in a transaction. */
export type TxnOffsetCommitArguments = [
  transactionalId: string,
  producer: ProducerIdentity,
  member: CommittingMember,
  offsets: readonly OffsetToCommit[],
]

/*
 * TxnOffsetCommit Request (Version: 3 to 5) => transactional_id group_id producer_id producer_epoch generation_id member_id
 *                                              group_instance_id [topics] TAG_BUFFER
 *   transactional_id, group_id, member_id => COMPACT_STRING
 *   producer_id => INT64
 *   producer_epoch => INT16
 *   generation_id => INT32
 *   group_instance_id => COMPACT_NULLABLE_STRING
 *   topics => name [partitions] TAG_BUFFER
 *     name => COMPACT_STRING
 *     partitions => partition_index committed_offset committed_leader_epoch committed_metadata TAG_BUFFER
 *       partition_index, committed_leader_epoch => INT32
 *       committed_offset => INT64
 *       committed_metadata => COMPACT_NULLABLE_STRING
 * Source: TxnOffsetCommitRequest.json. Version 5 adds the group to the transaction by itself (KIP-890).
 */
export function writeTxnOffsetCommit(
  ...[transactionalId, producer, member, offsets]: TxnOffsetCommitArguments
): Writer {
  return Writer.create()
    .appendString(transactionalId)
    .appendString(member.group)
    .appendInt64(producer.id)
    .appendInt16(producer.epoch)
    .appendInt32(member.epoch)
    .appendString(member.memberId)
    .appendString(member.instanceId)
    .appendArray([...byTopic(offsets)], (writer, [topic, ofTopic]) => {
      writer.appendString(topic).appendArray(ofTopic, (inner, { partition, offset, metadata }) => {
        inner.appendInt32(partition).appendInt64(BigInt(offset)).appendInt32(-1).appendString(metadata)
      })
    })
    .appendTaggedFields()
}

/** Positions by topic, in the order of their first mention. */
export function byTopic(offsets: readonly OffsetToCommit[]): Map<string, OffsetToCommit[]> {
  const topics = new Map<string, OffsetToCommit[]>()
  for (const entry of offsets) {
    const ofTopic = topics.get(entry.topic)
    if (ofTopic === undefined) topics.set(entry.topic, [entry])
    else ofTopic.push(entry)
  }
  return topics
}

/*
 * TxnOffsetCommit Response (Version: 3 to 5) => throttle_time_ms [topics] TAG_BUFFER
 *   throttle_time_ms => INT32
 *   topics => name [partitions] TAG_BUFFER
 *     name => COMPACT_STRING
 *     partitions => partition_index error_code TAG_BUFFER
 *       partition_index => INT32
 *       error_code => INT16
 */
export function readTxnOffsetCommit(answer: AnswerReader): TxnOffsetCommitResult {
  const results: OffsetResult[] = []
  const throttleTimeMs = answer.int32()
  answer.array(3, () => {
    const topic = answer.text()
    answer.array(7, () => {
      results.push({ topic, partition: answer.int32(), errorCode: answer.int16() })
      answer.tags()
    })
    answer.tags()
  })
  answer.tags()
  return { throttleTimeMs, results }
}

const txnOffsetCommitVersion = (number: number) =>
  createAPI<TxnOffsetCommitArguments, TxnOffsetCommitResult>(
    28,
    number,
    writeTxnOffsetCommit,
    (_correlationId: number, _key: number, _version: number, reader: Reader) =>
      readTxnOffsetCommit(AnswerReader.of(reader)),
  )

/** What is needed to end a transaction. */
export type EndTxnArguments = [transactionalId: string, producer: ProducerIdentity, isCommit: boolean]

/** How a transaction ended. */
export interface EndTxnResult {
  readonly throttleTimeMs: number
  readonly errorCode: number
  /** Who produces in the next transaction; null before version 5, where it is the same as before. */
  readonly next: ProducerIdentity | null
}

/*
 * EndTxn Request (Version: 3 to 5) => transactional_id producer_id producer_epoch committed TAG_BUFFER
 *   transactional_id => COMPACT_STRING
 *   producer_id => INT64
 *   producer_epoch => INT16
 *   committed => BOOLEAN
 * Source: EndTxnRequest.json.
 */
export function writeEndTxn(...[transactionalId, producer, isCommit]: EndTxnArguments): Writer {
  return Writer.create()
    .appendString(transactionalId)
    .appendInt64(producer.id)
    .appendInt16(producer.epoch)
    .appendBoolean(isCommit)
    .appendTaggedFields()
}

/*
 * EndTxn Response (Version: 3, 4) => throttle_time_ms error_code TAG_BUFFER
 * EndTxn Response (Version: 5)    => throttle_time_ms error_code producer_id producer_epoch TAG_BUFFER
 *   throttle_time_ms => INT32
 *   error_code => INT16
 *   producer_id => INT64 (-1 with an error)
 *   producer_epoch => INT16 (-1 with an error)
 */
export function readEndTxn(answer: AnswerReader, version: number): EndTxnResult {
  const throttleTimeMs = answer.int32()
  const errorCode = answer.int16()
  const next = version >= 5 ? { id: answer.int64(), epoch: answer.int16() } : null
  answer.tags()
  return { throttleTimeMs, errorCode, next: next !== null && next.id >= 0n && next.epoch >= 0 ? next : null }
}

const endTxnVersion = (number: number) =>
  createAPI<EndTxnArguments, EndTxnResult>(
    26,
    number,
    writeEndTxn,
    (_correlationId: number, _key: number, _version: number, reader: Reader) =>
      readEndTxn(AnswerReader.of(reader), number),
  )

/** Requests of transactions of version 2 (KIP-890 part 2): partitions and groups join by themselves, each transaction has its epoch. */
export const transactionV2 = {
  txnOffsetCommit: api('TxnOffsetCommit', [txnOffsetCommitVersion(5)]),
  endTxn: api('EndTxn', [endTxnVersion(5)]),
} as const

/** Requests of the classic transactions: partitions and groups are added before they are written to. */
export const transactionClassic = {
  txnOffsetCommit: api('TxnOffsetCommit', [txnOffsetCommitVersion(4), txnOffsetCommitVersion(3)]),
  endTxn: api('EndTxn', [endTxnVersion(4), endTxnVersion(3)]),
} as const

/** Version 4 and above are for brokers alone (AddPartitionsToTxnRequest.json). */
export const addPartitionsToTxn = api('AddPartitionsToTxn', [addPartitionsToTxnV3.api])
export const addOffsetsToTxn = api('AddOffsetsToTxn', [addOffsetsToTxnV3.api])

/** Version 3 and above take the producer's present identity, with which it goes on unless another has come in between (KIP-360). */
export const initProducerId = api('InitProducerId', [
  initProducerIdV5.api,
  initProducerIdV4.api,
  initProducerIdV3.api,
  initProducerIdV2.api,
])
