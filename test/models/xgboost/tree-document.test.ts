import { describe, expect, it } from 'vitest'
import { Deferred, DocumentReader, described } from '../../../src/models/xgboost/tree-document.ts'

const reader = new DocumentReader('m.json', 'JSON of XGBoost')

describe('DocumentReader', () => {
  it('gives members of the expected kind', () => {
    expect(reader.numbers([], 'a')).toHaveLength(0)
    expect(reader.numbers(new Deferred(() => Float64Array.of(1)), 'a', 1)).toEqual(Float64Array.of(1))
    expect(reader.list(Float64Array.of(1, 2), 'a')).toEqual([1, 2])
    expect(reader.count('12', 'a')).toBe(12)
    expect(reader.count(12, 'a')).toBe(12)
  })

  it('says what stands where something else is expected', () => {
    expect(() => reader.object(3, 'a.b')).toThrow(
      'm.json cannot be read as JSON of XGBoost: a.b: is 3, expected an object',
    )
    expect(() => reader.list('x', 'a')).toThrow('is "x", expected a list')
    expect(() => reader.numbers(['x'], 'a')).toThrow('is a list, expected a list of numbers')
    expect(() => reader.numbers(Float64Array.of(1), 'a', 2)).toThrow('has 1 numbers, expected 2')
    expect(() => reader.text(undefined, 'a')).toThrow('is absent, expected text')
    for (const value of ['-1', '1.5', 'x', -1, 1.5, null])
      expect(() => reader.count(value, 'a')).toThrow('whole number')
  })

  it('cuts long texts in messages', () => {
    expect(described('x'.repeat(1000)).length).toBeLessThan(70)
  })
})
