import { type API, createAPI, Writer } from '@platformatic/kafka'
import { type ApiFamily, api, checkCode, type KafkaCluster } from '../../src/clients/kafka/cluster.ts'
import { columnOf } from '../../src/core/bytes.ts'
import { type FrameBatch, framesOf } from '../../src/core/frames.ts'
import { encodeRecordBatch, type RecordBatchSettings } from './record-batch-encoder.ts'

type ProduceArguments = [topic: string, partition: number, records: Buffer]

const versions = [
  createAPI<ProduceArguments, { errorCode: number; baseOffset: number }>(
    0,
    9,
    (topic: string, partition: number, records: Buffer) =>
      Writer.create()
        .appendString(null)
        .appendInt16(-1)
        .appendInt32(30_000)
        .appendArray([topic], (topics, name) => {
          topics.appendString(name).appendArray([partition], (partitions, index) => {
            partitions.appendInt32(index).appendBytes(records)
          })
        })
        .appendTaggedFields(),
    (_correlation, _key, _version, reader) => {
      reader.skip(1)
      reader.readString()
      reader.skip(1)
      reader.readInt32()
      return { errorCode: reader.readInt16(), baseOffset: Number(reader.readInt64()) }
    },
  ) as API<ProduceArguments, { errorCode: number; baseOffset: number }>,
]
const produceApi: ApiFamily<ProduceArguments, { errorCode: number; baseOffset: number }> = api('Produce', versions)

/** Appends record batches as they are; gives the offset of the first record. */
export async function produceRaw(
  cluster: KafkaCluster,
  topic: string,
  partition: number,
  records: Buffer,
): Promise<number> {
  // A partition that was just made may not be led yet.
  return await cluster.retry({ topic }, async () => {
    const connection = await cluster.shared(await cluster.leader(topic, partition))
    const { errorCode, baseOffset } = await connection.call(produceApi, topic, partition, records)
    checkCode(errorCode, { server: connection.address, api: 'Produce', subject: `partition ${topic}/${partition}` })
    return baseOffset
  })
}

/** Appends texts as one batch. */
export function produceTexts(
  cluster: KafkaCluster,
  topic: string,
  partition: number,
  texts: readonly string[],
  settings: Partial<RecordBatchSettings> = {},
): Promise<number> {
  return produceFrames(cluster, topic, partition, framesOf(columnOf(texts.map((text) => Buffer.from(text)))), settings)
}

/** Appends frames as one batch. */
export function produceFrames(
  cluster: KafkaCluster,
  topic: string,
  partition: number,
  frames: FrameBatch,
  settings: Partial<RecordBatchSettings> = {},
): Promise<number> {
  const records = encodeRecordBatch(frames, 0, frames.length, {
    compression: 'none',
    producerId: -1n,
    producerEpoch: -1,
    baseSequence: -1,
    isTransactional: false,
    nowMs: Date.now(),
    ...settings,
  })
  return produceRaw(cluster, topic, partition, records)
}
