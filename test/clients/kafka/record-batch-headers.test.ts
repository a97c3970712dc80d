import { expect, test } from 'vitest'
import { appendHeaders, headersSize, writeHeaders } from '../../../src/clients/kafka/record-batch-headers.ts'
import { VarintReader } from '../../../src/clients/kafka/record-batch-varint.ts'
import { BytesWriter, bytesAt, columnOf } from '../../../src/core/bytes.ts'
import { encodeHeaders } from '../../../src/core/headers.ts'

const kafka = Buffer.of(4, 2, 97, 4, 120, 121, 2, 98, 1) // 2 headers: a = "xy", b = null
const ours = Buffer.concat([encodeHeaders([['a', 'xy']]), Buffer.of(1, 0, 98, 255, 255, 255, 255)])

test("headers go from Kafka's form to ours and back, with values that are null", () => {
  const writer = new BytesWriter(1, 8)
  const reader = new VarintReader(kafka, 0, kafka.length)
  appendHeaders(reader, reader.varint(), writer)
  const column = writer.finish()
  expect(bytesAt(column, 0)).toEqual(ours)
  const out = Buffer.alloc(headersSize(column, 0))
  expect(writeHeaders(column, 0, out, 0)).toBe(out.length)
  expect(out).toEqual(kafka)
})

test('a record without headers has a zero', () => {
  for (const column of [null, columnOf([null]), columnOf([Buffer.alloc(0)])]) {
    expect(headersSize(column, 0)).toBe(1)
    const out = Buffer.alloc(1, 9)
    expect(writeHeaders(column, 0, out, 0)).toBe(1)
    expect(out[0]).toBe(0)
  }
})

test('a damaged tail of ours keeps to the size that was said', () => {
  for (let length = 0; length <= ours.length; length++) {
    const column = columnOf([ours.subarray(0, length)])
    const out = Buffer.alloc(headersSize(column, 0))
    expect(writeHeaders(column, 0, out, 0)).toBe(out.length)
  }
})

test('a name of more than 65,535 bytes is left out, with what is beside it kept', () => {
  const name = Buffer.alloc(65_536, 'n')
  const bytes = Buffer.concat([Buffer.of(4, 0x80, 0x80, 0x08), name, Buffer.of(2, 1, 2, 98, 2, 120)])
  const writer = new BytesWriter(1, 8)
  const reader = new VarintReader(bytes, 0, bytes.length)
  appendHeaders(reader, reader.varint(), writer)
  expect(bytesAt(writer.finish(), 0)).toEqual(encodeHeaders([['b', 'x']]))
})

test('numbers of headers and lengths that lead out of the record are faults', () => {
  const read = (...bytes: number[]) => {
    const reader = new VarintReader(Uint8Array.from(bytes), 0, bytes.length)
    appendHeaders(reader, reader.varint(), new BytesWriter(1, 8))
  }
  expect(() => read(1)).toThrow()
  expect(() => read(100, 0, 0)).toThrow()
  expect(() => read(2, 20, 97)).toThrow()
  expect(() => read(2, 2, 97, 20, 97)).toThrow()
})
