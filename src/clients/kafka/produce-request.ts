import { type Reader, Writer } from '@platformatic/kafka'
import { AnswerReader } from './answer-reader.ts'
import type { BodyFamily } from './connection.ts'

/** One record batch on its way to a partition; a request has at most one per partition. */
export interface ProducePart {
  readonly topic: string
  readonly partition: number
  readonly batch: Buffer
}

/** What became of the batch of one partition. */
export interface ProduceResult {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly errorMessage: string | null
  /** Offset of the batch's first record; -1 with an error. */
  readonly baseOffset: number
}

/** The answer to a request: what became of each batch. */
export interface ProduceAnswer {
  readonly throttleTimeMs: number
  readonly results: ProduceResult[]
}

/** All in-sync replicas have it: the only choice here. */
const ACKS_ALL = -1

/*
 * Produce Request (Version: 9 to 12) => transactional_id acks timeout_ms [topic_data] TAG_BUFFER
 *   transactional_id => COMPACT_NULLABLE_STRING
 *   acks => INT16
 *   timeout_ms => INT32
 *   topic_data => name [partition_data] TAG_BUFFER
 *     name => COMPACT_STRING
 *     partition_data => index records TAG_BUFFER
 *       index => INT32
 *       records => COMPACT_RECORDS
 * Source: clients/src/main/resources/common/message/ProduceRequest.json. Version 12 adds the partition to the transaction by
 * itself and may be used in transactions only where transaction.version is 2 (KIP-890).
 */
export function produceBody(
  transactionalId: string | null,
  timeoutMs: number,
  parts: readonly ProducePart[],
): Buffer[] {
  const topics = Map.groupBy(parts, ({ topic }) => topic)
  const body: Buffer[] = []
  let writer = Writer.create()
    .appendString(transactionalId)
    .appendInt16(ACKS_ALL)
    .appendInt32(timeoutMs)
    .appendUnsignedVarInt(topics.size + 1)
  for (const [topic, ofTopic] of topics) {
    writer.appendString(topic).appendUnsignedVarInt(ofTopic.length + 1)
    for (const { partition, batch } of ofTopic) {
      writer.appendInt32(partition).appendUnsignedVarInt(batch.length + 1)
      body.push(writer.buffer, batch)
      writer = Writer.create().appendTaggedFields()
    }
    writer.appendTaggedFields()
  }
  body.push(writer.appendTaggedFields().buffer)
  return body
}

/*
 * Produce Response (Version: 9 to 12) => [responses] throttle_time_ms TAG_BUFFER
 *   responses => name [partition_responses] TAG_BUFFER
 *     name => COMPACT_STRING
 *     partition_responses => index error_code base_offset log_append_time_ms log_start_offset [record_errors] error_message TAG_BUFFER
 *       index => INT32
 *       error_code => INT16
 *       base_offset, log_append_time_ms, log_start_offset => INT64
 *       record_errors => batch_index batch_index_error_message TAG_BUFFER
 *         batch_index => INT32
 *         batch_index_error_message => COMPACT_NULLABLE_STRING
 *       error_message => COMPACT_NULLABLE_STRING
 *   throttle_time_ms => INT32
 */
export function readProduce(answer: AnswerReader): ProduceAnswer {
  const results: ProduceResult[] = []
  answer.array(3, () => {
    const topic = answer.text()
    answer.array(33, () => {
      const partition = answer.int32()
      const errorCode = answer.int16()
      const baseOffset = Number(answer.int64())
      answer.int64()
      answer.int64()
      const recordErrors = answer.array(6, () => {
        answer.int32()
        const sentence = answer.nullableText()
        answer.tags()
        return sentence
      })
      const errorMessage = answer.nullableText() ?? recordErrors.find((sentence) => sentence !== null) ?? null
      answer.tags()
      results.push({ topic, partition, errorCode, errorMessage, baseOffset })
    })
    answer.tags()
  })
  const throttleTimeMs = answer.int32()
  answer.tags()
  return { throttleTimeMs, results }
}

const parse = (reader: Reader) => readProduce(AnswerReader.of(reader))

/** Outside of transactions, and in those of the classic protocol. */
export const produce: BodyFamily<ProduceAnswer> = { name: 'Produce', key: 0, versions: [11, 10, 9], parse }

/** In transactions of version 2. */
export const produceInTransaction: BodyFamily<ProduceAnswer> = { name: 'Produce', key: 0, versions: [12], parse }

/** The result of a partition, which is at `index` as a rule: brokers answer in the order of the request, but do not promise it. */
export function resultOf(
  results: readonly ProduceResult[],
  index: number,
  { topic, partition }: Pick<ProducePart, 'topic' | 'partition'>,
): ProduceResult | undefined {
  const isWanted = (result: ProduceResult | undefined) => result?.partition === partition && result.topic === topic
  return isWanted(results[index]) ? results[index] : results.find(isWanted)
}
