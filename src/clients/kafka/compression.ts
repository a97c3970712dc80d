import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { readSnappy, SnappyFault, snappyLength, writeSnappy } from '../../core/snappy.ts'
import { readLz4Frame, writeLz4Frame } from './compression-lz4.ts'

/** Compressions of record batches, at the places of their numbers in a batch's attributes. */
export const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
/** Name of a compression: `zstd`. */
export type Compression = (typeof compressions)[number]

/** The compression with this number, or null. */
export function compressionOf(number: number): Compression | null {
  return compressions[number] ?? null
}

/** Node grows its output by pieces of this size. */
const CHUNK_BYTES = 2 ** 18

/** Packs the records of a batch. */
export function compress(compression: Compression, bytes: Buffer): Buffer {
  switch (compression) {
    case 'none':
      return bytes
    case 'gzip':
      return gzipSync(bytes)
    case 'snappy':
      return writeXerial(bytes)
    case 'lz4':
      return writeLz4Frame(bytes)
    case 'zstd':
      return zstdCompressSync(bytes)
    default:
      return compression satisfies never
  }
}

/** Unpacks the records of a batch; throws when they are damaged or become more than `maxBytes`, before so much is allocated. */
export function decompress(compression: Compression, bytes: Buffer, maxBytes: number): Buffer {
  switch (compression) {
    case 'none':
      return bytes
    case 'gzip':
      return gunzipSync(bytes, { maxOutputLength: maxBytes, chunkSize: CHUNK_BYTES })
    case 'snappy':
      return readXerial(bytes, maxBytes)
    case 'lz4':
      return readLz4Frame(bytes, maxBytes)
    case 'zstd':
      return zstdDecompressSync(bytes, { maxOutputLength: maxBytes, chunkSize: CHUNK_BYTES })
    default:
      return compression satisfies never
  }
}

/*
 * Snappy as snappy-java's streams frame it, which Java clients write; others write one raw block.
 *
 *     stream = 0x82 'SNAPPY' 0x00, version u32, least compatible version u32, { size u32, raw block of that size }
 *
 * Numbers are big-endian. A raw block does not begin so: its first byte would be the length of a result of 1,026 bytes or more that
 * begins with a copy.
 */
const XERIAL = Buffer.from('\x82SNAPPY\x00', 'latin1')
const XERIAL_HEADER = Buffer.concat([XERIAL, Buffer.of(0, 0, 0, 1, 0, 0, 0, 1)])
const XERIAL_BLOCK_BYTES = 2 ** 15

function writeXerial(bytes: Buffer): Buffer {
  const parts: Uint8Array[] = [XERIAL_HEADER]
  for (let at = 0; at < bytes.length; at += XERIAL_BLOCK_BYTES) {
    const block = writeSnappy(bytes.subarray(at, at + XERIAL_BLOCK_BYTES))
    const size = Buffer.allocUnsafe(4)
    size.writeUInt32BE(block.length)
    parts.push(size, block)
  }
  return Buffer.concat(parts)
}

function readXerial(bytes: Buffer, maxBytes: number): Buffer {
  if (!bytes.subarray(0, XERIAL.length).equals(XERIAL)) {
    checkSize(snappyLength(bytes), maxBytes)
    const raw = readSnappy(bytes)
    return Buffer.from(raw.buffer, raw.byteOffset, raw.length)
  }
  const parts: Uint8Array[] = []
  let total = 0
  for (let at = XERIAL_HEADER.length; at < bytes.length; ) {
    const size = at + 4 <= bytes.length ? bytes.readUInt32BE(at) : -1
    at += 4
    if (size < 0 || size > bytes.length - at) throw new SnappyFault(`the Snappy block at byte ${at} is cut`)
    const block = bytes.subarray(at, at + size)
    total += snappyLength(block)
    checkSize(total, maxBytes)
    parts.push(readSnappy(block))
    at += size
  }
  return Buffer.concat(parts)
}

function checkSize(size: number, maxBytes: number): void {
  if (size > maxBytes) throw new SnappyFault(`it becomes ${size} bytes, more than the ${maxBytes} allowed`)
}
