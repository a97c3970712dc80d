/** Above 400 lines because reader and writer of one grammar belong together.
 * Protobuf's wire format, for documents that are read by hand (ONNX, TensorFlow): no schema, no copies.
 *
 * message = { tag value }. tag = varint(field * 8 + wire). Wire 0: varint; 1: 8 bytes; 2: varint length, then as many bytes; 5: 4 bytes,
 * all little-endian. A varint has 7 bits per byte, low bits first, at most 10 bytes. Groups (wires 3 and 4) are refused.
 */

/** Bytes that are no protobuf message, with the byte where that shows, counted from the start of the document. */
export class WireFault extends Error {
  override readonly name = 'WireFault'
  /** Name of the message that was being read, as given to the reader. */
  readonly place: string
  /** Byte offset within the document. */
  readonly offset: number
  readonly reason: string

  constructor(place: string, offset: number, reason: string) {
    super(`${place} at byte ${offset}: ${reason}`)
    this.place = place
    this.offset = offset
    this.reason = reason
  }
}

/** How values are laid out on the wire; `VARINT` and so on are what `WireReader.wire` holds. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

/** Messages nested deeper than this are refused, as protobuf's own readers do. */
const maxDepth = 100

const utf8 = new TextDecoder('utf-8', { fatal: true })
const looseUtf8 = new TextDecoder()
const words = new Int32Array(2)
const long = new BigInt64Array(words.buffer)
const isLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1
const low = isLittleEndian ? 0 : 1
const high = 1 - low

/**
 * A cursor over one message.
 *
 * `next()` reads the tag of the next field into `field` and `wire` and is false at the end; then at most one of the reading methods takes
 * the value (one that is not taken is skipped). Faults are thrown as WireFault. Values are never larger than the bytes that are there.
 *
 * Example: `while (reader.next()) if (reader.field === 1) version = reader.varint(); else if (reader.field === 7) readGraph(reader.message('GraphProto'))`
 */
export class WireReader {
  /** Number of the current field. */
  field = 0
  /** Layout of the current value, see WIRE. */
  wire = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #place: string
  readonly #depth: number
  readonly #end: number // exclusive
  #at: number
  #isTaken = true
  #low = 0
  #high = 0

  /** Reads `bytes` from `start` to `end` (exclusive); `place` names the message in faults. */
  constructor(bytes: Uint8Array, place: string, start = 0, end: number = bytes.length, depth = 0) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#place = place
    this.#at = start
    this.#end = end
    this.#depth = depth
  }

  /** Offset of the next byte to read, from the start of the document. */
  get offset(): number {
    return this.#at
  }

  /** Moves to the next field; false at the end of the message. */
  next(): boolean {
    if (!this.#isTaken) this.skip()
    if (this.#at >= this.#end) return false
    const start = this.#at
    this.#readVarint()
    const tag = this.#low >>> 0
    if (this.#high !== 0) this.fault('the tag of a field has more than 32 bits', start)
    this.field = tag >>> 3
    this.wire = tag & 7
    if (this.field === 0) this.fault('a field has number 0', start)
    if (this.wire === 3 || this.wire === 4 || this.wire > 5)
      this.fault(`field ${this.field} has wire type ${this.wire}, expected 0, 1, 2 or 5`, start)
    this.#isTaken = false
    return true
  }

  /** Passes over the current value. */
  skip(): void {
    this.#isTaken = true
    switch (this.wire) {
      case WIRE.varint:
        this.#readVarint()
        return
      case WIRE.fixed64:
        this.#take(8)
        return
      case WIRE.bytes:
        this.#take(this.#readLength())
        return
      default:
        this.#take(4)
    }
  }

  /** A varint (int32, int64, uint32, bool, enum) as a number; one beyond ±2^53 is a fault. */
  varint(): number {
    const start = this.#at
    this.#expect(WIRE.varint)
    this.#readVarint()
    const value = this.#high * 2 ** 32 + (this.#low >>> 0)
    if (!Number.isSafeInteger(value)) this.fault('the number is beyond 2^53', start)
    return value
  }

  /** A varint as a signed number of 64 bits. */
  int64(): bigint {
    this.#expect(WIRE.varint)
    this.#readVarint()
    return this.#asBigInt()
  }

  /** A varint that is true or false. */
  bool(): boolean {
    this.#expect(WIRE.varint)
    this.#readVarint()
    return this.#low !== 0 || this.#high !== 0
  }

  /** Four bytes as an unsigned number. */
  fixed32(): number {
    this.#expect(WIRE.fixed32)
    return this.#view.getUint32(this.#take(4), true)
  }

  /** Eight bytes as a signed number of 64 bits. */
  fixed64(): bigint {
    this.#expect(WIRE.fixed64)
    return this.#view.getBigInt64(this.#take(8), true)
  }

  float(): number {
    this.#expect(WIRE.fixed32)
    return this.#view.getFloat32(this.#take(4), true)
  }

  double(): number {
    this.#expect(WIRE.fixed64)
    return this.#view.getFloat64(this.#take(8), true)
  }

  /** The bytes of the current value: a view of the document, not a copy. */
  bytes(): Uint8Array {
    const start = this.#span()
    return this.#bytes.subarray(start, this.#at)
  }

  /** UTF-8 text; other bytes are a fault. */
  text(): string {
    const offset = this.#at
    const bytes = this.bytes()
    try {
      return utf8.decode(bytes)
    } catch {
      return this.fault('the text is not UTF-8', offset)
    }
  }

  /** UTF-8 text whose wrong bytes become U+FFFD: for what is only shown to people. */
  looseText(): string {
    return looseUtf8.decode(this.bytes())
  }

  /** A reader of the message that is the current value; `place` names it in faults. */
  message(place: string = this.#place): WireReader {
    if (this.#depth >= maxDepth) this.fault(`messages are nested more than ${maxDepth} deep`, this.#at)
    const start = this.#span()
    return new WireReader(this.#bytes, place, start, this.#at, this.#depth + 1)
  }

  /** How many elements of a repeated field the current value holds: 1, or those of the packed list. Takes the value. */
  count(wire: 0 | 1 | 5): number {
    if (this.wire === wire) {
      this.skip()
      return 1
    }
    const start = this.#span()
    if (wire !== WIRE.varint) return this.#fixedCount(start, wire === WIRE.fixed64 ? 8 : 4)
    let count = 0
    for (let at = start; at < this.#at; at++) if ((this.#bytes[at] as number) < 0x80) count++
    return count
  }

  /** Appends the current value, one varint or a packed list of them, to `list`. */
  varints(list: number[]): void {
    if (this.wire === WIRE.varint) list.push(this.varint())
    else this.#eachPacked(() => list.push(this.#safeNumber()))
  }

  /** Writes varints as whole numbers of 64 bits to `out[at]` and following; returns the place behind the last. */
  int64sInto(out: BigInt64Array | BigUint64Array, at: number): number {
    const target = new Int32Array(out.buffer, out.byteOffset, out.length * 2)
    const put = () => {
      target[at * 2 + low] = this.#low
      target[at * 2 + high] = this.#high
      at++
    }
    this.#eachVarint(put)
    return at
  }

  /** Writes the low bits of varints to `out[at]` and following; returns the place behind the last. */
  int32sInto(out: Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array, at: number): number {
    this.#eachVarint(() => {
      out[at++] = this.#low
    })
    return at
  }

  /** Writes floats to `out[at]` and following; returns the place behind the last. */
  floatsInto(out: Float32Array | Float64Array, at: number): number {
    return this.#fixedInto(out, at, WIRE.fixed32)
  }

  /** Writes doubles to `out[at]` and following; returns the place behind the last. */
  doublesInto(out: Float64Array, at: number): number {
    return this.#fixedInto(out, at, WIRE.fixed64)
  }

  /** A view of the document's bytes from `start` to `end` (exclusive), both as `offset` gives them. */
  slice(start: number, end: number): Uint8Array {
    return this.#bytes.subarray(start, end)
  }

  /** Throws a fault of this message; for what the reader's user finds wrong. */
  fault(reason: string, offset: number = this.#at): never {
    throw new WireFault(this.#place, offset, reason)
  }

  #fixedInto(out: Float32Array | Float64Array, at: number, wire: 1 | 5): number {
    const width = wire === WIRE.fixed64 ? 8 : 4
    let place: number
    let count = 1
    if (this.wire === wire) {
      this.#isTaken = true
      place = this.#take(width)
    } else {
      place = this.#span()
      count = this.#fixedCount(place, width)
    }
    for (let i = 0; i < count; i++, place += width)
      out[at + i] = width === 8 ? this.#view.getFloat64(place, true) : this.#view.getFloat32(place, true)
    return at + count
  }

  #fixedCount(start: number, width: number): number {
    const size = this.#at - start
    if (size % width !== 0) this.fault(`a packed list has ${size} bytes, no multiple of ${width}`, start)
    return size / width
  }

  #eachVarint(take: () => void): void {
    if (this.wire === WIRE.varint) {
      this.#isTaken = true
      this.#readVarint()
      take()
    } else this.#eachPacked(take)
  }

  #eachPacked(take: () => void): void {
    const start = this.#span()
    const end = this.#at
    this.#at = start
    while (this.#at < end) {
      this.#readVarint()
      if (this.#at > end) this.fault('a packed list ends within a number', end)
      take()
    }
  }

  #safeNumber(): number {
    const value = this.#high * 2 ** 32 + (this.#low >>> 0)
    if (!Number.isSafeInteger(value)) this.fault('the number is beyond 2^53')
    return value
  }

  #asBigInt(): bigint {
    words[low] = this.#low
    words[high] = this.#high
    return long[0] as bigint
  }

  #expect(wire: number): void {
    if (this.wire !== wire) this.fault(`field ${this.field} has wire type ${this.wire}, expected ${wire}`)
    this.#isTaken = true
  }

  /** Takes a value with a length: its start is returned, its end is where the cursor stands then. */
  #span(): number {
    this.#expect(WIRE.bytes)
    return this.#take(this.#readLength())
  }

  #take(size: number): number {
    const start = this.#at
    if (size > this.#end - start)
      this.fault(`a value of ${size} bytes is announced, ${this.#end - start} are left of the message`, start)
    this.#at = start + size
    return start
  }

  #readLength(): number {
    const start = this.#at
    this.#readVarint()
    if (this.#high !== 0) this.fault('a length is beyond 4 GB', start)
    return this.#low >>> 0
  }

  /** Reads a varint into two words of 32 bits. */
  #readVarint(): void {
    const bytes = this.#bytes
    let at = this.#at
    const end = this.#end
    let byte = at < end ? (bytes[at++] as number) : this.#cut()
    if (byte < 0x80) {
      this.#low = byte
      this.#high = 0
      this.#at = at
      return
    }
    let lowBits = byte & 0x7f
    let highBits = 0
    for (let shift = 7; ; shift += 7) {
      if (shift > 63) this.fault('a number has more than 10 bytes')
      byte = at < end ? (bytes[at++] as number) : this.#cut()
      const bits = byte & 0x7f
      if (shift < 28) lowBits |= bits << shift
      else if (shift === 28) {
        lowBits |= bits << 28
        highBits = bits >>> 4
      } else highBits |= bits << (shift - 32)
      if (byte < 0x80) break
    }
    this.#low = lowBits | 0
    this.#high = highBits | 0
    this.#at = at
  }

  #cut(): never {
    this.fault('the message ends within a number', this.#end)
  }
}

/** Values at least this long are kept as they are until `finish` joins the parts. */
const largeBytes = 512

/** Builds a message field by field; large values are copied once, by `finish`. */
export class WireWriter {
  #parts: Uint8Array[] = []
  #buffer = new Uint8Array(64)
  #at = 0
  #from = 0
  #size = 0 // bytes in parts

  /** Writes a whole number; a negative one takes 10 bytes, as protobuf's int32 and int64 do. */
  varint(field: number, value: number | bigint | boolean): void {
    this.#number(field * 8 + WIRE.varint)
    this.#putVarint(value)
  }

  fixed32(field: number, value: number): void {
    this.#number(field * 8 + WIRE.fixed32)
    this.#view(4).setUint32(0, value, true)
  }

  float(field: number, value: number): void {
    this.#number(field * 8 + WIRE.fixed32)
    this.#view(4).setFloat32(0, value, true)
  }

  double(field: number, value: number): void {
    this.#number(field * 8 + WIRE.fixed64)
    this.#view(8).setFloat64(0, value, true)
  }

  /** Writes bytes; they are kept until `finish` and must not change before. */
  bytes(field: number, value: Uint8Array): void {
    this.#number(field * 8 + WIRE.bytes)
    this.#number(value.length)
    this.#put(value)
  }

  text(field: number, value: string): void {
    this.bytes(field, new TextEncoder().encode(value))
  }

  /** Writes a nested message with `write`. */
  message(field: number, write: (writer: WireWriter) => void): void {
    const nested = new WireWriter()
    write(nested)
    this.#number(field * 8 + WIRE.bytes)
    this.#number(nested.size)
    for (const part of nested.#finished()) this.#put(part)
  }

  /** Writes a packed list of whole numbers. */
  packedVarints(field: number, values: Iterable<number | bigint>): void {
    const nested = new WireWriter()
    for (const value of values) nested.#putVarint(value)
    this.#number(field * 8 + WIRE.bytes)
    this.#number(nested.size)
    for (const part of nested.#finished()) this.#put(part)
  }

  /** Writes a packed list of floats. */
  packedFloats(field: number, values: ArrayLike<number>): void {
    const bytes = new Uint8Array(values.length * 4)
    const view = new DataView(bytes.buffer)
    for (let i = 0; i < values.length; i++) view.setFloat32(i * 4, values[i] as number, true)
    this.bytes(field, bytes)
  }

  /** Copies the fields of `message` for which `keeps` is true. */
  fields(message: Uint8Array, keeps: (field: number) => boolean): void {
    const reader = new WireReader(message, 'a message')
    for (let start = 0; reader.next(); start = reader.offset) {
      reader.skip()
      if (keeps(reader.field)) this.#put(message.subarray(start, reader.offset))
    }
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#size + this.#at - this.#from
  }

  /** The message. */
  finish(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.size)
    let at = 0
    for (const part of this.#finished()) {
      whole.set(part, at)
      at += part.length
    }
    return whole
  }

  #finished(): readonly Uint8Array[] {
    this.#cutPart()
    return this.#parts
  }

  #cutPart(): void {
    if (this.#at === this.#from) return
    this.#parts.push(this.#buffer.subarray(this.#from, this.#at))
    this.#size += this.#at - this.#from
    this.#from = this.#at
  }

  #put(value: Uint8Array): void {
    if (value.length >= largeBytes) {
      this.#cutPart()
      this.#parts.push(value)
      this.#size += value.length
      return
    }
    this.#room(value.length)
    this.#buffer.set(value, this.#at)
    this.#at += value.length
  }

  #room(size: number): void {
    if (this.#at + size <= this.#buffer.length) return
    this.#cutPart()
    this.#buffer = new Uint8Array(Math.max(size, Math.min(this.#buffer.length * 2, 65_536)))
    this.#at = 0
    this.#from = 0
  }

  #view(size: number): DataView {
    this.#room(size)
    this.#at += size
    return new DataView(this.#buffer.buffer, this.#at - size, size)
  }

  #putVarint(value: number | bigint | boolean): void {
    if (typeof value === 'number' && value >= 0 && value < 2 ** 31) this.#number(value)
    else {
      let rest = BigInt.asUintN(64, BigInt(value))
      this.#room(10)
      while (rest >= 0x80n) {
        this.#buffer[this.#at++] = Number(rest & 0x7fn) | 0x80
        rest >>= 7n
      }
      this.#buffer[this.#at++] = Number(rest)
    }
  }

  /** A varint of at most 53 bits. */
  #number(value: number): void {
    this.#room(8)
    while (value >= 0x80) {
      this.#buffer[this.#at++] = (value % 0x80) | 0x80
      value = Math.floor(value / 0x80)
    }
    this.#buffer[this.#at++] = value
  }
}
