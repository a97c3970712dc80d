import { type CsvMarks, lastRowEnd } from '../../core/csv-scan.ts'

const LF = 10
/** A row that has not ended after this many bytes is cut: a quote that nobody closed must not take the rest of the file. */
const MAX_ROW_BYTES = 16 * 1024 * 1024

/** Cuts bytes as they come in into chunks of whole rows, each with a buffer of its own. */
export class RowChunks {
  readonly #marks: CsvMarks | null
  #carried: Buffer = Buffer.alloc(0)

  /** `marks` of CSV; null for lines. */
  constructor(marks: CsvMarks | null) {
    this.#marks = marks
  }

  /** The rows that are complete now, or null. */
  push(chunk: Uint8Array): Buffer | null {
    const bytes = Buffer.allocUnsafeSlow(this.#carried.length + chunk.length)
    bytes.set(this.#carried, 0)
    bytes.set(chunk, this.#carried.length)
    const end = this.#endIn(bytes)
    if (end < 0) {
      this.#carried = bytes
      return null
    }
    this.#carried = Buffer.from(bytes.subarray(end))
    return bytes.subarray(0, end)
  }

  /** The last row, when no line end follows it. */
  finish(): Buffer | null {
    const rest = this.#carried
    this.#carried = Buffer.alloc(0)
    return rest.length === 0 ? null : Buffer.from(rest)
  }

  #endIn(bytes: Buffer): number {
    const end = this.#marks === null ? bytes.lastIndexOf(LF) + 1 || -1 : lastRowEnd(bytes, 0, bytes.length, this.#marks)
    return end < 0 && bytes.length > MAX_ROW_BYTES ? bytes.lastIndexOf(LF) + 1 || -1 : end
  }
}
