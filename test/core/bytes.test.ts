import { describe, expect, it } from 'vitest'
import {
  type BytesColumn,
  BytesWriter,
  bytesAt,
  columnOf,
  copyBytes,
  NO_VALUE,
  pickColumn,
  sliceColumn,
  viewOf,
} from '../../src/core/bytes.ts'
import { seeded } from '../random.ts'

/** Entries as plain arrays, for comparison. */
function entries(column: BytesColumn): (number[] | null)[] {
  return Array.from({ length: column.length }, (_, i) => {
    const bytes = bytesAt(column, i)
    return bytes && [...bytes]
  })
}

function randomValues(random: () => number): (Uint8Array | null)[] {
  return Array.from({ length: Math.floor(random() * 40) }, () => {
    if (random() < 0.2) return null
    return Uint8Array.from({ length: Math.floor(random() * random() * 600) }, () => Math.floor(random() * 256))
  })
}

const plain = (values: readonly (Uint8Array | null)[]) => values.map((value) => value && [...value])

describe('BytesColumn (200 generated columns, seed 1)', () => {
  const random = seeded(1)
  const columns = Array.from({ length: 200 }, () => randomValues(random))

  it('gives back what was put in, empty and absent values told apart', () => {
    for (const values of columns) expect(entries(columnOf(values))).toEqual(plain(values))
  })

  it('slices as an array does, without copying', () => {
    for (const values of columns) {
      const column = columnOf(values)
      const from = Math.floor(random() * (values.length + 1))
      const to = from + Math.floor(random() * (values.length - from + 1))
      const slice = sliceColumn(column, from, to)
      expect(entries(slice)).toEqual(plain(values.slice(from, to)))
      expect(slice.bytes).toBe(column.bytes)
    }
  })

  it('picks any indexes in any order, without copying', () => {
    for (const values of columns.filter(({ length }) => length > 0)) {
      const column = columnOf(values)
      const indexes = Array.from({ length: 10 }, () => Math.floor(random() * values.length))
      const picked = pickColumn(column, indexes)
      expect(entries(picked)).toEqual(plain(indexes.map((i) => values[i] as Uint8Array | null)))
      expect(picked.bytes).toBe(column.bytes)
    }
  })
})

describe('BytesWriter', () => {
  it('starts anew after finish and leaves the finished column alone', () => {
    const writer = new BytesWriter(1, 1)
    writer.append(Uint8Array.of(1, 2))
    const first = writer.finish()
    expect([writer.length, writer.size]).toEqual([0, 0])
    for (let i = 0; i < 100; i++) writer.append(Uint8Array.of(9, 9, 9))
    expect(entries(first)).toEqual([[1, 2]])
    expect(entries(writer.finish())).toHaveLength(100)
  })

  it('takes entries written in place, also when the buffer grew', () => {
    const writer = new BytesWriter(1, 1)
    for (let size = 0; size < 2000; size += 97) {
      const at = writer.reserve(size + 50)
      writer.bytes.fill(size % 251, at, at + size)
      writer.commit(at + size)
    }
    const column = writer.finish()
    for (let i = 0; i < column.length; i++) {
      expect(entries(column)[i]).toEqual(Array(i * 97).fill((i * 97) % 251))
    }
  })

  it('writes text as UTF-8, whatever the characters', () => {
    const texts = ['', 'abc', 'é', '€uro', '😀😀', '\ud800 alone', '\u0000']
    const writer = new BytesWriter(1, 1)
    for (const text of texts) writer.appendText(text)
    const column = writer.finish()
    expect(texts.map((_, i) => bytesAt(column, i))).toEqual(texts.map((text) => Buffer.from(text)))
  })

  it('drops what came after a rewind', () => {
    const writer = new BytesWriter(4, 8)
    writer.append(Uint8Array.of(1))
    const { length, size } = writer
    writer.append(Uint8Array.of(2, 2))
    writer.append(null)
    writer.rewind(length, size)
    writer.append(Uint8Array.of(3))
    expect(entries(writer.finish())).toEqual([[1], [3]])
  })

  it('writes over a column that was taken back, and over no other', () => {
    const writer = new BytesWriter(2, 8_000)
    const fill = (value: number) => {
      for (let i = 0; i < 3; i++) writer.append(new Uint8Array(3_000).fill(value))
      return writer.finish()
    }
    const first = fill(1)
    writer.takeBack(first)
    const second = fill(2)
    expect(second.bytes.buffer).toBe(first.bytes.buffer)
    expect([second.length, second.starts.buffer]).toEqual([3, first.starts.buffer])
    const third = fill(3) // the second is still in use
    writer.takeBack(second)
    writer.append(Uint8Array.of(4))
    writer.takeBack(third) // begun anew
    const fourth = writer.finish()
    writer.takeBack(columnOf([Uint8Array.of(9)]))
    const fifth = fill(5)
    expect([second, third, fourth, fifth].map((column) => column.bytes[0])).toEqual([2, 3, 4, 5])
    writer.takeBack(fifth)
    writer.takeBack(fifth)
    expect(entries(fill(6)).length).toBe(3)
  })

  it('marks null by its end', () => {
    expect(columnOf([null]).ends[0]).toBe(NO_VALUE)
  })
})

describe('copying bytes', () => {
  it('copies exactly the range, for generated sizes and places', () => {
    const random = seeded(21)
    for (let round = 0; round < 2_000; round++) {
      const source = Uint8Array.from({ length: 700 }, () => Math.floor(random() * 256))
      const start = Math.floor(random() * 40)
      const end = start + 3 + Math.floor(random() * (random() < 0.5 ? 40 : 657))
      const at = Math.floor(random() * 40)
      const buffer = new Uint8Array(800).fill(1)
      const target = buffer.subarray(8)
      expect(copyBytes(viewOf(source.subarray(3)), start, end - 3, viewOf(target), at)).toBe(at + end - 3 - start)
      const expected = new Uint8Array(800).fill(1)
      expected.set(source.subarray(start + 3, end), 8 + at)
      expect(Buffer.compare(buffer, expected)).toBe(0)
    }
  })

  it('follows the buffer of a writer as it grows', () => {
    const writer = new BytesWriter(1, 1)
    for (let i = 0; i < 50; i++) {
      const at = writer.reserve(50)
      writer.view.setUint8(at, i)
      writer.commit(at + 50)
    }
    expect(entries(writer.finish()).map((entry) => entry?.[0])).toEqual(Array.from({ length: 50 }, (_, i) => i))
  })
})
