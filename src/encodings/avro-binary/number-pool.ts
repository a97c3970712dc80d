/**
 * Makes the lists of numbers that stand at one place of the records of a batch: views of one array, one behind the other, because a
 * typed array with memory of its own costs a microsecond. A batch's array is never used again: views stay good, and a record
 * that is kept keeps the lists of its batch.
 */
export class NumberPool<T extends Float64Array | Float32Array> {
  readonly #make: (length: number) => T
  #out: T
  #used = 0
  /** Records of the batch that may still come. */
  #records = 1

  constructor(make: (length: number) => T) {
    this.#make = make
    this.#out = make(0)
  }

  /** Starts a batch of `records`, or with 0 lets go of the last one's array. */
  begin(records: number): void {
    if (this.#out.length > 0) this.#out = this.#make(0)
    this.#used = 0
    this.#records = records
  }

  /** A list of `count` numbers to be filled; the frames to come hold at most `more` besides. */
  take(count: number, more: number): T {
    const start = this.#used
    if (start + count > this.#out.length) {
      this.#out = this.#make(count + Math.min(Math.floor(more), count * (this.#records - 1)))
      this.#used = count
      this.#records = Math.max(1, this.#records - 1)
      return this.#out.subarray(0, count) as T
    }
    this.#used = start + count
    this.#records = Math.max(1, this.#records - 1)
    return this.#out.subarray(start, start + count) as T
  }

  /** The first `length` numbers of a list with room for `more`; it doubles, because a frame may hold a block per number. */
  grown(list: T, length: number, more: number): T {
    if (length + more <= list.length) return list
    const wider = this.#make(Math.max(length + more, 2 * length))
    wider.set(list.subarray(0, length))
    return wider
  }
}
