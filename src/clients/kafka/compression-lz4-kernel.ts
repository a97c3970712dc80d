import {
  type Code,
  compileModule,
  get,
  giveBack,
  I32,
  load,
  loopWhile,
  op,
  openModule,
  repeatWhile,
  sequence,
  set,
  store,
  type WasmFunction,
  wasmMemory,
  when,
  whole,
} from '../../core/wasm-writer.ts'

/** Largest block that the kernel takes, packed and unpacked: the one that clients of Kafka write. */
export const KERNEL_BLOCK_BYTES = 2 ** 16

/** Copies go by eight bytes and may write so many beyond their end. */
const SPILL = 16
const SOURCE = SPILL
const TARGET = SOURCE + KERNEL_BLOCK_BYTES + SPILL
const MEMORY_BYTES = TARGET + KERNEL_BLOCK_BYTES + SPILL

/** Unpacks one independent block; null when it is damaged or has no room, which the slow way then explains. */
export type Lz4Kernel = (block: Uint8Array) => Uint8Array | null

let kernel: Lz4Kernel | null | undefined

/** The unpacking of LZ4 blocks in WebAssembly, made at first use, once per thread; null where the process has no memory for it. */
export function lz4Kernel(): Lz4Kernel | null {
  if (kernel === undefined) kernel = openKernel()
  return kernel
}

// Locals: where the block and the room end, then where reading and writing are, and what the sequence at hand is.
const [END, LIMIT, AT, TO, SIZE, BYTE, DISTANCE, STOP] = [0, 1, 2, 3, 4, 5, 6, 7] as const
const FAILED = giveBack(whole(0))

const one = (local: number, by: number): Code => set(local, op.add(get(local), whole(by)))
const readByte = sequence(set(BYTE, load.u8(get(AT))), one(AT, 1))

/** Adds the bytes that follow a length of 15. */
const moreLength = repeatWhile(
  op.equals(get(BYTE), whole(255)),
  sequence(
    when(op.equalsZero(op.lessUnsigned(get(AT), get(END))), FAILED),
    readByte,
    set(SIZE, op.add(get(SIZE), get(BYTE))),
  ),
)

/** Copies SIZE bytes to TO by eights, from `from` at the beginning, which moves along. */
const copyWords = (from: number): Code =>
  loopWhile(
    op.lessUnsigned(get(TO), get(STOP)),
    sequence(store.i64(get(TO), 0, load.i64(get(from))), one(TO, 8), one(from, 8)),
  )

const unpack: WasmFunction = {
  name: 'unpack',
  params: [I32, I32],
  locals: [I32, I32, I32, I32, I32, I32, I32, I32],
  result: I32,
  body: unpackBody(),
}

function unpackBody(): Code {
  const TOKEN = 8
  const FROM = 9
  return sequence(
    set(AT, whole(SOURCE)),
    set(TO, whole(TARGET)),
    loopWhile(
      op.lessUnsigned(get(AT), get(END)),
      sequence(
        readByte,
        set(TOKEN, get(BYTE)),
        // Literals.
        set(SIZE, op.shiftRight(get(TOKEN), whole(4))),
        when(op.equals(get(SIZE), whole(15)), sequence(set(BYTE, whole(255)), moreLength)),
        when(op.aboveUnsigned(get(SIZE), op.subtract(get(END), get(AT))), FAILED),
        when(op.aboveUnsigned(get(SIZE), op.subtract(get(LIMIT), get(TO))), FAILED),
        set(STOP, op.add(get(TO), get(SIZE))),
        set(FROM, get(AT)),
        copyWords(FROM),
        set(TO, get(STOP)),
        set(AT, op.add(get(AT), get(SIZE))),
        when(op.equals(get(AT), get(END)), giveBack(get(TO))),
        // Match.
        when(op.lessUnsigned(op.subtract(get(END), get(AT)), whole(2)), FAILED),
        set(DISTANCE, load.u16(get(AT))),
        one(AT, 2),
        set(SIZE, op.and(get(TOKEN), whole(15))),
        when(op.equals(get(SIZE), whole(15)), sequence(set(BYTE, whole(255)), moreLength)),
        one(SIZE, 4),
        when(op.equalsZero(get(DISTANCE)), FAILED),
        when(op.aboveUnsigned(get(DISTANCE), op.subtract(get(TO), whole(TARGET))), FAILED),
        when(op.aboveUnsigned(get(SIZE), op.subtract(get(LIMIT), get(TO))), FAILED),
        set(STOP, op.add(get(TO), get(SIZE))),
        set(FROM, op.subtract(get(TO), get(DISTANCE))),
        // What overlaps by less than a word goes byte by byte.
        when(
          op.lessUnsigned(get(DISTANCE), whole(8)),
          repeatWhile(
            op.lessUnsigned(get(TO), get(STOP)),
            sequence(store.u8(get(TO), 0, load.u8(get(FROM))), one(TO, 1), one(FROM, 1)),
          ),
        ),
        copyWords(FROM),
        set(TO, get(STOP)),
      ),
    ),
    whole(0),
  )
}

function openKernel(): Lz4Kernel | null {
  const memory = wasmMemory(MEMORY_BYTES)
  if (memory === null) return null
  const { unpack: run } = openModule(compileModule([unpack]), memory) as {
    unpack: (end: number, limit: number) => number
  }
  const bytes = new Uint8Array(memory.buffer)
  return (block) => {
    if (block.length > KERNEL_BLOCK_BYTES) return null
    bytes.set(block, SOURCE)
    const end = run(SOURCE + block.length, TARGET + KERNEL_BLOCK_BYTES)
    return end === 0 ? null : bytes.subarray(TARGET, end)
  }
}
