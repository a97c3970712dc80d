import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { columnBytes, decodeBatch, encodeBatch } from '../../../src/clients/log/batch-blob.ts'
import { NO_VALUE } from '../../../src/core/bytes.ts'
import { MillraceError } from '../../../src/core/errors.ts'
import { type FrameBatch, pickFrames, sliceFrames } from '../../../src/core/frames.ts'
import { column, plain, Random, randomBatch, texts } from './generated.ts'

const NOW_MS = 1_234_567.5
const OLD_BLOB =
  '4d524201ff01a0db0a0000000200000003000000000000000c0000000000000002000000010000000c000000ffffffff000000000000f83f763177050074726163650100000078'

/** What a batch must come back as: numbered from `base`, times filled in. */
const expected = (batch: FrameBatch, base: number) =>
  plain(batch).map((record, i) => ({ ...record, position: base + i, timeMs: record.timeMs ?? NOW_MS }))

describe('the blob of a batch', () => {
  it('gives back what was encoded, for generated batches and any range of them', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed)
      const batch = randomBatch(random, 1 + random.below(40))
      const from = random.below(batch.length)
      const to = from + 1 + random.below(batch.length - from)
      const { blob, count, newestMs } = encodeBatch(batch, from, to, NOW_MS)
      const decoded = decodeBatch(blob, 70, count, 'here')
      const wanted = expected(batch, 0).slice(from, to)
      expect(plain(decoded)).toEqual(wanted.map((record, i) => ({ ...record, position: 70 + i })))
      expect(decoded.end).toBe(70 + count)
      expect(newestMs).toBe(Math.max(...wanted.map((record) => record.timeMs)))
    }
  })

  it('keeps the positions of what compaction left', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = new Random(seed)
      const batch = randomBatch(random, 2 + random.below(40))
      const kept = [...batch.positions.keys()].filter(() => random.below(3) === 0)
      if (kept.length === 0) continue
      const picked = pickFrames(batch, kept)
      const base = kept[0] as number
      const span = (kept.at(-1) as number) + 1 - base
      const decoded = decodeBatch(encodeBatch(picked, 0, kept.length, NOW_MS, base).blob, base, span, 'here')
      expect(plain(decoded)).toEqual(plain(picked).map((record) => ({ ...record, timeMs: record.timeMs ?? NOW_MS })))
    }
  })

  it('stamps records whose time is missing', () => {
    const batch = { ...randomBatch(new Random(3), 3), timestampsMs: Float64Array.of(5, Number.NaN, 7) }
    const { blob } = encodeBatch(batch, 0, 3, NOW_MS)
    expect(decodeBatch(blob, 0, 3, 'here').timestampsMs).toEqual(Float64Array.of(5, NOW_MS, 7))
  })

  it('names the place of any damage', () => {
    for (let seed = 1; seed <= 400; seed++) {
      const random = new Random(seed)
      const batch = randomBatch(random, 1 + random.below(20))
      const { blob, count } = encodeBatch(batch, 0, batch.length, NOW_MS)
      const damaged = Buffer.from(random.below(2) ? blob : blob.subarray(0, random.below(blob.length)))
      for (let i = 0; i < 1 + random.below(3) && damaged.length > 0; i++) {
        const at = random.below(damaged.length)
        damaged[at] = (damaged[at] as number) ^ (1 + random.below(255))
      }
      if (damaged.equals(blob)) continue
      expect(() => decodeBatch(damaged, 0, count, 'orders/3@70')).toThrow(/the batch at orders\/3@70 is damaged: /)
    }
  })

  it('never reads outside the blob, even where the checksum was made to fit', () => {
    let survived = 0
    for (let seed = 1; seed <= 2000; seed++) {
      const random = new Random(seed)
      const batch = randomBatch(random, 1 + random.below(8))
      const { blob, count } = encodeBatch(batch, 0, batch.length, NOW_MS)
      const damaged = Buffer.from(blob)
      const at = 8 + random.below(Math.min(damaged.length - 8, 64))
      damaged[at] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)])
      damaged.writeUInt32LE(crc32(damaged.subarray(8)), 4)
      try {
        const decoded = decodeBatch(damaged, 0, count, 'here')
        survived++
        for (const entries of [decoded.values, decoded.keys, decoded.headers]) {
          for (let i = 0; entries && i < entries.length; i++) {
            expect(entries.starts[i]).toBeGreaterThanOrEqual(0)
            expect(entries.ends[i]).toBeLessThanOrEqual(entries.bytes.length)
          }
        }
      } catch (error) {
        expect(error).toBeInstanceOf(MillraceError)
        expect((error as MillraceError).code).toBe('CLIENT_LOG_BATCH_DAMAGED')
      }
    }
    expect(survived).toBeGreaterThan(0) // changed bytes of values are still records
  })

  it('refuses lengths and positions that do not fit their row, even where the checksum was made to fit', () => {
    const batch = texts(['abc', 'de'])
    const lengthAt = 32
    for (const length of [0, 2, 4, -2]) {
      const { blob } = encodeBatch(batch, 0, 2, NOW_MS)
      const damaged = Buffer.from(blob)
      damaged.writeInt32LE(length, lengthAt)
      damaged.writeUInt32LE(crc32(damaged.subarray(8)), 4)
      expect(() => decodeBatch(damaged, 0, 2, 'here')).toThrow(/do not add up to 5 bytes/)
    }
    expect(() => decodeBatch(encodeBatch(batch, 0, 2, NOW_MS).blob, 0, 3, 'here')).toThrow(/its row spans 3/)
    const sparse = (positions: readonly number[]) =>
      encodeBatch({ ...batch, positions: Float64Array.from(positions) }, 0, 2, NOW_MS, 10).blob
    expect(decodeBatch(sparse([10, 14]), 10, 5, 'here').positions).toEqual(Float64Array.of(10, 14))
    for (const positions of [
      [10, 15],
      [12, 11],
      [11, 11],
      [9, 11],
    ]) {
      expect(() => decodeBatch(sparse(positions), 10, 5, 'here')).toThrow(/positions do not rise within its row/)
    }
  })

  it('stores what all headers begin with once', () => {
    const stamp = Buffer.alloc(200, 'stamp')
    const headersOf = (entries: readonly (Buffer | null)[]) => ({
      ...texts(entries.map(() => 'value')),
      headers: column(new Random(1), entries),
    })
    const numbered = Array.from({ length: 100 }, (_, i) => Buffer.concat([stamp, Buffer.from(String(i))]))
    const size = (entries: readonly (Buffer | null)[]) =>
      encodeBatch(headersOf(entries), 0, entries.length, NOW_MS).blob.length
    expect(size(numbered)).toBeLessThan(200 + 100 * 20)
    expect(size([...numbered, null])).toBeLessThan(200 + 100 * 20)
    expect(size([...numbered, Buffer.from('other')])).toBeGreaterThan(200 * 100)
  })

  it('gives the same headers at every look, and to a copy of the batch', () => {
    const entries = ['a', 'b', 'c'].map((end) => Buffer.from(`${'same'.repeat(9)}${end}`))
    const batch = { ...texts(['1', '2', '3']), headers: column(new Random(1), entries) }
    const decoded = decodeBatch(encodeBatch(batch, 0, 3, NOW_MS).blob, 0, 3, 'here')
    const copy = { ...decoded, end: 9 }
    expect(decoded.headers).toBe(decoded.headers)
    expect(plain(copy).map((record) => record.header)).toEqual(entries.map(String))
    expect(plain(sliceFrames(decoded, 1, 3)).map((record) => record.header)).toEqual(entries.slice(1).map(String))
  })

  it('still reads what version 1 wrote before there were prefixes', () => {
    // Two records (values "v1" and "w", headers of "trace" and none) at one time, as that release wrote them.
    const blob = Buffer.from(OLD_BLOB, 'hex')
    expect(plain(decodeBatch(blob, 5, 2, 'here'))).toEqual([
      { position: 5, value: 'v1', key: null, header: '\x05\0trace\x01\0\0\0x', timeMs: 1.5 },
      { position: 6, value: 'w', key: null, header: null, timeMs: 1.5 },
    ])
  })

  it('refuses a prefix that would make the headers too large, before it makes them', () => {
    const entries = Array.from({ length: 40_000 }, () => Buffer.alloc(20, 'x'))
    const batch = { ...texts(entries.map(() => null)), headers: column(new Random(1), entries) }
    const { blob } = encodeBatch(batch, 0, entries.length, NOW_MS)
    const grown = Buffer.concat([blob, Buffer.alloc(100_000)])
    grown.writeInt32LE(100_000 + 20, 28)
    grown.writeUInt32LE(crc32(grown.subarray(8)), 4)
    expect(() => decodeBatch(grown, 0, entries.length, 'here')).toThrow(/its prefix of 100020 bytes makes its headers/)
    grown.writeInt32LE(-1, 28)
    grown.writeUInt32LE(crc32(grown.subarray(8)), 4)
    expect(() => decodeBatch(grown, 0, entries.length, 'here')).toThrow(/damaged/)
  })

  it('refuses random bytes', () => {
    const random = new Random(9)
    for (let i = 0; i < 300; i++) expect(() => decodeBatch(random.bytes(200), 0, 1, 'here')).toThrow(/damaged/)
  })
})

describe('the size of a column', () => {
  it('is the sum of its entries, or "none" when all are null', () => {
    const column = {
      bytes: Buffer.alloc(9),
      starts: Int32Array.of(0, 5, 0),
      ends: Int32Array.of(2, 9, NO_VALUE),
      length: 3,
    }
    expect(columnBytes(column, 0, 3)).toBe(6)
    expect(columnBytes(column, 2, 3)).toBe(NO_VALUE)
  })
})
