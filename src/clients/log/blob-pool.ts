import { alignedBuffer } from './batch-blob.ts'

/** Smaller blobs cost next to nothing to allocate; larger ones are rare enough. */
const MIN_BYTES = 32 * 1024
const MAX_BYTES = 4 * 1024 * 1024
const MAX_KEPT = 8

/**
 * Memory of blobs that were written, for those to come. A new large buffer costs a page fault for every 4 KB and makes the garbage
 * collector run; the blobs of a task are all about the same size.
 */
export class BlobPool {
  readonly #free: Buffer[] = []
  /** Whole buffers by the part of them that was given out. */
  readonly #taken = new WeakMap<Uint8Array, Buffer>()

  /** A buffer of this size with any content, at a multiple of 8 bytes. */
  readonly take = (size: number): Buffer => {
    if (size < MIN_BYTES || size > MAX_BYTES) return alignedBuffer(size)
    const found = this.#free.findIndex((buffer) => buffer.length >= size)
    // Room for growth, so that a batch that is a little larger fits as well.
    const whole = found < 0 ? Buffer.allocUnsafeSlow(size + (size >> 3)) : (this.#free.splice(found, 1)[0] as Buffer)
    const part = whole.subarray(0, size)
    this.#taken.set(part, whole)
    return part
  }

  /** Takes a buffer back that nobody reads any more; others than those of `take` are left alone. */
  give(part: Uint8Array): void {
    const whole = this.#taken.get(part)
    if (whole === undefined) return
    this.#taken.delete(part)
    if (this.#free.length === MAX_KEPT) this.#free.shift()
    this.#free.push(whole)
  }
}
