/** The partition of a key as Kafka's clients choose it (murmur2), so that a key is at the same place in both. */
export function partitionOfKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}

/** MurmurHash2 of 32 bits with Kafka's seed. */
function murmur2(bytes: Uint8Array): number {
  const multiplier = 0x5bd1e995
  let hash = 0x9747b28c ^ bytes.length
  const words = bytes.length >> 2
  for (let i = 0; i < words; i++) {
    const at = i * 4
    let word = at8(bytes, at) | (at8(bytes, at + 1) << 8) | (at8(bytes, at + 2) << 16) | (at8(bytes, at + 3) << 24)
    word = Math.imul(word, multiplier)
    word ^= word >>> 24
    hash = Math.imul(hash, multiplier) ^ Math.imul(word, multiplier)
  }
  const tail = words * 4
  for (let i = bytes.length - 1; i >= tail; i--) {
    hash ^= at8(bytes, i) << (8 * (i - tail))
    if (i === tail) hash = Math.imul(hash, multiplier)
  }
  hash ^= hash >>> 13
  hash = Math.imul(hash, multiplier)
  return hash ^ (hash >>> 15)
}

function at8(bytes: Uint8Array, index: number): number {
  return bytes[index] as number
}
