import { describe, expect, it } from 'vitest'
import { encodeRows } from '../../../src/clients/log/appender.ts'
import { decodeBatch } from '../../../src/clients/log/batch-blob.ts'
import { plain, Random, randomBatch, texts } from './generated.ts'

const decoded = (rows: ReturnType<typeof encodeRows>) => {
  let base = 0
  return rows.flatMap(({ blob, count }) => plain(decodeBatch(blob, (base += count) - count, count, 'here')))
}

describe('cutting a batch into rows', () => {
  it('keeps every record, in order', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = new Random(seed)
      const batch = randomBatch(random, 1 + random.below(300), random.pick([10, 20_000]))
      expect(decoded(encodeRows(batch, 7, 'here'))).toEqual(plain(batch).map((r) => ({ ...r, timeMs: r.timeMs ?? 7 })))
    }
  })

  it('keeps rows at about a megabyte, or at one record', () => {
    const large = 'x'.repeat(3_000_000)
    const rows = encodeRows(
      texts(['a', large, 'b', ...Array.from({ length: 3000 }, () => 'y'.repeat(1000))]),
      0,
      'here',
    )
    expect(rows.map((row) => row.count)).toEqual([1, 1, 1 + 1048, 1048, 904])
    for (const { blob, count } of rows) expect(count === 1 || blob.length < 1.1 * 1024 * 1024).toBe(true)
  })

  it('of nothing makes no row', () => {
    expect(encodeRows(texts([]), 0, 'here')).toEqual([])
  })

  it('refuses a record that SQLite could not hold', () => {
    const batch = { ...texts(['x']), values: { ...texts(['x']).values, ends: Int32Array.of(1_000_000_000) } }
    expect(() => encodeRows(batch, 0, 'models/0')).toThrow(/a record of 1000000000 bytes for models\/0 is larger than/)
  })
})
