import { Place } from './kernel-layout.ts'
import { shared } from './trees.ts'

/** Writes an image by addresses of the memory that it is copied to. */
export class ImageWords {
  readonly bytes: Uint8Array
  readonly #words: Int32Array
  readonly #halves: Uint16Array
  readonly #floats: Float32Array
  readonly #doubles: Float64Array

  /** An image up to an address, exclusive. */
  constructor(end: number) {
    this.bytes = shared(Uint8Array, end - Place.image)
    const { buffer } = this.bytes
    this.#words = new Int32Array(buffer)
    this.#halves = new Uint16Array(buffer)
    this.#floats = new Float32Array(buffer)
    this.#doubles = new Float64Array(buffer)
  }

  get(address: number): number {
    return this.#words[(address - Place.image) >> 2] as number
  }

  put(address: number, value: number): void {
    this.#words[(address - Place.image) >> 2] = value
  }

  putHalf(address: number, value: number): void {
    this.#halves[(address - Place.image) >> 1] = value
  }

  putValue(address: number, value: number, isFloat: boolean): void {
    if (isFloat) this.#floats[(address - Place.image) >> 2] = value
    else this.#doubles[(address - Place.image) >> 3] = value
  }
}
