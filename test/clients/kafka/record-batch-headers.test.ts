import { expect, test } from 'vitest'
import { appendHeaders, HeaderWriter } from '../../../src/clients/kafka/record-batch-headers.ts'
import { VarintReader, writeVarint } from '../../../src/clients/kafka/record-batch-varint.ts'
import { type BytesColumn, BytesWriter, bytesAt, columnOf, pickColumn, viewOf } from '../../../src/core/bytes.ts'
import { encodeHeaders } from '../../../src/core/headers.ts'
import { seeded } from '../../random.ts'

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

test('a name of 65,535 bytes is the longest that ours holds: a longer one is left out, with its value', () => {
  for (const [size, isKept] of [
    [65_535, true],
    [65_536, false],
  ] as const) {
    const bytes = Buffer.alloc(size + 20, 97)
    let end = writeVarint(bytes, 0, size) + size
    end = writeVarint(bytes, end, 1) + 1
    const reader = new VarintReader(bytes, 0, end)
    const writer = new BytesWriter(1, 8)
    appendHeaders(reader, 1, writer)
    expect(reader.at).toBe(end)
    expect(bytesAt(writer.finish(), 0)).toHaveLength(isKept ? 6 + size + 1 : 0)
  }
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

/** The plain conversion of one record, header by header. */
function plain(column: BytesColumn, index: number): Buffer {
  const bytes = Buffer.from(bytesAt(column, index) ?? [])
  const number = (value: number) => {
    const out = Buffer.alloc(5)
    return out.subarray(0, writeVarint(out, 0, value))
  }
  const pieces: Buffer[] = []
  let count = 0
  for (let at = 0; at < bytes.length; count++) {
    const nameEnd = at + 2 <= bytes.length ? at + 2 + bytes.readUInt16LE(at) : Number.POSITIVE_INFINITY
    const length = nameEnd + 4 <= bytes.length ? bytes.readUInt32LE(nameEnd) : 0
    const isNull = length === 2 ** 32 - 1
    const end = nameEnd + 4 + (isNull ? 0 : length)
    if (end > bytes.length) {
      pieces.push(number(0), number(-1))
      at = bytes.length
    } else {
      pieces.push(number(nameEnd - at - 2), bytes.subarray(at + 2, nameEnd), number(isNull ? -1 : length))
      pieces.push(bytes.subarray(nameEnd + 4, end))
      at = end
    }
  }
  return Buffer.concat([number(count), ...pieces])
}

test('records that share headers with the one before are written as by themselves (600 generated columns, seed 31)', () => {
  const random = seeded(31)
  const pick = (bound: number) => Math.floor(random() * bound)
  const header = (size: number): Buffer => {
    const isNull = random() < 0.1
    const name = Buffer.alloc(2 + pick(20), 97 + pick(3))
    const value = Buffer.alloc(isNull ? 0 : pick(size), 65 + pick(3))
    name.writeUInt16LE(name.length - 2)
    const length = Buffer.alloc(4)
    length.writeUInt32LE(isNull ? 2 ** 32 - 1 : value.length)
    return Buffer.concat([name, length, value])
  }
  for (let round = 0; round < 600; round++) {
    let record: Buffer[] = []
    const records = Array.from({ length: 1 + pick(20) }, () => {
      const what = random()
      // What the next record has in common with this one: all but the last headers, as with a stamp, or nothing.
      if (what < 0.1) record = Array.from({ length: pick(25) }, () => header(random() < 0.1 ? 400 : 40))
      else if (what < 0.8)
        record = [...record.slice(0, -1 - pick(2)), ...Array.from({ length: 1 + pick(2) }, () => header(12))]
      const bytes = Buffer.concat(record)
      if (what > 0.95) return null
      return what > 0.85 ? bytes.subarray(0, pick(bytes.length + 1)) : bytes
    })
    const picked = pickColumn(
      columnOf(records),
      Array.from({ length: 30 }, () => pick(records.length)),
    )
    for (const column of [columnOf(records), picked]) {
      const writer = new HeaderWriter(column)
      for (let i = 0; i < column.length; i++) {
        const out = Buffer.alloc(writer.measure(i) + 1)
        if (random() < 0.1) writer.measure(i)
        expect(writer.write(out, viewOf(out), 0)).toBe(out.length - 1)
        expect(out.subarray(0, -1)).toEqual(plain(column, i))
      }
    }
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
  expect(() => read(1)).toThrow('a record claims -1 headers in 0 bytes')
  expect(() => read(100, 0, 0)).toThrow()
  expect(() => read(2, 20, 97)).toThrow()
  expect(() => read(2, 2, 97, 20, 97)).toThrow()
})
