import { maskedCrc32c } from '../../core/crc32c.ts'
import { readSnappy, SnappyFault } from '../../core/snappy.ts'

/** Why a table cannot be read. */
export class TableFault extends Error {}

const FOOTER_BYTES = 48
const MAGIC_LOW = 0x8b80fb57
const MAGIC_HIGH = 0xdb477524

interface Handle {
  readonly offset: number
  readonly size: number
}

/**
 * Entries of a sorted table of LevelDB: what `variables.index` is. Keys are byte strings (one character per byte).
 *
 *     table  = { block }, meta index block, index block, footer
 *     footer = handle of the meta index, handle of the index, padding to 40 bytes, magic of 8 bytes
 *     handle = varint64 offset, varint64 size
 *     block  = { entry }, { fixed32 offset of a restart }, fixed32 count of restarts; then 1 byte of compression (0 none, 1 Snappy),
 *              fixed32 masked CRC-32C of block and byte
 *     entry  = varint32 bytes shared with the key before, varint32 other bytes, varint32 bytes of the value, rest of the key, value
 *
 * From the documents table_format.md of LevelDB and tensorflow/tsl/lib/io (same format). Values of the index block are handles of blocks.
 */
export function readSortedTable(file: Uint8Array): ReadonlyMap<string, Uint8Array> {
  if (file.length < FOOTER_BYTES)
    throw new TableFault(`it has ${file.length} bytes, fewer than a footer of ${FOOTER_BYTES}`)
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const footer = file.length - FOOTER_BYTES
  if (view.getUint32(footer + 40, true) !== MAGIC_LOW || view.getUint32(footer + 44, true) !== MAGIC_HIGH)
    throw new TableFault('it does not end with the magic number of a LevelDB table')
  const cursor = new Cursor(file.subarray(footer, footer + 40), 'the footer')
  cursor.handle()
  const index = cursor.handle()
  const entries = new Map<string, Uint8Array>()
  let end = 0
  readEntries(readBlock(file, view, index), 'the index block', (_, value) => {
    const handle = new Cursor(value, 'the index block').handle()
    // Blocks follow each other: no two entries of the index may name one block, however small the file.
    if (handle.offset < end) throw new TableFault(`the block at byte ${handle.offset} overlaps the one before it`)
    end = handle.offset + handle.size
    readEntries(readBlock(file, view, handle), `the block at byte ${handle.offset}`, (key, entry) => {
      if (entries.has(key)) throw new TableFault(`the key ${JSON.stringify(key)} occurs twice`)
      entries.set(key, entry)
    })
  })
  return entries
}

function readBlock(file: Uint8Array, view: DataView, { offset, size }: Handle): Uint8Array {
  if (offset + size + 5 > file.length)
    throw new TableFault(`the block at byte ${offset} with ${size} bytes ends beyond the file`)
  const sealed = file.subarray(offset, offset + size + 1)
  const stated = view.getUint32(offset + size + 1, true)
  if (maskedCrc32c(sealed) !== stated)
    throw new TableFault(`the checksum of the block at byte ${offset} differs: the file is damaged`)
  const block = file.subarray(offset, offset + size)
  const compression = file[offset + size]
  if (compression === 0) return block
  if (compression !== 1)
    throw new TableFault(`the block at byte ${offset} has the compression ${compression}, expected 0 or 1 (Snappy)`)
  try {
    return readSnappy(block)
  } catch (thrown) {
    if (thrown instanceof SnappyFault) throw new TableFault(`the block at byte ${offset}: ${thrown.message}`)
    throw thrown
  }
}

/** Keys share prefixes: a file of n bytes could hold keys of n² characters in all. */
const MAX_KEY_BYTES = 2 ** 24

function readEntries(block: Uint8Array, place: string, take: (key: string, value: Uint8Array) => void): void {
  if (block.length < 4) throw new TableFault(`${place} has ${block.length} bytes`)
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength)
  const restarts = view.getUint32(block.length - 4, true)
  const end = block.length - 4 - 4 * restarts
  if (end < 0) throw new TableFault(`${place} says that it has ${restarts} restarts`)
  const cursor = new Cursor(block.subarray(0, end), place)
  let key = ''
  let keyBytes = 0
  while (cursor.at < end) {
    const shared = cursor.varint()
    const others = cursor.varint()
    const valueBytes = cursor.varint()
    if (shared > key.length)
      throw new TableFault(`${place} has an entry that shares ${shared} bytes with a key of ${key.length}`)
    key = key.slice(0, shared) + Buffer.from(cursor.take(others)).toString('latin1')
    keyBytes += key.length
    if (keyBytes > MAX_KEY_BYTES) throw new TableFault(`${place} has keys of more than ${MAX_KEY_BYTES} bytes`)
    take(key, cursor.take(valueBytes))
  }
}

class Cursor {
  readonly #bytes: Uint8Array
  readonly #place: string
  at = 0

  constructor(bytes: Uint8Array, place: string) {
    this.#bytes = bytes
    this.#place = place
  }

  varint(): number {
    let value = 0
    for (let i = 0; i < 8; i++) {
      const byte = this.#bytes[this.at++]
      if (byte === undefined) break
      value += (byte & 127) * 2 ** (7 * i)
      if (byte < 128 && Number.isSafeInteger(value)) return value
    }
    throw new TableFault(`${this.#place} has no number where one is expected, at byte ${this.at}`)
  }

  handle(): Handle {
    return { offset: this.varint(), size: this.varint() }
  }

  take(count: number): Uint8Array {
    const from = this.at
    this.at += count
    if (this.at > this.#bytes.length) throw new TableFault(`${this.#place} ends within an entry`)
    return this.#bytes.subarray(from, this.at)
  }
}
