import { describe, expect, it } from 'vitest'
import { prefixedBytes, sharedPrefixBytes, withPrefix } from '../../../src/clients/log/shared-prefix.ts'
import { type BytesColumn, bytesAt } from '../../../src/core/bytes.ts'
import { column, prefixedEntries, Random } from './generated.ts'

/** The same, one byte after the other. */
function slowly(entries: readonly (Buffer | null)[]): number {
  const values = entries.filter((entry) => entry !== null)
  const [first] = values
  if (first === undefined || values.length < 2) return 0
  let shared = 0
  while (values.every((value) => shared < value.length && value[shared] === first[shared])) shared++
  return shared < 16 ? 0 : shared
}

const entriesOf = (of: BytesColumn) => Array.from({ length: of.length }, (_, i) => bytesAt(of, i))

describe('the shared prefix of a column', () => {
  it('is what all values of a range begin with, if that is long enough', () => {
    let found = 0
    for (let seed = 1; seed <= 500; seed++) {
      const random = new Random(seed)
      const entries = prefixedEntries(random, 1 + random.below(12))
      const from = random.below(entries.length)
      const to = from + 1 + random.below(entries.length - from)
      const shared = sharedPrefixBytes(column(random, entries), from, to)
      expect(shared).toBe(slowly(entries.slice(from, to)))
      if (shared > 0) found++
    }
    expect(found).toBeGreaterThan(50)
  })

  it('tells apart bytes that are equal as numbers', () => {
    const zero = Buffer.alloc(32)
    const minusZero = Buffer.alloc(32)
    minusZero[31] = 0x80
    expect(sharedPrefixBytes(column(new Random(1), [zero, minusZero]), 0, 2)).toBe(31)
    const nan = Buffer.alloc(32, 0xff)
    expect(sharedPrefixBytes(column(new Random(1), [nan, Buffer.from(nan)]), 0, 2)).toBe(32)
  })

  it('is put back in front of every value, nulls stay', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = new Random(seed)
      const rests = Array.from({ length: random.below(10) }, () => (random.below(4) ? random.bytes(20) : null))
      const prefix = random.bytes(70)
      const whole = withPrefix(prefix, column(random, rests))
      const expected = rests.map((rest) => (rest === null ? null : Buffer.concat([prefix, rest])))
      expect(entriesOf(whole).map((entry) => entry && Buffer.from(entry))).toEqual(expected)
      expect(prefixedBytes(prefix.length, column(random, rests))).toBe(whole.bytes.length)
    }
  })
})
