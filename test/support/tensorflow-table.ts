import { maskedCrc32c } from '../../src/core/crc32c.ts'

interface TableChoice {
  readonly perBlock?: number
  readonly pack?: (bytes: Uint8Array) => Uint8Array
  /** True for an index that names each block twice, which is wrong. */
  readonly isTwice?: boolean
}

/** A sorted table of LevelDB with one block per `perBlock` entries, packed by `pack` (Snappy) or stored. */
export function writeSortedTable(
  entries: ReadonlyMap<string, Uint8Array>,
  { perBlock = 100, pack, isTwice = false }: TableChoice = {},
): Buffer {
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
  const parts: Buffer[] = []
  let at = 0
  const put = (block: Buffer): Buffer => {
    const packed = pack ? Buffer.from(pack(block)) : block
    const sealed = Buffer.concat([packed, Buffer.of(pack ? 1 : 0)])
    const checksum = Buffer.alloc(4)
    checksum.writeUInt32LE(maskedCrc32c(sealed))
    parts.push(sealed, checksum)
    const handle = Buffer.concat([varint(at), varint(packed.length)])
    at += sealed.length + 4
    return handle
  }
  const index = new Map<string, Uint8Array>()
  for (let i = 0; i < sorted.length; i += perBlock) {
    const some = sorted.slice(i, i + perBlock)
    const handle = put(blockOf(some))
    index.set(some.at(-1)?.[0] ?? '', handle)
    if (isTwice) index.set(`${some.at(-1)?.[0]}+`, handle)
  }
  const footer = Buffer.alloc(48)
  Buffer.concat([put(blockOf([])), put(blockOf([...index]))]).copy(footer)
  footer.writeUInt32LE(0x8b80fb57, 40)
  footer.writeUInt32LE(0xdb477524, 44)
  return Buffer.concat([...parts, footer])
}

function blockOf(entries: readonly (readonly [string, Uint8Array])[]): Buffer {
  const parts: Uint8Array[] = []
  let before = ''
  for (const [key, value] of entries) {
    let shared = 0
    while (shared < before.length && before[shared] === key[shared]) shared++
    const rest = Buffer.from(key.slice(shared), 'latin1')
    parts.push(varint(shared), varint(rest.length), varint(value.length), rest, value)
    before = key
  }
  const restarts = Buffer.alloc(8)
  restarts.writeUInt32LE(1, 4)
  return Buffer.concat([...parts, restarts])
}

export function varint(value: number): Buffer {
  const bytes: number[] = []
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128)
  return Buffer.of(...bytes, value)
}

/** A Snappy block of literals of at most 60 bytes, with a copy for each run of one byte that is at least 8 long. */
export function writeSnappy(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [varint(bytes.length)]
  let from = 0
  const literal = (to: number) => {
    for (; from < to; from = Math.min(to, from + 60)) {
      const some = bytes.subarray(from, Math.min(to, from + 60))
      parts.push(Buffer.of((some.length - 1) << 2), some)
    }
  }
  for (let at = 0; at < bytes.length; ) {
    let run = 1
    while (run < 65 && bytes[at + run] === bytes[at]) run++
    if (run >= 8) {
      literal(at + 1)
      parts.push(Buffer.of(((run - 2) << 2) | 2, 1, 0))
      from = at + run
    }
    at += run
  }
  literal(bytes.length)
  return Buffer.concat(parts)
}
