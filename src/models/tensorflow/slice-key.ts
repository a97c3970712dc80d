/** A part of a tensor: start and length per dimension; a length of -1 is the whole dimension. */
export interface Slice {
  readonly starts: readonly number[]
  readonly lengths: readonly number[]
}

/**
 * Key under which a checkpoint has one slice of a partitioned variable, one character per byte.
 *
 *     key = number 0, text name, number rank, { signed start, signed length }
 *
 * Written in TensorFlow's OrderedCode (tensorflow/core/lib/strings/ordered_code.cc, 2.21): a number is the count of its bytes and the
 * bytes, big-endian; a text ends with 00 01 and has 00 as 00 FF, FF as FF 00; a signed number has the count of its bytes in the leading
 * bits of the first.
 */
export function sliceKey(name: string, { starts, lengths }: Slice): string {
  const parts = [number(0), text(name), number(starts.length)]
  starts.forEach((start, i) => {
    parts.push(signed(BigInt(start)), signed(BigInt(lengths[i] ?? -1)))
  })
  return parts.join('')
}

function number(value: number): string {
  let bytes = ''
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes = String.fromCharCode(rest % 256) + bytes
  return String.fromCharCode(bytes.length) + bytes
}

function text(name: string): string {
  const raw = Buffer.from(name, 'utf8').toString('latin1')
  let out = ''
  for (const character of raw) {
    if (character === '\0') out += '\0\xff'
    else if (character === '\xff') out += '\xff\0'
    else out += character
  }
  return `${out}\0\x01`
}

/** First two bytes that mark a signed number of each count of bytes. */
const HEADERS = [0x0000, 0x8000, 0xc000, 0xe000, 0xf000, 0xf800, 0xfc00, 0xfe00, 0xff00, 0xff80, 0xffc0]

function signed(value: bigint): string {
  const magnitude = value < 0n ? ~value : value
  if (magnitude < 64n) return String.fromCharCode(Number(BigInt.asUintN(8, 0x80n ^ BigInt.asUintN(8, value))))
  const bits = magnitude.toString(2).length
  const count = Math.floor(bits / 7) + 1
  const bytes = Array.from({ length: count }, (_, i) => Number(BigInt.asUintN(8, value >> BigInt(8 * (count - 1 - i)))))
  const header = HEADERS[count] as number
  bytes[0] = (bytes[0] as number) ^ (header >> 8)
  bytes[1] = (bytes[1] as number) ^ (header & 255)
  return String.fromCharCode(...bytes)
}
