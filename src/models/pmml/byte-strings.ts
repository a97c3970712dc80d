/**
 * Numbers for strings that lie in a document's bytes: equal bytes have the same number, counted from 0 in the order of their first use.
 * Nothing is copied: a string is known by the place where it was first met.
 */
export class ByteStrings {
  readonly #bytes: Uint8Array
  /** Open addressing; 0 = free, else number and 1. */
  #slots = new Int32Array(256)
  #starts = new Int32Array(64)
  #lengths = new Int32Array(64)
  #hashes = new Int32Array(64)
  #size = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get size(): number {
    return this.#size
  }

  /** Start of hashing a string; for each of its bytes follows `hash = Math.imul(hash ^ byte, HASH_FACTOR)`. */
  get seed(): number {
    return seed
  }

  /** Number of the string at `start` (inclusive) to `end` (exclusive). */
  number(start: number, end: number): number {
    const bytes = this.#bytes
    let hash = seed
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), HASH_FACTOR)
    return this.numberHashed(start, end, hash)
  }

  /** The same for a string whose hash is known. */
  numberHashed(start: number, end: number, hash: number): number {
    const length = end - start
    const mask = this.#slots.length - 1
    for (let at = (hash ^ (hash >>> 15)) & mask; ; at = (at + 1) & mask) {
      const found = (this.#slots[at] as number) - 1
      if (found < 0) return this.#add(start, length, hash, at)
      if (this.#hashes[found] === hash && this.#lengths[found] === length && this.#equals(found, start)) return found
    }
  }

  start(number: number): number {
    return this.#starts[number] as number
  }

  end(number: number): number {
    return (this.#starts[number] as number) + (this.#lengths[number] as number)
  }

  #equals(number: number, start: number): boolean {
    const bytes = this.#bytes
    const known = this.#starts[number] as number
    const length = this.#lengths[number] as number
    for (let i = 0; i < length; i++) if (bytes[known + i] !== bytes[start + i]) return false
    return true
  }

  #add(start: number, length: number, hash: number, slot: number): number {
    const number = this.#size++
    if (number === this.#starts.length) {
      this.#starts = longer(this.#starts, number * 2)
      this.#lengths = longer(this.#lengths, number * 2)
      this.#hashes = longer(this.#hashes, number * 2)
    }
    this.#starts[number] = start
    this.#lengths[number] = length
    this.#hashes[number] = hash
    this.#slots[slot] = number + 1
    if (this.#size * 2 > this.#slots.length) this.#grow()
    return number
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2)
    const mask = slots.length - 1
    for (let number = 0; number < this.#size; number++) {
      const hash = this.#hashes[number] as number
      let at = (hash ^ (hash >>> 15)) & mask
      while (slots[at] !== 0) at = (at + 1) & mask
      slots[at] = number + 1
    }
    this.#slots = slots
  }
}

/** Factor of the hash (FNV-1a). */
export const HASH_FACTOR = 0x01000193

/** Different in each process, so that no document can be made whose strings all collide. */
const seed = (Math.random() * 0x7fffffff) | 0

/** A copy with room for `length` numbers. */
export function longer(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(length)
  copy.set(array)
  return copy
}
