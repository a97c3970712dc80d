import type { BatchMemory } from './record-batch-builder.ts'

/** Smallest and largest buffers that are kept, as powers of two: 4 KiB to 4 MiB. */
const MIN_BITS = 12
const MAX_BITS = 22

/**
 * Memory for batches that is used again: a fresh large buffer costs a page fault for every 4 KB. Sizes are powers of two; of each,
 * buffers are kept up to `keptBytes` in all.
 */
export class BufferPool implements BatchMemory {
  readonly #free: Buffer[][] = Array.from({ length: MAX_BITS + 1 }, () => [])
  readonly #keptBytes: number
  /** Bytes that are kept for later. */
  #kept = 0

  constructor(keptBytes: number) {
    this.#keptBytes = keptBytes
  }

  take(bytes: number): Buffer {
    const bits = Math.max(MIN_BITS, Math.ceil(Math.log2(Math.max(1, bytes))))
    if (bits > MAX_BITS) return Buffer.allocUnsafeSlow(bytes)
    const found = this.#free[bits]?.pop()
    if (found === undefined) return Buffer.allocUnsafeSlow(2 ** bits)
    this.#kept -= found.length
    return found
  }

  /** Takes a buffer back, or a view from the start of one; nobody else may hold it. */
  give(buffer: Buffer): void {
    const { byteLength } = buffer.buffer
    const bits = Math.log2(byteLength)
    if (!Number.isInteger(bits) || bits < MIN_BITS || bits > MAX_BITS) return
    if (this.#kept + byteLength > this.#keptBytes) return
    this.#kept += byteLength
    this.#free[bits]?.push(Buffer.from(buffer.buffer as ArrayBuffer))
  }
}
