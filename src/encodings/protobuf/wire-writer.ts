import type { BytesWriter } from '../../core/bytes.ts'

const longMask = 0xffffffffffffffffn

/** Writes the protobuf wire format in place at the end of a BytesWriter; the entry counts from `begin` to `commit`. */
export class WireWriter {
  #writer: BytesWriter | null = null
  #bytes: Buffer = Buffer.alloc(0)
  #view: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0))
  #start = 0
  #at = 0

  begin(writer: BytesWriter): void {
    this.#writer = writer
    this.#start = writer.reserve(64)
    this.#at = this.#start
    if (this.#bytes !== writer.bytes) this.#use(writer.bytes)
  }

  commit(): void {
    this.#writer?.commit(this.#at)
  }

  /** A tag, a length or an unsigned number below 2^32. */
  uint32(value: number): void {
    this.#need(5)
    let rest = value >>> 0
    while (rest >= 0x80) {
      this.#bytes[this.#at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#bytes[this.#at++] = rest
  }

  /** A varint of 64 bits; a negative number takes ten bytes. */
  int64(value: number | bigint): void {
    this.#need(10)
    if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) {
      let rest = value
      for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bytes[this.#at++] = (rest % 0x80) | 0x80
      this.#bytes[this.#at++] = rest
      return
    }
    let rest = BigInt(value) & longMask
    while (rest >= 0x80n) {
      this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.#bytes[this.#at++] = Number(rest)
  }

  fixed64(value: number | bigint): void {
    this.#need(8)
    this.#view.setBigUint64(this.#at, BigInt(value) & longMask, true)
    this.#at += 8
  }

  fixed32(value: number): void {
    this.#need(4)
    this.#view.setInt32(this.#at, value, true)
    this.#at += 4
  }

  double(value: number): void {
    this.#need(8)
    this.#view.setFloat64(this.#at, value, true)
    this.#at += 8
  }

  float(value: number): void {
    this.#need(4)
    this.#view.setFloat32(this.#at, value, true)
    this.#at += 4
  }

  /** Length and UTF-8 bytes. */
  text(value: string): void {
    const mark = this.open()
    this.#need(value.length * 3)
    if (!this.#ascii(value)) this.#at += this.#bytes.write(value, this.#at, 'utf8')
    this.close(mark)
  }

  /** Writes a short ASCII text without a call into C++; false when the text is another. */
  #ascii(value: string): boolean {
    if (value.length > 32) return false
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code > 127) return false
      this.#bytes[this.#at + i] = code
    }
    this.#at += value.length
    return true
  }

  /** Length and bytes. */
  bytes(value: Uint8Array): void {
    this.uint32(value.length)
    this.#need(value.length)
    this.#bytes.set(value, this.#at)
    this.#at += value.length
  }

  /** Starts content whose length is not known yet; one byte is kept for it. */
  open(): number {
    this.#need(1)
    this.#at++
    return this.#at - this.#start
  }

  /** Writes the length of what follows `mark`; content of 128 bytes or more is moved to make room for it. */
  close(mark: number): void {
    const from = this.#start + mark
    const size = this.#at - from
    let prefix = 1
    for (let rest = size >>> 7; rest > 0; rest >>>= 7) prefix++
    if (prefix > 1) {
      this.#need(prefix)
      const moved = this.#start + mark
      this.#bytes.copyWithin(moved + prefix - 1, moved, this.#at)
    }
    const end = this.#at + prefix - 1
    this.#at = this.#start + mark - 1
    this.uint32(size)
    this.#at = end
  }

  /** Makes room for `size` more bytes. The writer keeps only finished entries when it grows, so the one under way is moved here. */
  #need(size: number): void {
    if (this.#at + size <= this.#bytes.length) return
    const writer = this.#writer as BytesWriter
    const old = this.#bytes
    writer.reserve((this.#at - this.#start + size) * 2)
    if (writer.bytes === old) return
    old.copy(writer.bytes, this.#start, this.#start, this.#at)
    this.#use(writer.bytes)
  }

  #use(bytes: Buffer): void {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }
}
