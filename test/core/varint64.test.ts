import { expect, test } from 'vitest'
import { FrameFault, signedLong, Varint64 } from '../../src/core/varint64.ts'
import { seeded } from '../random.ts'

/** The bytes of an unsigned number of 64 bits. */
function written(value: bigint): number[] {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value)
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return [...bytes, Number(rest)]
}

test('numbers of 64 bits come back, in the middle of bytes and at their end', () => {
  const random = seeded(5)
  const edges = [
    0n,
    1n,
    127n,
    128n,
    2n ** 28n,
    2n ** 31n,
    2n ** 32n - 1n,
    2n ** 32n,
    2n ** 35n,
    2n ** 53n,
    2n ** 63n - 1n,
  ]
  const values = edges.flatMap((value) => [value, -value, -value - 1n])
  for (let round = 0; round < 500; round++) {
    values.push(BigInt.asIntN(64, BigInt(Math.floor(random() * 2 ** 53)) << BigInt(Math.floor(random() * 40))))
  }
  const reader = new Varint64(false)
  for (const value of values) {
    const plain = written(value)
    for (const end of [3 + plain.length, 30]) {
      reader.varint(
        Uint8Array.from({ length: 30 }, (_, i) => plain[i - 3] ?? 255),
        3,
        end,
      )
      expect([reader.at, BigInt(signedLong(reader.low, reader.high))]).toEqual([3 + plain.length, value])
    }
    const zigzag = written((value << 1n) ^ (value >> 63n))
    const read = reader.zigzag(Uint8Array.from(zigzag), 0, zigzag.length)
    expect([reader.at, typeof read, BigInt(read)]).toEqual([
      zigzag.length,
      Number.isSafeInteger(Number(value)) ? 'number' : 'bigint',
      value,
    ])
  }
})

test('a number that is cut or too long is a fault at its first byte', () => {
  const reader = new Varint64(false)
  const long = new Uint8Array(20).fill(255)
  expect(() => reader.varint(long, 2, 7)).toThrow(new FrameFault('a number runs past the end', 2))
  expect(() => reader.varint(long, 2, 20)).toThrow(new FrameFault('a number has more than 10 bytes', 2))
  expect(() => reader.zigzag(long, 4, 4)).toThrow('a number runs past the end')
})

test('what is beyond 64 bits is dropped or a fault', () => {
  const beyond = Uint8Array.from([...new Array<number>(9).fill(255), 3])
  const reader = new Varint64(true)
  reader.varint(beyond, 0, 10)
  expect([reader.at, signedLong(reader.low, reader.high)]).toEqual([10, -1])
  expect(() => new Varint64(false).varint(beyond, 0, 10)).toThrow(new FrameFault('a number has more than 64 bits', 0))
})
