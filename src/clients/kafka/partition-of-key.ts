/*
 * Where Java's producer puts a record with a key: murmur2 of the key without its sign, modulo the number of partitions
 * (class BuiltInPartitioner; the hash is in org.apache.kafka.common.utils.Utils).
 */
const SEED = 0x9747b28c
const FACTOR = 0x5bd1e995

/** The partition of the key `bytes[start, end)`, so that a key is at the same place for all clients. */
export function partitionOfKey(bytes: Uint8Array, partitions: number, start = 0, end = bytes.length): number {
  return (murmur2(bytes, start, end) & 0x7fffffff) % partitions
}

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
