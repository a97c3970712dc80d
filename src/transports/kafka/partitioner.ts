import { partitionOfKey } from '../../clients/kafka/partition-of-key.ts'
import { type BytesColumn, NO_VALUE } from '../../core/bytes.ts'

/** Indexes of the entries by partition, each list in order; an entry without a key goes to `keyless`. */
export function partitionsByKey(keys: BytesColumn, partitions: number, keyless: number): Map<number, Int32Array> {
  const chosen = new Int32Array(keys.length)
  // Numbers of entries by partition, then where the next entry of each goes, in the end where each one's list ends.
  const ends = new Int32Array(partitions)
  for (let i = 0; i < keys.length; i++) {
    const end = keys.ends[i] as number
    const partition = end === NO_VALUE ? keyless : partitionOfKey(keys.bytes, partitions, keys.starts[i] as number, end)
    chosen[i] = partition
    ends[partition] = (ends[partition] as number) + 1
  }
  let sum = 0
  for (let partition = 0; partition < partitions; partition++) {
    const count = ends[partition] as number
    ends[partition] = sum
    sum += count
  }
  const indexes = new Int32Array(keys.length)
  for (let i = 0; i < keys.length; i++) {
    const partition = chosen[i] as number
    const at = ends[partition] as number
    indexes[at] = i
    ends[partition] = at + 1
  }
  const lists = new Map<number, Int32Array>()
  let start = 0
  for (let partition = 0; partition < partitions; partition++) {
    const end = ends[partition] as number
    if (end > start) lists.set(partition, indexes.subarray(start, end))
    start = end
  }
  return lists
}
