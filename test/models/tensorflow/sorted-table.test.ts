import { describe, expect, it } from 'vitest'
import { readSortedTable } from '../../../src/models/tensorflow/sorted-table.ts'
import { writeSnappy, writeSortedTable } from '../../support/tensorflow-table.ts'

const entries = new Map(
  Array.from({ length: 50 }, (_, i) => [`layer_${i % 7}/weights/${i}`, Uint8Array.from({ length: i }, () => i)]),
)
const asObject = (table: ReadonlyMap<string, Uint8Array>) =>
  Object.fromEntries([...table].sort().map(([key, value]) => [key, [...value]]))

describe('a sorted table', () => {
  it('gives its entries over several blocks, stored and packed by Snappy', () => {
    for (const perBlock of [1, 7, 100]) {
      expect(asObject(readSortedTable(writeSortedTable(entries, { perBlock })))).toEqual(asObject(entries))
      expect(asObject(readSortedTable(writeSortedTable(entries, { perBlock, pack: writeSnappy })))).toEqual(
        asObject(entries),
      )
    }
  })

  it('keeps keys byte by byte', () => {
    const odd = new Map([['\x00\x01\xff', Uint8Array.of(1)]])
    expect([...readSortedTable(writeSortedTable(odd)).keys()]).toEqual(['\x00\x01\xff'])
  })

  it('tells which block is damaged', () => {
    const file = writeSortedTable(entries)
    file[20] = (file[20] as number) ^ 1
    expect(() => readSortedTable(file)).toThrow('the checksum of the block at byte 0 differs: the file is damaged')
  })

  it('refuses files that are cut off or no table', () => {
    const file = writeSortedTable(entries)
    expect(() => readSortedTable(file.subarray(0, file.length - 1))).toThrow('does not end with the magic number')
    expect(() => readSortedTable(file.subarray(file.length - 48))).toThrow(
      /block at byte \d+ with \d+ bytes ends beyond the file/,
    )
    expect(() => readSortedTable(new Uint8Array(10))).toThrow('it has 10 bytes, fewer than a footer of 48')
  })

  it('refuses keys that are a small file and much memory', () => {
    const long = 'k'.repeat(60_000)
    const keys = Array.from({ length: 300 }, (_, i) => `${long}${1000 + i}`)
    const table = new Map(keys.map((key) => [key, Uint8Array.of(1)]))
    expect(readSortedTable(writeSortedTable(table, { perBlock: 100 })).size).toBe(300)
    expect(() => readSortedTable(writeSortedTable(table, { perBlock: 300 }))).toThrow(
      'keys of more than 16777216 bytes',
    )
  })

  it('refuses an index that names one block twice', () => {
    expect(() => readSortedTable(writeSortedTable(entries, { isTwice: true }))).toThrow(
      'the block at byte 0 overlaps the one before it',
    )
  })
})
