import { isUtf8 } from 'node:buffer'

/** Longest text that TextReader remembers, in bytes. */
const maxInternedBytes = 24
const slots = 512 // a power of two

/** A Buffer with the slicing methods behind `toString`, which Node has but does not document: they save 20 ns a call. */
export interface TextBuffer extends Buffer {
  latin1Slice(start: number, end: number): string
  utf8Slice(start: number, end: number): string
}

/** The bytes as a Buffer over the same memory. */
export function bufferOf(bytes: Uint8Array): TextBuffer {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer as TextBuffer
}

/** Index of the first byte in `[start, end)` that is not part of well-formed UTF-8, or -1 (RFC 3629: no surrogates, no overlong forms). */
export function utf8FaultAt(bytes: Uint8Array, start: number, end: number): number {
  if (isUtf8(bytes.subarray(start, end))) return -1
  let at = start
  while (at < end) {
    const lead = bytes[at] as number
    if (lead < 0x80) {
      at++
      continue
    }
    const size = lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0
    if (size === 0) return at
    // Whatever follows a bad sequence, the lead byte's position is the fault; one sequence is judged at a time.
    if (!isUtf8(bytes.subarray(at, Math.min(at + size, end)))) return at
    at += size
  }
  return -1
}

/**
 * Bytes to text, remembering short ASCII texts: streams repeat their categories, and a hit costs a comparison instead of a
 * call into C++ and an allocation. Holds at most 512 texts of 24 characters.
 */
export class TextReader {
  readonly #texts: string[] = new Array(slots).fill('')

  /** Text of the ASCII bytes `[start, end)`; `hash` is any hash of them that the caller computes while it scans. */
  ascii(bytes: TextBuffer, start: number, end: number, hash: number): string {
    const size = end - start
    if (size > maxInternedBytes) return bytes.latin1Slice(start, end)
    const slot = (hash ^ (hash >>> 9) ^ (hash >>> 18)) & (slots - 1)
    const known = this.#texts[slot] as string
    if (known.length === size) {
      let i = 0
      while (i < size && known.charCodeAt(i) === bytes[start + i]) i++
      if (i === size) return known
    }
    const text = bytes.latin1Slice(start, end)
    this.#texts[slot] = text
    return text
  }

  /** Text of the UTF-8 bytes `[start, end)`, or null when they are not well-formed. */
  utf8(bytes: TextBuffer, start: number, end: number): string | null {
    let hash = 0
    for (let i = start; i < end; i++) {
      const byte = bytes[i] as number
      if (byte >= 0x80) return isUtf8(bytes.subarray(start, end)) ? bytes.utf8Slice(start, end) : null
      hash = (hash * 31 + byte) | 0
    }
    return this.ascii(bytes, start, end, hash)
  }
}
