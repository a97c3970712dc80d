import { copyBytes, viewOf } from './bytes.ts'

/** Why a Snappy block cannot be read; the reason names the byte. */
export class SnappyFault extends Error {}

/** A copy of three bytes gives 64 at the most, a literal less than one byte per byte. */
const MAX_GROWTH = 22

/**
 * Bytes of a raw Snappy block (no framing).
 *
 *     block = varint32 of the length of the result, { element }
 *     element = literal: tag xxxxxx00 (length - 1, or 60..63 and 1..4 bytes of it), bytes
 *             | copy:    tag ooolll01 (length - 4, offset of 11 bits), 1 byte
 *             | copy:    tag llllll10 (length - 1), offset of 2 bytes | tag llllll11 (length - 1), offset of 4 bytes
 *
 * The format is that of google/snappy, format_description.txt. Offsets count back from the end of the result and may overlap it.
 */
export function readSnappy(block: Uint8Array): Uint8Array {
  const header = checkedLength(block)
  const { length } = header
  const out = new Uint8Array(length)
  const source = viewOf(block)
  const target = viewOf(out)
  let at = header.at
  let to = 0
  while (at < block.length) {
    const tag = block[at] as number
    const kind = tag & 3
    const start = at
    at++
    let size: number
    if (kind === 0) {
      size = tag >> 2
      if (size >= 60) {
        const bytes = size - 59
        size = little(block, at, bytes)
        at += bytes
      }
      size++
      if (at + size > block.length || to + size > length) throw wrong('literal', start)
      copyBytes(source, at, at + size, target, to)
      at += size
      to += size
      continue
    }
    let offset: number
    if (kind === 1) {
      size = ((tag >> 2) & 7) + 4
      offset = ((tag >> 5) << 8) | little(block, at, 1)
      at += 1
    } else {
      size = (tag >> 2) + 1
      offset = little(block, at, kind === 2 ? 2 : 4)
      at += kind === 2 ? 2 : 4
    }
    if (offset === 0 || offset > to || to + size > length) throw wrong('copy', start)
    // A copy has 64 bytes at the most: a call of the runtime would take longer.
    const end = to + size
    if (offset >= 8) {
      for (; to + 8 <= end; to += 8) target.setBigInt64(to, target.getBigInt64(to - offset, true), true)
    }
    for (; to < end; to++) out[to] = out[to - offset] as number
  }
  if (to !== length) throw new SnappyFault(`the Snappy block ends after ${to} of ${length} bytes`)
  return out
}

/** Length of what a block holds, as it says; never more than 22 times its own. */
export function snappyLength(block: Uint8Array): number {
  return checkedLength(block).length
}

function checkedLength(block: Uint8Array): { readonly length: number; readonly at: number } {
  const header = readLength(block)
  if (header.length > MAX_GROWTH * block.length) {
    throw new SnappyFault(`the Snappy block of ${block.length} bytes says that it holds ${header.length} bytes`)
  }
  return header
}

function readLength(block: Uint8Array): { readonly length: number; readonly at: number } {
  let length = 0
  for (let at = 0; at < 5 && at < block.length; at++) {
    const byte = block[at] as number
    length += (byte & 127) * 2 ** (7 * at)
    if (byte < 128) return { length, at: at + 1 }
  }
  throw new SnappyFault('the Snappy block has no length')
}

function little(block: Uint8Array, at: number, bytes: number): number {
  if (at + bytes > block.length) throw wrong('element', at)
  let value = 0
  for (let i = bytes - 1; i >= 0; i--) value = value * 256 + (block[at + i] as number)
  return value
}

function wrong(what: string, at: number): SnappyFault {
  return new SnappyFault(`the Snappy block has a ${what} at byte ${at} that leads out of it`)
}

const HASH_BITS = 13
/** Distances are written in two bytes. */
const MAX_DISTANCE = 2 ** 16 - 1
/** A match is looked for where at least this many bytes follow. */
const MATCH_MARGIN = 4
const MAX_COPY = 64

/** Packs bytes into a raw Snappy block; of bytes that do not repeat it is a sixth longer at the most. */
export function writeSnappy(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(32 + bytes.length + Math.ceil(bytes.length / 6))
  const source = viewOf(bytes)
  const target = viewOf(out)
  let to = 0
  let rest = bytes.length
  for (; rest > 127; rest = Math.floor(rest / 128)) out[to++] = (rest & 127) | 128
  out[to++] = rest
  const table = new Int32Array(2 ** HASH_BITS).fill(-1)
  const lastMatch = bytes.length - MATCH_MARGIN
  let literals = 0
  let at = 0
  let misses = 0
  while (at <= lastMatch) {
    const word = source.getInt32(at, true)
    const slot = Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS)
    const candidate = table[slot] as number
    table[slot] = at
    if (candidate < 0 || at - candidate > MAX_DISTANCE || source.getInt32(candidate, true) !== word) {
      // Bytes that do not repeat are passed over faster and faster.
      at += 1 + (misses++ >> 5)
      continue
    }
    misses = 0
    let length = 4
    while (at + length < bytes.length && bytes[candidate + length] === bytes[at + length]) length++
    to = writeLiteral(source, literals, at, out, target, to)
    const distance = at - candidate
    at += length
    for (; length > 0; length -= MAX_COPY) {
      out[to] = ((Math.min(MAX_COPY, length) - 1) << 2) | 2
      out[to + 1] = distance & 255
      out[to + 2] = distance >> 8
      to += 3
    }
    literals = at
  }
  return out.subarray(0, writeLiteral(source, literals, bytes.length, out, target, to))
}

function writeLiteral(source: DataView, from: number, end: number, out: Uint8Array, target: DataView, at: number) {
  if (from === end) return at
  const size = end - from - 1
  let to = at
  if (size < 60) out[to++] = size << 2
  else {
    const bytes = size < 2 ** 8 ? 1 : size < 2 ** 16 ? 2 : size < 2 ** 24 ? 3 : 4
    out[to++] = (59 + bytes) << 2
    for (let i = 0; i < bytes; i++) out[to++] = (size >>> (8 * i)) & 255
  }
  return copyBytes(source, from, end, target, to)
}
