import {
  type Code,
  compileModule,
  get,
  I32,
  load,
  loopWhile,
  op,
  openModule,
  sequence,
  set,
  wasmMemory,
  whole,
} from './wasm-writer.ts'

/** CRC-32C (Castagnoli) by slices of sixteen bytes: sixteen tables of 256 rows, one after another. */
const tables = makeTables()

function makeTables(): Int32Array {
  const all = new Int32Array(16 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
    all[byte] = crc
  }
  for (let slice = 1; slice < 16; slice++) {
    for (let byte = 0; byte < 256; byte++) {
      const before = all[(slice - 1) * 256 + byte] as number
      all[slice * 256 + byte] = (before >>> 8) ^ (all[before & 255] as number)
    }
  }
  return all
}

/** Below this size the copy into WebAssembly's memory and the call cost more than they save. */
const KERNEL_BYTES = 512

/** CRC-32C of the bytes, or of what `before` is the checksum of followed by the bytes. Unsigned. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  if (bytes.length >= KERNEL_BYTES) {
    kernel ??= openKernel()
    if (kernel) return kernel(bytes, before)
  }
  return crcOfSlices(bytes, before)
}

/** By slices of eight bytes, without WebAssembly. */
function crcOfSlices(bytes: Uint8Array, before: number): number {
  const t = tables
  let crc = ~before
  let i = 0
  for (const end = bytes.length - 7; i < end; i += 8) {
    const low =
      crc ^
      ((bytes[i] as number) |
        ((bytes[i + 1] as number) << 8) |
        ((bytes[i + 2] as number) << 16) |
        ((bytes[i + 3] as number) << 24))
    crc =
      (t[1792 + (low & 255)] as number) ^
      (t[1536 + ((low >>> 8) & 255)] as number) ^
      (t[1280 + ((low >>> 16) & 255)] as number) ^
      (t[1024 + (low >>> 24)] as number) ^
      (t[768 + (bytes[i + 4] as number)] as number) ^
      (t[512 + (bytes[i + 5] as number)] as number) ^
      (t[256 + (bytes[i + 6] as number)] as number) ^
      (t[bytes[i + 7] as number] as number)
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ (t[(crc ^ (bytes[i] as number)) & 255] as number)
  return ~crc >>> 0
}

type Kernel = (bytes: Uint8Array, before: number) => number
/** Made at first use, once per thread; false where the process has no memory for it. */
let kernel: Kernel | false | undefined

const TABLE_BYTES = 16 * 256 * 4
/** Bytes that are copied into the kernel's memory at a time: what stays in a processor's second cache. */
const PIECE_BYTES = 2 ** 16

/** The same in WebAssembly, sixteen bytes a turn: more than twice as fast. */
function openKernel(): Kernel | false {
  const memory = wasmMemory(TABLE_BYTES + PIECE_BYTES)
  if (memory === null) return false
  new Int32Array(memory.buffer, 0, tables.length).set(tables)
  const piece = new Uint8Array(memory.buffer, TABLE_BYTES, PIECE_BYTES)
  const [crc, at, end] = [0, 1, 2]
  const words = [3, 4, 5, 6] as const
  /** Row of the table `slice` for byte `index` of a word. */
  const row = (slice: number, word: number, index: number): Code => {
    const shifted = index === 0 ? op.shiftLeft(get(word), whole(2)) : op.shiftRight(get(word), whole(8 * index - 2))
    return load.i32(op.and(shifted, whole(0x3fc)), slice * 1024)
  }
  const rows = words.flatMap((word, i) => [0, 1, 2, 3].map((index) => row(15 - 4 * i - index, word, index)))
  // The first word waits for the last turn's result: its rows come last, so that those of the others are there by then.
  rows.reverse()
  const module = compileModule([
    {
      name: 'crc',
      params: [I32, I32, I32],
      locals: [I32, I32, I32, I32],
      result: I32,
      body: sequence(
        loopWhile(
          op.lessUnsigned(get(at), get(end)),
          sequence(
            set(words[0], op.xor(get(crc), load.i32(get(at), TABLE_BYTES))),
            ...words.slice(1).map((word, i) => set(word, load.i32(get(at), TABLE_BYTES + 4 * (i + 1)))),
            set(
              crc,
              rows.reduce((a, b) => op.xor(a, b)),
            ),
            set(at, op.add(get(at), whole(16))),
          ),
        ),
        get(crc),
      ),
    },
  ])
  const { crc: run } = openModule(module, memory) as { crc: (crc: number, at: number, end: number) => number }
  return (bytes, before) => {
    let state = ~before
    const whole = bytes.length & ~15
    for (let from = 0; from < whole; from += PIECE_BYTES) {
      const size = Math.min(PIECE_BYTES, whole - from)
      piece.set(bytes.subarray(from, from + size))
      state = run(state, 0, size)
    }
    return crcOfSlices(bytes.subarray(whole), ~state)
  }
}

/** The checksum as LevelDB and TensorFlow store it: rotated and moved, as a checksum of bytes that hold checksums is weak. */
export function maskedCrc32c(bytes: Uint8Array, before = 0): number {
  return maskCrc32c(crc32c(bytes, before))
}

/** The stored form of a checksum, see maskedCrc32c. */
export function maskCrc32c(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
