import { expect, test } from 'vitest'
import {
  VarintReader,
  varintSize,
  varlongSize,
  writeVarint,
  writeVarlong,
} from '../../../src/clients/kafka/record-batch-varint.ts'

const ints = [0, 1, -1, 63, 64, -64, -65, 8_191, 8_192, -8_193, 2 ** 20, 2 ** 27, 2 ** 31 - 1, -(2 ** 31)]
const longs = [...ints, 2 ** 31, -(2 ** 31) - 1, 2 ** 40 + 1, -(2 ** 40) - 1, 2 ** 52 - 1, -(2 ** 52)]

test('numbers come back as they were, in as many bytes as said, in the middle of bytes and at their end', () => {
  for (const [values, size, write, read] of [
    [ints, varintSize, writeVarint, (reader: VarintReader) => reader.varint()],
    [longs, varlongSize, writeVarlong, (reader: VarintReader) => reader.varlong()],
  ] as const) {
    for (const value of values) {
      const bytes = new Uint8Array(30)
      const end = write(bytes, 3, value)
      expect(end - 3).toBe(size(value))
      for (const limit of [end, 30]) {
        const reader = new VarintReader(bytes, 3, limit)
        expect(read(reader)).toBe(value)
        expect(reader.at).toBe(end)
      }
    }
  }
})

test('are zigzag: 300 is 0xd8 0x04, and 64 bits are read where 32 are written', () => {
  const bytes = new Uint8Array(10)
  expect([...bytes.subarray(0, writeVarint(bytes, 0, 300))]).toEqual([0xd8, 0x04])
  expect(new VarintReader(bytes, 0, 2).varlong()).toBe(300)
})

test('numbers that are cut, too long, or lengths that lead out of the bytes are faults', () => {
  const long = new Uint8Array(20).fill(255)
  expect(() => new VarintReader(long, 0, 20).varint()).toThrow('more than 32 bits')
  expect(() => new VarintReader(long, 0, 20).varlong()).toThrow('more than 64 bits')
  expect(() => new VarintReader(long, 0, 3).varint()).toThrow('a number at byte 0 is cut')
  expect(() => new VarintReader(long, 0, 4).varint()).toThrow('a number at byte 0 is cut')
  expect(() => new VarintReader(long, 0, 3).varlong()).toThrow('a number at byte 0 is cut')
  expect(() => new VarintReader(Uint8Array.of(10, 0), 0, 2).record()).toThrow('a record at byte 1 has length 5')
  expect(() => new VarintReader(Uint8Array.of(1, 0), 0, 2).record()).toThrow('a record at byte 1 has length -1')
  expect(() => new VarintReader(long, 0, 3).skip(4)).toThrow('4 bytes at byte 0 are not there')
})
