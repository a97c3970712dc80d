import { type API, createAPI, type Reader, Writer } from '@platformatic/kafka'
import { type ApiFamily, api } from './cluster.ts'
import type { AbortedTransaction } from './record-batch.ts'

/*
 * Fetch requests of one partition, without a fetch session, in a codec of our own: the library's makes objects of every record. The
 * grammar is that of the protocol guide ("Fetch API (Key: 1)"); version 12 names the topic, 13 and up give its id, 15 leaves the
 * replica out. The answer's records stay bytes.
 */

/** What a fetch asks for. */
export interface FetchRequest {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  /** -1 when it is not known. */
  readonly leaderEpoch: number
  readonly offset: number
  /** How long the broker may wait for `minBytes`. */
  readonly maxWaitMs: number
  readonly minBytes: number
  /** A first batch that is larger comes all the same. */
  readonly maxBytes: number
  readonly isCommittedOnly: boolean
}

/** What a fetch answers. */
export interface FetchAnswer {
  /** For how long the broker does not listen to this client, because of a quota; its answer came at once (KIP-219) and may be empty. */
  readonly throttleMs: number
  /** Protocol error of the whole or of the partition; 0 = none. */
  readonly errorCode: number
  readonly abortedTransactions: readonly AbortedTransaction[]
  /** A view of what came from the network; null when there are no records. */
  readonly records: Buffer | null
}

const REPLICA_CONSUMER = -1
const NO_SESSION = 0
const FINAL_EPOCH = -1

type FetchArguments = [request: FetchRequest]

const versions = [12, 13, 14, 15, 16, 17].map((version) =>
  createAPI<FetchArguments, FetchAnswer>(
    1,
    version,
    (request: FetchRequest) => writeRequest(version, request),
    (_correlation, _key, _version, reader) => readAnswer(version, reader),
  ),
)

/** Fetch, in all versions of this client: Kafka 2.7 and newer. */
export const fetchApi: ApiFamily<FetchArguments, FetchAnswer> = api(
  'Fetch',
  versions as API<FetchArguments, FetchAnswer>[],
)

function writeRequest(version: number, request: FetchRequest): Writer {
  const writer = Writer.create()
  if (version < 15) writer.appendInt32(REPLICA_CONSUMER)
  return writer
    .appendInt32(request.maxWaitMs)
    .appendInt32(request.minBytes)
    .appendInt32(request.maxBytes)
    .appendInt8(request.isCommittedOnly ? 1 : 0)
    .appendInt32(NO_SESSION)
    .appendInt32(FINAL_EPOCH)
    .appendArray([request], (topics, { topic, topicId, partition, leaderEpoch, offset, maxBytes }) => {
      if (version < 13) topics.appendString(topic)
      else topics.appendUUID(topicId)
      topics.appendArray([partition], (partitions) => {
        partitions
          .appendInt32(partition)
          .appendInt32(leaderEpoch)
          .appendInt64(BigInt(offset))
          .appendInt32(-1) // last fetched epoch: of followers
          .appendInt64(-1n) // log start offset: of followers
          .appendInt32(maxBytes)
      })
    })
    .appendArray([], () => {}) // forgotten topics: of sessions
    .appendString('') // rack
    .appendTaggedFields()
}

/** Reads the answer about the one topic and partition that was asked for. */
function readAnswer(version: number, reader: Reader): FetchAnswer {
  const throttleMs = reader.readInt32()
  const errorCode = reader.readInt16()
  reader.readInt32() // session
  let answer: FetchAnswer = { ...NOTHING, throttleMs, errorCode }
  reader.readArray((topics) => {
    if (version < 13) topics.readString()
    else topics.readUUID()
    topics.readArray((partitions) => {
      answer = { ...readPartition(partitions), throttleMs }
    })
  })
  reader.readTaggedFields()
  return answer
}

const NOTHING = { abortedTransactions: [], records: null }

function readPartition(reader: Reader): Omit<FetchAnswer, 'throttleMs'> {
  reader.readInt32() // partition
  const errorCode = reader.readInt16()
  reader.readInt64() // high watermark: the offset after the last one that is replicated
  reader.readInt64() // last stable offset: where open transactions begin
  reader.readInt64() // first offset that retention has left
  const abortedTransactions =
    reader.readNullableArray((transactions) => ({
      producerId: transactions.readInt64(),
      firstOffset: Number(transactions.readInt64()),
    })) ?? []
  reader.readInt32() // preferred read replica: without a rack there is none
  return { errorCode, abortedTransactions, records: readRecords(reader) }
}

/** Compact records: their size plus one, 0 for null, and the bytes, which may lie in several pieces as the socket gave them. */
function readRecords(reader: Reader): Buffer | null {
  const size = reader.readUnsignedVarInt() - 1
  if (size <= 0) return null
  const records = reader.buffer.slice(reader.position, reader.position + size)
  reader.skip(size)
  return records
}
