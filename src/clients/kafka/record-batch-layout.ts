/**
 * Record batches of Kafka, format 2 (the protocol guide's chapter "Record Batch"; classes DefaultRecordBatch and DefaultRecord).
 *
 *     batch  = base offset i64, length i32 (of what follows it), leader epoch i32, magic i8 = 2, CRC-32C u32 (of what follows it),
 *              attributes i16, last offset delta i32, base timestamp i64, max timestamp i64,
 *              producer id i64, producer epoch i16, base sequence i32, number of records i32, records
 *     record = length varint (of what follows it), attributes i8, timestamp delta varlong, offset delta varint,
 *              key length varint (-1 = null), key, value length varint (-1 = null), value, number of headers varint, { header }
 *     header = name length varint, name, value length varint (-1 = null), value
 *
 * Numbers are big-endian, varints are of protobuf's zigzag kind. With compression the records, and nothing before them, are one
 * compressed piece. Formats 0 and 1 have another layout, with their magic at the same place.
 */
export const at = {
  baseOffset: 0,
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
  records: 61,
} as const

/** Bytes of a batch before what its length counts. */
export const LENGTH_END = 12
/** Fewest bytes of a record: seven numbers of one byte each. */
export const LEAST_RECORD_BYTES = 7

/** Bits of a batch's attributes. */
export const attribute = {
  compression: 0x07,
  isLogAppendTime: 0x08,
  isTransactional: 0x10,
  isControl: 0x20,
} as const
