import { type BytesColumn, NO_VALUE } from '../../core/bytes.ts'

/*
 * Where Java's producer puts a record with a key: murmur2 of the key without its sign, modulo the number of partitions
 * (class BuiltInPartitioner; the hash is in org.apache.kafka.common.utils.Utils).
 */
const SEED = 0x9747b28c
const FACTOR = 0x5bd1e995

/** Austin Appleby's MurmurHash2 with 32 bits, as a signed number. */
export function murmur2(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let hash = SEED ^ (end - start)
  let at = start
  for (; at + 4 <= end; at += 4) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    let mixed = Math.imul(word, FACTOR)
    mixed ^= mixed >>> 24
    hash = Math.imul(hash, FACTOR) ^ Math.imul(mixed, FACTOR)
  }
  const left = end - at
  if (left === 3) hash ^= (bytes[at + 2] as number) << 16
  if (left >= 2) hash ^= (bytes[at + 1] as number) << 8
  if (left >= 1) hash = Math.imul(hash ^ (bytes[at] as number), FACTOR)
  hash = Math.imul(hash ^ (hash >>> 13), FACTOR)
  return hash ^ (hash >>> 15)
}

/** Indexes of the entries by partition, each list in order; an entry without a key goes to `keyless`. */
export function partitionsByKey(keys: BytesColumn, partitions: number, keyless: number): Map<number, Int32Array> {
  const chosen = new Int32Array(keys.length)
  // Numbers of entries by partition, then where the next entry of each goes, in the end where each one's list ends.
  const ends = new Int32Array(partitions)
  for (let i = 0; i < keys.length; i++) {
    const end = keys.ends[i] as number
    const partition =
      end === NO_VALUE ? keyless : (murmur2(keys.bytes, keys.starts[i] as number, end) & 0x7fffffff) % partitions
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
