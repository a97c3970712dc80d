import { expect, test } from 'vitest'
import { appendHeaders, HeaderWriter } from '../../../src/clients/kafka/record-batch-headers.ts'
import { VarintReader } from '../../../src/clients/kafka/record-batch-varint.ts'
import { type BytesColumn, BytesWriter, bytesAt, columnOf, viewOf } from '../../../src/core/bytes.ts'
import { encodeHeaders } from '../../../src/core/headers.ts'

const kafka = Buffer.of(4, 2, 97, 4, 120, 121, 2, 98, 1) // 2 headers: a = "xy", b = null
const ours = Buffer.concat([encodeHeaders([['a', 'xy']]), Buffer.of(1, 0, 98, 255, 255, 255, 255)])

/** The headers of a record in Kafka's form; throws when their size was said wrong. */
function written(column: BytesColumn, index: number): Buffer {
  const writer = new HeaderWriter(column)
  const out = Buffer.alloc(writer.measure(index))
  expect(writer.write(out, viewOf(out), 0)).toBe(out.length)
  return out
}

test("headers go from Kafka's form to ours and back, with values that are null", () => {
  const writer = new BytesWriter(1, 8)
  const reader = new VarintReader(kafka, 0, kafka.length)
  appendHeaders(reader, reader.varint(), writer)
  const column = writer.finish()
  expect(bytesAt(column, 0)).toEqual(ours)
  expect(written(column, 0)).toEqual(kafka)
})

test('a record without headers has a zero', () => {
  for (const column of [columnOf([null]), columnOf([Buffer.alloc(0)])]) {
    expect(written(column, 0)).toEqual(Buffer.of(0))
  }
})

test('a damaged tail of ours keeps to the size that was said', () => {
  for (let length = 0; length <= ours.length; length++) {
    const column = columnOf([ours.subarray(0, length)])
    expect(written(column, 0)[0]).toBeLessThan(8)
  }
})

test('a writer of a whole column writes each record, however many headers it has', () => {
  const many = encodeHeaders(Array.from({ length: 100 }, (_, i) => [`name-${i}`, 'v'.repeat(i)] as const))
  const column = columnOf([ours, null, many, ours])
  const writer = new HeaderWriter(column)
  const all = [0, 1, 2, 3].map((i) => {
    const out = Buffer.alloc(writer.measure(i))
    writer.write(out, viewOf(out), 0)
    return out
  })
  expect(all).toEqual([0, 1, 2, 3].map((i) => written(column, i)))
  const back = new BytesWriter(1, 8)
  const reader = new VarintReader(all[2] as Buffer, 0, (all[2] as Buffer).length)
  appendHeaders(reader, reader.varint(), back)
  expect(bytesAt(back.finish(), 0)).toEqual(many)
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
