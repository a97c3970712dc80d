export type { Compression } from './compression.ts'
export {
  type AbortedTransaction,
  decodeRecordSet,
  endOfRecordSet,
  type RecordSetOptions,
  readRecordSet,
} from './record-batch-decoder.ts'
