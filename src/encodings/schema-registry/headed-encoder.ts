import { BytesWriter, bytesAt } from '../../core/bytes.ts'
import type { Value } from '../../schema/value.ts'
import type { Encoder } from '../encoding.ts'

/** Encodes with a header before every value, at the cost of a copy. */
export class HeadedEncoder implements Encoder {
  readonly #payload: Encoder
  readonly #header: Uint8Array
  readonly #scratch = new BytesWriter(1, 1024)

  constructor(payload: Encoder, header: Uint8Array) {
    this.#payload = payload
    this.#header = header
  }

  encode(value: Value, writer: BytesWriter): void {
    this.#payload.encode(value, this.#scratch)
    const column = this.#scratch.finish()
    const bytes = bytesAt(column, 0) as Uint8Array
    const at = writer.reserve(this.#header.length + bytes.length)
    writer.bytes.set(this.#header, at)
    writer.bytes.set(bytes, at + this.#header.length)
    writer.commit(at + this.#header.length + bytes.length)
    this.#scratch.takeBack(column)
  }
}
