import { copyBytes, viewOf } from '../../core/bytes.ts'
import { KERNEL_BLOCK_BYTES, type Lz4Kernel, lz4Kernel } from './compression-lz4-kernel.ts'

/** Why an LZ4 frame cannot be read; the reason names the byte. */
class Lz4Fault extends Error {}

/*
 * LZ4 frames (lz4_Frame_format.md 1.6.x) of blocks (lz4_Block_format.md).
 *
 *     frame    = magic u32, flags u8, block descriptor u8, [content size u64], [dictionary id u32], header checksum u8,
 *                { size u32 (highest bit: stored as it is), data, [block checksum u32] }, 0 u32, [content checksum u32]
 *     block    = { token u8 (length of literals · length of match - 4), [more length], literals, distance u16, [more length] }
 *
 * Numbers are little-endian; the last sequence of a block has literals only. Checksums are not looked at: a record batch has its own,
 * and old Kafka clients computed the header's wrong (KIP-57).
 */
const MAGIC = 0x184d2204
const flag = {
  hasIndependentBlocks: 0x20,
  hasDictionary: 0x01,
  hasContentChecksum: 0x04,
  hasContentSize: 0x08,
  hasBlockChecksum: 0x10,
  version: 0xc0,
}
const VERSION_1 = 0x40
/** Largest block by bits 4 to 6 of the descriptor. */
const blockBytes: Readonly<Record<number, number>> = { 4: 2 ** 16, 5: 2 ** 18, 6: 2 ** 20, 7: 2 ** 22 }

/** One byte of a match's length gives 255 bytes at the most. */
const MAX_GROWTH = 255

/** What a frame of Java's client begins with: independent blocks of at most 64 KB, no checksums, and the header's own. */
const HEADER = Buffer.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82)
const BLOCK_BYTES = 2 ** 16
const STORED = 0x80000000

/** The contents of a frame, or of several one after another; at most `maxBytes`. */
export function readLz4Frame(frame: Uint8Array, maxBytes: number): Buffer {
  const view = viewOf(frame)
  const out = new Output(frame.length, maxBytes)
  let at = 0
  do at = readFrame(frame, view, at, out)
  while (at < frame.length)
  return out.bytes.subarray(0, out.size)
}

/** Bytes written so far in a buffer that grows to what a block may need. */
class Output {
  bytes: Buffer
  size = 0
  readonly #most: number

  constructor(frameBytes: number, maxBytes: number) {
    this.#most = Math.min(maxBytes, frameBytes * MAX_GROWTH)
    this.bytes = Buffer.allocUnsafeSlow(Math.min(this.#most, frameBytes * 4))
  }

  /** Makes room for up to `size` bytes more, as far as the limit allows; returns where writing must stop. */
  reserve(size: number): number {
    const needed = Math.min(this.size + size, this.#most)
    if (needed > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(this.#most, Math.max(needed, this.bytes.length * 2)))
      this.bytes.copy(grown, 0, 0, this.size)
      this.bytes = grown
    }
    return Math.min(this.bytes.length, this.size + size)
  }
}

function readFrame(frame: Uint8Array, view: DataView, start: number, out: Output): number {
  let at = start
  const need = (size: number): void => {
    if (at + size > frame.length) throw new Lz4Fault(`the LZ4 frame is cut at byte ${at}`)
  }
  need(7)
  const magic = view.getUint32(at, true)
  if (magic !== MAGIC) throw new Lz4Fault(`no LZ4 frame begins at byte ${at}`)
  const flags = frame[at + 4] as number
  const maxBlock = blockBytes[((frame[at + 5] as number) >> 4) & 7]
  if ((flags & flag.version) !== VERSION_1 || maxBlock === undefined) {
    throw new Lz4Fault(`the LZ4 frame at byte ${at} is of no known kind`)
  }
  if (flags & flag.hasDictionary) throw new Lz4Fault('the LZ4 frame needs a dictionary')
  at += 7 + (flags & flag.hasContentSize ? 8 : 0)
  const frameStart = out.size
  const isFast = (flags & flag.hasIndependentBlocks) !== 0 && maxBlock <= KERNEL_BLOCK_BYTES
  const kernel = isFast ? lz4Kernel() : null
  for (;;) {
    need(4)
    const word = view.getUint32(at, true)
    at += 4
    if (word === 0) break
    const size = word & ~STORED
    need(size)
    const limit = out.reserve(maxBlock)
    if ((word & STORED) !== 0) {
      if (out.size + size > limit) throw tooLarge(at)
      out.bytes.set(frame.subarray(at, at + size), out.size)
      out.size += size
    } else if (kernel === null || !readFast(kernel, frame.subarray(at, at + size), out, limit)) {
      out.size = readBlock(frame, view, at, at + size, out, limit, frameStart)
    }
    at += size + (flags & flag.hasBlockChecksum ? 4 : 0)
  }
  if (flags & flag.hasContentChecksum) {
    need(4)
    at += 4
  }
  return at
}

/** True when the kernel has unpacked the block; what it cannot is read the slow way, which says why. */
function readFast(kernel: Lz4Kernel, block: Uint8Array, out: Output, limit: number): boolean {
  const unpacked = kernel(block)
  if (unpacked === null || out.size + unpacked.length > limit) return false
  out.bytes.set(unpacked, out.size)
  out.size += unpacked.length
  return true
}

/** Unpacks a block behind what `out` holds; matches may reach back to `first`. Returns where it ends. */
function readBlock(
  source: Uint8Array,
  view: DataView,
  from: number,
  end: number,
  { bytes: target, size: start }: Output,
  limit: number,
  first: number,
): number {
  const out = viewOf(target)
  let at = from
  let to = start
  while (at < end) {
    const token = source[at++] as number
    let size = token >> 4
    if (size === 15) {
      let more: number
      do {
        if (at >= end) throw wrong('literal', at)
        more = source[at++] as number
        size += more
      } while (more === 255)
    }
    if (size > end - at) throw wrong('literal', at)
    if (size > limit - to) throw tooLarge(from)
    if (size > 0) {
      to = copyBytes(view, at, at + size, out, to)
      at += size
    }
    if (at === end) return to
    if (at + 2 > end) throw wrong('match', at)
    const distance = (source[at] as number) | ((source[at + 1] as number) << 8)
    at += 2
    size = (token & 15) + 4
    if (size === 19) {
      let more: number
      do {
        if (at >= end) throw wrong('match', at)
        more = source[at++] as number
        size += more
      } while (more === 255)
    }
    if (distance === 0 || distance > to - first) throw wrong('match', at)
    if (size > limit - to) throw tooLarge(from)
    to = copyBack(target, out, distance, size, to)
  }
  throw wrong('sequence', at)
}

/** Repeats the `size` bytes that stand `distance` before `to`; they may overlap what they give. */
function copyBack(target: Uint8Array, out: DataView, distance: number, size: number, to: number): number {
  const end = to + size
  let at = to
  if (distance >= 8) {
    if (size >= 256 && distance >= size) {
      target.copyWithin(at, at - distance, at - distance + size)
      return end
    }
    for (; at + 8 <= end; at += 8) out.setBigInt64(at, out.getBigInt64(at - distance, true), true)
  } else if (distance === 1 && size >= 32) {
    target.fill(target[at - 1] as number, at, end)
    return end
  }
  for (; at < end; at++) target[at] = target[at - distance] as number
  return end
}

function tooLarge(at: number): Lz4Fault {
  return new Lz4Fault(`the LZ4 block at byte ${at} becomes more than its frame or the limit of the whole allows`)
}

function wrong(what: string, at: number): Lz4Fault {
  return new Lz4Fault(`the LZ4 block has a ${what} at byte ${at} that leads out of it`)
}

/** A frame of independent blocks of up to 64 KB, as Java's client writes it. */
export function writeLz4Frame(bytes: Uint8Array): Buffer {
  const blocks = Math.ceil(bytes.length / BLOCK_BYTES)
  const out = Buffer.allocUnsafe(HEADER.length + bytes.length + blocks * 4 + 4)
  HEADER.copy(out)
  const view = viewOf(bytes)
  const table = new Int32Array(2 ** HASH_BITS)
  let to = HEADER.length
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const end = Math.min(bytes.length, at + BLOCK_BYTES)
    const size = writeBlock(bytes, view, at, end, out, to + 4, table)
    if (size === null) {
      out.writeUInt32LE(((end - at) | STORED) >>> 0, to)
      out.set(bytes.subarray(at, end), to + 4)
      to += 4 + end - at
    } else {
      out.writeUInt32LE(size, to)
      to += 4 + size
    }
  }
  out.writeUInt32LE(0, to)
  return out.subarray(0, to + 4)
}

const HASH_BITS = 13
/** The last match begins at least this far from a block's end, and its last five bytes are literals. */
const MATCH_MARGIN = 12
const LAST_LITERALS = 5

/** Packs `bytes[from, end)` to `out` at `start`; returns its size, or null when it is not smaller. */
function writeBlock(
  bytes: Uint8Array,
  view: DataView,
  from: number,
  end: number,
  out: Buffer,
  start: number,
  table: Int32Array,
): number | null {
  table.fill(-1)
  const room = start + end - from
  const lastMatch = end - MATCH_MARGIN
  const matchEnd = end - LAST_LITERALS
  const target = viewOf(out)
  let to = start
  let literals = from
  let at = from
  let misses = 0
  while (at <= lastMatch) {
    const word = view.getInt32(at, true)
    const slot = Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS)
    const candidate = table[slot] as number
    table[slot] = at
    if (candidate < 0 || view.getInt32(candidate, true) !== word) {
      // Bytes that do not repeat are passed over faster and faster.
      at += 1 + (misses++ >> 6)
      continue
    }
    misses = 0
    let length = 4
    while (at + length < matchEnd && bytes[candidate + length] === bytes[at + length]) length++
    const size = at - literals
    // A sequence takes its literals, a byte per 255 of each length, token and distance.
    if (to + size + size / 255 + length / 255 + 8 > room) return null
    to = writeLengths(out, to, size, length - 4)
    to = copyBytes(view, literals, at, target, to)
    out[to] = (at - candidate) & 255
    out[to + 1] = (at - candidate) >> 8
    to = writeMore(out, to + 2, length - 4)
    at += length
    literals = at
  }
  const size = end - literals
  if (to + size + size / 255 + 2 > room) return null
  to = writeLengths(out, to, size, 0)
  to = copyBytes(view, literals, end, target, to)
  return to - start
}

/** The token and the rest of the literals' length. */
function writeLengths(out: Buffer, at: number, literals: number, match: number): number {
  out[at] = (Math.min(15, literals) << 4) | Math.min(15, match)
  return writeMore(out, at + 1, literals)
}

/** What a length of 15 or more has beyond 15. */
function writeMore(out: Buffer, at: number, length: number): number {
  if (length < 15) return at
  let to = at
  let rest = length - 15
  for (; rest >= 255; rest -= 255) out[to++] = 255
  out[to++] = rest
  return to
}
