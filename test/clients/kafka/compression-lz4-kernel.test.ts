import { expect, test } from 'vitest'
import { readLz4Frame, writeLz4Frame } from '../../../src/clients/kafka/compression-lz4.ts'
import { lz4Kernel } from '../../../src/clients/kafka/compression-lz4-kernel.ts'
import { seeded } from '../../random.ts'

/** The block of a frame of one block, packed as our writer does. */
function packed(bytes: Uint8Array): Buffer {
  const frame = writeLz4Frame(bytes)
  return frame.subarray(11, 11 + (frame.readUInt32LE(7) & 0x7fffffff))
}

/** The block read without the kernel, which takes frames of independent blocks only; null when it is refused. */
function slowly(block: Uint8Array): Buffer | null {
  const size = Buffer.alloc(4)
  size.writeUInt32LE(block.length)
  const frame = Buffer.concat([Buffer.of(0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0), size, block, Buffer.alloc(4)])
  try {
    return readLz4Frame(frame, 2 ** 16)
  } catch {
    return null
  }
}

/** Bytes with repetitions at every distance, below and above a word. */
function generated(random: () => number): Uint8Array {
  const bytes = new Uint8Array(1 + Math.floor(random() ** 3 * 65_536))
  for (let at = 0; at < bytes.length; ) {
    const length = Math.min(bytes.length - at, 1 + Math.floor(random() ** 4 * 2_000))
    const distance = 1 + Math.floor(random() * (random() < 0.5 ? 20 : at))
    const copies = at >= distance && random() < 0.7
    for (const end = at + length; at < end; at++) bytes[at] = copies ? (bytes[at - distance] as number) : random() * 256
  }
  return bytes
}

test('blocks come out as they went in (300 generated, seed 31)', () => {
  const random = seeded(31)
  for (let round = 0; round < 300; round++) {
    const bytes = generated(random)
    const block = packed(bytes)
    // What does not become smaller is stored as it is.
    if (block.length >= bytes.length) continue
    expect(Buffer.from(lz4Kernel()?.(block) ?? []).equals(bytes)).toBe(true)
  }
})

test('what is broken is refused, or read, as without the kernel (3000 mutations, seed 32)', () => {
  const random = seeded(32)
  let refused = 0
  for (let round = 0; round < 3_000; round++) {
    const block = Buffer.from(packed(generated(random).subarray(0, 500)))
    for (let i = 0; i <= random() * 3; i++)
      block[Math.floor(random() * block.length)] = random() < 0.5 ? 255 : random() * 256
    const cut = random() < 0.2 ? block.subarray(0, random() * block.length) : block
    if (cut.length === 0) continue
    const fast = lz4Kernel()?.(cut) ?? null
    const slow = slowly(cut)
    expect(fast === null).toBe(slow === null)
    if (fast && slow) expect(slow.equals(fast)).toBe(true)
    else refused++
  }
  expect(refused).toBeGreaterThan(300)
})

test('a block that is larger than the memory is left to the slow way', () => {
  expect(lz4Kernel()?.(new Uint8Array(2 ** 16 + 1))).toBeNull()
})
