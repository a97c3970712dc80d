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
  const header = readLength(block)
  const { length } = header
  if (length > MAX_GROWTH * block.length)
    throw new SnappyFault(`the Snappy block of ${block.length} bytes says that it holds ${length} bytes`)
  const out = new Uint8Array(length)
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
      out.set(block.subarray(at, at + size), to)
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
    if (offset >= size) out.copyWithin(to, to - offset, to - offset + size)
    else for (let i = 0; i < size; i++) out[to + i] = out[to + i - offset] as number
    to += size
  }
  if (to !== length) throw new SnappyFault(`the Snappy block ends after ${to} of ${length} bytes`)
  return out
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
